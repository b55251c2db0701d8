"""What Cal.com answers, as far as we rely on it; unknown fields are welcome."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

T = TypeVar("T")


class Answer(BaseModel):
    """Anything Cal.com sends."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True
    )


class Envelope(Answer, Generic[T]):
    """A success."""

    data: T


class Me(Answer):
    """Whose key it is."""

    id: int
    username: str | None = None
    email: str = Field(repr=False)
    time_zone: str
    default_schedule_id: int | None = None
    organization_id: int | None = None


class Host(Answer):
    """Whose calendar a booking is in."""

    id: int | None = None
    username: str | None = None


class Attendee(Answer):
    """Who comes."""

    name: str = ""
    email: str = ""


class Booking(Answer):
    """Time taken in a calendar."""

    uid: str = Field(repr=False)
    """A bearer capability: whoever knows it can cancel. Never logged, hence not in the repr."""
    status: str
    start: datetime
    end: datetime
    event_type_id: int | None = None
    hosts: tuple[Host, ...] = ()
    attendees: tuple[Attendee, ...] = Field(default=(), repr=False)
    metadata: Annotated[dict[str, Any], BeforeValidator(lambda given: given or {})] = Field(
        default_factory=dict
    )
    rescheduled_from_uid: str | None = Field(default=None, repr=False)
    rescheduled_to_uid: str | None = Field(default=None, repr=False)
    location: str | None = None
    """Text for people; `integrations:...` = nobody gave the event type a place."""
    cancellation_reason: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def is_live(self) -> bool:
        """Whether it takes time, or may soon; a status we do not know is better looked at."""
        return self.status not in {"cancelled", "rejected"}


class Pagination(Answer):
    """Where a page stands; newer versions of the list have a cursor."""

    has_next_page: bool = False
    has_more: bool = False
    next_cursor: str | None = None


class BookingPage(Answer):
    """Some of the bookings."""

    data: tuple[Booking, ...]
    pagination: Pagination = Pagination()


class EventType(Answer):
    """Something bookable."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="allow", frozen=True
    )

    id: int
    slug: str
    title: str
    length_in_minutes: int

    def shows(self, field: str) -> object:
        """A field by its name over there; None when it is not shown."""
        return self.model_dump(by_alias=True).get(field)


class Hours(Answer):
    """When somebody works, on which days of the week; `HH:MM` in the schedule's zone."""

    days: tuple[str, ...]
    start_time: str
    end_time: str


class Override(Answer):
    """Other hours on one day; 00:00 to 00:00 = none at all."""

    day: date = Field(alias="date")
    start_time: str
    end_time: str


class Schedule(Answer):
    """Working hours."""

    id: int
    name: str
    time_zone: str
    is_default: bool
    availability: tuple[Hours, ...] = ()
    overrides: tuple[Override, ...] = ()


class Slot(Answer):
    """A start that is advised; not a promise."""

    start: datetime
    end: datetime | None = None
    """Only when it was asked for."""


class Webhook(Answer):
    """Where Cal.com tells what happens, and of what."""

    id: Annotated[str, BeforeValidator(str)]
    """A uuid, whatever the document says."""
    subscriber_url: str
    triggers: tuple[str, ...]
    active: bool
    secret: str | None = Field(default=None, repr=False)
