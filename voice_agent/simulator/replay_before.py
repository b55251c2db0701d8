"""What a replay file says about the world before the phone rings."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, NaiveDatetime, PositiveInt, model_validator

from booking_core.domain.catalogue import Delegate, PausePolicy  # noqa: TC001 - read by pydantic
from voice_agent.simulator.replay_entry import Count, Entry, Phone, Services, Text, Yes


class BookedBefore(Entry):
    """An appointment that stands when the phone rings."""

    service: Services
    start: NaiveDatetime
    """In the salon's zone."""
    staff: Text | None = None
    customer: Text = "Stammkundin"
    phone: Phone | None = None
    email: Text | None = None

    @property
    def services(self) -> tuple[int, ...]:
        """Numbers of all its services."""
        return self.service if isinstance(self.service, tuple) else (self.service,)


class AbsentBefore(Entry):
    """A stretch of time in which somebody is away or busy otherwise."""

    staff: Text
    start: NaiveDatetime
    end: NaiveDatetime

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end <= self.start:
            raise ValueError(f"ends at {self.end}, before it starts at {self.start}")
        return self


class BusyBefore(AbsentBefore):
    """An entry that somebody has made in a person's Cal.com, by hand."""

    seen: Yes = True
    """Whether our mirror has read it; False = made a moment ago."""


class NewStaff(Entry):
    """Somebody who works here besides the people of the salon file."""

    name: Text
    hours_of: Text
    """Comes and goes with this colleague."""
    skills: Annotated[tuple[Text, ...], Field(min_length=1)]


class Unmapped(Entry):
    """A segment that one person cannot be booked for, because its event type is missing."""

    service: PositiveInt
    segment: Annotated[str, Field(strict=True, pattern=r"^[A-J]$")]
    staff: Text


class KnownCustomer(Entry):
    """Somebody on file."""

    name: Text
    phone: Phone | None = None
    email: Text | None = None


class ServiceSettings(Entry):
    """What differs from the salon file for one service."""

    pause_policy: PausePolicy | None = None
    pause_free_from_minutes: PositiveInt | None = None
    price_cents: Count | None = None
    active: Yes | None = None


class BranchSettings(Entry):
    """What differs from the salon file for the branch."""

    lead_minutes: Count | None = None
    horizon_days: PositiveInt | None = None
    step_minutes: PositiveInt | None = None
    cancel_limit_hours: Count | None = None
    delegate: Delegate | None = None
    elastic_pauses: Yes | None = None
    holidays_closed: Yes | None = None
    transfer_number: Phone | None = None
    other_languages: tuple[Text, ...] | None = None
    greets_by_name: Yes | None = None


class SettingsBefore(Entry):
    """Settings that differ from the salon file, services by their number."""

    services: dict[int, ServiceSettings] = Field(default_factory=dict)
    branch: BranchSettings = BranchSettings()
    ask_email: Yes = False
    """Whether callers are asked for an address."""


class Before(Entry):
    """What exists before the phone rings."""

    appointments: tuple[BookedBefore, ...] = ()
    absences: tuple[AbsentBefore, ...] = ()
    busy: tuple[BusyBefore, ...] = ()
    staff: tuple[NewStaff, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
    customers: tuple[KnownCustomer, ...] = ()
    settings: SettingsBefore = SettingsBefore()
