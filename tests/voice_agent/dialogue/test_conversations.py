"""Whole conversations in words, with the real listener and the real search."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid5
from zoneinfo import ZoneInfo

import pytest
import yaml

from booking_core.domain.appointment import Customer
from booking_core.domain.orders import CancelAppointment
from nlu import understand
from voice_agent.dialogue.vocabulary import context_of, vocabulary_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Call, World = Any, Any
    Begin = Callable[..., Call]

BERLIN = ZoneInfo("Europe/Berlin")


def cases() -> Iterator[Any]:
    for file in sorted((Path(__file__).parent / "cases").glob("*.yaml")):
        for case in yaml.safe_load(file.read_text("utf-8")):
            yield pytest.param(case, id=f"{file.stem}: {case['call']}")


@pytest.mark.parametrize("case", [*cases()])
def test_a_conversation_goes_as_written(case: dict[str, Any], begin: Begin) -> None:
    facts = {"number": case["number"]} if "number" in case else {}
    call = begin(known=tuple(Customer(**person) for person in case.get("known", ())), **facts)
    for visit in case.get("visits", ()):
        call.world.stand(**visit)
    call.later(minutes=case.get("later_minutes", 0))
    for stretch in case.get("busy", ()):
        call.world.block(stretch["staff"], str(stretch["day"]), stretch["from"], stretch["to"])
    call.world.fates = list(case.get("fates", ()))

    standing = {visit.id: visit.plan.start for visit in call.world.visits}
    for turn in case["turns"]:
        check(turn, answer(call, turn))

    check_booked(case, call)
    check_changed(case, call, standing)
    assert [order.minutes for order in call.world.late] == case.get("late", [])
    assert call.ended == int(case.get("ended", False))
    if "searches" in case:
        assert len(call.world.searches) == case["searches"]


def answer(call: Call, turn: dict[str, Any]) -> str:
    if turn.get("silence"):
        return str(call.silent())
    vocabulary = vocabulary_of(call.world.salon)
    return str(
        call.says(understand(turn["caller"], vocabulary, context_of(call.state, call.scene)))
    )


def check(turn: dict[str, Any], told: str) -> None:
    assert told, turn
    for part in turn.get("says", ()):
        assert any(one in told for one in part.split("|")), f"{part!r} is not in {told!r}"
    for part in turn.get("never", ()):
        assert part not in told, f"{part!r} is in {told!r}"


def check_changed(case: dict[str, Any], call: Call, standing: dict[Any, datetime]) -> None:
    """What was ordered, of visits that stood before or were booked in this call."""
    if "changed" not in case:
        return
    for order in call.world.orders:
        standing[uuid5(order.branch_id, order.key)] = order.plan.start
    assert len(call.world.changes) == len(case["changed"])
    for order, expected in zip(call.world.changes, case["changed"], strict=True):
        before = standing[order.appointment_id]
        assert before == at(expected.get("cancelled") or expected["moved"])
        assert isinstance(order, CancelAppointment) is ("cancelled" in expected)
        if "to" in expected:
            check_plan(order.plan, expected, call.world.salon)


def check_plan(plan: Any, expected: dict[str, Any], salon: Any) -> None:
    assert plan.start == at(expected["to"])
    (last,) = [s for s in salon.staff if s.id == plan.segments[-1].staff_id]
    assert last.first_name == expected["staff"]
    if "services" in expected:
        assert [salon.service(i).number for i in plan.services] == expected["services"]


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=BERLIN)


def check_booked(case: dict[str, Any], call: Call) -> None:
    if "booked" not in case:
        return
    expected = case["booked"]
    if expected is None:
        assert call.state.booked is None
        return
    (order,) = call.world.orders
    salon = call.world.salon
    assert [salon.service(i).number for i in order.plan.services] == expected["services"]
    assert order.plan.start == datetime.fromisoformat(expected["start"]).replace(tzinfo=BERLIN)
    assert order.customer.name == expected["name"]
    assert order.customer.email == expected.get("email")
    if "staff" in expected:
        (last,) = [s for s in salon.staff if s.id == order.plan.segments[-1].staff_id]
        assert last.first_name == expected["staff"]
