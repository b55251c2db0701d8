"""Who will be late: a line on the visit, once, and nothing else of it changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from booking_core.domain.errors import InvalidRequest, UnknownAppointment
from booking_core.workflows.note_late import NoteLateness, word_to_salon


def order(**parts: Any) -> NoteLateness:
    told = {"key": "call", "branch_id": uuid4(), "appointment_id": uuid4(), **parts}
    return NoteLateness(**told)


async def test_a_note_stands_on_the_visit_once_and_changes_nothing_else(
    world: Any, booked: Any
) -> None:
    visit, stored = await booked(), world.stores.appointments

    await stored.add_note(visit.branch_id, visit.id, order(minutes=10).note)
    await stored.add_note(visit.branch_id, visit.id, order(minutes=10).note)
    await stored.add_note(visit.branch_id, visit.id, order().note)

    assert await stored.by_id(visit.id) == replace(visit, note="+10 min\n+? min")


async def test_a_note_needs_a_visit_of_this_branch(world: Any, booked: Any) -> None:
    visit = await booked()

    with pytest.raises(UnknownAppointment):
        await world.stores.appointments.add_note(uuid4(), visit.id, "+10 min")

    assert (await world.stores.appointments.by_id(visit.id)).note == ""


def test_the_salon_is_told_in_the_words_of_the_caller() -> None:
    word = word_to_salon(order(minutes=10, words="Stehe im Stau.", phone="+4915112345678"))

    assert word is not None
    assert (word.reason, word.topic) == ("late", "+10 min: Stehe im Stau.")


def test_without_a_number_the_note_on_the_visit_is_all() -> None:
    assert word_to_salon(order(minutes=10)) is None


def test_nobody_is_late_by_nothing() -> None:
    with pytest.raises(InvalidRequest):
        order(minutes=0)
