"""The answer to a question about free time: the wish itself, or what comes closest, or why not."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking_core.domain.assembly import assemble
from booking_core.domain.case import open_case, services_of
from booking_core.domain.closest import Closest
from booking_core.domain.interval import Span
from booking_core.domain.offers import alternatives, are_different, earliest_different
from booking_core.domain.ranking import Ranking, candidates
from booking_core.domain.reach import whole_reach
from booking_core.domain.slots import NoSlots, Obstacle, Reason, SlotOffer, SlotsFound
from booking_core.domain.why_not import obstacle_to

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from booking_core.domain.case import Case
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.plan import Plan
    from booking_core.domain.ranking import Candidate
    from booking_core.domain.rules import Holidays
    from booking_core.domain.slots import SlotAnswer, SlotQuery


def answer(
    query: SlotQuery,
    salon: Salon,
    busy: Mapping[UUID, Sequence[Span]],
    now: datetime,
    holidays: Holidays,
    *,
    reach: Span | None = None,
    given_up: Mapping[UUID, Sequence[Span]] | None = None,
) -> SlotAnswer:
    """Search the starts in `reach`; without it, all that the salon's notice and horizon allow."""
    reach = reach or whole_reach(salon, now)
    return look(query, salon, busy, now, holidays, reach=reach, given_up=given_up).answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a search in some days has found."""

    answer: SlotAnswer
    settled: bool
    """Whether no other day could give a better answer."""


def look(
    query: SlotQuery,
    salon: Salon,
    busy: Mapping[UUID, Sequence[Span]],
    now: datetime,
    holidays: Holidays,
    *,
    reach: Span,
    given_up: Mapping[UUID, Sequence[Span]] | None = None,
) -> Look:
    """Search the starts in `reach`, and say whether it is worth while to look further.

    `given_up` are the rests of other visits that a person at the desk works in on purpose.
    """
    if not all(service.active for service in services_of(query.visit, salon)):
        obstacle = Obstacle(reason=Reason.SERVICE_INACTIVE)
        return Look(answer=NoSlots(obstacle=obstacle, searched=reach), settled=True)
    case = open_case(query, salon, busy, now, holidays, reach, given_up=given_up)
    return _wished(case) if query.wishes else _soonest(case)


def _wished(case: Case) -> Look:
    """The first wish that can come true; or else what comes closest to the first one."""
    query = case.query
    for index, wish in enumerate(query.wishes):
        timely = case.ending_by(wish)
        if fits := timely.selling.fulfilling(wish):
            picks = _inside(timely, index, candidates(case.board, fits))
            offers = tuple(_offer(timely, pick, wish=index) for pick in picks)
            obstacle = obstacle_to(case, query.wishes[0]) if index else None
            return Look(answer=SlotsFound(offers=offers, obstacle=obstacle), settled=True)
    return _closest(case)


def _inside(case: Case, index: int, found: Sequence[Candidate]) -> list[Candidate]:
    """Which starts of a wish are offered: its own, or the earliest of its window.

    Where the latest is wished for there is only one.
    A window around a start that was wished before ("so gegen drei") is about that start.
    """
    query, wish = case.query, case.query.wishes[index]
    if wish.at:
        return list(found)
    if wish.latest:
        return [max(found, key=lambda candidate: candidate.cell)]
    centre = (w for w in query.wishes[:index] if w.at and wish.window.contains(w.at))
    if (around := next(centre, None)) is None:
        return earliest_different(found, case.selling.worth, query.limit)
    ranking = Ranking((around,), case.board)
    return alternatives(found, ranking, case.selling.worth, query.limit)


def _soonest(case: Case) -> Look:
    """Without a wish the earliest starts, if need be with somebody else."""
    for own in (True, False):
        starts = case.own_starts if own else case.other_starts
        sold = case.selling.offered(starts & case.allowed, own=own)
        if found := candidates(case.board, sold, own=own):
            picks = earliest_different(found, case.selling.worth, case.query.limit)
            offers = tuple(_offer(case, pick) for pick in picks)
            obstacle = None if own else obstacle_to(case, None)
            settled = len(picks) == case.query.limit and are_different(picks)
            return Look(
                answer=SlotsFound(offers=offers, obstacle=obstacle),
                settled=settled and (own or not case.own),
            )
    return Look(
        answer=NoSlots(obstacle=obstacle_to(case, None), searched=case.reach), settled=not case.able
    )


def _closest(case: Case) -> Look:
    """Alternatives to all the wishes, with the reason why the first one cannot be."""
    wishes = case.query.wishes
    obstacle = obstacle_to(case, wishes[0])
    if case.query.strict:
        windows = [wish.window for wish in wishes]
        searched = Span(min(w.start for w in windows), max(w.end for w in windows))
        return Look(answer=NoSlots(obstacle=obstacle, searched=searched), settled=True)
    around = Closest(case)
    picks = around.picks()
    if not picks:
        nothing = NoSlots(obstacle=obstacle, searched=case.reach)
        return Look(answer=nothing, settled=not case.able)
    offers = tuple(_offer(around.case_of(pick), pick) for pick in picks)
    return Look(
        answer=SlotsFound(offers=offers, obstacle=obstacle),
        settled=around.is_settled(picks, around.covered),
    )


def _offer(case: Case, pick: Candidate, *, wish: int | None = None) -> SlotOffer:
    wishes = case.query.wishes
    ruled = wish is None or case.selling.rules(wishes[wish])
    valued = case.selling.best(pick.cell, own=pick.own, ruled=ruled)
    assert valued is not None  # the cell is one of the starts
    plan = assemble(valued.draft, case.board, case.layout)
    about = wishes if wish is None else (wishes[wish],)
    score = Ranking(about, case.board).score(pick, valued.terms)
    return SlotOffer(id=offer_id(plan), plan=plan, wish=wish, score=score)


def offer_id(plan: Plan) -> str:
    """The same services, people and times always have the same id."""
    parts = [str(service_id) for service_id in plan.services]
    parts += [f"{s.staff_id} {s.span.start.isoformat()}" for s in plan.segments]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
