"""What a mail tells about an appointment, in local times and ready to be put into words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import phonenumbers

from booking_core.domain.mail import MailKind

if TYPE_CHECKING:
    from datetime import datetime

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.plan import Plan, PlannedSegment


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stretch of the visit: work, or waiting."""

    start: datetime
    end: datetime
    minutes: int
    service: str = ""
    """Empty while the customer waits."""
    work: str = ""
    index: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """What held before a change."""

    start: datetime
    end: datetime
    staff: str
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Everything the templates may use."""

    kind: MailKind
    language: str
    """One of `LANGUAGES`."""
    salon: str
    address: str
    phone: str
    """As people write it; empty when the salon has none."""
    customer: str
    staff: str
    """Who does the visit; whoever only washes is not mentioned."""
    services: tuple[str, ...]
    price_cents: int
    code: str
    start: datetime
    end: datetime
    stages: tuple[Stage, ...]
    cancel_limit_hours: int
    cancel_by: datetime
    """Until when the visit can be cancelled or moved, in real hours."""
    is_fixed: bool
    """Whether that was over already when the mail became due."""
    former: Former | None = None
    """What a change has changed, where that is known."""

    @property
    def is_cancelled(self) -> bool:
        """Whether there is no visit any more."""
        return self.kind is MailKind.CANCELLATION

    @property
    def is_changed(self) -> bool:
        """Whether the customer knows of something else."""
        return self.kind is MailKind.CHANGE

    @property
    def is_moved(self) -> bool:
        """Whether the customer is to come at another time than before."""
        return self.is_changed and self.former is not None and self.former.start != self.start


LANGUAGES = ("de", "en")


def letter_of(
    appointment: Appointment,
    salon: Salon,
    kind: MailKind,
    *,
    committed_at: datetime,
    before: Appointment | None = None,
) -> Letter:
    """The appointment as it was sold; only names of people and places are looked up."""
    branch, plan = salon.branch, appointment.plan
    zone = ZoneInfo(branch.timezone)
    cancel_by = plan.start.astimezone(UTC) - timedelta(hours=branch.cancel_limit_hours)
    return Letter(
        kind=kind,
        language=branch.language if branch.language in LANGUAGES else "en",
        salon=one_line(branch.name),
        address=one_line(branch.address),
        phone=_written(branch.phone_numbers[0]) if branch.phone_numbers else "",
        customer=one_line(appointment.customer.name),
        staff=_lead(plan, salon),
        services=tuple(one_line(name) for name in appointment.service_names),
        price_cents=appointment.price_cents,
        code=appointment.code,
        start=plan.start.astimezone(zone),
        end=plan.end.astimezone(zone),
        stages=_stages(appointment, salon, zone),
        cancel_limit_hours=branch.cancel_limit_hours,
        cancel_by=cancel_by.astimezone(zone),
        is_fixed=cancel_by <= committed_at,
        former=_former(before, salon, zone) if before and kind is MailKind.CHANGE else None,
    )


def one_line(text: str) -> str:
    """The same words without line breaks: names come from outside and go into headers."""
    return " ".join(text.split())


def _former(before: Appointment, salon: Salon, zone: ZoneInfo) -> Former:
    return Former(
        start=before.plan.start.astimezone(zone),
        end=before.plan.end.astimezone(zone),
        staff=_lead(before.plan, salon),
        services=tuple(one_line(name) for name in before.service_names),
    )


def _stages(appointment: Appointment, salon: Salon, zone: ZoneInfo) -> tuple[Stage, ...]:
    plan = appointment.plan
    # A service that is gone from the catalogue still has the name it was sold under.
    names = dict(zip(plan.services, appointment.service_names, strict=False))
    names |= {service.id: service.spoken_name for service in salon.services}
    stages: list[Stage] = []
    for segment in plan.segments:
        stages.append(_work(segment, names.get(segment.service_id, ""), zone))
        if segment.pause:
            stages.append(_wait(segment.pause.span.start, segment.pause.span.end, zone))
    return tuple(stages)


def _work(segment: PlannedSegment, service: str, zone: ZoneInfo) -> Stage:
    return Stage(
        start=segment.span.start.astimezone(zone),
        end=segment.span.end.astimezone(zone),
        minutes=segment.span.minutes,
        service=service,
        work=segment.name,
        index=segment.index,
        of=segment.of,
    )


def _wait(start: datetime, end: datetime, zone: ZoneInfo) -> Stage:
    minutes = int((end.timestamp() - start.timestamp()) // 60)
    return Stage(start=start.astimezone(zone), end=end.astimezone(zone), minutes=minutes)


def _lead(plan: Plan, salon: Salon) -> str:
    """The name of whoever works on the visit longest; the plan does not say who leads."""
    worked: Counter[str] = Counter()
    names = {member.id: member.name for member in salon.staff}
    for segment in plan.segments:
        worked[names.get(segment.staff_id, "")] += segment.span.minutes
    return worked.most_common(1)[0][0]


def _written(number: str) -> str:
    """A number as people write it; one that nobody can read stays as it is."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
