"""From cells to a plan: definite times, everybody's claims, and the titles counted through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.domain.interval import Span
from booking_core.domain.masks import covers, run
from booking_core.domain.plan import Claim, ClaimKind, Plan, PlannedPause, PlannedSegment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID

    from booking_core.domain.board import Board, Unit
    from booking_core.domain.laying import Draft, Placed
    from booking_core.domain.layout import Layout, Step, Wait


def assemble(draft: Draft, board: Board, layout: Layout) -> Plan:
    """The plan of a visit that was laid out on this board."""
    works = [work for placed in draft.placed for work in _works(placed)]
    segments = tuple(
        _segment(work, index + 1, len(works), board) for index, work in enumerate(works)
    )
    claims = [*_staff_claims(works, board), *_unit_claims(works, board), *_seats(draft, board)]
    return Plan(services=layout.services, segments=segments, claims=_merged(claims))


class _Work:
    """One step at a definite cell."""

    def __init__(self, placed: Placed, step: Step, cell: int, length: int, gap: int) -> None:
        self.step = step
        self.member_id = placed.member.id
        self.cell, self.length, self.gap = cell, length, gap

    @property
    def stop(self) -> int:
        return self.cell + self.length


def _works(placed: Placed) -> Iterator[_Work]:
    for step, offset, length in placed.block.offsets(placed.member):
        inner = step is not placed.block.steps[-1]
        shortest = step.wait.shortest if step.wait else 0
        yield _Work(placed, step, placed.cell + offset, length, shortest if inner else placed.gap)


def _segment(work: _Work, index: int, of: int, board: Board) -> PlannedSegment:
    return PlannedSegment(
        index=index,
        of=of,
        key=work.step.segment.key,
        name=work.step.segment.name,
        service_id=work.step.service_id,
        staff_id=work.member_id,
        span=_span(board, work.cell, work.stop),
        pause=_pause(work, work.step.wait, board) if work.step.wait else None,
        local=_is_in_a_rest(work, board),
    )


def _is_in_a_rest(work: _Work, board: Board) -> bool:
    """Whether the external calendar has a part of it taken by a rest that was given up."""
    wait = work.step.wait
    length = work.length + (work.gap if wait and wait.claim else 0)
    return bool(board.people[work.member_id].given_up & (run(length) << work.cell))


def _pause(work: _Work, wait: Wait, board: Board) -> PlannedPause:
    return PlannedPause(
        span=_span(board, work.stop, work.stop + work.gap),
        occupied=wait.claim is not None,
        rest=wait.claim is ClaimKind.REST,
    )


def _staff_claims(works: Iterable[_Work], board: Board) -> Iterator[Claim]:
    for work in works:
        yield _claim(board, work.member_id, work.cell, work.stop, ClaimKind.WORK)
        wait, ends = work.step.wait, work.stop + work.gap
        if wait and wait.claim:
            yield _claim(board, work.member_id, work.stop, ends, wait.claim)
        elif wait and wait.guarded:
            yield _claim(board, work.member_id, ends - 1, ends, ClaimKind.GUARD)


def _unit_claims(works: Iterable[_Work], board: Board) -> Iterator[Claim]:
    for work in works:
        for kind in work.step.passing_kinds:
            unit = next(u for u in board.units[kind] if covers(u.free, work.cell, work.length))
            yield from _seat(board, unit, work.cell, work.stop)


def _seats(draft: Draft, board: Board) -> Iterator[Claim]:
    """Each place for as long as it is kept: through washing, and through pauses that keep it."""
    for placed in draft.placed:
        wait = placed.block.wait
        kept = placed.gap if wait and wait.keeps_place else 0
        stop = placed.cell + placed.block.cells(placed.member) + kept
        for unit in placed.place.units:
            yield from _seat(board, unit, placed.cell, stop)


def _seat(board: Board, unit: Unit, start: int, stop: int) -> Iterator[Claim]:
    if unit.resource_id is not None:
        yield _claim(board, unit.resource_id, start, stop, ClaimKind.SEAT)


def _claim(board: Board, resource: UUID, start: int, stop: int, kind: ClaimKind) -> Claim:
    return Claim(resource_id=resource, span=_span(board, start, stop), kind=kind)


def _span(board: Board, start: int, stop: int) -> Span:
    return Span(board.grid.moment(start), board.grid.moment(stop))


def _merged(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Sorted by resource and start; what touches and is of one kind becomes one."""
    merged: list[Claim] = []
    for claim in sorted(claims, key=lambda c: (c.resource_id, c.span)):
        last = merged[-1] if merged else None
        if (
            last
            and (last.resource_id, last.kind) == (claim.resource_id, claim.kind)
            and last.span.end == claim.span.start
        ):
            span = Span(last.span.start, claim.span.end)
            merged[-1] = Claim(resource_id=last.resource_id, span=span, kind=last.kind)
        else:
            merged.append(claim)
    return tuple(merged)
