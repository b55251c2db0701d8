"""Put off for now: somebody is asked first, or the caller will ring again. English callers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from nlu import Expecting, Intent, YesNo, understand

if TYPE_CHECKING:
    from nlu import Context, Vocabulary

_BUSINESS = {Intent.BOOK, Intent.CANCEL, Intent.RESCHEDULE, Intent.CALLBACK, Intent.ASK_OTHER}


@pytest.fixture
def in_english(monday_morning: Context) -> Context:
    return replace(monday_morning, language="en")


@pytest.mark.parametrize(
    "text",
    [
        "I need to check with my husband first",
        "Hm, I'd better ask my mum before I decide",
        "let me see what my wife says",
        "I'll have to run that past my boss, then I'll book it",
        "we need to talk to our babysitter before we cancel anything",
        "I should look at my diary first",
    ],
)
@pytest.mark.parametrize("asked", [Expecting.OPEN, Expecting.CHOICE, Expecting.CONFIRM])
def test_who_asks_somebody_first_orders_and_calls_off_nothing(
    text: str, asked: Expecting, vocabulary: Vocabulary, in_english: Context
) -> None:
    heard = understand(text, vocabulary, replace(in_english, expecting=asked))

    assert heard.not_yet
    assert heard.yes_no is None
    assert _BUSINESS.isdisjoint(found.intent for found in heard.intents)


def test_a_yes_that_needs_somebody_elses_is_none(
    vocabulary: Vocabulary, in_english: Context
) -> None:
    asked = replace(in_english, expecting=Expecting.CONFIRM)

    assert understand("Yes, but I have to ask my wife", vocabulary, asked).yes_no is None
    assert understand("Yes, my wife says yes", vocabulary, asked).yes_no is not YesNo.NO


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("I have to check with my husband. No, cancel it, please.", Intent.CANCEL),
        ("I need to cancel, I have to ask my boss when I can come", Intent.CANCEL),
        ("I need to talk to your manager", Intent.CALLBACK),
        ("I'd like to check my appointment", Intent.QUERY_APPOINTMENT),
    ],
)
def test_what_does_not_hang_on_the_answer_is_meant(
    text: str, does: Intent, vocabulary: Vocabulary, in_english: Context
) -> None:
    assert understand(text, vocabulary, in_english).has(does)


@pytest.mark.parametrize(
    "text", ["I'll ring you back on Thursday", "can I call you back", "We'll call back, thanks"]
)
def test_who_will_call_again_asks_for_no_call(
    text: str, vocabulary: Vocabulary, in_english: Context
) -> None:
    heard = understand(text, vocabulary, in_english)

    assert heard.intent is Intent.STOP
    assert not heard.has(Intent.CALLBACK)
    assert heard.times == ()


@pytest.mark.parametrize("text", ["can you call me back", "please call back tomorrow"])
def test_who_asks_for_a_call_gets_one(
    text: str, vocabulary: Vocabulary, in_english: Context
) -> None:
    assert understand(text, vocabulary, in_english).has(Intent.CALLBACK)
