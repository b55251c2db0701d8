"""An appointment to write about: four segments, two pauses, umlauts everywhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from booking_core.adapters.mail import render_confirmation
from booking_core.domain.appointment import Appointment, AppointmentState, Customer
from booking_core.domain.interval import Span
from booking_core.domain.mail import MailKind
from booking_core.domain.plan import Plan, PlannedPause, PlannedSegment

if TYPE_CHECKING:
    from email.message import EmailMessage

    from booking_core.domain.catalogue import Salon

COMMITTED = datetime(2026, 11, 24, 9, 12, 33, 456789, tzinfo=UTC)
AFTERNOON = datetime(2026, 11, 25, 13, 0, tzinfo=UTC)  # 14:00 in Berlin


@dataclass(frozen=True)
class Writer:
    """Makes appointments and the mails about them."""

    salon: Salon

    def appointment(
        self, *, start: datetime = AFTERNOON, number: int = 177, **changes: Any
    ) -> Appointment:
        service = self.salon.service_numbered(number)
        emma, jule = self.salon.staff[0], self.salon.staff[-1]
        segments: list[PlannedSegment] = []
        cursor = start
        for index, part in enumerate(service.segments, 1):
            work = Span.of_minutes(cursor, part.minutes)
            cursor, pause = work.end, None
            if part.pause_after:
                wait = Span.of_minutes(cursor, part.pause_after.min_minutes)
                cursor, pause = wait.end, PlannedPause(span=wait, occupied=False)
            segments.append(
                PlannedSegment(
                    index=index,
                    of=len(service.segments),
                    key=part.key,
                    name=part.name,
                    service_id=service.id,
                    staff_id=(jule if part.skill == "wash" else emma).id,
                    span=work,
                    pause=pause,
                )
            )
        made = Appointment(
            id=UUID("0c7d6a52-3f0e-4d44-9d3f-5b1f0f6f7a11"),
            branch_id=self.salon.branch.id,
            code="K7M2QX",
            state=AppointmentState.BOOKED,
            version=1,
            plan=Plan(services=(service.id,), segments=tuple(segments), claims=()),
            service_names=(service.name,),
            price_cents=service.price_cents,
            customer=Customer(name="Jördis Größ", email="joerdis@example.com"),
        )
        return replace(made, **changes)

    def mail(
        self,
        appointment: Appointment | None = None,
        kind: MailKind = MailKind.CONFIRMATION,
        committed_at: datetime = COMMITTED,
        before: Appointment | None = None,
    ) -> EmailMessage:
        return render_confirmation(
            appointment or self.appointment(),
            self.salon,
            committed_at=committed_at,
            kind=kind,
            before=before,
        )

    def renamed(self, **changes: Any) -> Writer:
        """The same in a salon whose branch differs."""
        return replace(
            self, salon=replace(self.salon, branch=replace(self.salon.branch, **changes))
        )


@pytest.fixture
def writer(demo_salon: Salon) -> Writer:
    return Writer(demo_salon)
