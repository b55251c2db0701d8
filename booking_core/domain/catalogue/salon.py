"""Everything one branch consists of, as one consistent snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking_core.domain.catalogue.grid import distinct

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from booking_core.domain.catalogue.branch import Branch, Company, SpecialDay
    from booking_core.domain.catalogue.service import Service
    from booking_core.domain.catalogue.staff import Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One unit of a kind: Platz 1 of the kind chair."""

    id: UUID
    key: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Salon:
    """Everything one branch consists of, as one consistent snapshot."""

    company: Company
    branch: Branch
    staff: tuple[Staff, ...]
    resources: tuple[Resource, ...]
    services: tuple[Service, ...]
    version: int = 1
    """Grows with every change of the configuration; stored with each call."""

    def __post_init__(self) -> None:
        # One table holds the claims on people and units: an id means one of them.
        owners = [member.id for member in self.staff] + [unit.id for unit in self.resources]
        distinct(owners, "a person or unit")
        distinct((member.key for member in self.staff), "the key of a person")
        distinct((unit.key for unit in self.resources), "the key of a unit")
        distinct((service.id for service in self.services), "a service")
        distinct((service.number for service in self.services), "the number of a service")

    def service(self, service_id: UUID) -> Service:
        """Look up a service; KeyError when it is not of this salon."""
        for service in self.services:
            if service.id == service_id:
                return service
        raise KeyError(service_id)

    def service_numbered(self, number: int) -> Service:
        """Look up a service by the salon's own number; KeyError when there is none."""
        for service in self.services:
            if service.number == number:
                return service
        raise KeyError(number)

    def member(self, staff_id: UUID) -> Staff:
        """Look up a staff member; KeyError when they are not of this salon."""
        for member in self.staff:
            if member.id == staff_id:
                return member
        raise KeyError(staff_id)

    def units(self, kind: str) -> tuple[Resource, ...]:
        """All units of a kind of resource."""
        return tuple(unit for unit in self.resources if unit.kind == kind)

    def special_day(self, day: date) -> SpecialDay | None:
        """The exception for this date, one of that very year first."""
        hits = [s for s in self.branch.special_days if (s.month, s.day) == (day.month, day.day)]
        fitting = [s for s in hits if s.year in {None, day.year}]
        return min(fitting, key=lambda special: special.year is None, default=None)
