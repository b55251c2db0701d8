"""A service drawn to scale while it is typed, and what somebody should know before they save it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from booking_core.domain.catalogue import (
    GRID_MINUTES,
    SEGMENT_KEYS,
    PausePolicy,
    Role,
)
from voice_agent.admin.able import able, leads
from voice_agent.admin.service_form import without_last_pause
from voice_agent.admin.service_reading import FREE_FROM, PAUSE_MOST, SEGMENT_MOST, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from booking_core.domain.catalogue import Salon
    from voice_agent.admin.service_form import Row, ServiceForm

DAY: Final = 480
LEFT_OVER: Final = 5
"""Minutes by which another visit ends before a pause of a flexible service does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A piece of the timeline."""

    kind: str
    """`work`, or what happens to a pause: `free`, `blocked`, `never`."""
    label: str
    minutes: int
    most: int
    """Up to here it may stretch."""
    start: int
    """Minutes since the customer sat down."""
    assist: bool = False

    @property
    def span(self) -> str:
        """0:30–1:00, as it is drawn."""
        return f"{_clock(self.start)}–{_clock(self.start + self.minutes)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What the form would make, as far as it can be read."""

    stretches: tuple[Stretch, ...]
    warnings: tuple[Fault, ...]

    @property
    def total(self) -> int:
        """With every pause at its shortest."""
        return sum(one.minutes for one in self.stretches)

    @property
    def longest(self) -> int:
        """With every pause at its longest."""
        return sum(one.most for one in self.stretches)

    @property
    def for_others(self) -> int:
        """Minutes that can be sold to somebody else meanwhile."""
        return sum(one.minutes for one in self.stretches if one.kind == "free")

    @property
    def columns(self) -> str:
        """For a grid that is drawn to scale."""
        return " ".join(f"minmax(0, {one.minutes}fr)" for one in self.stretches)


def preview(form: ServiceForm, salon: Salon, known: UUID | None = None) -> Preview:
    """Drawn from what can be read; fields that cannot are left out of the drawing."""
    stretches: list[Stretch] = []
    at = 0
    for key, row in zip(SEGMENT_KEYS, without_last_pause(form.rows), strict=False):
        for one in _stretches(key, row, form, at):
            stretches.append(one)
            at += one.minutes
    warnings = (*_of_people(form, salon), *_of_lengths(stretches, form, salon, known))
    return Preview(stretches=tuple(stretches), warnings=warnings)


def fate_of(form: ServiceForm, row: Row, minutes: int) -> str:
    """What happens to the pause of a row: `free`, `blocked` or `never`."""
    match form["pause_policy"]:
        case PausePolicy.BLOCKED:
            return "blocked"
        case PausePolicy.NEVER:
            return "never"
        case PausePolicy.FLEXIBLE:
            if row["pause_bookable"]:
                return "free" if row["pause_bookable"] == "yes" else "blocked"
            from_minutes = _number(form["pause_free_from"], PAUSE_MOST)
            least = FREE_FROM if from_minutes is None else from_minutes
            return "free" if minutes >= least else "blocked"
        case _:
            return "free"


def _stretches(key: str, row: Row, form: ServiceForm, at: int) -> Iterator[Stretch]:
    minutes = _number(row["minutes"], SEGMENT_MOST)
    if minutes:
        yield Stretch(
            kind="work",
            label=f"{key} {row['name']}".strip(),
            minutes=minutes,
            most=minutes,
            start=at,
            assist=row["role"] == Role.ASSIST,
        )
        at += minutes
    pause = _number(row["pause_min"], PAUSE_MOST)
    if pause:
        most = max(pause, _number(row["pause_max"], PAUSE_MOST) or pause)
        yield Stretch(kind=fate_of(form, row, pause), label="", minutes=pause, most=most, start=at)


def _of_people(form: ServiceForm, salon: Salon) -> Iterator[Fault]:
    wanted = {row["skill"] for row in form.rows if row["role"] == Role.LEAD and row["skill"]}
    for key, row in zip(SEGMENT_KEYS, form.rows, strict=False):
        part = f"{key} {row['name']}".strip()
        if row["skill"] and not able(salon, row["skill"]):
            yield Fault("svc_warn_nobody", {"part": part})
        for kind in row.resources:
            if not salon.units(kind):
                yield Fault("svc_warn_place", {"part": part, "kind": kind})
    if all(able(salon, skill) for skill in wanted) and not leads(salon, wanted):
        yield Fault("svc_no_lead")


def _of_lengths(
    stretches: Sequence[Stretch], form: ServiceForm, salon: Salon, known: UUID | None
) -> Iterator[Fault]:
    for row in form.rows:
        for name in ("minutes", "pause_min", "pause_max"):
            text = row[name]
            if text.isascii() and text.isdigit() and int(text[:6]) % GRID_MINUTES:
                yield Fault("svc_warn_grid", {"minutes": text})
    total, work = (
        sum(one.minutes for one in stretches),
        sum(one.minutes for one in stretches if one.kind == "work"),
    )
    if total > DAY:
        yield Fault("svc_warn_long", {"minutes": total})
    if total - work > work:
        yield Fault("svc_warn_pauses", {"pauses": total - work, "work": work})
    yield from _too_short(stretches, form, salon, known)


def _too_short(
    stretches: Sequence[Stretch], form: ServiceForm, salon: Salon, known: UUID | None
) -> Iterator[Fault]:
    """A free pause in which nothing fits earns nothing."""
    others = [one for one in salon.services if one.active and one.id != known]
    if not others:
        return
    shortest = min(others, key=lambda one: one.total_minutes)
    spare = LEFT_OVER if form["pause_policy"] == PausePolicy.FLEXIBLE else 0
    least = shortest.total_minutes + spare
    for one in stretches:
        if one.kind == "free" and one.most < least:
            facts = {"pause": one.most, "name": shortest.name, "least": least}
            yield Fault("svc_warn_short", facts)


def _number(text: str, most: int) -> int | None:
    if not text.isascii() or not text.isdigit():
        return None
    number = int(text[:6])
    return number if number <= most else None


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"
