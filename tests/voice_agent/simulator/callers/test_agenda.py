from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING

import pytest

from voice_agent.simulator.callers.agenda import Agenda
from voice_agent.simulator.callers.goals import Errand, Goal, Slot
from voice_agent.simulator.callers.memory import Memory
from voice_agent.simulator.callers.mind import Mind
from voice_agent.simulator.callers.moods import Manner
from voice_agent.simulator.callers.voice import Voice
from voice_agent.simulator.callers.when import When

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from booking_core.domain.catalogue import Salon
    from voice_agent.simulator.callers.ears import Ears

CALM = Manner(greets=0.0, asks=0.0, breaks_off=0.0)
GOAL = Goal(
    errand=Errand.BOOK,
    services=(436,),
    staff="Emma",
    whens=(When(day=date(2026, 11, 27), at=time(11)), When(soonest=True)),
    name="Vera Hollmann",
)
READ_BACK = (
    "Damenhaarschnitt am Freitag, den 27. November, um 11 Uhr bei Emma, auf den Namen Vera "
    "Hollmann. Das dauert 45 Minuten, soll ich es so eintragen?"
)


@pytest.fixture
def caller(
    demo_salon: Salon, berlin: datetime, dice: Callable[[int], Random]
) -> Callable[..., Agenda]:
    def wants(goal: Goal = GOAL, manner: Manner = CALM, seed: int = 1) -> Agenda:
        chance = dice(seed)
        mind = Mind(
            memory=Memory(goal=goal),
            voice=Voice(chance=chance, today=berlin.date()),
            manner=manner,
            chance=chance,
            salon=demo_salon,
            now=berlin,
        )
        return Agenda(mind=mind)

    return wants


def test_who_is_in_a_hurry_says_everything_at_once(caller: Callable[..., Agenda]) -> None:
    act = caller(manner=replace(CALM, opens_with=1.0)).opening()

    assert act.tells == {Slot.SERVICE, Slot.WHEN, Slot.STAFF, Slot.NAME}


def test_a_read_back_that_is_right_is_agreed_to(caller: Callable[..., Agenda], ears: Ears) -> None:
    agenda = caller()

    act = agenda.answer(ears.hear(READ_BACK))

    assert act.consents
    assert agenda.memory.agreed == datetime.combine(date(2026, 11, 27), time(11))


@pytest.mark.parametrize(
    ("right", "wrong", "slot"),
    [
        ("um 11 Uhr", "um 12 Uhr", Slot.WHEN),
        ("am Freitag, den 27.", "am Donnerstag, den 26.", Slot.WHEN),
        ("bei Emma", "bei Oliver", Slot.STAFF),
        ("Damenhaarschnitt", "Herrenhaarschnitt", Slot.SERVICE),
        ("Vera Hollmann", "Gerd Baumgart", Slot.NAME),
    ],
)
def test_a_read_back_that_is_wrong_is_put_right(
    caller: Callable[..., Agenda], ears: Ears, right: str, wrong: str, slot: Slot
) -> None:
    agenda = caller()

    act = agenda.answer(ears.hear(READ_BACK.replace(right, wrong)))

    assert not act.consents
    assert act.tells == {slot}
    assert agenda.memory.agreed is None


def test_an_offer_nobody_asked_for_is_not_taken(caller: Callable[..., Agenda], ears: Ears) -> None:
    agenda = caller()
    agenda.memory.told.add(Slot.WHEN)

    agenda.answer(
        ears.hear(
            "Frei wäre morgen, Mittwoch, den 25. November, um 9 Uhr bei Emma. Passt Ihnen das?"
        )
    )

    assert agenda.memory.accepted is None


def test_what_is_near_the_wish_will_do_once_the_wish_is_impossible(
    caller: Callable[..., Agenda], ears: Ears
) -> None:
    agenda = caller()
    agenda.memory.told.add(Slot.WHEN)

    agenda.answer(
        ears.hear(
            "Um 11 Uhr ist leider schon vergeben. Frei wäre am Freitag, den 27. November, "
            "um 12 Uhr oder um 16 Uhr bei Emma. Was passt Ihnen besser?"
        )
    )

    assert agenda.memory.accepted == datetime.combine(date(2026, 11, 27), time(12))


def test_being_asked_for_what_was_said_is_noted(caller: Callable[..., Agenda], ears: Ears) -> None:
    agenda = caller()

    agenda.answer(ears.hear("Wann möchten Sie kommen?"))
    first = list(agenda.memory.asked_again)
    agenda.answer(ears.hear("Wann möchten Sie kommen?"))

    assert first == []
    assert len(agenda.memory.asked_again) == 1


def test_who_is_not_understood_for_long_gives_up(caller: Callable[..., Agenda], ears: Ears) -> None:
    agenda = caller()
    agenda.opening()
    for _ in range(3):
        agenda.answer(ears.hear("Das weiß ich leider nicht."))

    assert not agenda.memory.gave_up
    assert agenda.answer(ears.hear("Das weiß ich leider nicht.")).ends
    assert agenda.memory.gave_up


def test_a_wrong_number_wants_nothing(caller: Callable[..., Agenda]) -> None:
    act = caller(Goal(errand=Errand.WRONG_NUMBER)).opening()

    assert "verwählt" in act.words
    assert not act.tells
