"""Schedules: weekly working hours and the days that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from booking_core.adapters.calcom.sandbox.errors import ApiError
from booking_core.adapters.calcom.sandbox.http import Route, answer
from booking_core.adapters.calcom.sandbox.records import Schedule
from booking_core.adapters.calcom.sandbox.times import WEEKDAYS, instant, wall_time
from booking_core.adapters.calcom.sandbox.validation import (
    IS_BOOLEAN,
    IS_STRING,
    IS_ZONE,
    Rule,
    Wrong,
    check,
    refuse_tree,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from booking_core.adapters.calcom.sandbox.http import Call
    from booking_core.adapters.calcom.sandbox.records import Json

VERSION = "2024-06-11"
OFFICE_HOURS = [{"days": list(WEEKDAYS[:5]), "startTime": "09:00", "endTime": "17:00"}]
ARE_DAYS = Rule(
    name="isIn",
    text=f"each value in $ must be one of the following values: {', '.join(WEEKDAYS)}",
    holds=lambda value: isinstance(value, list) and all(day in WEEKDAYS for day in value),
)
IS_WALL_TIME = Rule(
    name="matches",
    text="$ must be a valid time format HH:MM",
    holds=lambda value: wall_time(value) is not None,
)
IS_DAY = Rule(
    name="matches",
    text="$ must be a valid date format YYYY-MM-DD",
    holds=lambda value: isinstance(value, str) and "T" not in value and instant(value) is not None,
)


def routes() -> list[Route]:
    """The endpoints."""
    return [
        Route(method=method, path=path, handler=handler, version=VERSION)
        for method, path, handler in (
            ("POST", "/schedules", create),
            ("GET", "/schedules", list_own),
            ("GET", "/schedules/default", get_default),
            ("GET", "/schedules/{id}", get),
            ("PATCH", "/schedules/{id}", patch),
            ("DELETE", "/schedules/{id}", delete),
        )
    ]


async def create(call: Call) -> web.Response:
    """Make one; a default one replaces the default."""
    body = call.body
    refuse_tree(
        [
            *check(body, "name", IS_STRING),
            *check(body, "timeZone", IS_ZONE),
            *check(body, "isDefault", IS_BOOLEAN),
            *_wrong_hours(body),
        ]
    )
    schedule = Schedule(
        id=call.records.next_id("schedule"),
        owner_id=call.me.id,
        name=body["name"],
        time_zone=body["timeZone"],
        availability=_hours(body.get("availability") or OFFICE_HOURS),
        overrides=_overrides(body.get("overrides") or []),
    )
    call.records.schedules[schedule.id] = schedule
    if body["isDefault"]:
        call.me.default_schedule_id = schedule.id
    return answer(_shown(call, schedule), 201)


async def list_own(call: Call) -> web.Response:
    """All of the key's user."""
    own = [s for s in call.records.schedules.values() if s.owner_id == call.me.id]
    return answer([_shown(call, schedule) for schedule in own])


async def get_default(call: Call) -> web.Response:
    """The default one, or null."""
    schedule = call.records.schedules.get(call.me.default_schedule_id or 0)
    return answer(_shown(call, schedule) if schedule else None)


async def get(call: Call) -> web.Response:
    """One of them."""
    return answer(_shown(call, _own(call)))


async def patch(call: Call) -> web.Response:
    """Change one; a list that is given replaces the whole list."""
    body = call.body
    refuse_tree(
        [
            *check(body, "name", IS_STRING, optional=True),
            *check(body, "timeZone", IS_ZONE, optional=True),
            *check(body, "isDefault", IS_BOOLEAN, optional=True),
            *_wrong_hours(body),
        ]
    )
    schedule = _own(call)
    schedule.name = body.get("name", schedule.name)
    schedule.time_zone = body.get("timeZone", schedule.time_zone)
    if "availability" in body:
        schedule.availability = _hours(body["availability"])
    if "overrides" in body:
        schedule.overrides = _overrides(body["overrides"])
    _set_default(call, schedule, wanted=body.get("isDefault"))
    return answer(_shown(call, schedule))


async def delete(call: Call) -> web.Response:
    """Remove one."""
    schedule = _own(call)
    del call.records.schedules[schedule.id]
    if call.me.default_schedule_id == schedule.id:
        call.me.default_schedule_id = None
    return web.json_response({"status": "success"})


def _set_default(call: Call, schedule: Schedule, *, wanted: bool | None) -> None:
    if wanted:
        call.me.default_schedule_id = schedule.id
    elif wanted is False and call.me.default_schedule_id == schedule.id:
        call.me.default_schedule_id = None


def _own(call: Call) -> Schedule:
    schedule_id = call.part("id")
    schedule = call.records.schedules.get(call.number("id"))
    if schedule is None:
        raise ApiError(404, f"Schedule with ID={schedule_id} does not exist.")
    if schedule.owner_id != call.me.id:
        text = f"User with ID={call.me.id} does not own schedule with ID={schedule_id}"
        raise ApiError(403, text)
    return schedule


def _shown(call: Call, schedule: Schedule) -> Json:
    owner = call.records.users[schedule.owner_id]
    return {
        "id": schedule.id,
        "ownerId": schedule.owner_id,
        "name": schedule.name,
        "timeZone": schedule.time_zone,
        "availability": schedule.availability,
        "isDefault": owner.default_schedule_id == schedule.id,
        "overrides": schedule.overrides,
    }


def _hours(items: Iterable[Json]) -> list[Json]:
    return [{name: item[name] for name in ("days", "startTime", "endTime")} for item in items]


def _overrides(items: Iterable[Json]) -> list[Json]:
    return [{name: item[name] for name in ("date", "startTime", "endTime")} for item in items]


def _wrong_hours(body: Json) -> list[Wrong]:
    return [
        *_wrong_items(body, "availability", "days", ARE_DAYS),
        *_wrong_items(body, "overrides", "date", IS_DAY),
    ]


def _wrong_items(body: Json, name: str, key: str, rule: Rule) -> list[Wrong]:
    items = body.get(name)
    if items is None:
        return []
    if not isinstance(items, list):
        text = {"isArray": f"{name} must be an array"}
        return [Wrong(property=name, constraints=text, target=body, value=items)]
    children = [
        Wrong(property=str(index), children=faults, target=items, value=item)
        for index, item in enumerate(items)
        if (faults := _wrong_item(item, key, rule))
    ]
    return [Wrong(property=name, children=children, target=body, value=items)] if children else []


def _wrong_item(item: object, key: str, rule: Rule) -> list[Wrong]:
    fields = item if isinstance(item, dict) else {}
    return [
        *check(fields, key, rule),
        *check(fields, "startTime", IS_WALL_TIME),
        *check(fields, "endTime", IS_WALL_TIME),
    ]
