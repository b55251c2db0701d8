"""What differs in the calendars of a salon, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.drift import Deviation, DriftReport
    from booking_core.domain.preflight import Unbookable


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifted:
    """What was found, and what is still so after a repair, if there was one."""

    salon: Salon
    found: DriftReport
    left: DriftReport | None = None

    @property
    def is_clean(self) -> bool:
        """Whether all is as it should be now."""
        return (self.left or self.found).is_clean

    def repaired(self, deviation: Deviation) -> bool | None:
        """Whether this one is gone; None when nobody has tried."""
        if self.left is None:
            return None
        return deviation.place not in {one.place for one in self.left.deviations}

    @property
    def unbookable(self) -> tuple[Unbookable, ...]:
        """What cannot be booked now."""
        return (self.left or self.found).unbookable


def lines_of(drifted: Drifted) -> Iterator[str]:
    """A heading, a line for each difference with its repair, one for all that is not bookable."""
    key, found = drifted.salon.branch.key, drifted.found.deviations
    if not found and not drifted.unbookable:
        yield f"{key}: everything is as it should be"
        return
    gaps = drifted.unbookable
    yield f"{key}: {len(found)} different, {len(gaps)} cannot be booked"
    yield from (f"  {_line(one, drifted.repaired(one))}" for one in found)
    yield from (f"  not bookable: {_gap(drifted.salon, gap)}" for gap in gaps)


def as_json(drifted: Drifted) -> dict[str, Any]:
    """The same for programs."""
    return {
        "salon": drifted.salon.branch.key,
        "clean": drifted.is_clean,
        "deviations": [
            {
                "fault": one.fault.value,
                "user": one.user,
                "subject": one.subject,
                "found": one.found,
                "wanted": one.wanted,
                "repair": one.repair,
                "repaired": drifted.repaired(one),
            }
            for one in drifted.found.deviations
        ],
        "unbookable": [_gap_json(drifted.salon, gap) for gap in drifted.unbookable],
    }


def _line(one: Deviation, repaired: bool | None) -> str:  # noqa: FBT001 - three answers
    what = f"{one.fault.value}: {one.subject}"
    if one.user not in {one.subject, one.subject.rpartition("-")[2]}:
        what += f" of {one.user}"
    values = f" ({one.found or 'nothing'} instead of {one.wanted})" if one.wanted else ""
    why = f" ({one.found})" if one.found and not one.wanted else ""
    if repaired:
        return f"repaired: {what}{values}{why}"
    todo = one.repair or "look after it yourself"
    return f"{what}{values}{why}: {'could not ' if repaired is False else ''}{todo}"


def _gap(salon: Salon, gap: Unbookable) -> str:
    service, who = salon.service(gap.service_id), salon.member(gap.staff_id)
    name = next(part.name for part in service.segments if part.key == gap.segment_key)
    return f"{service.number} {gap.segment_key} ({name}) with {who.first_name}: {gap.detail}"


def _gap_json(salon: Salon, gap: Unbookable) -> dict[str, Any]:
    return {
        "service": salon.service(gap.service_id).number,
        "segment": gap.segment_key,
        "staff": salon.member(gap.staff_id).key,
        "user": gap.user,
        "flaw": gap.flaw.value,
        "detail": gap.detail,
    }
