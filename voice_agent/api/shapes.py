"""What all requests and answers have in common: strict fields, times with an offset, pages."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Generic, TypeVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from booking_core.domain.writable import UNWRITABLE

if TYPE_CHECKING:
    from collections.abc import Callable

V = TypeVar("V")


class Asked(BaseModel):
    """What somebody sends: nothing unknown, nothing converted that only looks alike."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(BaseModel):
    """What we answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(Told, Generic[V]):
    """Part of a list; `next_cursor` leads on, and is null on the last page."""

    items: list[V]
    next_cursor: str | None


def _written(text: str) -> str:
    """Surrogates and NUL cannot be stored anywhere."""
    if UNWRITABLE.search(text):
        raise ValueError("contains a character that cannot be written")
    return text


def _moment(value: object) -> object:
    """A time as RFC 3339 writes it; a number is no moment, and has no offset."""
    if not isinstance(value, str):
        raise PydanticCustomError("datetime_type", "a time is written in ISO 8601 with an offset")
    if not WRITTEN.fullmatch(value):
        code = "timezone_aware" if WRITTEN.fullmatch(value + "Z") else "datetime_parsing"
        raise PydanticCustomError(code, "a time is written in ISO 8601 with an offset")
    return datetime.fromisoformat(value)


def _day(value: object) -> object:
    """A date is written as one: not as a number of seconds, nor with a time behind it."""
    if not isinstance(value, str) or not WRITTEN_DAY.fullmatch(value):
        raise PydanticCustomError("date_parsing", "a day is written YYYY-MM-DD")
    return date.fromisoformat(value)


def _reasonable(moment: datetime) -> datetime:
    _near(moment)
    return moment


def _near(day: date) -> date:
    """Far from here, zones and days cannot be computed with."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"between the years {FIRST_YEAR} and {LAST_YEAR}")
    return day


FIRST_YEAR, LAST_YEAR = 2000, 2200
WRITTEN: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
WRITTEN_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Text = Annotated[str, AfterValidator(_written)]
Line = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$",
    ),
    AfterValidator(_written),
]
Moment = Annotated[
    AwareDatetime,
    AfterValidator(_reasonable),
    BeforeValidator(_moment),
    Field(
        description="ISO 8601 with offset; a time without one is refused.",
        examples=["2026-11-25T14:00:00+01:00"],
    ),
]
Day = Annotated[date, AfterValidator(_near), BeforeValidator(_day), Field(examples=["2026-11-25"])]
Phone = Annotated[
    str,
    Field(
        pattern=r"^\+[1-9][0-9]{6,14}$",
        description="E.164.",
        examples=["+4917139200011"],
    ),
]
Email = Annotated[
    str,
    Field(
        max_length=254,
        pattern=r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$",
        examples=["marta.beispiel@example.com"],
    ),
]
Id = Annotated[UUID, Field(description="Opaque.")]


def known(lookup: Callable[[UUID], V], key: UUID) -> V | None:
    """What a catalogue has under this id; None when it has nothing."""
    try:
        return lookup(key)
    except KeyError:
        return None


def schema_examples(*examples: dict[str, Any]) -> ConfigDict:
    """The configuration of a request with examples for the document."""
    return ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [*examples]})
