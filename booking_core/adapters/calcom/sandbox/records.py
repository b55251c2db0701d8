"""What the local Cal.com remembers: plain rows, as its database would hold them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - pydantic reads the annotations to store the rows
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from booking_core.domain.interval import Span

Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Away:
    """Time that is not Cal.com's to sell, whatever the schedule says."""

    start: datetime
    end: datetime
    title: str
    absence: bool = False
    """Out of office; otherwise an appointment in a calendar that is connected."""


@dataclass(slots=True, kw_only=True)
class User:
    """Somebody with a calendar of their own."""

    id: int
    username: str
    name: str
    email: str
    time_zone: str = "Europe/Berlin"
    locale: str = "de"
    default_schedule_id: int | None = None
    away: list[Away] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Limit:
    """So many requests in a window, then a block."""

    name: str
    requests: int
    window_s: float = 60.0
    block_s: float = 60.0


@dataclass(slots=True, kw_only=True)
class ApiKey:
    """A bearer token of one user."""

    token: str
    user_id: int
    expired: bool = False
    limit: Limit | None = None
    """None = the limit every key has."""


@dataclass(slots=True, kw_only=True)
class Schedule:
    """Weekly working hours with exceptions."""

    id: int
    owner_id: int
    name: str
    time_zone: str
    availability: list[Json]
    overrides: list[Json] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Team:
    """People who share event types."""

    id: int
    name: str
    slug: str
    member_ids: list[int]


@dataclass(slots=True, kw_only=True)
class EventType:
    """Something that can be booked with one user, or with the hosts of a team."""

    id: int
    owner_id: int
    """0 = a team owns it."""
    fields: Json
    """What the API was given, unknown fields dropped."""
    metadata: Json = field(default_factory=dict)
    team_id: int | None = None
    scheduling: str | None = None
    """`roundRobin` or `collective`, of a team's event type."""
    host_ids: list[int] = field(default_factory=list)
    email_field: Json = field(default_factory=lambda: {"required": True, "hidden": False})

    @property
    def minutes(self) -> int:
        """Its usual length."""
        return int(self.fields["lengthInMinutes"])

    @property
    def slug(self) -> str:
        """Its name in addresses."""
        return str(self.fields["slug"])

    @property
    def title(self) -> str:
        """Its name for people."""
        return str(self.fields["title"])

    @property
    def length_options(self) -> list[int]:
        """The lengths a booker may choose from; empty = fixed."""
        return list(self.fields.get("lengthInMinutesOptions") or [])

    def minutes_of(self, name: str, default: int = 0) -> int:
        """A length among the fields: a buffer, the notice, the offset."""
        value = self.fields.get(name)
        return default if value is None else int(value)

    def flag(self, name: str, inner: str | None = None) -> bool:
        """A switch among the fields, or one inside an object among them."""
        value = self.fields.get(name)
        if inner is not None:
            value = value.get(inner) if isinstance(value, dict) else None
        return bool(value)


@dataclass(slots=True, kw_only=True)
class Attendee:
    """Somebody who comes."""

    id: int
    name: str
    email: str
    time_zone: str
    language: str = "en"
    phone: str | None = None
    absent: bool = False
    guest: bool = False
    """Invited along; not the one who booked."""
    host: bool = False
    """A further host of a collective event type."""


@dataclass(slots=True, kw_only=True)
class Booking:
    """Time taken, or asked for, on one host's calendar."""

    id: int
    uid: str
    event_type_id: int
    host_id: int
    start: datetime
    end: datetime
    status: str
    title: str
    description: str
    location: str
    attendees: list[Attendee]
    responses: Json
    metadata: dict[str, str]
    created_at: datetime
    updated_at: datetime
    ics_uid: str
    key: str | None = None
    """Unique while the booking is accepted: the recorded guard against identical intervals."""
    cancellation_reason: str = ""
    rescheduled_by: str | None = None
    rescheduling_reason: str | None = None
    from_uid: str | None = None
    to_uid: str | None = None
    sequence: int = 0
    host_absent: bool = False

    @property
    def minutes(self) -> int:
        """Its length."""
        return round((self.end - self.start).total_seconds() / 60)

    @property
    def is_live(self) -> bool:
        """Whether it is neither cancelled nor rejected."""
        return self.status in {"accepted", "pending"}


@dataclass(slots=True, kw_only=True)
class Reservation:
    """A slot hidden from others for a while; it locks nothing."""

    uid: str
    event_type_id: int
    start: datetime
    end: datetime
    until: datetime
    minutes: int


@dataclass(slots=True, kw_only=True)
class Webhook:
    """Where events are sent to."""

    id: str
    url: str
    triggers: list[str]
    active: bool
    created_at: datetime
    secret: str | None = None
    payload_template: str | None = None
    user_id: int | None = None
    event_type_id: int | None = None


@dataclass(slots=True, kw_only=True)
class Mail:
    """One delivered message."""

    at: float
    """Unix seconds of the real clock, whatever the sandbox's own clock says."""
    to: list[str]
    subject: str
    ics: str = ""


@dataclass(slots=True, kw_only=True)
class Records:
    """Everything there is."""

    users: dict[int, User] = field(default_factory=dict)
    keys: dict[str, ApiKey] = field(default_factory=dict)
    teams: dict[int, Team] = field(default_factory=dict)
    schedules: dict[int, Schedule] = field(default_factory=dict)
    event_types: dict[int, EventType] = field(default_factory=dict)
    bookings: dict[str, Booking] = field(default_factory=dict)
    reservations: dict[str, Reservation] = field(default_factory=dict)
    webhooks: dict[str, Webhook] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)

    def next_id(self, kind: str) -> int:
        """Ids count up from 1, per table."""
        self.counters[kind] = self.counters.get(kind, 0) + 1
        return self.counters[kind]

    def user_named(self, username: str) -> User | None:
        """Look up a user by name."""
        return next((u for u in self.users.values() if u.username == username), None)

    def bookings_of_host(self, user: User, window: Span | None = None) -> list[Booking]:
        """Bookings that user hosts, or attends by e-mail address; those touching the window."""
        return [
            booking
            for booking in self.bookings.values()
            if (window is None or (booking.start < window.end and booking.end > window.start))
            and (
                booking.host_id == user.id
                or any(attendee.email == user.email for attendee in booking.attendees)
            )
        ]
