"""When the salon is open: the week, days that differ, and public holidays."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Final

from aiohttp import web

from booking_core.adapters.public_holidays import public_holidays
from booking_core.domain.catalogue import SpecialDay, WorkingHours
from booking_core.domain.rules import opening_on, today
from voice_agent.admin.audit import Change
from voice_agent.admin.catalogue_saving import change_salon
from voice_agent.admin.guard import owners_only
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.settings_frame import (
    BASE,
    UNPROCESSABLE,
    saved,
    settings_page,
    texts_of,
)
from voice_agent.admin.settings_reading import Reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from booking_core.domain.catalogue import Branch, Salon
    from booking_core.domain.rules import Opening

WEEK: Final = range(7)
ADDRESS: Final = f"{BASE}/hours"
AHEAD: Final = timedelta(days=366)
SPARE_ROWS: Final = 2
MOST_SPECIAL: Final = 60


@owners_only
async def form(request: web.Request) -> web.StreamResponse:
    """The week as it is, and the holidays of the year to come."""
    return _page(request, _texts(visitor_of(request).salon.branch))


@owners_only
async def save(request: web.Request) -> web.StreamResponse:
    """Change it, or say what is wrong with it."""
    office, visitor = office_of(request), visitor_of(request)
    reading = Reading(await texts_of(request))
    week = _read_week(reading)
    special = _read_special(reading)
    closed = reading.ticked("holidays_closed")
    if reading.wrong:
        return _page(request, reading.texts, wrong=reading.wrong)

    def alter(salon: Salon) -> tuple[Salon, Change]:
        wanted = replace(
            salon.branch, opening_hours=week, special_days=special, holidays_closed=closed
        )
        return replace(salon, branch=wanted), _change(salon.branch, wanted)

    await change_salon(office, visitor, alter)
    return saved(ADDRESS)


def _page(
    request: web.Request, texts: Mapping[str, str], wrong: Mapping[str, str] | None = None
) -> web.Response:
    office, visitor = office_of(request), visitor_of(request)
    rows = sum(name.startswith("special_day_") for name in texts)
    return settings_page(
        request,
        "hours",
        status=UNPROCESSABLE if wrong else 200,
        given=texts,
        wrong=wrong or {},
        week=WEEK,
        rows=min(MOST_SPECIAL, max(rows, SPARE_ROWS)),
        holidays=coming_holidays(visitor.salon, today(visitor.salon.branch, visitor.now(office))),
    )


def coming_holidays(salon: Salon, first: date) -> list[Opening]:
    """Every public holiday of the Land in the year to come, and whether the salon is open."""
    name_of = public_holidays(salon.branch.land)
    days = (first + timedelta(days=n) for n in range(AHEAD.days))
    named = ((day, name) for day in days if (name := name_of(day)))
    return [replace(opening_on(salon, day, name_of), holiday=name) for day, name in named]


def _texts(branch: Branch) -> dict[str, str]:
    texts = {f"day_{weekday}": _stretches(branch, weekday) for weekday in WEEK}
    for row in range(len(branch.special_days) + SPARE_ROWS):
        special = branch.special_days[row] if row < len(branch.special_days) else None
        texts[f"special_day_{row}"] = _date(special) if special else ""
        texts[f"special_hours_{row}"] = _hours(special) if special else ""
    return texts | ({"holidays_closed": "on"} if branch.holidays_closed else {})


def _stretches(branch: Branch, weekday: int) -> str:
    parts = [hours for hours in branch.opening_hours if hours.weekday == weekday]
    return ", ".join(f"{part.start:%H:%M}-{part.end:%H:%M}" for part in parts)


def _date(special: SpecialDay) -> str:
    return f"{special.day}.{special.month}.{special.year or ''}"


def _hours(special: SpecialDay) -> str:
    if special.opens is None or special.closes is None:
        return ""
    return f"{special.opens:%H:%M}-{special.closes:%H:%M}"


def _read_week(reading: Reading) -> tuple[WorkingHours, ...]:
    return tuple(
        WorkingHours(weekday=weekday, start=start, end=end)
        for weekday in WEEK
        for start, end in _sound(reading, f"day_{weekday}")
    )


def _sound(reading: Reading, name: str) -> Sequence[tuple[time, time]]:
    """The hours of a field; none when something is wrong with them."""
    found = reading.hours(name)
    return () if name in reading.wrong else found


def _read_special(reading: Reading) -> tuple[SpecialDay, ...]:
    found: list[SpecialDay] = []
    for row in range(MOST_SPECIAL):
        field = f"special_day_{row}"
        if not reading.texts.get(field, "").strip():
            continue
        day = reading.day(field)
        hours = _sound(reading, f"special_hours_{row}")
        if len(hours) > 1:
            reading.wrong[f"special_hours_{row}"] = "wrong_one_stretch"
        if day is None:
            continue
        year, month, number = day
        if any((one.year, one.month, one.day) == day for one in found):
            reading.wrong[field] = "wrong_twice"
        opens, closes = hours[0] if hours else (None, None)
        found.append(SpecialDay(year=year, month=month, day=number, opens=opens, closes=closes))
    return tuple(found)


def _change(before: Branch, after: Branch) -> Change:
    was, now = _texts(before), _texts(after)
    differing = sorted(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))
    return Change(
        action="hours.changed",
        subject=after.name,
        subject_id=str(after.id),
        before={name: was.get(name, "") for name in differing},
        after={name: now.get(name, "") for name in differing},
    )


ROUTES: Sequence[web.RouteDef] = (
    web.get("/settings/hours", form),
    web.post("/settings/hours", save),
)
