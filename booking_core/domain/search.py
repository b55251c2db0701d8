"""The answer to a question about free time: the wish itself, or what comes closest, or why not."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from booking_core.domain.assembly import assemble
from booking_core.domain.case import open_case, services_of
from booking_core.domain.interval import Span
from booking_core.domain.offers import (
    APART_MINUTES,
    Likeness,
    Ranking,
    alternatives,
    candidates,
    earliest_different,
    is_apart,
)
from booking_core.domain.rules import bookable, day_span, last_day, today
from booking_core.domain.slots import NoSlots, Obstacle, Reason, SlotOffer, SlotsFound
from booking_core.domain.why_not import why_not

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from booking_core.domain.board import Board
    from booking_core.domain.case import Case
    from booking_core.domain.catalogue import Branch, Salon, Staff
    from booking_core.domain.laying import Draft
    from booking_core.domain.offers import Candidate
    from booking_core.domain.plan import Plan
    from booking_core.domain.rules import Holidays
    from booking_core.domain.slots import SlotAnswer, SlotQuery, TimeWish

DAYS_BEFORE: Final = 7
DAYS_AFTER: Final = 14
"""How far around a wish alternatives are looked for before the whole horizon is read."""

RADII_DAYS: Final = (0, 1, 2, 4, 7, None)
"""How far from the wished day alternatives are looked for, step by step; None = everywhere."""


def answer(
    query: SlotQuery,
    salon: Salon,
    busy: Mapping[UUID, Sequence[Span]],
    now: datetime,
    holidays: Holidays,
    *,
    reach: Span | None = None,
) -> SlotAnswer:
    """Search the starts in `reach`; without it, all that the salon's notice and horizon allow."""
    reach = reach or whole_reach(salon, now)
    if not all(service.active for service in services_of(query.visit, salon)):
        return NoSlots(obstacle=Obstacle(reason=Reason.SERVICE_INACTIVE), searched=reach)
    case = open_case(query, salon, busy, now, holidays, reach)
    return _wished(case) or _closest(case)


def whole_reach(salon: Salon, now: datetime) -> Span:
    """Every start that could be booked at all."""
    branch = salon.branch
    return bookable(branch, now) or day_span(today(branch, now), last_day(branch, now), branch)


def near_reach(query: SlotQuery, salon: Salon, now: datetime) -> Span:
    """The days around the wishes; nearly always enough, and much cheaper to read and search."""
    whole, branch = whole_reach(salon, now), salon.branch
    if not query.wishes:
        return _days_around(whole, now, now, branch)
    start = min(wish.window.start for wish in query.wishes)
    end = max(wish.window.end for wish in query.wishes)
    return _days_around(whole, start, end, branch)


def _days_around(whole: Span, start: datetime, end: datetime, branch: Branch) -> Span:
    # A wish before or beyond everything bookable still leaves days to look at.
    first = min(start - timedelta(days=DAYS_BEFORE), whole.end - timedelta(days=DAYS_AFTER))
    last = max(end, whole.start) + timedelta(days=DAYS_AFTER)
    days = day_span(today(branch, first), today(branch, last), branch)
    return days.clip(whole) or whole


def _wished(case: Case) -> SlotsFound | None:
    """The first wish that can come true, or without a wish the earliest starts."""
    query = case.query
    if not query.wishes:
        return _open_wish(case)
    for index, wish in enumerate(query.wishes):
        timely = case.ending_by(wish)
        fits = timely.own_starts & case.wanted(wish) & case.allowed
        if fits:
            limit = 1 if wish.at else query.limit
            picks = earliest_different(candidates(case.board, fits), limit)
            offers = tuple(_offer(timely, pick, wish=index) for pick in picks)
            obstacle = why_not(case, query.wishes[0]) if index else None
            return SlotsFound(offers=offers, obstacle=obstacle)
    return None


def _open_wish(case: Case) -> SlotsFound | None:
    for own in (True, False):
        starts = case.own_starts if own else case.other_starts
        found = candidates(case.board, starts & case.allowed & case.board.steps, own=own)
        if found:
            picks = earliest_different(found, case.query.limit)
            offers = tuple(_offer(case, pick) for pick in picks)
            return SlotsFound(offers=offers, obstacle=None if own else why_not(case, None))
    return None


def _closest(case: Case) -> SlotAnswer:
    """Alternatives to the first wish, with the reason why it cannot be."""
    wishes = case.query.wishes
    obstacle = why_not(case, wishes[0] if wishes else None)
    if not wishes or case.query.strict:
        return NoSlots(obstacle=obstacle, searched=_searched(case))
    offers = _Alternatives(case, wishes[0]).offers()
    if not offers:
        return NoSlots(obstacle=obstacle, searched=case.reach)
    return SlotsFound(offers=offers, obstacle=obstacle)


def _searched(case: Case) -> Span:
    if not case.query.wishes:
        return case.reach
    windows = [wish.window for wish in case.query.wishes]
    return Span(min(w.start for w in windows), max(w.end for w in windows))


class _Alternatives:
    """Looks for alternatives from the wished day outwards."""

    def __init__(self, case: Case, wish: TimeWish) -> None:
        self._case, self._timely = case, case.ending_by(wish)
        self._ranking = Ranking(wish, case.board)
        self._hurried = self._cells_of(wish.ends_by) if wish.ends_by else 0

    def offers(self) -> tuple[SlotOffer, ...]:
        """The best alternatives, best first."""
        picks: list[Candidate] = []
        for radius in RADII_DAYS:
            picks = alternatives(self._found(radius), self._ranking, self._case.query.limit)
            if self._is_settled(picks):
                break
        return tuple(_offer(self._case_of(pick), pick) for pick in picks)

    def _is_settled(self, picks: list[Candidate]) -> bool:
        """Whether no day further away could do better."""
        return (
            len(picks) == self._case.query.limit
            and all(self._ranking.likeness(pick) < Likeness.OTHER for pick in picks)
            and all(
                is_apart(pick, picks[:place], APART_MINUTES) for place, pick in enumerate(picks)
            )
        )

    def _found(self, radius: int | None) -> list[Candidate]:
        case, timely = self._case, self._timely
        open_cells = case.allowed & case.board.steps & self._cells_near(radius)
        found = []
        for own in (True, False):
            starts, hurried = (
                (case.own_starts, timely.own_starts)
                if own
                else (case.other_starts, timely.other_starts)
            )
            fits = (starts & ~self._hurried) | (hurried & self._hurried)
            found += candidates(case.board, fits & open_cells, own=own)
        return found

    def _cells_near(self, radius: int | None) -> int:
        board, mask = self._case.board, 0
        for day in board.days:
            if radius is None or self._ranking.days_off(day.opening.day) <= radius:
                mask |= board.grid.between(day.first, day.stop)
        return mask

    def _cells_of(self, moment: datetime) -> int:
        """The day on which the caller has to leave in time; other days are free of that."""
        board = self._case.board
        cell = board.grid.floor(moment)
        days = (day for day in board.days if day.first <= cell < day.stop)
        return next((board.grid.between(day.first, day.stop) for day in days), 0)

    def _case_of(self, pick: Candidate) -> Case:
        return self._timely if self._hurried >> pick.cell & 1 else self._case


def _offer(case: Case, pick: Candidate, *, wish: int | None = None) -> SlotOffer:
    draft = _best_draft(case, case.own if pick.own else case.others, pick.cell)
    plan = assemble(draft, case.board, case.layout)
    return SlotOffer(id=offer_id(plan), plan=plan, wish=wish)


def _best_draft(case: Case, leads: Iterable[Staff], cell: int) -> Draft:
    """Shortest waits and visit first, then whoever has least to do that day."""
    drafts = [(lead, draft) for lead in leads if (draft := case.search.draft(lead, cell))]
    _, draft = min(
        drafts,
        key=lambda found: (found[1].cost[0], found[1].cost[2], _load(case.board, found[0], cell)),
    )
    return draft


def _load(board: Board, lead: Staff, cell: int) -> int:
    day = next(day for day in board.days if day.first <= cell < day.stop)
    taken = board.grid.between(day.first, day.stop) & ~board.people[lead.id].unclaimed
    return taken.bit_count()


def offer_id(plan: Plan) -> str:
    """The same services, people and times always have the same id."""
    parts = [str(service_id) for service_id in plan.services]
    parts += [f"{s.staff_id} {s.span.start.isoformat()}" for s in plan.segments]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
