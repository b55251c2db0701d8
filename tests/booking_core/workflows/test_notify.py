from __future__ import annotations

import asyncio
from typing import Any

import pytest

from booking_core.domain.booking import Booked
from booking_core.workflows.book import book

LOG = "SELECT state, tries, message_id FROM email_log"


@pytest.fixture
async def visit(world: Any, visits: Any) -> Any:
    """A booked visit whose confirmation is due."""
    result = await book(visits.order(), world.parts())
    assert isinstance(result, Booked)
    return result.appointment


async def test_a_booked_visit_gives_one_confirmation(world: Any, visit: Any) -> None:
    notify = world.notify()

    sent = [await notify(visit.id, 1, "confirmation") for _ in range(2)]

    assert sent == [True, False]
    (mail,) = world.mailbox.accepted
    assert mail["To"] == "wilma@example.com"
    assert await world.rows(LOG) == [("sent", 1, mail["Message-ID"])]


async def test_two_workers_with_the_same_job_send_one_mail(world: Any, visit: Any) -> None:
    sent = await asyncio.gather(*(world.notify()(visit.id, 1, "confirmation") for _ in range(4)))

    assert sorted(sent) == [0, 0, 0, 1]
    assert len(world.mailbox.accepted) == 1


async def test_a_mail_server_that_breaks_off_is_tried_again_after_a_wait(
    world: Any, visit: Any
) -> None:
    world.mailbox.broken = 1
    notify = world.notify()

    with pytest.raises(ConnectionResetError):
        await notify(visit.id, 1, "confirmation")
    assert await notify(visit.id, 1, "confirmation") == 0, "its wait is not over"
    await world.write("UPDATE email_log SET lease_until = clock_timestamp()")

    assert await notify(visit.id, 1, "confirmation") == 1
    assert len(world.mailbox.accepted) == 1


async def test_a_mail_of_a_dead_sender_is_sent_again_as_the_same_mail(
    make_world: Any, visits: Any, make_fuse: Any, crash: Any
) -> None:
    world = make_world(lease_s=0.0)
    await book(visits.order(), world.parts())
    with pytest.raises(crash):
        await world.notify(make_fuse(at="after send")).all_due()
    assert len(world.mailbox.accepted) == 1

    assert await world.notify().all_due() == 1

    first, again = world.mailbox.accepted
    assert first.as_bytes() == again.as_bytes()
    assert await world.notify().all_due() == 0


async def test_a_mail_that_cannot_be_sent_does_not_stop_the_others(world: Any, visits: Any) -> None:
    for start in (0, 300):
        await book(visits.order(visits.plan(start)), world.parts())
    world.mailbox.broken = 1

    assert await world.notify().all_due() == 1

    assert len(world.mailbox.accepted) == 1
    assert sorted(state for state, *_ in await world.rows(LOG)) == ["due", "sent"]


async def test_the_date_of_a_mail_is_that_of_the_booking_however_late_it_is_sent(
    world: Any, visit: Any
) -> None:
    await world.write("UPDATE email_log SET committed_at = '2031-01-02T10:00:00Z'")

    await world.notify()(visit.id, 1, "confirmation")

    (mail,) = world.mailbox.accepted
    assert "2031-01-02T10:00:00+00:00" in mail.get_content()


async def test_a_mail_whose_address_is_gone_is_dropped(world: Any, visit: Any) -> None:
    await world.write("UPDATE appointment SET customer_email = NULL")

    assert await world.notify()(visit.id, 1, "confirmation") == 0

    assert world.mailbox.accepted == []
    assert await world.rows("SELECT state, reason FROM email_log") == [("dropped", "no_address")]
