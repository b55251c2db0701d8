"""The confirmation of a booking: sent once more, or as a calendar file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update

from booking_core.adapters.mail.render import domain_of, render_confirmation
from booking_core.adapters.postgres.booking_tables import appointment_version, email_log
from booking_core.adapters.postgres.pipeline import write
from booking_core.domain.appointment import AppointmentState
from booking_core.domain.mail import MailKind, UnusableAddress
from voice_agent.api.booking_view import BookingPath, etag
from voice_agent.api.endpoint import Answer, AnyEndpoint, Ask, Endpoint, Nothing
from voice_agent.api.problems import Code, Problem
from voice_agent.api.shapes import Told
from voice_agent.api.tokens import Scope

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from voice_agent.api.counter import Counter

CALENDAR: Final = "text/calendar"
SETTLED: Final = ("sent", "refused", "dropped", "unsure")
"""Mails that nobody is about to send."""


class ResendView(Told):
    """A mail on its way."""

    kind: MailKind
    version: int
    mail_to: str


async def resend(ask: Ask[BookingPath, Nothing, Nothing]) -> Answer:
    """Send what was sent last about this booking, once more."""
    visit, _ = await ask.counter.booking(ask.company_id, ask.path.booking_id)
    if not visit.customer.email:
        raise Problem(Code.NO_EMAIL)
    async with ask.counter.engine.begin() as connection:
        kind = await _made_due(connection, visit, ask.counter)
    if kind is None:
        raise Problem(Code.NOT_BOOKED, state=visit.state.value)
    view = ResendView(kind=kind, version=visit.version, mail_to=visit.customer.email)
    return Answer(status=202, body=view)


async def calendar_file(ask: Ask[BookingPath, Nothing, Nothing]) -> Answer:
    """The booking as a calendar entry, the same as in its mail."""
    visit, salon = await ask.counter.booking(ask.company_id, ask.path.booking_id)
    committed_at = await _committed_at(visit, ask.counter)
    if committed_at is None:
        raise Problem(Code.NOT_FOUND)
    headers = {
        "ETag": etag(visit),
        "Content-Disposition": f'attachment; filename="{visit.code}.ics"',
    }
    raw = _ics(visit, salon, committed_at)
    return Answer(raw=raw, media_type=CALENDAR, headers=headers)


async def _made_due(
    connection: AsyncConnection, visit: Appointment, counter: Counter
) -> MailKind | None:
    """The newest mail about the booking, due again if it is not anyway; None = there is none."""
    newest = (
        select(email_log)
        .where(email_log.c.appointment_id == visit.id, email_log.c.version == visit.version)
        .with_for_update()
    )
    row = (await connection.execute(newest)).one_or_none()
    if row is None:
        return None
    if row.state in SETTLED:
        again = {"state": "due", "sent_at": None, "reason": None, "tries": 0}
        await connection.execute(update(email_log).where(email_log.c.id == row.id).values(again))
        job = counter.jobs.mailing(visit.id, version=visit.version, kind=row.kind)
        await write(connection, [job])
    return MailKind(row.kind)


async def _committed_at(visit: Appointment, counter: Counter) -> datetime | None:
    """When this version became true; None when it never did."""
    query = select(appointment_version.c.committed_at).where(
        appointment_version.c.appointment_id == visit.id,
        appointment_version.c.version == visit.version,
    )
    async with counter.engine.connect() as connection:
        found: datetime | None = await connection.scalar(query)
    return found


def _ics(visit: Appointment, salon: Salon, committed_at: datetime) -> bytes:
    cancelled = visit.state is AppointmentState.CANCELLED
    kind = MailKind.CANCELLATION if cancelled else MailKind.CONFIRMATION
    try:
        message = render_confirmation(
            _with_address(visit, salon), salon, committed_at=committed_at, kind=kind
        )
    except UnusableAddress:
        nobody = replace(visit, customer=replace(visit.customer, email=None))
        message = render_confirmation(
            _with_address(nobody, salon), salon, committed_at=committed_at, kind=kind
        )
    files = [part for part in message.walk() if part.get_content_type() == CALENDAR]
    content = files[0].get_payload(decode=True)
    assert isinstance(content, bytes), "an attachment in base64"
    return content


def _with_address(visit: Appointment, salon: Salon) -> Appointment:
    """A calendar entry names its guest by an address; who has none gets one that reaches nobody."""
    email = visit.customer.email or f"{visit.code.lower()}@{domain_of(salon)}"
    return replace(visit, customer=replace(visit.customer, email=email))


TAG: Final = "Bookings"
ENDPOINTS: Final[tuple[AnyEndpoint, ...]] = (
    Endpoint(
        method="POST",
        path="/bookings/{booking_id}/confirmation",
        tag=TAG,
        summary="Send the confirmation once more",
        description="Whatever was sent last: confirmation, change or cancellation.",
        scope=Scope.BOOK,
        handle=resend,
        path_model=BookingPath,
        answers={202: ResendView},
        problems=(Code.NO_EMAIL, Code.NOT_BOOKED),
        keyed=True,
    ),
    Endpoint(
        method="GET",
        path="/bookings/{booking_id}/calendar.ics",
        tag=TAG,
        summary="Get the booking as a calendar file",
        scope=Scope.READ,
        handle=calendar_file,
        path_model=BookingPath,
        answers={200: CALENDAR},
    ),
)
