"""Mails into a conversation with a mail server that has its days, and from senders that die."""

# ruff: noqa: S311 - the luck of tests is no secret; the seed of the run repeats it
from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from booking_core.adapters.mail import SmtpMailer, render_confirmation
from booking_core.adapters.postgres.mails import PostgresMailLog
from booking_core.domain.booking import Booked
from booking_core.domain.mail import Delivery
from booking_core.domain.orders import CancelAppointment, Cancelled, Moved, RescheduleAppointment
from booking_core.workflows.book import book
from booking_core.workflows.cancel import cancel
from booking_core.workflows.notify import Notify
from booking_core.workflows.reschedule import reschedule

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from email.message import EmailMessage

PROGRAM = Path(__file__).parent / "processes" / "sender.py"
KILL_ROUNDS = int(os.environ.get("MAIL_KILL_ROUNDS", "4"))
ONCE, LEAST = Delivery.AT_MOST_ONCE, Delivery.AT_LEAST_ONCE

HARMLESS = (
    "away",  # hangs up instead of a greeting
    "closing",  # 421 to MAIL
    "grey",  # 450 to RCPT
    "gone_at_rcpt",
    "busy",  # 451 to the mail itself
)
"""What the server did not take, and said so or broke off too early to have taken it."""
DOUBTFUL = ("lost_before", "lost_after")
"""The connection breaks after the mail: it was not taken, or it was."""
FINAL = ("no_such_user", "spam")


@dataclass
class PostOffice:
    """Speaks SMTP; `luck` says what becomes of the next conversations, one word each."""

    luck: deque[str] = field(default_factory=deque)
    taken: list[bytes] = field(default_factory=list)
    conversations: int = 0
    port: int = 0
    has_mail: asyncio.Event = field(default_factory=asyncio.Event)
    """Somebody waits for the answer to a mail that was taken, with the word "hold"."""
    release: asyncio.Event = field(default_factory=asyncio.Event)

    async def converse(self, reader: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        self.conversations += 1
        word = self.luck.popleft() if self.luck else "fine"
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._converse(word, reader, out)
        out.close()

    async def _converse(
        self, word: str, reader: asyncio.StreamReader, out: asyncio.StreamWriter
    ) -> None:
        if word == "away":
            return
        out.write(b"220 office\r\n")
        while verb := (await reader.readline())[:4].upper():
            answer = {
                ("MAIL", "closing"): "421 4.3.2 closing",
                ("RCPT", "grey"): "450 4.2.0 later",
                ("RCPT", "no_such_user"): "550 5.1.1 wilma@example.com unknown",
                ("RCPT", "gone_at_rcpt"): "",
            }.get((verb.decode(), word), "354 go on" if verb == b"DATA" else "250 fine")
            if not answer:
                return
            out.write(answer.encode() + b"\r\n")
            if answer == "354 go on":
                content = await reader.readuntil(b"\r\n.\r\n")
                if not (said := await self._take(word, content[:-3])):
                    return
                out.write(said.encode() + b"\r\n")

    async def _take(self, word: str, content: bytes) -> str:
        if word == "busy":
            return "451 4.3.0 not now"
        if word == "spam":
            return "554 5.7.1 wilma@example.com does not want this"
        if word == "lost_before":
            return ""
        self.taken.append(content)
        if word == "hold":
            self.has_mail.set()
            await self.release.wait()
        return "" if word in {"lost_after", "hold"} else "250 taken"

    @property
    def by_id(self) -> dict[str, set[bytes]]:
        """Contents by Message-ID: what a server that looks at it would keep."""
        found: dict[str, set[bytes]] = {}
        for content in self.taken:
            found.setdefault(parsed(content)["Message-ID"], set()).add(content)
        return found


def parsed(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=default)  # type: ignore[return-value]  # of this policy


def body(content: bytes) -> str:
    part = parsed(content).get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    office = PostOffice()
    server = await asyncio.start_server(office.converse, "127.0.0.1", 0, limit=1_000_000)
    office.port = server.sockets[0].getsockname()[1]
    yield office
    office.release.set()
    server.close()
    await server.wait_closed()


def notify_of(world: Any, office: PostOffice, delivery: Delivery, lease_s: float = 30.0) -> Notify:
    """What one process sends with: everything real."""
    return Notify(
        log_book=PostgresMailLog(world.stores.engine, lease_s=lease_s, delivery=delivery),
        appointments=world.stores.appointments,
        salons=world.salons,
        mailer=SmtpMailer(f"smtp://127.0.0.1:{office.port}", timeout_s=10, answer_s=10),
        render=render_confirmation,
    )


async def booked(world: Any, visits: Any, start: int = 0, **changes: object) -> Any:
    result = await book(visits.order(visits.plan(start), **changes), world.parts())
    assert isinstance(result, Booked)
    return result.appointment


async def test_a_sender_that_is_late_changes_nothing_that_another_has_done(
    world: Any, visits: Any
) -> None:
    visit = await booked(world, visits)
    book_of_mails = PostgresMailLog(world.stores.engine, lease_s=0)
    late = await book_of_mails.claim(visit.id, 1, "confirmation")
    other = await book_of_mails.claim(visit.id, 1, "confirmation")
    assert late is not None
    assert other is not None

    assert await book_of_mails.keep(late, b"late") is False
    assert await book_of_mails.keep(other, b"other") is True
    await book_of_mails.unsent(late, wait_s=60)
    await book_of_mails.refuse(late, reason="550")
    await book_of_mails.drop(late, reason="no_address")
    assert await world.rows("SELECT state, content FROM email_log") == [("sending", b"other")]
    await book_of_mails.sent(late, message_id="<1@example.com>")
    await book_of_mails.unsent(other, wait_s=60)

    assert await world.rows("SELECT state, message_id FROM email_log") == [
        ("sent", "<1@example.com>")
    ]


async def time_passes(world: Any) -> None:
    await world.write("UPDATE email_log SET lease_until = clock_timestamp()")


async def until_nothing_is_due(world: Any, notify: Notify) -> None:
    async with asyncio.timeout(60):
        while await world.value("SELECT count(*) FROM email_log WHERE state IN ('due', 'sending')"):
            await time_passes(world)
            await notify.all_due()


async def states(world: Any) -> Counter[str]:
    return Counter(state for (state,) in await world.rows("SELECT state FROM email_log"))


@pytest.mark.parametrize("word", [*HARMLESS, *DOUBTFUL])
async def test_at_least_once_loses_nothing_and_repeats_only_the_same_bytes(
    world: Any, visits: Any, office: PostOffice, word: str
) -> None:
    await booked(world, visits)
    office.luck.extend([word, word])

    await until_nothing_is_due(world, notify_of(world, office, LEAST))

    assert office.conversations == 3
    assert len(office.taken) == (3 if word == "lost_after" else 1)
    assert [len(contents) for contents in office.by_id.values()] == [1]
    assert await states(world) == {"sent": 1}


@pytest.mark.parametrize("word", HARMLESS)
async def test_at_most_once_tries_again_what_was_surely_not_taken(
    world: Any, visits: Any, office: PostOffice, word: str
) -> None:
    await booked(world, visits)
    office.luck.extend([word, word])

    await until_nothing_is_due(world, notify_of(world, office, ONCE))

    assert len(office.taken) == 1
    assert await states(world) == {"sent": 1}


@pytest.mark.parametrize("word", DOUBTFUL)
async def test_at_most_once_leaves_alone_what_may_have_been_taken_and_says_so(
    world: Any, visits: Any, office: PostOffice, word: str
) -> None:
    await booked(world, visits)
    office.luck.append(word)

    with capture_logs() as logs:
        await until_nothing_is_due(world, notify_of(world, office, ONCE))

    assert office.conversations == 1
    assert await world.rows("SELECT state, reason, content FROM email_log") == [
        ("unsure", "answer_lost", None)
    ]
    assert [(line["event"], line["log_level"]) for line in logs] == [("mail_unsure", "error")]


@pytest.mark.parametrize("delivery", Delivery)
@pytest.mark.parametrize("seed", range(2))
async def test_whatever_the_server_does_each_mail_keeps_the_promise(
    world: Any, visits: Any, office: PostOffice, delivery: Delivery, seed: int
) -> None:
    chance = random.Random(seed)
    visits_made = [await booked(world, visits, 300 * number) for number in range(6)]
    words = ("fine", *HARMLESS, *DOUBTFUL, *FINAL)
    office.luck.extend(chance.choice(words) for _ in range(12))

    await until_nothing_is_due(world, notify_of(world, office, delivery))

    counts = await states(world)
    times = Counter(parsed(content)["Message-ID"] for content in office.taken)
    assert counts.total() == len(visits_made)
    assert all(len(contents) == 1 for contents in office.by_id.values())
    if delivery is ONCE:
        assert set(times.values()) <= {1}
        assert counts["sent"] <= len(times) <= counts["sent"] + counts["unsure"]
    else:
        assert set(counts) <= {"sent", "refused"}
        assert counts["sent"] <= len(times)


@pytest.mark.parametrize(("word", "reason"), [("no_such_user", "550 5.1.1"), ("spam", "554 5.7.1")])
async def test_a_refusal_is_final_shown_and_in_nobodys_way(
    world: Any, visits: Any, office: PostOffice, word: str, reason: str
) -> None:
    refused = await booked(world, visits)
    await booked(world, visits, 300)
    office.luck.append(word)
    notify = notify_of(world, office, LEAST)

    with capture_logs() as logs:
        assert await notify.all_due() == 1
        await time_passes(world)
        assert await notify.all_due() == 0

    assert office.conversations == 2
    assert await world.rows(
        "SELECT appointment_id, reason FROM email_log WHERE state = 'refused'"
    ) == [(refused.id, reason)]
    (line,) = [line for line in logs if line["event"] == "mail_refused"]
    assert line["log_level"] == "error"
    assert line["reason"] == reason
    assert "wilma" not in str(logs).lower()
    assert (
        await world.value("SELECT state FROM appointment WHERE id = :id", id=refused.id) == "booked"
    )


async def test_a_job_whose_mail_is_refused_is_done(
    world: Any, visits: Any, office: PostOffice
) -> None:
    visit = await booked(world, visits)
    office.luck.append("no_such_user")

    assert await notify_of(world, office, LEAST)(visit.id, 1, "confirmation") == 0


@pytest.mark.parametrize("email", ["wilma", "wilma@", "täglich@example.com", "a b@example.com"])
async def test_an_address_that_is_none_is_dropped_and_the_visit_stands(
    world: Any, visits: Any, office: PostOffice, email: str
) -> None:
    visit = await booked(world, visits)
    async with world.stores.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE appointment SET customer_email = %s", (email,))

    with capture_logs() as logs:
        assert await notify_of(world, office, LEAST)(visit.id, 1, "confirmation") == 0

    assert await world.rows("SELECT state, reason FROM email_log") == [
        ("dropped", "unusable_address")
    ]
    assert office.conversations == 0
    assert email not in str(logs)
    assert await world.value("SELECT state FROM appointment") == "booked"


async def test_a_server_that_is_away_is_knocked_at_once_a_round(
    world: Any, visits: Any, office: PostOffice
) -> None:
    for number in range(3):
        await booked(world, visits, 300 * number)
    office.luck.extend(["away"] * 3)

    assert await notify_of(world, office, LEAST).all_due() == 0
    assert office.conversations == 1

    await until_nothing_is_due(world, notify_of(world, office, LEAST))
    assert len(office.by_id) == 3


async def test_a_round_that_takes_too_long_leaves_the_rest_to_the_next(
    world: Any, visits: Any, office: PostOffice
) -> None:
    for number in range(3):
        await booked(world, visits, 300 * number)

    assert await notify_of(world, office, LEAST).all_due(within_s=0) == 1

    assert await states(world) == {"sent": 1, "due": 2}


async def test_a_mail_refused_for_now_waits_longer_each_time(
    world: Any, visits: Any, office: PostOffice
) -> None:
    await booked(world, visits)
    office.luck.extend(["grey"] * 5)
    notify, lease = notify_of(world, office, LEAST), "SELECT lease_until FROM email_log"

    for wait_s in (2, 10, 60, 300, 1800):
        assert await world.begins_wait(notify.all_due(), lease, of_s=wait_s)
        await time_passes(world)


async def change(world: Any, visit: Any, plan: Any, number: int = 1) -> None:
    order = RescheduleAppointment(
        key=f"move-{number}", owner="call:move", branch_id=visit.branch_id,
        appointment_id=visit.id, plan=plan,
    )  # fmt: skip
    moved = await reschedule(order, world.parts(), appointments=world.stores.appointments)
    assert isinstance(moved, Moved)


async def end(world: Any, visit: Any) -> None:
    order = CancelAppointment(
        key="cancel", branch_id=visit.branch_id, appointment_id=visit.id, reason="verreist"
    )
    gone = await cancel(order, world.parts(), appointments=world.stores.appointments)
    assert isinstance(gone, Cancelled)


async def test_mails_that_were_held_up_come_in_order_each_true_to_its_version(
    world: Any, visits: Any, office: PostOffice
) -> None:
    visit = await booked(world, visits)
    office.luck.extend(["away"] * 4)
    notify = notify_of(world, office, LEAST)
    await notify.all_due()
    await change(world, visit, visits.plan(24 * 60 + 60))
    await notify.all_due()
    await end(world, visit)
    await notify.all_due()

    await until_nothing_is_due(world, notify)

    first, second, third = [parsed(content) for content in office.taken]
    told = [body(content) for content in office.taken]
    assert [first["Subject"][:10], second["Subject"][:17], third["Subject"][:15]] == [
        "Ihr Termin", "Termin verschoben", "Termin abgesagt",
    ]  # fmt: skip
    assert "09:00 bis 11:30 Uhr" in told[0]
    assert "10:00 bis 12:30 Uhr" in told[1]
    assert "Bisher: " in told[1]
    assert ", 09:00 bis 11:30 Uhr" in told[1]
    assert "10:00 bis 12:30 Uhr" in told[2]
    assert [line for content in office.taken for line in calendar_of(content, "SEQUENCE")] == [
        "SEQUENCE:0", "SEQUENCE:1", "SEQUENCE:2",
    ]  # fmt: skip
    assert len({line for content in office.taken for line in calendar_of(content, "UID")}) == 1


def calendar_of(content: bytes, name: str) -> list[str]:
    (part,) = [p for p in parsed(content).walk() if p.get_content_type() == "text/calendar"]
    return [line for line in str(part.get_content()).splitlines() if line.startswith(name)]


async def test_a_newer_mail_never_overtakes_an_older_one(
    world: Any, visits: Any, office: PostOffice
) -> None:
    visit = await booked(world, visits)
    await end(world, visit)
    office.luck.append("grey")
    notify = notify_of(world, office, LEAST)
    await notify.all_due()

    assert await notify(visit.id, 2, "cancellation") == 0
    await until_nothing_is_due(world, notify)

    assert [parsed(content)["Subject"].split()[0] for content in office.taken] == ["Ihr", "Termin"]
    assert await world.rows("SELECT kind FROM email_log ORDER BY sent_at") == [
        ("confirmation",), ("cancellation",),
    ]  # fmt: skip


async def test_whoever_sends_a_mail_sends_those_that_had_to_wait_for_it(
    world: Any, visits: Any, office: PostOffice
) -> None:
    visit = await booked(world, visits)
    office.luck.append("grey")
    notify = notify_of(world, office, LEAST)
    with suppress(OSError):
        await notify(visit.id, 1, "confirmation")
    await end(world, visit)
    assert await notify(visit.id, 2, "cancellation") == 0, "its job comes too early"
    await world.write("UPDATE email_log SET lease_until = NULL")

    assert await notify(visit.id, 1, "confirmation") == 2

    assert [parsed(content)["Subject"].split()[0] for content in office.taken] == ["Ihr", "Termin"]


async def test_a_mail_that_cannot_follow_now_leaves_the_one_before_sent(
    world: Any, visits: Any, office: PostOffice
) -> None:
    visit = await booked(world, visits)
    await end(world, visit)
    notify = notify_of(world, office, LEAST)
    office.luck.extend(["fine", "grey"])

    assert await notify(visit.id, 1, "confirmation") == 1

    assert await world.rows("SELECT kind, state FROM email_log ORDER BY version") == [
        ("confirmation", "sent"), ("cancellation", "due"),
    ]  # fmt: skip


async def test_what_may_have_left_is_repeated_as_it_was_whatever_has_changed_since(
    world: Any, visits: Any, office: PostOffice
) -> None:
    await booked(world, visits)
    office.luck.append("lost_after")
    notify = notify_of(world, office, LEAST)
    await notify.all_due()
    await world.write("UPDATE branch SET name = 'Salon Anders', address = 'Ganz woanders 2'")
    await world.write("UPDATE appointment SET customer_name = 'Wilma Neumann'")

    await until_nothing_is_due(world, notify)

    assert office.taken[0] == office.taken[1]
    assert "Salon Anders" not in body(office.taken[1])


async def test_what_surely_has_not_left_is_written_anew(
    world: Any, visits: Any, office: PostOffice
) -> None:
    await booked(world, visits)
    office.luck.append("grey")
    notify = notify_of(world, office, LEAST)
    await notify.all_due()
    assert await world.value("SELECT content FROM email_log") is None
    await world.write("UPDATE appointment SET customer_email = 'neu@example.com'")

    await until_nothing_is_due(world, notify)

    assert parsed(office.taken[0])["To"].addresses[0].addr_spec == "neu@example.com"


async def test_a_sent_mail_leaves_no_copy_behind(
    world: Any, visits: Any, office: PostOffice
) -> None:
    await booked(world, visits)
    await until_nothing_is_due(world, notify_of(world, office, LEAST))

    assert await world.value("SELECT content FROM email_log") is None


async def test_a_customer_without_an_address_gets_no_row_for_anything(
    world: Any, visits: Any, office: PostOffice
) -> None:
    order = visits.order()
    nameless = type(order.customer)(name="Wilma Tönnies", phone="+4915112345678")
    visit = await booked(world, visits, customer=nameless)
    await change(world, visit, visits.plan(24 * 60))
    await end(world, visit)

    assert await notify_of(world, office, LEAST).all_due() == 0
    assert await states(world) == {}


class Sender:
    """A process of its own that sends what is due, and can be killed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def dies(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGKILL)
        await self._process.wait()


async def begin(database_url: str, office: PostOffice, delivery: Delivery) -> Sender:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    facts = {"database_url": database_url, "port": office.port, "delivery": delivery}
    process.stdin.write(json.dumps(facts).encode() + b"\n")
    process.stdin.close()
    assert await asyncio.wait_for(process.stdout.readline(), 60) == b"begins\n"
    return Sender(process)


@pytest.mark.parametrize("delivery", Delivery)
async def test_a_sender_killed_between_the_yes_and_its_note_keeps_the_promise(
    world: Any, visits: Any, office: PostOffice, database_url: str, delivery: Delivery
) -> None:
    await booked(world, visits)
    office.luck.append("hold")
    sender = await begin(database_url, office, delivery)
    await asyncio.wait_for(office.has_mail.wait(), 60)
    await sender.dies()
    office.release.set()

    await until_nothing_is_due(world, notify_of(world, office, delivery))

    assert len(office.taken) == (2 if delivery is LEAST else 1)
    assert [len(contents) for contents in office.by_id.values()] == [1]
    state = ("sent", None) if delivery is LEAST else ("unsure", "sender_died")
    assert await world.rows("SELECT state, reason FROM email_log") == [state]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("delivery", Delivery)
async def test_senders_killed_at_any_instant_keep_the_promise(
    world: Any, visits: Any, office: PostOffice, database_url: str, delivery: Delivery
) -> None:
    for number in range(KILL_ROUNDS):
        for part in range(3):
            await booked(world, visits, 900 * number + 300 * part)
        office.luck.extend(random.choice(("fine", *HARMLESS, *DOUBTFUL)) for _ in range(3))
        sender = await begin(database_url, office, delivery)
        await asyncio.sleep(random.uniform(0, 0.15))
        await sender.dies()
        await time_passes(world)

    await until_nothing_is_due(world, notify_of(world, office, delivery))

    counts = await states(world)
    times = Counter(parsed(content)["Message-ID"] for content in office.taken)
    assert counts.total() == 3 * KILL_ROUNDS
    assert all(len(contents) == 1 for contents in office.by_id.values())
    if delivery is LEAST:
        assert counts == {"sent": 3 * KILL_ROUNDS}
        assert len(times) == 3 * KILL_ROUNDS
    else:
        assert set(times.values()) == {1}
        assert set(counts) <= {"sent", "unsure"}
        assert counts["sent"] <= len(times)
