"""What a salon file may say: one function a rule, every fault with its place.

The rules of the company, the branch, its rooms and its people; those of services have a module
of their own.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from booking_core.adapters.salon_file.models import WEEKDAYS
from booking_core.domain.catalogue import GRID_MINUTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from booking_core.adapters.salon_file.draft import Draft, Findings, Placed
    from booking_core.adapters.salon_file.models import (
        AbsencePart,
        BranchPart,
        CompanyPart,
        Plan,
        StaffPart,
    )
    from booking_core.adapters.salon_file.tree import Path

KEY = re.compile(r"[a-z][a-z0-9_-]{0,39}")
CODE = re.compile(r"[A-Z][A-Z0-9]{1,7}")
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
YEARLY = re.compile(r"(\d{2})-(\d{2})")
LAENDER = frozenset(
    ("BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH")
)
HORIZON_MAX = 365
STEP_MAX = 120
EXTRA_MAX = 60
LEAP_YEAR = 2000  # 29 February is a date


def check_company(company: CompanyPart, findings: Findings) -> None:
    """Keys and codes go into ids and into names of event types."""
    _key(("company", "key"), company.key, findings)
    check_code(("company", "code"), company.code, findings)


def check_branch(branch: BranchPart, findings: Findings) -> None:
    """The branch: where it is, when it is open, how far ahead it sells."""
    here: Path = ("branch",)
    check_code((*here, "code"), branch.code, findings)
    if branch.timezone not in available_timezones():
        findings.error((*here, "timezone"), f"there is no time zone {branch.timezone!r}")
    if branch.land not in LAENDER:
        findings.error((*here, "land"), f"{branch.land!r} is not one of {_listed(LAENDER)}")
    if branch.email and not EMAIL.fullmatch(branch.email):
        findings.error((*here, "email"), f"{branch.email!r} is not an e-mail address")
    _numbers(branch, findings)
    _limits(branch, findings)
    check_hours((*here, "opening_hours"), branch.opening_hours, findings)
    _special_days(branch, findings)
    try:
        branch.gaps.rules()
    except ValueError as error:
        findings.error((*here, "gaps"), str(error))


def check_resources(draft: Draft, findings: Findings) -> None:
    """Every unit has a key of its own."""
    for unit in draft.resources:
        _key((*unit.path, "key"), unit.part.key, findings)
        _key((*unit.path, "kind"), unit.part.kind, findings)
    keys = (((*unit.path, "key"), unit.part.key) for unit in draft.resources)
    unique(keys, "another unit has the key", findings)


def check_staff(draft: Draft, findings: Findings, sounds_alike: Callable[[str, str], bool]) -> None:
    """Everybody: keys, hours, skills, and names a caller can tell apart."""
    for person in draft.staff:
        _person(person, draft.branch, findings)
    present = [person for person in draft.staff if person.part.active]
    keys = (((*person.path, "key"), person.part.key) for person in draft.staff)
    unique(keys, "another person has the key", findings)
    users = (
        ((*person.path, "calendar_user"), person.part.calendar_user)
        for person in present
        if person.part.calendar_user
    )
    unique(users, "another person has the calendar user", findings)
    _names(present, findings, sounds_alike)


def check_hours(path: Path, plan: Plan, findings: Findings) -> None:
    """Stretches of a week: on the grid, the right way round, none over another."""
    for day, stretches in plan.items():
        for index, (start, end) in enumerate(stretches):
            here = (*path, day, index)
            if end <= start:
                findings.error(here, f"ends at {end:%H:%M}, not after its start {start:%H:%M}")
            if start.minute % GRID_MINUTES or end.minute % GRID_MINUTES:
                findings.error(here, f"times are multiples of {GRID_MINUTES} minutes")
            if any(start < other[1] and other[0] < end for other in stretches[:index]):
                findings.error(here, f"{start:%H:%M}-{end:%H:%M} overlaps another stretch")


def unique(values: Iterable[tuple[Path, object]], complaint: str, findings: Findings) -> None:
    """Report the second and every later place of a value that may stand in a file only once."""
    seen = set()
    for path, value in values:
        if value in seen:
            findings.error(path, f"{complaint} {value}")
        seen.add(value)


def _numbers(branch: BranchPart, findings: Findings) -> None:
    numbers: dict[Path, str] = {
        ("branch", "phone_numbers", index): number
        for index, number in enumerate(branch.phone_numbers)
    }
    if not numbers:
        findings.error(("branch", "phone_numbers"), "a branch has at least one number")
    unique(numbers.items(), "stands here twice:", findings)
    transfer: Path = ("branch", "transfer_number")
    if branch.transfer_number:
        if branch.transfer_number in branch.phone_numbers:
            findings.error(transfer, "would call the agent again")
        numbers[transfer] = branch.transfer_number
    for path, number in numbers.items():
        if not E164.fullmatch(number):
            findings.error(path, f"{number!r} is not a number such as +493012345678")


def _limits(branch: BranchPart, findings: Findings) -> None:
    limits = (
        ("lead_minutes", branch.lead_minutes, 0, HORIZON_MAX * 24 * 60),
        ("horizon_days", branch.horizon_days, 1, HORIZON_MAX),
        ("step_minutes", branch.step_minutes, GRID_MINUTES, STEP_MAX),
        ("cancel_limit_hours", branch.cancel_limit_hours, 0, HORIZON_MAX * 24),
    )
    for name, value, least, most in limits:
        if not least <= value <= most:
            findings.error(("branch", name), f"is between {least} and {most}, not {value}")
    if branch.step_minutes % GRID_MINUTES:
        findings.error(("branch", "step_minutes"), f"is a multiple of {GRID_MINUTES}")


def _special_days(branch: BranchPart, findings: Findings) -> None:
    path: Path = ("branch", "special_days")
    days = branch.special_days
    for index, special in enumerate(days):
        if not is_date(special.date):
            findings.error(
                (*path, index, "date"), f"{special.date!r} is not a date: 12-24 or 2026-12-24"
            )
        if special.hours and special.hours[1] <= special.hours[0]:
            findings.error((*path, index, "hours"), "ends before it starts")
    dates = (((*path, index, "date"), day.date) for index, day in enumerate(days))
    unique(dates, "there is another line for", findings)


def is_date(text: str) -> bool:
    """Whether this is a day of a year, or of every year."""
    yearly = YEARLY.fullmatch(text)
    try:
        date.fromisoformat(f"{LEAP_YEAR}-{text}" if yearly else text)
    except ValueError:
        return False
    return True


def _person(person: Placed[StaffPart], branch: BranchPart | None, findings: Findings) -> None:
    path, part = person.path, person.part
    _key((*path, "key"), part.key, findings)
    check_hours((*path, "hours"), part.hours, findings)
    if branch:
        _inside_opening(person, branch, findings)
        _absences(person, branch, findings)
    skills = (((*path, "skills", index), skill) for index, skill in enumerate(part.skills))
    unique(skills, "stands here twice:", findings)
    for index, skill in enumerate(part.skills):
        _key((*path, "skills", index), skill, findings)
    for skill, minutes in part.extra_minutes.items():
        here = (*path, "extra_minutes", skill)
        if skill not in part.skills:
            findings.error(here, f"{part.first_name} does not have the skill {skill}")
        if minutes % GRID_MINUTES or not 0 < abs(minutes) <= EXTRA_MAX:
            findings.error(
                here, f"is a multiple of {GRID_MINUTES} up to {EXTRA_MAX}, not {minutes}"
            )
    for skill, least in part.extra_from_minutes.items():
        here = (*path, "extra_from_minutes", skill)
        if skill not in part.extra_minutes:
            findings.error(here, f"{part.first_name} has no extra minutes for {skill}")
        if least % GRID_MINUTES or least <= 0:
            findings.error(here, f"is a multiple of {GRID_MINUTES}, not {least}")
    if part.active and not part.skills:
        findings.warning((*path, "skills"), f"{part.first_name} can do nothing here")


def _inside_opening(person: Placed[StaffPart], branch: BranchPart, findings: Findings) -> None:
    for day in WEEKDAYS:
        open_ = branch.opening_hours.get(day, [])
        for index, (start, end) in enumerate(person.part.hours.get(day, [])):
            if not any(opens <= start and end <= closes for opens, closes in open_):
                findings.warning(
                    (*person.path, "hours", day, index),
                    f"{start:%H:%M}-{end:%H:%M} is not inside the opening hours",
                )


def _absences(person: Placed[StaffPart], branch: BranchPart, findings: Findings) -> None:
    for index, absence in enumerate(person.part.absences):
        path = (*person.path, "absences", index)
        for name in ("starts", "ends"):
            moment: datetime = getattr(absence, name)
            if moment.tzinfo:
                findings.error((*path, name), "is told in the salon's own time, without a zone")
            elif not _exists(moment, branch.timezone):
                findings.error((*path, name), f"{moment} does not exist: clocks are moved then")
        if not _forward(absence):
            findings.error(path, "ends before it starts")


def _forward(absence: AbsencePart) -> bool:
    if bool(absence.starts.tzinfo) != bool(absence.ends.tzinfo):
        return True  # reported already
    return absence.starts < absence.ends


def _exists(moment: datetime, timezone: str) -> bool:
    if timezone not in available_timezones():
        return True
    zone = ZoneInfo(timezone)
    and_back = moment.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return and_back.replace(tzinfo=None) == moment


def _names(
    people: list[Placed[StaffPart]],
    findings: Findings,
    sounds_alike: Callable[[str, str], bool],
) -> None:
    for index, person in enumerate(people):
        for other in people[:index]:
            _tell_apart(person, other, findings, sounds_alike)


def _tell_apart(
    person: Placed[StaffPart],
    other: Placed[StaffPart],
    findings: Findings,
    sounds_alike: Callable[[str, str], bool],
) -> None:
    one, two = person.part, other.part
    path = (*person.path, "first_name")
    if sounds_alike(one.first_name, two.first_name):
        text = f"{one.first_name} sounds like {two.first_name} {two.last_name}"
        if sounds_alike(one.last_name, two.last_name):
            findings.error(path, f"{text}, and so does the last name")
        else:
            findings.warning(path, f"{text}: callers will have to say the last name")
        return
    called = {name.casefold() for name in (two.first_name, *two.nicknames)}
    for index, nickname in enumerate(one.nicknames):
        if nickname.casefold() in called:
            findings.error(
                (*person.path, "nicknames", index), f"{two.first_name} is called {nickname}, too"
            )


def _key(path: Path, key: str, findings: Findings) -> None:
    if not KEY.fullmatch(key):
        findings.error(path, f"{key!r} is not a key: small letters, digits, - and _")


def check_code(path: Path, code: str, findings: Findings) -> None:
    """Short forms in the names of event types."""
    if not CODE.fullmatch(code):
        findings.error(path, f"{code!r} is not a code: two to eight capital letters and digits")


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))
