"""The oracle of the runs finds every kind of wrong world, and nothing in a right one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from booking_core.domain.appointment import Appointment, AppointmentState, Customer
from booking_core.domain.event_type import calendar_user
from booking_core.domain.interval import Span
from booking_core.domain.plan import Claim, Plan, PlannedSegment
from voice_agent.bench.oracle import (
    CalcomBooking,
    Delivery,
    StoredMail,
    StoredSaga,
    Visit,
    calendar_complaints,
    duplicates,
    mail_complaints,
    visit_complaints,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from booking_core.domain.catalogue import Salon

TEN = datetime(2031, 3, 4, 10, tzinfo=UTC)
MAIL = StoredMail(version=1, kind="confirmation", state="sent", message_id="<1@salon.example>")


def booked_visit(salon: Salon) -> Visit:
    """Two segments by one person, booked, and everything as it should be."""
    person = salon.staff[0]
    service = salon.services[0]
    spans = [Span.of_minutes(TEN, 30), Span.of_minutes(TEN + timedelta(minutes=60), 30)]
    segments = tuple(
        PlannedSegment(
            index=index, of=2, key="AB"[index - 1], name="Teil", service_id=service.id,
            staff_id=person.id, span=span,
        )
        for index, span in enumerate(spans, 1)
    )  # fmt: skip
    claims = tuple(Claim(resource_id=person.id, span=span) for span in spans)
    appointment = Appointment(
        id=uuid4(), branch_id=salon.branch.id, code="ACDEFH", state=AppointmentState.BOOKED,
        version=1, plan=Plan(services=(service.id,), segments=segments, claims=claims),
        service_names=("Farbe",), price_cents=5000,
        customer=Customer(name="Nele Harms", email="nele@kunden.example"),
    )  # fmt: skip
    saga = StoredSaga(
        id=uuid4(), key="k", kind="book", state="done", over=True, steps=("done", "done"),
        uncertain=False,
    )  # fmt: skip
    return Visit(
        appointment=appointment,
        uids=frozenset({"a", "b"}),
        claims=Counter((claim.resource_id, claim.span, claim.kind.value) for claim in claims),
        sagas=(saga,),
        mails=(MAIL,),
    )


def bookings_for(visit: Visit, salon: Salon) -> list[CalcomBooking]:
    return [
        CalcomBooking(
            uid=uid, group=str(visit.appointment.id), start=part.span.start, end=part.span.end,
            host=calendar_user(salon, salon.member(part.staff_id)),
        )
        for uid, part in zip("ab", visit.appointment.plan.segments, strict=True)
    ]  # fmt: skip


def becoming(visit: Visit, state: AppointmentState) -> Visit:
    return replace(visit, appointment=replace(visit.appointment, state=state))


def unlike(visit: Visit, **changes: Any) -> Visit:
    return replace(visit, **changes)


def later(booking: CalcomBooking) -> CalcomBooking:
    return replace(booking, start=booking.start + timedelta(minutes=5))


def test_a_visit_as_it_should_be_gives_no_complaint(demo_salon: Salon) -> None:
    visit = booked_visit(demo_salon)

    assert visit_complaints(visit, bookings_for(visit, demo_salon), demo_salon) == []


def test_a_failed_visit_that_left_nothing_gives_no_complaint(demo_salon: Salon) -> None:
    visit = becoming(booked_visit(demo_salon), AppointmentState.FAILED)
    nothing = unlike(visit, uids=frozenset(), claims=Counter(), mails=())

    assert visit_complaints(nothing, [], demo_salon) == []


@pytest.mark.parametrize(
    ("law", "spoil"),
    [
        ("V-2", lambda visit, live: (visit, live[:1])),
        ("V-2", lambda visit, live: (visit, [*live, replace(live[0], uid="c")])),
        ("V-2", lambda visit, live: (visit, [later(live[0]), live[1]])),
        ("V-2", lambda visit, live: (visit, [replace(live[0], host="somebody"), live[1]])),
        ("V-2", lambda visit, live: (visit, [replace(live[0], uid="c"), live[1]])),
        ("V-2", lambda visit, live: (unlike(visit, claims=Counter()), live)),
        ("V-3", lambda visit, live: (becoming(visit, AppointmentState.FAILED), live)),
        ("V-3", lambda visit, live: (becoming(visit, AppointmentState.CANCELLED), live[:1])),
        ("V-3", lambda visit, _: (becoming(visit, AppointmentState.FAILED), [])),
        ("V-6", lambda visit, live: (unlike(visit, mails=()), live)),
        ("V-6", lambda visit, live: (unlike(visit, mails=(replace(MAIL, state="due"),)), live)),
        ("V-6", lambda visit, live: (unlike(visit, mails=(MAIL, replace(MAIL, version=2))), live)),
        ("V-7", lambda visit, live: (becoming(visit, AppointmentState.BOOKING), live)),
        (
            "V-7",
            lambda visit, live: (unlike(visit, sagas=(replace(visit.sagas[0], over=False),)), live),
        ),
        (
            "V-7",
            lambda visit, live: (
                unlike(visit, sagas=(replace(visit.sagas[0], steps=("done", "intent")),)),
                live,
            ),
        ),
    ],
)
def test_every_kind_of_wrong_visit_is_complained_about(
    demo_salon: Salon,
    law: str,
    spoil: Callable[[Visit, list[CalcomBooking]], tuple[Visit, list[CalcomBooking]]],
) -> None:
    visit = booked_visit(demo_salon)

    spoilt, live = spoil(visit, bookings_for(visit, demo_salon))

    found = visit_complaints(spoilt, live, demo_salon)
    assert any(law in complaint for complaint in found), found


def test_a_calendar_with_two_customers_at_once_or_orphans_is_complained_about(
    demo_salon: Salon,
) -> None:
    visit = booked_visit(demo_salon)
    live = bookings_for(visit, demo_salon)
    group = str(visit.appointment.id)
    longer = replace(live[0], uid="c", end=live[1].end)
    orphan = replace(live[0], uid="d", group="nobody", host="somebody")

    assert calendar_complaints(live, {group: AppointmentState.BOOKED}) == []
    assert "V-1" in calendar_complaints([*live, longer], {group: AppointmentState.BOOKED})[0]
    assert "V-4" in calendar_complaints([*live, orphan], {group: AppointmentState.BOOKED})[0]
    assert len(calendar_complaints(live, {group: AppointmentState.FAILED})) == 2


def test_a_mail_may_come_twice_only_when_its_sender_died_or_was_not_answered() -> None:
    first = Delivery(message_id="<1>", digest="x", heard=True)
    sent = {"<1>": "visit"}

    assert mail_complaints([first], sent, {}) == []
    assert mail_complaints([first, first], sent, {"<1>": 1}) == []
    assert mail_complaints([replace(first, heard=False), first], sent, {}) == []
    assert "came 2 times" in mail_complaints([first, first], sent, {})[0]
    assert duplicates([first, first]) == 1


def test_a_mail_that_is_lost_unknown_or_changed_is_complained_about() -> None:
    first = Delivery(message_id="<1>", digest="x", heard=True)
    other = replace(first, digest="y")

    assert "never accepted" in mail_complaints([], {"<1>": "visit"}, {})[0]
    assert "knows nothing" in mail_complaints([first], {}, {})[0]
    assert "different forms" in mail_complaints([first, other], {"<1>": "visit"}, {"<1>": 1})[0]
