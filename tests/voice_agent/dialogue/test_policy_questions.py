"""Questions in between: answered from the salon's own data, and back to where we were."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from nlu import Intent

if TYPE_CHECKING:
    from collections.abc import Callable

    Call, Said = Any, Any
    Begin = Callable[..., Call]

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.inc(95)
@pytest.mark.parametrize(
    ("number", "answer"),
    [(177, "kostet 85 Euro"), (433, "kostenlos"), (178, "105 Euro")],
)
def test_a_price_question_is_answered_from_the_catalogue(
    call: Call, said: Said, number: int, answer: str
) -> None:
    told = call.says(said(services=said.service(number), intents=said.does(Intent.ASK_PRICE)))

    assert answer in told
    assert told.endswith("?")


def test_asking_about_another_service_does_not_change_what_is_wanted(
    call: Call, said: Said, demo_salon: Any
) -> None:
    call.says(said(services=said.service(436)))

    told = call.says(said(services=said.service(177), intents=said.does(Intent.ASK_PRICE)))

    assert "85 Euro" in told
    assert call.state.draft.services == (demo_salon.service_numbered(436).id,)


def test_the_length_question_of_a_new_caller_becomes_the_service(call: Call, said: Said) -> None:
    told = call.says(said(services=said.service(441), intents=said.does(Intent.ASK_DURATION)))

    assert "zwei Stunden und 15 Minuten" in told
    assert "ann" in told.split(".")[-1]


@pytest.mark.parametrize(
    ("day", "answer"),
    [
        ("2025-10-28", "von 9 Uhr bis 18 Uhr"),
        ("2025-10-30", "bis 20 Uhr"),
        ("2025-11-02", "geschlossen"),
        ("2025-12-24", "bis 13 Uhr"),
        ("2025-12-26", "geschlossen"),
        ("2026-10-03", "geschlossen"),
    ],
)
def test_opening_hours_of_a_day_come_from_the_salon(
    call: Call, said: Said, day: str, answer: str
) -> None:
    told = call.says(said(times=said.at(day), intents=said.does(Intent.ASK_HOURS)))

    assert answer in told
    assert call.state.draft.wishes == ()


def test_opening_hours_of_the_week(call: Call, said: Said) -> None:
    told = call.says(said(intents=said.does(Intent.ASK_HOURS)))

    assert "samstags bis 14 Uhr" in told


@pytest.mark.parametrize(
    ("intent", "answer"),
    [
        (Intent.ASK_DATE, "Montag, den 27. Oktober"),
        (Intent.ASK_OTHER, "weiß ich leider nicht"),
        (Intent.ASK_SERVICES, "zum Beispiel"),
        (Intent.COMPLAINT, "tut mir leid"),
    ],
)
def test_other_topics_get_an_honest_answer_and_the_open_question(
    call: Call, said: Said, intent: Intent, answer: str
) -> None:
    call.says(said(services=said.service(436)))

    told = call.says(said(intents=said.does(intent)))

    assert answer in told
    assert told.endswith("?")


def test_a_price_of_several_is_told_for_each_before_the_question_which(
    call: Call, said: Said
) -> None:
    told = call.says(
        said(services=said.service(436, 42, score=0.7), intents=said.does(Intent.ASK_PRICE))
    )

    assert "Der Damenhaarschnitt kostet 45 Euro, der Herrenhaarschnitt kostet 32 Euro." in told
    assert told.endswith("?")


def test_do_you_do_this_is_answered_and_goes_on_with_it(call: Call, said: Said) -> None:
    told = call.says(said(services=said.service(443), intents=said.does(Intent.ASK_SERVICES)))

    assert told.startswith("Ja, die Balayage machen wir.")
    assert told.endswith("?")


def test_a_service_that_is_switched_off_is_not_promised(call: Call, said: Said) -> None:
    salon = call.world.salon
    paused = tuple(replace(s, active=s.number != 443) for s in salon.services)
    call.world.salon = replace(salon, services=paused)
    call.scene = replace(call.scene, salon=call.world.salon)

    told = call.says(
        said(
            services=said.service(443),
            times=said.at("2025-10-30 11:00"),
            intents=said.does(Intent.ASK_SERVICES),
        )
    )

    assert "im Moment leider nicht" in told
    assert call.state.draft.services == ()


def test_what_we_do_not_do_is_said_once(call: Call, said: Said) -> None:
    told = call.says(said(services=said.service(), intents=said.does(Intent.ASK_SERVICES)))

    assert told.count("nicht im Angebot") == 1


def test_a_question_about_nothing_yet_is_answered_once_the_service_is_known(
    call: Call, said: Said
) -> None:
    asked = call.says(said(intents=said.does(Intent.ASK_PRICE)))
    told = call.says(said(services=said.service(177)))
    then = call.says(said(times=said.at("2025-10-28 14:00")))

    assert asked.endswith("?")
    assert "85 Euro" in told
    assert "Euro" not in then


@pytest.mark.inc(124)
def test_why_gets_the_reason_that_was_given(call: Call, said: Said) -> None:
    call.world.block("Emma", "2025-10-30", "11:00", "12:00")
    call.says(
        said(
            services=said.service(436),
            times=said.at("2025-10-30 11:00"),
            staff=said.staff("Emma"),
        )
    )

    why = call.says(said("Warum denn nicht?", intents=said.does(Intent.ASK_OTHER)))

    assert "Emma hat am Donnerstag um 11 Uhr 10 schon einen anderen Termin" in why
    assert why.endswith("?")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Sind Sie ein Mensch?", "die digitale Assistentin"),
        ("Rede ich mit einem Roboter?", "die digitale Assistentin"),
        ("Wie komme ich zu Ihnen?", "Hauptstraße"),
    ],
)
def test_what_the_salon_or_the_agent_is_gets_a_straight_answer(
    call: Call, said: Said, question: str, answer: str
) -> None:
    told = call.says(said(question, intents=said.does(Intent.ASK_OTHER)))

    assert answer in told
    assert told.endswith("?")


@pytest.mark.inc(102)
def test_a_capital_letter_in_a_question_makes_no_name(call: Call, said: Said) -> None:
    call.says(said(services=said.service(436), times=said.at("2025-10-30 11:00")))

    call.says(said(name=said.name("Haaren"), intents=said.does(Intent.ASK_OTHER)))

    assert call.state.draft.name is None
