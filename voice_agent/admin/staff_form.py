"""A person as a form: names, skills with extra minutes, and hours with breaks, as texts."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from booking_core.domain.catalogue import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from multidict import MultiDictProxy

    from booking_core.domain.catalogue import Staff, WorkingHours

TEXTS: Final = (
    "first_name",
    "last_name",
    "nicknames",
    "level",
    "calendar_user",
    "active",
    "new_skill",
)
WEEKDAYS: Final = range(7)
MOST_BREAKS: Final = 6

Fields = dict[str, str]
"""By name of the field: `first_name`, `skill.wash`, `h0.from`, `h0.b1.to`."""


def form_of(member: Staff) -> Fields:
    """The form as it is shown for a person who is there."""
    fields = {
        "first_name": member.first_name,
        "last_name": member.last_name,
        "nicknames": ", ".join(member.nicknames),
        "level": member.level.value,
        "calendar_user": member.calendar_user or "",
        "active": "on" if member.active else "",
        "new_skill": "",
    }
    for skill in sorted(member.skills):
        fields[f"skill.{skill}"] = "on"
        fields[f"extra.{skill}"] = _signed(member.extra_minutes.get(skill, 0))
        fields[f"least.{skill}"] = str(member.extra_from_minutes.get(skill, "") or "")
    for weekday in WEEKDAYS:
        fields |= _hours_of(weekday, member.hours)
    return fields


def blank() -> Fields:
    """Somebody new."""
    return {**dict.fromkeys(TEXTS, ""), "level": Level.REGULAR.value, "active": "on"}


def posted_form(posted: MultiDictProxy[Any], skills: Iterable[str]) -> Fields:
    """What was sent; what is not one of our fields is left out."""
    names = [*TEXTS]
    for skill in skills:
        names += [f"skill.{skill}", f"extra.{skill}", f"least.{skill}"]
    for weekday in WEEKDAYS:
        names += [f"h{weekday}.from", f"h{weekday}.to"]
        names += [f"h{weekday}.b{n}.{end}" for n in range(MOST_BREAKS) for end in ("from", "to")]
    return {name: str(posted.get(name, "")).strip() for name in names}


def plain_fields(text: str) -> Fields:
    """A form that was put into a page as JSON."""
    try:
        return {str(name): str(value) for name, value in json.loads(text).items()}
    except (ValueError, AttributeError):
        raise web.HTTPBadRequest from None


def breaks_in(fields: Mapping[str, str], weekday: int) -> int:
    """How many breaks the form has room for: one more than there are."""
    used = [
        n
        for n in range(MOST_BREAKS)
        if fields.get(f"h{weekday}.b{n}.from") or fields.get(f"h{weekday}.b{n}.to")
    ]
    return min(MOST_BREAKS, max(used, default=-1) + 2) if used else 1


def meaning(fields: Mapping[str, str]) -> dict[str, str]:
    """What two forms are compared by: what is empty says nothing."""
    return {
        name: value
        for name, value in fields.items()
        if value and not (name.startswith(("extra.", "least.")) and _is_idle(name, fields))
    }


def _is_idle(name: str, fields: Mapping[str, str]) -> bool:
    return not fields.get(f"skill.{name.partition('.')[2]}")


def _hours_of(weekday: int, hours: Iterable[WorkingHours]) -> Fields:
    stretches = sorted((one for one in hours if one.weekday == weekday), key=lambda one: one.start)
    if not stretches:
        return {}
    fields = {
        f"h{weekday}.from": f"{stretches[0].start:%H:%M}",
        f"h{weekday}.to": f"{stretches[-1].end:%H:%M}",
    }
    for n, (before, after) in enumerate(pairwise(stretches)):
        fields[f"h{weekday}.b{n}.from"] = f"{before.end:%H:%M}"
        fields[f"h{weekday}.b{n}.to"] = f"{after.start:%H:%M}"
    return fields


def _signed(minutes: int) -> str:
    return f"{minutes:+d}" if minutes else ""
