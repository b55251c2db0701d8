"""What comes closest to a wish that cannot be had, from the wished day outwards."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

from booking_core.domain.offers import APART_MINUTES, alternatives, is_apart
from booking_core.domain.ranking import NEAR_DAYS, Ranking, candidates
from booking_core.domain.rules import last_day, today
from booking_core.domain.score import Likeness

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from booking_core.domain.case import Case
    from booking_core.domain.ranking import Candidate

RADII_DAYS: Final = (0, 1, 2, 4, NEAR_DAYS)
"""How far from the wished day alternatives are looked for, step by step, before everywhere."""

EVER: Final = 1_000_000


class Closest:
    """Looks for alternatives to the wishes of a case, no further away than needed."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._ranking = Ranking(case.query.wishes, case.board)
        self._hurried = {
            self._cells_of(wish.ends_by): case.ending_by(wish)
            for wish in reversed(case.query.wishes)
            if wish.ends_by
        }

    @cached_property
    def covered(self) -> int:
        """So many days before and after the wish were read, or do not exist."""
        case, branch = self._case, self._case.salon.branch
        read = {day.opening.day for day in case.board.days}
        first, last = today(branch, case.now), last_day(branch, case.now)
        horizon = (first + timedelta(days=n) for n in range((last - first).days + 1))
        unread = (self._ranking.days_off(day) for day in horizon if day not in read)
        return min(unread, default=EVER) - 1

    def picks(self) -> list[Candidate]:
        """The best alternatives, best first."""
        for radius in (radius for radius in RADII_DAYS if radius <= self.covered):
            picks = self._best(radius)
            if self.is_settled(picks, radius):
                return picks
        return self._best(EVER)

    def is_settled(self, picks: Sequence[Candidate], radius: int) -> bool:
        """Whether no day further away than this could do better."""
        own = [pick.own for pick in picks]
        return (
            len(picks) == self._case.query.limit
            and (any(own) or not self._case.own)
            and (radius >= NEAR_DAYS or not self._ranking.misses_part(picks))
            and all(self._is_beyond_doubt(pick, radius) for pick in picks)
            and all(is_apart(pick, picks[:at], APART_MINUTES) for at, pick in enumerate(picks))
        )

    def _is_beyond_doubt(self, pick: Candidate, radius: int) -> bool:
        """Whether everything that ranks before this one lies within the radius."""
        rivals_near = radius >= NEAR_DAYS or not self._case.own
        kept = self._ranking.likeness(pick) < Likeness.OTHER
        return self._ranking.days_off(pick.at) <= radius and (kept or rivals_near)

    def _best(self, radius: int) -> list[Candidate]:
        found, limit = self._found(radius), self._case.query.limit
        return alternatives(found, self._ranking, self._worth, limit)

    def _worth(self, candidate: Candidate) -> int:
        """Of a visit that is moved only the distance counts: who asked for ten wants about ten."""
        if self._case.query.moving is not None:
            return 0
        return self.case_of(candidate).selling.worth(candidate)

    def _found(self, radius: int) -> list[Candidate]:
        near = self._case.allowed & self._cells_near(radius) & self._on_the_right_side
        hurried = sum(self._hurried)  # days: no cell is in two of them
        each = [(self._case, near & ~hurried)]
        each += [(timely, near & cells) for cells, timely in self._hurried.items()]
        found = []
        for own in (True, False):
            for case, cells in each:
                starts = case.own_starts if own else case.other_starts
                sold = case.selling.offered(starts & cells, own=own)
                found += candidates(case.board, sold, own=own)
        return found

    def _cells_near(self, radius: int) -> int:
        board, mask = self._case.board, 0
        for day in board.days:
            if self._ranking.days_off(day.opening.day) <= radius:
                mask |= board.grid.between(day.first, day.stop)
        return mask

    @cached_property
    def _on_the_right_side(self) -> int:
        """Earlier or later than what was offered, where that was asked for."""
        grid, mask = self._case.board.grid, 0
        for wish in self._case.query.wishes:
            first = grid.ceil(wish.after) if wish.after else 0
            stop = grid.ceil(wish.before) if wish.before else grid.cells
            mask |= grid.between(first, stop)
        return mask

    def _cells_of(self, moment: datetime) -> int:
        """The day on which the caller has to leave in time; other days are free of that."""
        board = self._case.board
        cell = board.grid.ceil(moment) - 1
        days = (day for day in board.days if day.first <= cell < day.stop)
        return next((board.grid.between(day.first, day.stop) for day in days), 0)

    def case_of(self, pick: Candidate) -> Case:
        """The case an alternative was found in: it has to end in time on some days only."""
        cases = (timely for cells, timely in self._hurried.items() if cells >> pick.cell & 1)
        return next(cases, self._case)
