"""Turns what stands in the fields of a person into one, or says field by field what is wrong."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING, Final
from uuid import uuid5

from booking_core.adapters.salon_file.build import NAMESPACE
from booking_core.domain.catalogue import GRID_MINUTES, Level, Staff, WorkingHours
from booking_core.domain.event_type import GERMAN, calendar_user
from voice_agent.admin.able import phrases_of
from voice_agent.admin.service_reading import Fault, Faults
from voice_agent.admin.staff_form import MOST_BREAKS, WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from booking_core.domain.catalogue import Salon

NAME_MOST: Final = 60
EXTRA_MOST: Final = 60
USER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")
CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
KEY_MOST: Final = 40


def read_staff(
    fields: Mapping[str, str], salon: Salon, known: Staff | None, skills: Iterable[str]
) -> tuple[Staff | None, Faults]:
    """The person that the form describes; `known` = the one it changes."""
    faults: Faults = {}
    had = {skill for skill in skills if fields.get(f"skill.{skill}")}
    extra, least = _extras(fields, had, faults)
    if fields["new_skill"]:
        had.add(_plain(fields["new_skill"], faults))
    hours = tuple(stretch for day in WEEKDAYS for stretch in _day(day, fields, faults))
    _check_names(fields, salon, known, faults)
    if faults:
        return None, faults
    first = fields["first_name"]
    key = known.key if known else _key(first, salon)
    member = known or Staff(
        id=uuid5(NAMESPACE, f"{salon.branch.key}/staff/{key}"),
        key=key,
        first_name=first,
        last_name=fields["last_name"],
        skills=frozenset(),
        hours=(),
    )
    return replace(
        member,
        first_name=first,
        last_name=fields["last_name"],
        nicknames=phrases_of(fields["nicknames"]),
        level=Level(fields["level"]),
        calendar_user=fields["calendar_user"] or None,
        active=bool(fields["active"]),
        skills=frozenset(had),
        extra_minutes=extra,
        extra_from_minutes=least,
        hours=hours,
    ), {}


def time_of(text: str) -> time | None:
    """13:30; None when it is no time of the day."""
    found = CLOCK.fullmatch(text)
    return time(int(found[1]), int(found[2])) if found else None


def _check_names(
    fields: Mapping[str, str], salon: Salon, known: Staff | None, faults: Faults
) -> None:
    for name in ("first_name", "last_name"):
        if not fields[name]:
            faults[name] = Fault("svc_empty")
        elif len(fields[name]) > NAME_MOST:
            faults[name] = Fault("svc_too_long", {"most": NAME_MOST})
    others = [one for one in salon.staff if one.active and (known is None or one.id != known.id)]
    full = (fields["first_name"].casefold(), fields["last_name"].casefold())
    if any((one.first_name.casefold(), one.last_name.casefold()) == full for one in others):
        faults["first_name"] = Fault("staff_same_name")
    own = [nick.casefold() for nick in phrases_of(fields["nicknames"])]
    for other in others:
        theirs = {other.first_name.casefold(), *(nick.casefold() for nick in other.nicknames)}
        if shared := theirs.intersection(own):
            facts = {"nick": min(shared), "name": other.name}
            faults["nicknames"] = Fault("staff_nick_taken", facts)
    if fields["level"] not in set(Level):
        faults["level"] = Fault("svc_choose")
    _check_user(fields["calendar_user"], salon, others, faults)


def _check_user(user: str, salon: Salon, others: Iterable[Staff], faults: Faults) -> None:
    if user and not USER.fullmatch(user):
        faults["calendar_user"] = Fault("staff_no_user")
    for other in others:
        if user and calendar_user(salon, other) == user:
            faults["calendar_user"] = Fault("svc_taken_by", {"name": other.name})


def _extras(
    fields: Mapping[str, str], had: Iterable[str], faults: Faults
) -> tuple[dict[str, int], dict[str, int]]:
    extra: dict[str, int] = {}
    least: dict[str, int] = {}
    for skill in sorted(had):
        more, start = fields.get(f"extra.{skill}", ""), fields.get(f"least.{skill}", "")
        if more not in {"", "0"}:
            extra[skill] = _minutes(more, f"extra.{skill}", EXTRA_MOST, faults)
        if start not in {"", "0"}:
            least[skill] = _minutes(start, f"least.{skill}", 480, faults)
            if skill not in extra:
                faults[f"least.{skill}"] = Fault("staff_no_extra")
            elif least[skill] < 0:
                faults[f"least.{skill}"] = Fault("svc_no_minutes")
    return extra, least


def _minutes(text: str, name: str, most: int, faults: Faults) -> int:
    if not re.fullmatch(r"[+-]?\d{1,3}", text.replace("−", "-"), re.ASCII):
        faults[name] = Fault("svc_no_minutes")
        return 0
    minutes = int(text.replace("−", "-"))
    if minutes % GRID_MINUTES:
        faults[name] = Fault("svc_off_grid")
    elif abs(minutes) > most:
        faults[name] = Fault("svc_out_of_range", {"least": -most, "most": most})
    return minutes


def _day(weekday: int, fields: Mapping[str, str], faults: Faults) -> Iterator[WorkingHours]:
    names = [f"h{weekday}.from"]
    for n in range(MOST_BREAKS):
        ends = [f"h{weekday}.b{n}.from", f"h{weekday}.b{n}.to"]
        if any(fields.get(name) for name in ends):
            names += ends
    names.append(f"h{weekday}.to")
    if not any(fields.get(name) for name in names):
        return
    times = [_clock(name, fields, faults) for name in names]
    if any(faults.get(name) for name in names):
        return
    for place, name in enumerate(names[1:], start=1):
        if times[place] <= times[place - 1]:
            faults[name] = Fault("staff_not_after", {"time": f"{times[place - 1]:%H:%M}"})
            return
    for start, end in zip(times[::2], times[1::2], strict=True):
        yield WorkingHours(weekday=weekday, start=start, end=end)


def _clock(name: str, fields: Mapping[str, str], faults: Faults) -> time:
    found = time_of(fields.get(name, ""))
    if found is None:
        faults[name] = Fault("staff_no_time")
        return time()
    if found.minute % GRID_MINUTES:
        faults[name] = Fault("svc_off_grid")
    return found


def _key(first_name: str, salon: Salon) -> str:
    """A short name that nobody has: lea, lea-2."""
    taken = {one.key for one in salon.staff}
    plain = _folded(first_name)[: KEY_MOST - 4]
    plain = plain if plain[:1].isalpha() else f"p{plain}"
    tries = (plain, *(f"{plain}-{n}" for n in range(2, len(taken) + 3)))
    return next(one for one in tries if one not in taken)


def _plain(text: str, faults: Faults) -> str:
    skill = _folded(text).replace("-", "_")[:KEY_MOST]
    if not skill[:1].isalpha():
        faults["new_skill"] = Fault("staff_no_skill")
    return skill


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(GERMAN))
    return re.sub(r"[^a-z0-9]+", "-", decomposed.encode("ascii", "ignore").decode()).strip("-")
