"""What a start keeps of the wishes: the same day, person, part of the day; and how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from booking_core.domain.interval import shift
from booking_core.domain.masks import cells
from booking_core.domain.score import Ground, Likeness, Score, Term, tier

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from booking_core.domain.board import Board
    from booking_core.domain.slots import TimeWish

DAY_MINUTES: Final = 24 * 60
NOON: Final = 12 * 60
EVENING: Final = 18 * 60
NEAR_DAYS: Final = 7  # beyond, the day matters more than the time of day


class DayPart(IntEnum):
    """How people divide a day when they ask for a time."""

    MORNING = 0
    AFTERNOON = 1
    EVENING = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One start that could be offered."""

    cell: int
    at: datetime
    """On the salon's wall clock."""
    own: bool = True
    """With the wished person; true for all when nobody was wished."""

    @property
    def minute(self) -> int:
        """Minutes of wall time since midnight."""
        return minute_of_day(self.at)

    @property
    def part(self) -> DayPart:
        """Morning until 12, afternoon until 18."""
        return part_of_day(self.minute)

    def apart(self, other: Candidate) -> int:
        """Minutes between the two; days count in full."""
        return abs(self.at.toordinal() - other.at.toordinal()) * DAY_MINUTES + abs(
            self.minute - other.minute
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A candidate with its place among the others before it is laid out."""

    candidate: Candidate
    tier: tuple[object, ...]
    """Only within one tier do points decide."""
    off: int
    """Minutes from what would be ideal."""


def minute_of_day(moment: datetime) -> int:
    """Minutes of wall time since midnight."""
    return moment.hour * 60 + moment.minute


def part_of_day(minute: int) -> DayPart:
    """The part of the day a minute since midnight lies in."""
    if minute < NOON:
        return DayPart.MORNING
    return DayPart.AFTERNOON if minute < EVENING else DayPart.EVENING


def candidates(board: Board, mask: int, *, own: bool = True) -> list[Candidate]:
    """The starts in a mask."""
    return [Candidate(cell=cell, at=board.local(cell), own=own) for cell in cells(mask)]


class Ranking:
    """Orders alternatives to some wishes by what they keep of the nearest one."""

    def __init__(self, wishes: Sequence[TimeWish], board: Board) -> None:
        self._targets = [_Target(wish, board) for wish in wishes]

    def order(self, found: Iterable[Candidate]) -> list[Ranked]:
        """Best first, as far as that can be seen without laying the visit out."""
        ranked = [self.ranked(candidate) for candidate in found]
        return sorted(ranked, key=lambda each: (each.tier, each.off, each.candidate.cell))

    def ranked(self, candidate: Candidate) -> Ranked:
        """The candidate with what it keeps of the wish it suits best; the first one breaks ties."""
        each = (target.ranked(candidate) for target in self._targets)
        return min(each, key=lambda ranked: (ranked.tier, ranked.off))

    def score(self, candidate: Candidate, terms: tuple[Term, ...]) -> Score:
        """What speaks for and against the candidate, its distance included."""
        if not self._targets:
            return Score(other_staff=not candidate.own, terms=terms)
        each = [(target.ranked(candidate), target) for target in self._targets]
        ranked, target = min(each, key=lambda found: (found[0].tier, found[0].off))
        distance = Term(ground=Ground.DISTANCE, points=ranked.off)
        return Score(
            likeness=target.likeness(candidate),
            days_off=target.days_off(candidate.at),
            other_staff=not candidate.own,
            other_part=target.is_other_part(candidate),
            terms=(distance, *terms) if ranked.off else terms,
        )

    def likeness(self, candidate: Candidate) -> Likeness:
        """What this alternative keeps of one of the wishes."""
        return min(target.likeness(candidate) for target in self._targets)

    def keeps_time(self, candidate: Candidate) -> bool:
        """Whether it starts when it was wished: at the minute, or inside the window."""
        return any(target.keeps_time(candidate) for target in self._targets)

    def misses_part(self, picks: Iterable[Candidate]) -> bool:
        """Whether none of them is in a wished part of the day."""
        return all(target.is_other_part(pick) for pick in picks for target in self._targets)

    def days_off(self, day: date) -> int:
        """Days between this date and the nearest wished one."""
        return min(target.days_off(day) for target in self._targets)


class _Target:
    """One wish, as days and minutes of the day."""

    def __init__(self, wish: TimeWish, board: Board) -> None:
        last = wish.at or shift(wish.window.end, -1)  # the end of a window is no start any more
        self._start = (wish.at or wish.window.start).astimezone(board.zone)
        self._end = last.astimezone(board.zone)
        self._from, self._to = self._minutes()
        self._parts = {part_of_day(minute) for minute in range(self._from, self._to + 1)}

    def ranked(self, candidate: Candidate) -> Ranked:
        kept = tier(
            self.likeness(candidate),
            self.days_off(candidate.at),
            not candidate.own,
            self.is_other_part(candidate),
        )
        return Ranked(candidate=candidate, tier=kept, off=self._minutes_off(candidate))

    def likeness(self, candidate: Candidate) -> Likeness:
        far = self.days_off(candidate.at)
        if candidate.own and far == 0:
            return Likeness.SAME_DAY
        if self.keeps_time(candidate):
            return Likeness.SAME_TIME
        near = candidate.own and far <= NEAR_DAYS
        if near and not self.is_other_part(candidate):
            return Likeness.SAME_PERSON_NEAR
        return Likeness.OTHER

    def keeps_time(self, candidate: Candidate) -> bool:
        return self.days_off(candidate.at) == 0 and self._minutes_off(candidate) == 0

    def is_other_part(self, candidate: Candidate) -> bool:
        return candidate.part not in self._parts

    def days_off(self, day: date) -> int:
        ordinal = day.toordinal()
        return max(self._start.toordinal() - ordinal, ordinal - self._end.toordinal(), 0)

    def _minutes(self) -> tuple[int, int]:
        """The wished times of day; a window over several days means any time."""
        if self._start.date() != self._end.date():
            return 0, DAY_MINUTES - 1
        return minute_of_day(self._start), minute_of_day(self._end)

    def _minutes_off(self, candidate: Candidate) -> int:
        return max(self._from - candidate.minute, candidate.minute - self._to, 0)
