"""Says whether what a run has left behind is true: database, Cal.com and mail server agree.

The invariants, by name, as complaints quote them:
V-1 no two claims overlap; V-2 a booked visit has exactly its segments at Cal.com; V-3 any other
visit has nothing there; V-4 every booking there that is ours belongs to a booked visit; V-5 no hold
outlives its time; V-6 one mail for each version, byte by byte the same when it came twice, and
twice only when a sender died or the server broke off; V-7 what is over has no open step.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from booking_core.domain.appointment import AppointmentState
from booking_core.domain.event_type import calendar_user

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.interval import Span

STANDING = frozenset({AppointmentState.BOOKED})
OVER = frozenset({AppointmentState.BOOKED, AppointmentState.FAILED, AppointmentState.CANCELLED})
OPEN_STEPS = frozenset({"intent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CalcomBooking:
    """One live booking at Cal.com."""

    uid: str
    group: str
    host: str
    start: datetime
    end: datetime

    @property
    def place(self) -> tuple[str, datetime, datetime]:
        """Who works when."""
        return self.host, self.start, self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSaga:
    """How a saga ended, if it did."""

    id: UUID
    key: str
    kind: str
    state: str
    over: bool
    steps: tuple[str, ...]
    """States of its steps."""
    uncertain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMail:
    """One row of the mail log."""

    version: int
    kind: str
    state: str
    message_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Everything our database says about one appointment."""

    appointment: Appointment
    uids: frozenset[str]
    """What its segments are called at Cal.com."""
    claims: Counter[tuple[UUID, Span, str]]
    """Resource, time and kind of what is taken for good."""
    sagas: tuple[StoredSaga, ...]
    mails: tuple[StoredMail, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One mail that the mail server accepted."""

    message_id: str
    digest: str
    heard: bool
    """Whether its sender was told so."""


def visit_complaints(visit: Visit, live: Sequence[CalcomBooking], salon: Salon) -> list[str]:
    """What is wrong with one visit whose work is over; `live` are all bookings of its group."""
    state = visit.appointment.state
    found = [f"V-7 it is still {state.value}"] if state not in OVER else []
    found += _unfinished(visit.sagas)
    if state in STANDING:
        found += _not_as_sold(visit, live, salon)
    else:
        found += [f"V-3 {state.value}, with {len(live)} bookings at Cal.com"] if live else []
        found += [f"V-3 {state.value}, with {visit.claims.total()} claims"] if visit.claims else []
    found += _mail_rows(visit)
    return [f"visit {visit.appointment.id}: {complaint}" for complaint in found]


def mail_complaints(
    deliveries: Sequence[Delivery], sent: Mapping[str, str], deaths: Mapping[str, int]
) -> list[str]:
    """What is wrong with the mails: `sent` is what our log says was sent, per Message-ID its visit.

    `deaths` counts, per Message-ID, the processes that died after they had begun to hand it over.
    """
    copies = Counter(delivery.message_id for delivery in deliveries)
    unheard = Counter(delivery.message_id for delivery in deliveries if not delivery.heard)
    bodies = Counter(message_id for message_id, _ in {(d.message_id, d.digest) for d in deliveries})
    return [
        *(f"V-6 mail of visit {sent[one]} was never accepted" for one in sent if not copies[one]),
        *(f"V-6 {one} was accepted, and our log knows nothing" for one in copies.keys() - sent),
        *(f"V-6 {one} came in {n} different forms" for one, n in bodies.items() if n > 1),
        *(
            f"V-6 {one} came {n} times, with {deaths.get(one, 0)} deaths and {unheard[one]} drops"
            for one, n in copies.items()
            if n > 1 + deaths.get(one, 0) + unheard[one]
        ),
    ]


def calendar_complaints(
    live: Iterable[CalcomBooking], states: Mapping[str, AppointmentState]
) -> list[str]:
    """What is wrong at Cal.com as a whole; `states` are those of our appointments by id."""
    live = sorted(live, key=lambda booking: booking.place)
    found = [
        f"V-4 a booking of {one.group}, which is {states.get(one.group, 'unknown')}"
        for one in live
        if states.get(one.group) not in STANDING
    ]
    latest: dict[str, CalcomBooking] = {}
    for booking in live:
        before = latest.get(booking.host)
        if before and booking.start < before.end:
            found.append(f"V-1 {booking.host} has two customers at {booking.start} at Cal.com")
        if before is None or booking.end > before.end:
            latest[booking.host] = booking
    return found


def duplicates(deliveries: Sequence[Delivery]) -> int:
    """How many mails came once more than needed."""
    return len(deliveries) - len({delivery.message_id for delivery in deliveries})


def bookings_of(dump: Mapping[str, Any], instant: Any) -> list[CalcomBooking]:  # noqa: ANN401 - str to datetime
    """The live bookings of a sandbox that are ours."""
    return [
        CalcomBooking(
            uid=row["uid"],
            group=row["metadata"]["group"],
            host=row["host"],
            start=instant(row["start"]),
            end=instant(row["end"]),
        )
        for row in dump["bookings"]
        if row["status"] == "accepted" and "group" in row["metadata"]
    ]


def _unfinished(sagas: Sequence[StoredSaga]) -> list[str]:
    return [f"V-7 a saga is {saga.state} for ever" for saga in sagas if not saga.over] + [
        f"V-7 a saga is over with steps {', '.join(saga.steps)}"
        for saga in sagas
        if saga.over and OPEN_STEPS & set(saga.steps)
    ]


def _not_as_sold(visit: Visit, live: Sequence[CalcomBooking], salon: Salon) -> list[str]:
    plan = visit.appointment.plan
    wanted = Counter(
        (
            calendar_user(salon, salon.member(segment.staff_id)),
            segment.calendar_span.start,
            segment.calendar_span.end,
        )
        for segment in plan.segments
    )
    there = Counter(booking.place for booking in live)
    claims = Counter((claim.resource_id, claim.span, claim.kind.value) for claim in plan.claims)
    found = []
    if there != wanted:
        found.append(f"V-2 {len(live)} bookings at Cal.com are not its {wanted.total()} segments")
    if visit.uids != {booking.uid for booking in live}:
        found.append("V-2 what it keeps of its bookings is not what there is")
    if visit.claims != claims:
        found.append(f"V-2 it has {visit.claims.total()} claims, and not its {claims.total()}")
    return found


def _mail_rows(visit: Visit) -> list[str]:
    kept = Counter((mail.version, mail.kind) for mail in visit.mails)
    wanted = _wanted_mails(visit.appointment)
    found = [f"V-6 a mail is {mail.state}" for mail in visit.mails if mail.state != "sent"]
    if kept != wanted:
        found.append(f"V-6 mails {sorted(kept)} instead of {sorted(wanted)}")
    return found


def _wanted_mails(appointment: Appointment) -> Counter[tuple[int, str]]:
    """One for each version that ever stood, and one for its end."""
    if not appointment.customer.email or appointment.state is AppointmentState.FAILED:
        return Counter()
    kinds = ["confirmation", *["change"] * (appointment.version - 1)]
    if appointment.state is AppointmentState.CANCELLED:
        kinds[-1] = "cancellation"
    return Counter((version, kind) for version, kind in enumerate(kinds, 1))
