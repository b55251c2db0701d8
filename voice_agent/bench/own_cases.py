"""The sentences of our own tests, where the repository is at hand: what a moment is said to be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

CASES = Path(__file__).parents[2] / "tests" / "nlu" / "cases"
TABLES = ("days", "clock", "bounds_and_choices", "existing_and_lengths", "as_heard", "at_the_desk")
WEDNESDAY = datetime(2026, 3, 11, 10, tzinfo=ZoneInfo("Europe/Berlin"))
"""When the sentences of these tables are said."""
_MOMENT = re.compile(r"(?:about )?(\d{4}-\d\d-\d\d)?(?:^|$| )(\d\d:\d\d)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A sentence that names one moment."""

    say: str
    day: date | None
    at: time | None

    def is_met_by(self, day: date | None, at: time | None) -> bool:
        """Whether this is the moment; twelve hours more or less pass, as hours on the dial."""
        if self.day and day != self.day:
            return False
        if self.at is None:
            return True
        return at is not None and (at.hour % 12, at.minute) == (self.at.hour % 12, self.at.minute)


def moments() -> list[Case]:
    """All sentences that mean one day, time, or both; none where the tables are not at hand."""
    return [case for table in TABLES for case in _of(CASES / f"{table}.yaml")]


def _of(table: Path) -> list[Case]:
    if not table.is_file():
        return []
    entries = yaml.safe_load(table.read_text(encoding="utf-8"))
    return [case for entry in entries if (case := _case(entry["say"], str(entry["means"])))]


def _case(say: str, means: str) -> Case | None:
    found = _MOMENT.fullmatch(means)
    if found is None or not any(found.groups()):
        return None
    day, at = found.groups()
    return Case(
        say=say,
        day=date.fromisoformat(day) if day else None,
        at=time.fromisoformat(at) if at else None,
    )
