"""A time as the agent understood it, as a person would write it down: "ab Do 03.12., 16:00".

The journal keeps what `nlu.TimeExpression.to_contract` gives: local times without a zone.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from voice_agent.admin.wall_time import short_day

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_agent.admin.rendering import Texts

_CLOCK: Final = frozenset({"minute", "hour"})


def time_words(expression: Mapping[str, Any], texts: Texts) -> str:
    """The words that were said, and what they were taken for."""
    told = _role(_readings(expression, texts), expression, texts)
    said = expression.get("text")
    if not said:
        return told
    return texts("time_said", said=said, meant=told) if told else str(said)


def _readings(expression: Mapping[str, Any], texts: Texts) -> str:
    """The reading, and others of another day: those the agent asks about."""
    own = _reading(expression, texts)
    day = _day_of(expression.get("start"))
    others = [
        _reading({**expression, **other}, texts)
        for other in expression.get("alt") or ()
        if day and _day_of(other.get("start")) not in {day, None}
    ]
    return texts("time_or").join([own, *others])


def _reading(expression: Mapping[str, Any], texts: Texts) -> str:
    part = _part_of_day(expression, texts)
    return " ".join(filter(None, (_when(expression, texts), part)))


def _role(told: str, expression: Mapping[str, Any], texts: Texts) -> str:
    role = expression.get("role")
    if told and role in {"reject", "existing"}:
        return texts(f"time_role_{role}", time=told)
    return told


def _when(expression: Mapping[str, Any], texts: Texts) -> str:
    match expression.get("grain"):
        case "weekday_set":
            return ", ".join(texts(f"weekday_{day}") for day in expression.get("weekdays") or ())
        case "duration":
            return _minutes(expression.get("duration_s"), texts)
        case "shift":
            return _shift(expression.get("shift_s"), texts)
        case "earliest" | "any" as grain:
            return texts(f"time_{grain}")
        case grain:
            return _bounds(expression, texts, is_clock=grain in _CLOCK)


def _bounds(expression: Mapping[str, Any], texts: Texts, *, is_clock: bool) -> str:
    start = _moment(expression.get("start"), texts, is_clock=is_clock)
    if expression.get("open") == "from":
        return texts("time_from", time=start)
    end = _moment(expression.get("end"), texts, is_clock=is_clock, is_end=True)
    if expression.get("open") == "until":
        return texts("time_until", time=end)
    return start if end in {"", start} else f"{start} - {end}"


def _moment(written: str | None, texts: Texts, *, is_clock: bool, is_end: bool = False) -> str:
    """A clock time, a day, or both; the end of days is the first one that is not meant."""
    if not written:
        return ""
    if written.startswith("T"):
        return written[1:6]
    moment = datetime.fromisoformat(written)
    if is_clock:
        return f"{short_day(texts, moment.date())}, {moment:%H:%M}"
    last = timedelta(days=1) if is_end else timedelta()
    return short_day(texts, moment.date() - last)


def _part_of_day(expression: Mapping[str, Any], texts: Texts) -> str:
    part = expression.get("pod")
    return texts(f"part_{part}") if part else ""


def _minutes(seconds: int | None, texts: Texts) -> str:
    return texts("svc_minutes_n", minutes=seconds // 60) if seconds else ""


def _shift(seconds: int | None, texts: Texts) -> str:
    if not seconds:
        return ""  # "früher": the words themselves say it best
    key = "time_later" if seconds > 0 else "time_earlier"
    days, rest = divmod(abs(seconds), 24 * 60 * 60)
    long = texts("time_days", days=days) if days and not rest else _minutes(abs(seconds), texts)
    return texts(key, long=long)


def _day_of(written: str | None) -> date | None:
    return datetime.fromisoformat(written).date() if written and written[0] != "T" else None
