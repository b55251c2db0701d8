"""No input, however long or strange, raises, hangs, or takes long."""

from __future__ import annotations

import time as stopwatch
import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlu import Context, Expecting, Vocabulary, parse_times, understand
from nlu.explain import explain
from nlu.tokens import MAX_CHARACTERS

if TYPE_CHECKING:
    from nlu import Understanding

NOW = datetime(2026, 3, 11, 10, tzinfo=ZoneInfo("Europe/Berlin"))
SECONDS_PER_200 = 0.020
SLACK_S = 0.030
"""Of the clock, on a machine that does other things as well."""
PIECES = [
    "zehn ", "am Montag oder ", "ein", "zweiundzwanzig", "von bis ", "M A ", "doppel ", "12.",
    "nicht ", "bei Emma ", "bei ", "ohne die ", "Haarschnitt ", "Herrenhörschnitt ", "mit V ",
    "mein Name ist ", "für mich und meine Tochter ", "wenn ", "null eins ", "a punkt ", "ät ",
    "halb ", "viertel ", "nächste Woche ", "ä", ". ", ", ", "? ", "- ", "'", "\u0308", "\u200d",
    "🙂", "ß", "İ", "٣", "３", "Xy ", "anna ", "nein, ", "ja, ", "zu früh ", "in einer Stunde ",
    "der erste ", "Waschen schneiden föhnen ", "buchstabiere ", "zwanzig hundert tausend ",
    "1., ", "ersten, ", "zweiten oder ", "unter Vogt ", "schreiben Sie ", "fuer ", "zusammen ",
    "den anderen ",
    "am Tag davor ", "nächstgelegene ", "in zwei Wochen am Montag ", "weiß nicht so ", "Vorname ",
]  # fmt: skip


def timed(text: str, vocabulary: Vocabulary, expecting: Expecting) -> tuple[float, Understanding]:
    context = Context(now=NOW, expecting=expecting, agent_said=text)
    began = stopwatch.process_time()
    heard = understand(text, vocabulary, context)
    return stopwatch.process_time() - began, heard


def budget(text: str) -> float:
    return SLACK_S + SECONDS_PER_200 * max(min(len(text), MAX_CHARACTERS), 200) / 200


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("length", [200, 2_000, 100_000])
@pytest.mark.parametrize("expecting", [Expecting.OPEN, Expecting.NAME, Expecting.CONFIRM])
def test_one_thing_said_over_and_over_stays_inside_the_budget(
    piece: str, length: int, expecting: Expecting, vocabulary: Vocabulary
) -> None:
    text = piece * (length // len(piece))
    understand(text, vocabulary, Context(now=NOW))

    fastest = min(timed(text, vocabulary, expecting)[0] for _ in range(2))

    assert fastest <= budget(text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.sampled_from(PIECES), min_size=20, max_size=400).map("".join),
    st.sampled_from(list(Expecting)),
    st.sampled_from(["de", "en"]),
)
def test_any_mixture_is_understood_or_not_but_never_an_error(
    vocabulary: Vocabulary, text: str, expecting: Expecting, language: str
) -> None:
    context = Context(now=NOW, expecting=expecting, agent_said=text, language=language)

    heard = understand(text, vocabulary, context)

    assert heard.text == text[:MAX_CHARACTERS]
    assert explain(heard, vocabulary)
    assert all(text[a:b] == e.text for e in heard.times if e.span for a, b in [e.span])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400))
def test_any_characters_are_understood_or_not_but_never_an_error(
    vocabulary: Vocabulary, text: str
) -> None:
    heard = understand(text, vocabulary, Context(now=NOW, expecting=Expecting.NAME))

    assert all(0 <= score.score <= 1 for score in heard.intents)


@pytest.mark.parametrize(
    "text", ["übermorgen um fünf", "am Fünfzehnten März", "heute früh", "am fünfundzwanzigsten"]
)
def test_dots_written_as_characters_of_their_own_change_nothing(text: str) -> None:
    apart = unicodedata.normalize("NFD", text)
    assert apart != text

    def moments(said: str) -> list[object]:
        return [(e.start, e.end, e.grain, e.pod) for e in parse_times(said, NOW, "de")]

    assert moments(apart) == moments(text) != []
