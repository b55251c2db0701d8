"""What a call leaves behind is read from where it lies."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, text

from booking_core.adapters.postgres.booking_tables import claim
from voice_agent.simulator.aftermath import (
    World,
    aftermath,
    mail_kind,
    settle,
    snapshot,
)

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon

PROMPTLY = 0.1
ONE_JOB_DUE_AND_ONE_LATER = """
INSERT INTO procrastinate_jobs (queue_name, task_name, scheduled_at)
VALUES ('default', 'booking.notify', NULL),
       ('default', 'booking.sweep', now() + interval '1 hour')
"""
ONE_RECOVERY_DUE = """
INSERT INTO procrastinate_jobs (queue_name, task_name, status)
VALUES ('default', 'booking.recover', 'doing')
"""
ONE_CALLBACK_OPEN_ONE_DONE_ONE_OBSOLETE = """
INSERT INTO callback_request (branch_id, key, name, phone, wish, reason, state, due_at, settled_at)
SELECT :branch_id, state, 'Brinkmann', '+4917139200011', '{}', 'calendar_silent', state, now(),
       CASE WHEN state <> 'open' THEN now() END
FROM unnest(ARRAY['open', 'done', 'obsolete']) AS state
"""


class Calcom:
    """What a sandbox would dump."""

    def __init__(self) -> None:
        self.bookings: dict[str, str] = {}

    async def dump(self) -> dict[str, Any]:
        start = "2026-04-15T12:00:00Z"
        return {
            "bookings": [
                {"uid": uid, "status": status, "start": start}
                for uid, status in self.bookings.items()
            ]
        }


@pytest.fixture
def calcom() -> Calcom:
    return Calcom()


@pytest.fixture
def world(engine: AsyncEngine, saved_salon: Salon, calcom: Calcom, tmp_path: Path) -> World:
    return World(engine=engine, salon=saved_salon, dump=calcom.dump, mail_dir=tmp_path)


def mail(method: str, sequence: int) -> EmailMessage:
    message = EmailMessage()
    message["To"] = "kundin@example.org"
    message.set_content("Guten Tag")
    ics = f"BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nSEQUENCE:{sequence}\r\nEND:VCALENDAR\r\n"
    message.add_alternative(ics, subtype="calendar")
    return message


async def test_an_untouched_world_has_no_news(world: World) -> None:
    left = await aftermath(world, await snapshot(world))

    assert (left.appointments, left.accepted, left.cancelled) == ((), 0, 0)
    assert (left.mails.total(), left.callbacks, left.waiting_list) == (0, (), ())
    assert (left.holds, left.unsettled) == (0, ())


async def test_only_what_changed_at_calcom_counts(world: World, calcom: Calcom) -> None:
    calcom.bookings = {"stays": "accepted", "goes": "accepted", "was": "cancelled"}
    before = await snapshot(world)
    calcom.bookings |= {"goes": "cancelled", "new": "accepted", "in vain": "cancelled"}

    left = await aftermath(world, before)

    assert (left.accepted, left.cancelled, left.live) == (1, 2, 2)
    assert left.first == datetime(2026, 4, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("method", "sequence", "kind"),
    [("REQUEST", 0, "confirmation"), ("REQUEST", 2, "change"), ("CANCEL", 3, "cancellation")],
)
def test_the_calendar_entry_tells_what_a_mail_is_about(
    method: str, sequence: int, kind: str
) -> None:
    assert mail_kind(mail(method, sequence)) == kind


async def test_only_new_mails_count(world: World) -> None:
    (world.mail_dir / "old.eml").write_bytes(mail("REQUEST", 0).as_bytes())
    before = await snapshot(world)
    (world.mail_dir / "new.eml").write_bytes(mail("CANCEL", 1).as_bytes())

    left = await aftermath(world, before)

    assert left.mails == {"cancellation": 1}


async def test_callbacks_count_unless_the_caller_got_it_after_all(world: World) -> None:
    async with world.engine.begin() as connection:
        branch = {"branch_id": world.salon.branch.id}
        await connection.execute(text(ONE_CALLBACK_OPEN_ONE_DONE_ONE_OBSOLETE), branch)

    left = await aftermath(world, await snapshot(world))

    assert [(wish.name, wish.phone, wish.reason) for wish in left.callbacks] == [
        ("Brinkmann", "+4917139200011", "calendar_silent"),
        ("Brinkmann", "+4917139200011", "calendar_silent"),
    ]


async def test_a_hold_that_nobody_gave_back_is_seen(world: World) -> None:
    async with world.engine.begin() as connection:
        await connection.execute(
            insert(claim).values(
                branch_id=world.salon.branch.id,
                resource_id=uuid4(),
                during=text("tstzrange('2026-04-15 12:00+00', '2026-04-15 13:00+00')"),
                owner="call:gone",
                holder="call:gone",
                kind="work",
                state="held",
                expires_at=datetime(2999, 1, 1, tzinfo=UTC),
            )
        )

    left = await aftermath(world, await snapshot(world), within_s=PROMPTLY)

    assert left.holds == 1


async def test_a_job_that_is_due_is_not_at_rest(world: World) -> None:
    async with world.engine.begin() as connection:
        await connection.execute(text(ONE_JOB_DUE_AND_ONE_LATER))

    assert await settle(world, within_s=PROMPTLY) == ["job booking.notify"]


async def test_a_recovery_of_what_has_ended_is_nothing_to_wait_for(world: World) -> None:
    async with world.engine.begin() as connection:
        await connection.execute(text(ONE_RECOVERY_DUE))

    assert await settle(world, within_s=PROMPTLY) == []
