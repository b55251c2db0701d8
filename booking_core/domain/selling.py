"""Which possible starts a salon sells, and who does the visit: the best way at each of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from booking_core.domain.catalogue import Role
from booking_core.domain.columns import Columns
from booking_core.domain.gaps import Gaps
from booking_core.domain.masks import cells as cells_of
from booking_core.domain.masks import first
from booking_core.domain.rules import today
from booking_core.domain.score import Worth

if TYPE_CHECKING:
    from booking_core.domain.case import Case
    from booking_core.domain.laying import Draft
    from booking_core.domain.ranking import Candidate
    from booking_core.domain.score import Term
    from booking_core.domain.slots import TimeWish


@dataclass(frozen=True, slots=True, kw_only=True)
class Valued:
    """A visit laid out, and what that is worth wherever it was wished."""

    draft: Draft
    terms: tuple[Term, ...]

    @property
    def points(self) -> int:
        """The sum of the terms."""
        return sum(term.points for term in self.terms)


class Selling:
    """Looks at the starts of one case as the salon does; each is laid out once.

    `own`: with the wished person; otherwise with those who can do it as well.
    """

    def __init__(self, case: Case) -> None:
        self._case, self._branch = case, case.salon.branch
        self._columns = Columns(case.board)
        self._gaps = Gaps(self._branch, case.board, self._columns, today(self._branch, case.now))
        self._worth = Worth(case.salon, self._columns)
        self._known: dict[tuple[int, bool, bool], Valued | None] = {}

    def fulfilling(self, wish: TimeWish) -> int:
        """The starts that fulfil a wish; the very start that is wished need not keep gap rules."""
        case = self._case
        starts = case.own_starts & case.allowed
        if not self.rules(wish):
            return starts & case.wanted(wish)
        cells = case.wanted(wish) if wish.at else case.board.grid.starting_in(wish.window)
        return self._sold(starts & cells, own=True)

    def rules(self, wish: TimeWish) -> bool:
        """Whether the gap rules hold for this wish."""
        gaps = self._branch.gaps
        return not gaps.keeps_all and (wish.at is None or gaps.exact_wishes)

    def offered(self, starts: int, *, own: bool) -> int:
        """Those of the starts that stand for offer."""
        if self._branch.gaps.keeps_all:
            return starts & self._case.board.steps
        return self._sold(starts, own=own)

    def first(self, starts: int) -> int | None:
        """The first of these starts with the wished person that stands for offer."""
        if self._branch.gaps.keeps_all:
            return first(starts & self._case.board.steps)
        possible = cells_of(starts & self._plausible)
        return next((cell for cell in possible if self.best(cell, own=True)), None)

    def last(self, starts: int) -> int | None:
        """The last of them."""
        if self._branch.gaps.keeps_all:
            mask = starts & self._case.board.steps
            return mask.bit_length() - 1 if mask else None
        backwards = reversed(list(cells_of(starts & self._plausible)))
        return next((cell for cell in backwards if self.best(cell, own=True)), None)

    def best(self, cell: int, *, own: bool, ruled: bool = True) -> Valued | None:
        """The visit at this start, by whoever it suits best; `ruled` = within the gap rules."""
        ruled = ruled and not self._branch.gaps.keeps_all
        key = (cell, own, ruled)
        if key not in self._known:
            self._known[key] = self._best(cell, own=own, ruled=ruled)
        return self._known[key]

    def worth(self, candidate: Candidate) -> int:
        """The points of a start, wherever it was wished."""
        valued = self.best(candidate.cell, own=candidate.own)
        return valued.points if valued else 0

    def _sold(self, starts: int, *, own: bool) -> int:
        plausible = starts & self._plausible
        return sum(1 << cell for cell in cells_of(plausible) if self.best(cell, own=own))

    @cached_property
    def _plausible(self) -> int:
        return self._gaps.plausible(self._case.search)

    def _best(self, cell: int, *, own: bool, ruled: bool) -> Valued | None:
        drafts = [d for d in self._drafts(cell, own=own) if not ruled or self._gaps.admission(d)]
        if len(drafts) > 1:
            return min((self._valued(draft) for draft in drafts), key=self._key)
        return self._valued(drafts[0]) if drafts else None

    def _drafts(self, cell: int, *, own: bool) -> list[Draft]:
        """One for each lead; where nobody can do all of it, one that is handed over."""
        search, case = self._case.search, self._case
        leads = case.own if own else case.others
        drafts = [draft for lead in leads if (draft := search.draft(lead, cell))]
        # Whoever leads a visit that is handed over was not wished for.
        may_share = search.crew.may_change and own is (case.wished is None)
        if drafts or not may_share or (shared := search.draft(None, cell)) is None:
            return drafts
        return [shared]

    def _valued(self, draft: Draft) -> Valued:
        return Valued(draft=draft, terms=self._worth.terms(draft))

    def _key(self, valued: Valued) -> tuple[int, ...]:
        """Nobody waits for somebody else's gaps; then points, length, who has least to do."""
        hand_overs, waited, _, length = valued.draft.cost
        return (hand_overs, waited, valued.points, length, self._load(valued.draft))

    def _load(self, draft: Draft) -> int:
        lead = next(p for p in draft.placed if p.block.role is Role.LEAD)
        column = self._columns.of(lead.member.id, lead.cell)
        return (column.work & ~column.free).bit_count()
