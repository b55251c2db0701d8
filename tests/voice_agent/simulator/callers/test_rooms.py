"""What callers find in the books is there, however Cal.com was just before they rang."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from voice_agent.simulator.backdrop import BackdropImpossible, book_before
from voice_agent.simulator.replay_before import BookedBefore
from voice_agent.simulator.replay_file import CalcomFault, Misfortune

if TYPE_CHECKING:
    from voice_agent.simulator.callers.rooms import Room
    from voice_agent.simulator.stage import Stage

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("simulation")]

VISIT = BookedBefore(
    service=434,
    start=datetime.fromisoformat("2026-12-16T15:00"),
    staff="Fabian",
    customer="Hella Halb",
    phone="+493023125191",
)


async def test_a_scene_is_set_although_calcom_failed_once(
    open_house: tuple[Stage, list[Room]],
) -> None:
    _, (room, *_) = open_house

    room.meet(CalcomFault(on="POST /v2/bookings", nth=1, do=Misfortune.ERROR))
    await book_before(room.stage.runtime.core, room.salon, [VISIT])
    standing = [one.start for one in await room.standing()]
    room.calm_down()
    await room.clear_up()

    assert VISIT.start in standing


async def test_what_does_not_fit_is_said_at_once(open_house: tuple[Stage, list[Room]]) -> None:
    _, (room, *_) = open_house
    sunday = VISIT.model_copy(update={"start": datetime.fromisoformat("2026-12-20T15:00")})

    with pytest.raises(BackdropImpossible, match="does not fit: closed_day"):
        await book_before(room.stage.runtime.core, room.salon, [sunday])
