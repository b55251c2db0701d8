"""The same in English: sentences written by hand, not our templates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import TYPE_CHECKING

import pytest

from voice_agent.simulator.callers.ears import Asked, Spot, is_answer
from voice_agent.simulator.callers.tongues import ENGLISH

if TYPE_CHECKING:
    from voice_agent.simulator.callers.ears import Ears


@pytest.fixture
def english(ears: Ears) -> Ears:
    return replace(ears, tongue=ENGLISH)


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("Hello, this is the salon. What can I do for you?", Asked.WHAT),
        ("Gladly. What can we do for you?", Asked.SERVICE),
        ("Certainly, a Tönung. When would suit you?", Asked.WHEN),
        ("I'm afraid we're closed then. Which other day would work?", Asked.OTHER_WHEN),
        ("When shall I move the Tönung on Friday at 9 am to?", Asked.NEW_TIME),
        ("So I'll move the Tönung to tomorrow at 9 am. Is that right?", Asked.MOVE_CONSENT),
        ("I have the number zero one seven. Is that right?", Asked.CHECK_NUMBER),
        ("I understood vera dot hollmann at example dot com. Is that right?", Asked.EMAIL),
        ("I can't find that one, but a Tönung tomorrow at 9 am. Is that it?", Asked.CHECK_VISIT),
        ("I don't see one like that. Do you mean the Tönung at 9 am?", Asked.CHECK_VISIT),
        ("Do you mean 2 pm or 3 pm?", Asked.MEANING),
        ("Tönung tomorrow at 9 am with Emma: shall I cancel it?", Asked.CANCEL_CONSENT),
        ("Is it about the Tönung on Friday, or the Balayage tomorrow?", Asked.WHICH_VISIT),
        ("What's the booking code, or would you like a callback?", Asked.PROOF),
        ("Last time it was the Tönung with Emma. Shall it be the same again?", Asked.SAME_AGAIN),
        ("What number can the salon reach you on?", Asked.NUMBER),
        ("Is the number you're calling from all right?", Asked.OWN_NUMBER),
        ("Shall I put you on the waiting list, or shall the salon call you?", Asked.WAITING_LIST),
        ("Shall the salon call you back?", Asked.CALLBACK),
        ("That works. What name may I put it under?", Asked.NAME),
        ("Who would you like to see: Emma or Oliver?", Asked.WHICH_STAFF),
        ("You can choose tomorrow at 9 am. Which would you like?", Asked.OFFER),
        ("It takes 45 minutes, shall I book it?", Asked.CONSENT),
        ("That didn't work, nothing is booked. Shall I try again?", Asked.RETRY),
        ("Your appointment is booked. Anything else?", Asked.OTHER),
        ("What may I change: the day, the time or something else?", Asked.CHANGE),
        ("Hauptstraße 1, Berlin.", None),
    ],
)
def test_a_question_is_known_by_its_words(english: Ears, words: str, asked: Asked | None) -> None:
    assert english.hear(words).asked is asked


def test_each_offer_has_its_own_day_and_person(english: Ears) -> None:
    heard = english.hear(
        "I could offer you tomorrow, Wednesday, November 25th, at 9:15 am with Oliver, or "
        "on Saturday, November 28th, at noon with Emma. Which suits you better?"
    )

    assert heard.spots == (
        Spot(day=date(2026, 11, 25), at=time(9, 15), staff="Oliver"),
        Spot(day=date(2026, 11, 28), at=time(12), staff="Emma"),
    )


def test_who_is_free_is_named_first(english: Ears) -> None:
    heard = english.hear("Emma is free on Friday, December 4th, at 2:30 pm. What's your name?")

    assert heard.spots == (Spot(day=date(2026, 12, 4), at=time(14, 30), staff="Emma"),)


def test_a_read_back_is_heard_whole(english: Ears) -> None:
    heard = english.hear(
        "Ansatzfärbung on Friday, November 27th, at 2 pm with Emma, for Vera Hollmann. With the "
        "waiting time it's two and a half hours, until 4:30 pm, shall I book it?"
    )

    assert heard.asked is Asked.CONSENT
    assert heard.spots == (Spot(day=date(2026, 11, 27), at=time(14), staff="Emma"),)
    assert heard.services == ("Ansatzfärbung",)
    assert heard.name == "Vera Hollmann"


@pytest.mark.parametrize(
    ("words", "claim"),
    [
        ("Your appointment is booked: tomorrow at 9 am, Tönung with Emma.", "booked"),
        ("Your appointment on Friday at 9 am is cancelled.", "gone"),
        ("Your appointment is moved: tomorrow at 9 am, Tönung with Emma.", "stands"),
        ("I've made a note that the salon will call you back.", "called"),
        ("I've noted that you'll be about 10 minutes late.", "late"),
        ("You're on the waiting list now.", "listed"),
        ("I can only cancel up to 24 hours ahead.", "too_near"),
        ("I can't find an upcoming appointment under your name.", "no_visit"),
        ("I'm sorry, nothing is booked.", "nothing_booked"),
        ("I'm afraid Emma is already taken on Friday at 2 pm.", "taken"),
    ],
)
def test_each_claim_is_one_and_no_other(english: Ears, words: str, claim: str) -> None:
    claims = ("booked", "gone", "stands", "called", "late", "listed", "too_near", "no_visit",
              "nothing_booked", "taken")  # fmt: skip

    assert [one for one in claims if english.claims(one, words)] == [claim]


def test_whoever_is_spoken_to_in_another_language_notices(ears: Ears, english: Ears) -> None:
    german, other = "Gern. Wann möchten Sie kommen?", "Certainly. When would you like to come?"

    assert english.hear("Ich habe das leider nicht verstanden.").is_said("foreign")
    assert ears.hear("I'm afraid I didn't catch that.").is_said("foreign")
    assert not ears.hear(german).is_said("foreign")
    assert not english.hear(other).is_said("foreign")
    assert not english.hear("Certainly, a Waschen und Styling.").is_said("foreign")


@pytest.mark.parametrize(
    ("question", "words", "is_one"),
    [
        ("ask_price", "The Balayage is 160 euros.", True),
        ("ask_price", "The Balayage is 1160 euros.", False),
        ("ask_address", "You'll find us here: Hauptstraße 1, Berlin.", True),
        ("ask_hours", "We're closed tomorrow.", True),
        ("ask_duration", "I'm afraid I don't know that.", False),
    ],
)
def test_an_answer_is_known_by_its_facts(question: str, words: str, *, is_one: bool) -> None:
    facts = {"euros": "160", "street": "Hauptstraße 1"}

    assert is_answer(question, words, facts, ENGLISH) is is_one
