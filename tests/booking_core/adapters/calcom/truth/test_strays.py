"""Bookings over there that carry our metadata and belong to no visit: ours go, others stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from booking_core.workflows.reconcile import Reconcile

ELSEWHERE = "5b0c9c52-2a0b-4b53-9f5c-4a0e8f1c7d11"
NOBODY = "0f4e2f6c-9f2f-4f0e-8f5e-0d1c2b3a4f5e"


@pytest.fixture
def news(desk: Any) -> Any:
    """What a person has to hear of, and whether the salon is written to about it."""

    async def rows() -> list[tuple[Any, ...]]:
        return [
            tuple(row)
            for row in await desk.rows(
                "SELECT kind, told_at IS NULL FROM attention WHERE stray IS NOT NULL ORDER BY id"
            )
        ]

    return rows


@pytest.fixture
async def stranger(reconcile: Reconcile, desk: Any, booked: Any, watch: Any) -> Any:
    """Leaves something behind beside a visit that stands, and compares when it is old."""
    visit = await booked("11-25 14:00")

    async def leave(start: str, **metadata: Any) -> None:
        await desk.leave_behind(visit, start=start, **metadata)
        watch.at = desk.later(minutes=20)
        await reconcile.branch(desk.salon.branch.id)

    return leave


async def test_a_booking_of_ours_whose_visit_nobody_knows_goes_after_a_while(
    reconcile: Reconcile, desk: Any, booked: Any, watch: Any, news: Any, letters: Any
) -> None:
    visit = await booked("11-25 14:00")
    await desk.leave_behind(visit, start="11-26 09:00", group=NOBODY)
    watch.at = desk.later(minutes=20)

    for _ in range(2):
        await reconcile.branch(desk.salon.branch.id)

    assert desk.live() == ["11-25 14:00", "11-25 14:45"]
    assert await news() == [("swept_there", True)]
    (letter,) = await letters()
    assert "26.11.2026 09:00" in letter
    assert "Sie müssen nichts tun" in letter
    assert await letters() == []


@pytest.mark.parametrize("group", [{}, {"group": NOBODY}], ids=["known", "unknown"])
@pytest.mark.parametrize("whose", [ELSEWHERE, None], ids=["another one's", "nobody's"])
async def test_what_another_installation_has_made_is_reported_once_and_never_touched(
    stranger: Any, desk: Any, news: Any, whose: str | None, group: dict[str, str]
) -> None:
    for start in ("11-26 09:00", "11-26 11:00"):
        await stranger(start, installation=whose, **group)

    assert desk.live() == ["11-25 14:00", "11-25 14:45", "11-26 09:00", "11-26 11:00"]
    assert await news() == [("foreign_there", False)]


async def test_many_visits_that_nobody_knows_are_rather_our_own_loss_of_memory(
    reconcile: Reconcile, desk: Any, booked: Any, watch: Any, news: Any, letters: Any
) -> None:
    """A backup of yesterday was put back: what was agreed since stands only over there."""
    visit = await booked("11-25 14:00")
    for hour in range(9, 13):
        await desk.leave_behind(visit, start=f"11-26 {hour:02}:00", group=str(uuid4()))
    watch.at = desk.later(minutes=20)

    await reconcile.branch(desk.salon.branch.id)

    assert len(desk.live()) == 6
    assert await news() == [("unknown_there", True)] * 4
    assert "Wir haben nichts abgesagt" in (await letters())[0]


async def test_a_saga_in_flight_is_never_swept_away(
    reconcile: Reconcile, desk: Any, booked: Any, watch: Any, news: Any
) -> None:
    """However old its bookings are: whoever holds the lease decides about them."""
    visit = await booked("11-25 14:00")
    await desk.leave_behind(visit, start="11-26 09:00")
    await desk.write("UPDATE saga SET ended_at = NULL, state = 'running'")
    watch.at = desk.later(minutes=600)

    await reconcile.branch(desk.salon.branch.id)

    assert desk.live() == ["11-25 14:00", "11-25 14:45", "11-26 09:00"]
    assert await news() == []


async def test_a_stray_of_the_past_is_no_open_question_any_more(
    reconcile: Reconcile, desk: Any, booked: Any, watch: Any
) -> None:
    visit = await booked("11-25 14:00")
    await desk.leave_behind(visit, start="11-26 09:00", installation=ELSEWHERE)
    watch.at = desk.later(minutes=20)
    await reconcile.branch(desk.salon.branch.id)
    watch.at = desk.later(minutes=3 * 24 * 60)

    await reconcile.branch(desk.salon.branch.id)

    assert await desk.rows("SELECT kind FROM attention WHERE settled_at IS NOT NULL") == [
        ("foreign_there",)
    ]
