"""Which of the possible starts are offered: few, the best first, and different from each other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from booking_core.domain.interval import shift
from booking_core.domain.masks import cells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date, datetime

    from booking_core.domain.board import Board
    from booking_core.domain.slots import TimeWish

DAY_MINUTES: Final = 24 * 60
NOON: Final = 12 * 60
EVENING: Final = 18 * 60

APART_MINUTES: Final = 30  # two neighbouring quarter hours are one option, not two
WIDE_APART_MINUTES: Final = 60
NEAR_DAYS: Final = 7  # beyond, the day matters more than the time of day


class DayPart(IntEnum):
    """How people divide a day when they ask for a time."""

    MORNING = 0
    AFTERNOON = 1
    EVENING = 2


class Likeness(IntEnum):
    """What an alternative keeps of the wish, best first."""

    SAME_DAY = 0
    """And the person, if one was wished."""
    SAME_TIME = 1
    """Exactly when it was wished, with somebody else."""
    SAME_PERSON_NEAR = 2
    """A near day, at the same time or in the same part of the day."""
    OTHER = 3


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


def earliest_different(found: Sequence[Candidate], limit: int) -> list[Candidate]:
    """The earliest start, and further ones in another part of the day or on another day."""
    picks = list(found[:1])
    while len(picks) < min(limit, len(found)):
        picks.append(_most_different(found, picks))
    return sorted(picks, key=lambda candidate: candidate.cell)


def are_different(picks: Sequence[Candidate]) -> bool:
    """Whether each lies in a part of a day of its own, well away from the others."""
    return all(_is_different(pick, picks[:place]) for place, pick in enumerate(picks))


def _is_different(candidate: Candidate, picks: Iterable[Candidate]) -> bool:
    return all(
        (candidate.at.date(), candidate.part) != (pick.at.date(), pick.part)
        and candidate.apart(pick) >= WIDE_APART_MINUTES
        for pick in picks
    )


def _most_different(found: Sequence[Candidate], picks: Sequence[Candidate]) -> Candidate:
    tests: tuple[Callable[[Candidate], bool], ...] = (
        lambda c: _is_different(c, picks),
        lambda c: is_apart(c, picks, WIDE_APART_MINUTES),
        lambda c: is_apart(c, picks, APART_MINUTES),
        lambda c: c not in picks,
    )
    return next(c for test in tests for c in found if test(c))


def is_apart(candidate: Candidate, picks: Iterable[Candidate], minutes: int) -> bool:
    """Whether it is far enough from all picks to be an option of its own."""
    return all(candidate.apart(pick) >= minutes for pick in picks)


class Ranking:
    """Orders alternatives to one wish by what they keep of it."""

    def __init__(self, wish: TimeWish, board: Board) -> None:
        last = wish.at or shift(wish.window.end, -1)  # the end of a window is no start any more
        self._start = (wish.at or wish.window.start).astimezone(board.zone)
        self._end = last.astimezone(board.zone)
        self._from, self._to = self._minutes()
        self._parts = {part_of_day(minute) for minute in range(self._from, self._to + 1)}

    def order(self, found: Iterable[Candidate]) -> list[Candidate]:
        """Best first."""
        return sorted(found, key=self.key)

    def key(self, candidate: Candidate) -> tuple[int, ...]:
        """What an alternative is compared by; the smaller the better."""
        likeness = self.likeness(candidate)
        far, off = self.days_off(candidate.at), self._minutes_off(candidate)
        other_part = candidate.part not in self._parts
        if likeness is Likeness.OTHER:
            return (likeness, far, not candidate.own, other_part, off, candidate.cell)
        return (likeness, far, other_part, off, candidate.cell)

    def likeness(self, candidate: Candidate) -> Likeness:
        """What this alternative keeps of the wish."""
        far = self.days_off(candidate.at)
        if candidate.own and far == 0:
            return Likeness.SAME_DAY
        if self.keeps_time(candidate):
            return Likeness.SAME_TIME
        if candidate.own and far <= NEAR_DAYS and candidate.part in self._parts:
            return Likeness.SAME_PERSON_NEAR
        return Likeness.OTHER

    def keeps_time(self, candidate: Candidate) -> bool:
        """Whether it starts when it was wished: at the minute, or inside the window."""
        return self.days_off(candidate.at) == 0 and self._minutes_off(candidate) == 0

    def misses_part(self, picks: Iterable[Candidate]) -> bool:
        """Whether none of them is in the wished part of the day."""
        return all(pick.part not in self._parts for pick in picks)

    def days_off(self, day: date) -> int:
        """Days between this date and the nearest wished one."""
        ordinal = day.toordinal()
        return max(self._start.toordinal() - ordinal, ordinal - self._end.toordinal(), 0)

    def _minutes(self) -> tuple[int, int]:
        """The wished times of day; a window over several days means any time."""
        if self._start.date() != self._end.date():
            return 0, DAY_MINUTES - 1
        return minute_of_day(self._start), minute_of_day(self._end)

    def _minutes_off(self, candidate: Candidate) -> int:
        return max(self._from - candidate.minute, candidate.minute - self._to, 0)


def alternatives(found: Iterable[Candidate], ranking: Ranking, limit: int) -> list[Candidate]:
    """The best ones, different in kind as far as there are any.

    If a person was wished, one keeps the person and one keeps the time. If the day is kept at
    another part of the day, the next one keeps the part of the day.
    """
    ordered = ranking.order(found)
    picks = ordered[:1]
    while len(picks) < min(limit, len(ordered)):
        picks.append(_next_best(ordered, picks, ranking))
    return picks


def _next_best(
    ordered: Sequence[Candidate], picks: Sequence[Candidate], ranking: Ranking
) -> Candidate:
    tests: tuple[Callable[[Candidate], bool], ...] = (
        lambda c: len(picks) == 1 and picks[0].own and not c.own and ranking.keeps_time(c),
        lambda c: len(picks) == 1 and not picks[0].own and c.own,
        lambda c: ranking.misses_part(picks) and ranking.likeness(c) is Likeness.SAME_PERSON_NEAR,
        lambda c: is_apart(c, picks, APART_MINUTES),
        lambda c: c not in picks,
    )
    return next(c for test in tests for c in ordered if test(c))
