"""A narrow look gives the same answer as a wide one whenever it says that it is settled."""

from __future__ import annotations

import os
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking_core.domain.reach import reaches, whole_reach
from booking_core.domain.search import look
from booking_core.domain.slots import SlotQuery, SlotsFound

if TYPE_CHECKING:
    from booking_core.domain.interval import Span
    from booking_core.domain.search import Look
    from booking_core.domain.slots import SlotAnswer
    from tests.booking_core.domain.conftest import Desk

WEDNESDAY = date(2026, 11, 25)


def query(desk: Desk, *numbers: int, staff: str | None, wishes: int) -> SlotQuery:
    days = [WEDNESDAY + timedelta(days=n) for n in (0, 2, 3)]
    wish = [desk.wish("14:00", days[0]), desk.window("09:00", "12:00", days[1])]
    return SlotQuery(
        branch_id=desk.salon.branch.id,
        visit=desk.visit(*numbers, staff=staff),
        owner="call:1",
        wishes=tuple(wish[:wishes]),
    )


def ask(desk: Desk, asked: SlotQuery, reach: Span) -> Look:
    return look(asked, desk.salon, desk.busy, desk.now, lambda _: None, reach=reach)


def starts(found: SlotAnswer) -> list[str]:
    return [offer.id for offer in found.offers] if isinstance(found, SlotsFound) else []


@settings(
    max_examples=max(int(os.environ.get("SLOT_SEARCH_SALONS", "200")) // 3, 10),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    taken=st.lists(
        st.tuples(
            st.sampled_from(["emma", "oliver", "dilara", "fabian"]),
            st.integers(0, 4),
            st.sampled_from([("09:00", "13:00"), ("13:30", "18:00"), ("14:00", "15:00")]),
        ),
        max_size=12,
    ),
    number=st.sampled_from([177, 431, 441, 42]),
    staff=st.sampled_from([None, "emma", "oliver"]),
    wishes=st.integers(0, 2),
)
def test_a_settled_answer_does_not_change_when_more_days_are_read(
    desk: Desk,
    taken: list[tuple[str, int, tuple[str, str]]],
    number: int,
    staff: str | None,
    wishes: int,
) -> None:
    desk.busy.clear()
    for name, ahead, (start, end) in taken:
        desk.take(name, start, end, WEDNESDAY + timedelta(days=ahead))
    asked = query(desk, number, staff=staff, wishes=wishes)
    widest = ask(desk, asked, whole_reach(desk.salon, desk.now)).answer

    for reach in reaches(asked, desk.salon, desk.now):
        found = ask(desk, asked, reach)
        if found.settled:
            assert starts(found.answer) == starts(widest)


def test_the_look_grows_from_the_wished_days_to_the_horizon(desk: Desk) -> None:
    asked = query(desk, 177, staff="emma", wishes=1)

    steps = reaches(asked, desk.salon, desk.now)

    assert steps[0].minutes == 24 * 60
    assert all(wider.covers(narrow) for narrow, wider in pairwise(steps))
    assert steps[-1] == whole_reach(desk.salon, desk.now)


def test_a_wish_beyond_everything_still_leaves_days_to_look_at(desk: Desk) -> None:
    asked = SlotQuery(
        branch_id=desk.salon.branch.id,
        visit=desk.visit(431),
        owner="call:1",
        wishes=(desk.wish("14:00", WEDNESDAY + timedelta(days=200)),),
    )

    steps = reaches(asked, desk.salon, desk.now)

    assert all(whole_reach(desk.salon, desk.now).covers(step) for step in steps)
