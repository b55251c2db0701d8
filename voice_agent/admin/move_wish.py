"""Where a visit is to go: as it was dragged, or as it was filled in."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from booking_core.domain.interval import shift
from booking_core.domain.rules import zone
from voice_agent.admin.booking_fields import GRID
from voice_agent.admin.moving import MoveWish, is_lead, leads
from voice_agent.admin.visit_asked import key_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon

MOST_DAYS: Final = 400


class FormBroken(ValueError):
    """Fields that no page of ours sends, or a field that somebody has filled in wrongly."""

    def __init__(self, field: str = "") -> None:
        super().__init__(field)
        self.field = field


def wish_of(form: Mapping[str, str], visit: Appointment, salon: Salon) -> MoveWish | None:
    """Where it is to go; None when only a helper was dragged to somebody else."""
    own = leads(visit, salon)
    same = own[0] if len(own) == 1 else None
    version = form.get("version", str(visit.version))
    if not version.isdecimal():
        raise FormBroken
    if "minutes" in form:
        start, staff = _dragged(form, visit, salon, same)
        if staff is None and form.get("staff"):
            return None
    else:
        start, staff = _typed(form, visit, salon, same)
    return MoveWish(
        key=key_of(form),
        version=int(version),
        start=start,
        staff=staff,
        waive=bool(form.get("waive")),
        quiet=bool(form.get("quiet")),
        twice=bool(form.get("twice")),
    )


def _dragged(
    form: Mapping[str, str], visit: Appointment, salon: Salon, same: UUID | None
) -> tuple[datetime, UUID | None]:
    """By so many minutes of the wall clock, and perhaps into somebody else's column."""
    try:
        minutes, index = int(form["minutes"]), int(form.get("index", "1"))
    except ValueError:
        raise FormBroken from None
    if abs(minutes) > MOST_DAYS * 24 * 60 or not 1 <= index <= len(visit.plan.segments):
        raise FormBroken
    start = shift(visit.plan.start.astimezone(zone(salon.branch)), minutes)
    if not form.get("staff"):
        return start, same
    if not is_lead(visit.plan.segments[index - 1], salon):
        return start, None
    return start, _member(form["staff"], salon)


def _typed(
    form: Mapping[str, str], visit: Appointment, salon: Salon, same: UUID | None
) -> tuple[datetime, UUID | None]:
    try:
        day = date.fromisoformat(form.get("date", ""))
    except ValueError:
        raise FormBroken("date") from None
    try:
        at = time.fromisoformat(form.get("time", ""))
    except ValueError:
        raise FormBroken("time") from None
    if abs(day - visit.plan.start.date()) > timedelta(days=MOST_DAYS):
        raise FormBroken("date")
    if at.tzinfo or at.minute % GRID or at.second or at.microsecond:
        raise FormBroken("time")
    start = datetime.combine(day, at, zone(salon.branch))
    match form.get("staff", ""):
        case "":
            return start, same
        case "anyone":
            return start, None
        case other:
            return start, _member(other, salon)


def _member(text: str, salon: Salon) -> UUID:
    found = next((member.id for member in salon.staff if str(member.id) == text), None)
    if found is None:
        raise FormBroken
    return found
