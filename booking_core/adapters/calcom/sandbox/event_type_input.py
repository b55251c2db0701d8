"""The nested fields of an event type: what does not fit is refused before anything relies on it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError
from pydantic.alias_generators import to_camel

from booking_core.adapters.calcom.sandbox.errors import ApiError

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox.records import Json

DAY_MINUTES = 24 * 60
LONGEST_DAYS = 366
Minutes = Annotated[StrictInt, Field(ge=1, le=DAY_MINUTES)]
Count = Annotated[StrictInt, Field(ge=0, le=10_000)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow", alias_generator=to_camel)


class _Location(_Part):
    type: StrictStr


class _Question(_Part):
    type: StrictStr
    slug: StrictStr = ""
    required: StrictBool = False
    hidden: StrictBool = False


class _Disabled(_Part):
    disabled: StrictBool


class _Days(_Part):
    type: Literal["calendarDays", "businessDays"]
    value: Annotated[StrictInt, Field(ge=0, le=LONGEST_DAYS)]
    rolling: StrictBool = False


class _Range(_Part):
    type: Literal["range"]
    value: tuple[date, date]


class _Confirmation(_Part):
    type: Literal["always", "time"] | None = None
    disabled: StrictBool | None = None


class _ActiveLimit(_Part):
    maximum_active_bookings: Count | None = None
    disabled: StrictBool | None = None


class _Fixed(_Part):
    disabled: StrictBool | None = None
    minutes_before: Count | None = None


class _Input(_Part):
    length_in_minutes: Minutes | None = None
    slot_interval: Minutes | None = None
    before_event_buffer: Annotated[Count, Field(le=DAY_MINUTES)] = 0
    after_event_buffer: Annotated[Count, Field(le=DAY_MINUTES)] = 0
    minimum_booking_notice: Annotated[StrictInt, Field(ge=0, le=LONGEST_DAYS * DAY_MINUTES)] = 0
    offset_start: Annotated[Count, Field(le=DAY_MINUTES)] = 0
    schedule_id: StrictInt | None = None
    locations: list[_Location] = []
    booking_fields: list[_Question] = []
    length_in_minutes_options: list[Minutes] | None = None
    booking_window: _Days | _Range | _Disabled | None = None
    booking_limits_count: dict[str, StrictBool | Count] | None = None
    booking_limits_duration: dict[str, StrictBool | Count] | None = None
    confirmation_policy: _Confirmation | None = None
    booker_active_bookings_limit: _ActiveLimit | None = None
    disable_cancelling: _Disabled | None = None
    disable_rescheduling: _Fixed | None = None
    seats: dict[str, object] | None = None
    recurrence: dict[str, object] | None = None
    cal_video_settings: dict[str, object] | None = None


def check_nested(body: Json) -> None:
    """Refuse what is not of the right kind; `null` counts as not given."""
    given = {name: value for name, value in body.items() if value is not None}
    try:
        _Input.model_validate(given)
    except ValidationError as error:
        raise ApiError(400, "Bad Request Exception", errors=_findings(error, body)) from error


def _findings(error: ValidationError, body: Json) -> list[dict[str, Any]]:
    names = sorted({str(found["loc"][0]) for found in error.errors()})
    return [
        {
            "target": body,
            "value": body.get(name),
            "property": name,
            "children": [],
            "constraints": {"nested": f"{name} is not valid"},
        }
        for name in names
    ]
