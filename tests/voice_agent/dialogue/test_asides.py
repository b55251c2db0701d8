"""Questions told by their words, and ways to go on from an offer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from nlu import understand
from voice_agent.dialogue.asked import AskName, AskStaff, AskTime, Consent
from voice_agent.dialogue.outcomes import outcome_of
from voice_agent.dialogue.request import OfferRequest
from voice_agent.dialogue.vocabulary import context_of, vocabulary_of
from voice_agent.journal import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    Call = Any
    Begin = Callable[..., Call]

TUESDAY = datetime(2025, 10, 28, 10, tzinfo=ZoneInfo("Europe/Berlin"))


def tell(call: Call, *lines: str) -> str:
    """What the agent says to the last of these lines, understood as they are live."""
    told = ""
    for line in lines:
        vocabulary = vocabulary_of(call.world.salon)
        told = call.says(understand(line, vocabulary, context_of(call.state, call.scene)))
    return str(told)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Wer macht bei Ihnen Dauerwellen?", "Oliver"),
        ("An welchen Tagen arbeitet eigentlich Dilara?", "mittwochs"),
        ("Ist Fabian am Samstag da?", "Ja, Fabian ist am Samstag"),
        ("Ist Oliver am Samstag da?", "Oliver leider nicht im Salon"),
    ],
)
def test_who_does_what_and_when_comes_from_the_salon(
    call: Call, question: str, answer: str
) -> None:
    assert answer in tell(call, question)
    assert call.state.draft.staff is None


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Wann bin ich dann fertig?", "12 Uhr 30"),
        ("Was passiert denn in der Einwirkzeit?", "45 Minuten"),
        ("Und was kostet das zusammen?", "85 Euro"),
    ],
)
def test_questions_about_the_visit_keep_the_open_question(
    call: Call, question: str, answer: str
) -> None:
    tell(call, "Eine Ansatzfärbung am Mittwoch um zehn bei Emma, bitte.")
    assert isinstance(call.state.question, AskName)

    told = tell(call, question)

    assert answer in told
    assert told.endswith("?")
    assert isinstance(call.state.question, AskName)
    assert call.state.draft.name is None


def test_what_nobody_wrote_down_is_not_known_and_left_to_the_salon(call: Call) -> None:
    told = tell(call, "Gibt es bei Ihnen einen Aufzug?")

    assert "weiß ich leider nicht" in told
    assert isinstance(call.state.question, OfferRequest)
    tell(call, "Ja, gern.")
    (request,) = call.world.callbacks.values()
    assert (request.reason, "Aufzug" in request.topic) == ("not_known", True)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Gibt es bei Ihnen einen Parkplatz?", "Parkhaus"),
        ("Kann ich bei Ihnen mit Karte zahlen?", "Karte"),
        ("Muss ich vorher die Haare waschen?", "gewaschen wird bei uns"),
    ],
)
def test_what_the_salon_wrote_down_is_answered_in_its_own_words(
    call: Call, question: str, answer: str
) -> None:
    tell(call, "Eine Ansatzfärbung am Mittwoch um zehn bei Emma, Hollmann mein Name.")

    told = tell(call, question)

    assert answer in told
    assert isinstance(call.state.question, Consent)


def test_in_the_middle_of_a_booking_what_is_not_known_does_not_stop_it(call: Call) -> None:
    tell(call, "Eine Ansatzfärbung am Mittwoch um zehn bei Emma, Hollmann mein Name.")

    told = tell(call, "Haben Sie einen Aufzug?")

    assert "weiß ich leider nicht" in told
    assert isinstance(call.state.question, Consent)


def test_earlier_than_the_earliest_is_said_to_be_impossible_and_nothing_later_offered(
    begin: Begin,
) -> None:
    call = begin(TUESDAY)
    first = tell(call, "Geht heute um halb elf noch ein Herrenschnitt?")

    told = tell(call, "Geht's auch früher?")

    assert "frühestens heute um 11 Uhr" in first
    assert told.startswith("Früher")
    assert "frühestens" not in told
    assert isinstance(call.state.question, AskTime)


def test_the_day_after_follows_the_day_being_talked_about(begin: Begin) -> None:
    call = begin(TUESDAY)
    tell(call, "Geht heute um halb elf noch ein Herrenschnitt?", "Geht's auch früher?")

    told = tell(call, "Und am Tag danach?")

    assert "Mittwoch, den 29. Oktober" in told


def test_somebody_else_is_asked_for_by_name(call: Call) -> None:
    tell(call, "Ein Damenhaarschnitt am Mittwoch um elf bei Emma.")

    told = tell(call, "Geht das auch bei jemand anderem?")

    assert isinstance(call.state.question, AskStaff)
    assert "Emma" not in told


def test_this_time_or_none_gets_no_alternatives(call: Call) -> None:
    call.world.block("Emma", "2025-10-29", "09:00", "09:30")

    told = tell(call, "Nur am Mittwoch um neun bei Emma, Damenhaarschnitt, sonst bitte nichts.")

    assert call.world.searches[-1].strict
    assert call.state.offers == ()
    assert "oder" not in told
    tell(call, "Dann nicht, danke.")
    assert outcome_of(call.state, ending=True) is Outcome.DECLINED


def test_who_never_says_a_word_has_left(call: Call) -> None:
    for _ in range(3):
        call.silent()

    assert call.ended == 1
    assert outcome_of(call.state, ending=True) is Outcome.ABANDONED


def test_a_time_nobody_could_look_up_is_offered_with_a_grain_of_salt_once(call: Call) -> None:
    find = call.world.find

    def blind(query: Any, now: datetime) -> Any:
        found = find(query, now)
        return replace(found, answer=replace(found.answer, unseen=True))

    call.world.find = blind
    first = tell(call, "Ein Damenhaarschnitt am Mittwoch um elf bei Emma.")
    second = tell(call, "Ach nein, lieber am Donnerstag um zwölf.")

    assert first.startswith("Ganz sicher sehe ich es erst beim Eintragen, aber soweit ich weiß: ")
    assert "Ganz sicher" not in second
