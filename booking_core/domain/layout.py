"""What a visit consists of before anybody is assigned: one ordered list of segments and pauses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from booking_core.domain.catalogue import GRID_MINUTES, PausePolicy, Role
from booking_core.domain.errors import InvalidVisit
from booking_core.domain.plan import ClaimKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from booking_core.domain.catalogue import Pause, Segment, Service, Staff

KEPT_KINDS: Final = frozenset({"chair", "room"})
"""Where a customer's place is: kept through washing and pauses, unlike a basin or a device."""

RANKS: Final = (
    ("treat",),
    ("color", "colour", "balayage", "bleach", "perm"),
    ("cut",),
    ("style",),
)
"""Skills in the order in which services of one visit follow each other, by their first letters."""

UNRANKED: Final = len(RANKS)

MOST_SEGMENTS: Final = 50  # a visit nobody makes, and still searched in some ten milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A pause as the search sees it, in cells."""

    shortest: int
    longest: int
    claim: ClaimKind | None = None
    """What it does to the staff member of the segment before; None = free for others."""
    bound: bool = False
    """The staff member stays with the customer, who stays in place, and goes on afterwards."""
    keeps_place: bool = True
    guarded: bool = False
    """Someone else's visit inside it ends a cell before it does."""

    @property
    def is_personal(self) -> bool:
        """Whether it matters who was with the customer before."""
        return self.claim is not None or self.guarded


@dataclass(frozen=True, kw_only=True)
class Step:
    """One segment of the visit and the wait after it."""

    segment: Segment
    service_id: UUID
    wait: Wait | None = None

    def cells(self, member: Staff | None) -> int:
        """How long this person takes; None = somebody who takes as long as usual."""
        minutes = member.minutes_for(self.segment) if member else self.segment.minutes
        return -(-minutes // GRID_MINUTES)

    @cached_property
    def passing_kinds(self) -> tuple[str, ...]:
        """Kinds of resource needed for this segment only."""
        return tuple(sorted(set(self.segment.resources) - KEPT_KINDS))


@dataclass(frozen=True, kw_only=True)
class Block:
    """Steps that one person does without leaving the customer; mostly a single one."""

    steps: tuple[Step, ...]
    role: Role

    @cached_property
    def skills(self) -> frozenset[str]:
        """What the person has to be able to do."""
        return frozenset(step.segment.skill for step in self.steps)

    @cached_property
    def wait(self) -> Wait | None:
        """The pause after the block."""
        return self.steps[-1].wait

    @cached_property
    def passes(self) -> bool:
        """Whether it needs a basin or a device on the way."""
        return any(step.passing_kinds for step in self.steps)

    def offsets(self, member: Staff) -> tuple[tuple[Step, int, int], ...]:
        """Each step with its first cell inside the block, and its length."""
        if self.skills.isdisjoint(member.extra_minutes):
            return self._usual_offsets
        return self._offsets(member)

    def cells(self, member: Staff) -> int:
        """From the first step's start to the last one's end."""
        _, offset, length = self.offsets(member)[-1]
        return offset + length

    @cached_property
    def _usual_offsets(self) -> tuple[tuple[Step, int, int], ...]:
        return self._offsets(None)

    def _offsets(self, member: Staff | None) -> tuple[tuple[Step, int, int], ...]:
        placed, cursor = [], 0
        for step in self.steps:
            length = step.cells(member)
            placed.append((step, cursor, length))
            cursor += length + (step.wait.shortest if step.wait else 0)
        return tuple(placed)


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Blocks through which the customer keeps the same place."""

    blocks: tuple[Block, ...]

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of place the customer keeps."""
        needed = {kind for b in self.blocks for s in b.steps for kind in s.segment.resources}
        return tuple(sorted(needed & KEPT_KINDS))


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A visit in the order in which it happens."""

    services: tuple[UUID, ...]
    """As they were asked for."""
    stretches: tuple[Stretch, ...]

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks in order."""
        return tuple(block for stretch in self.stretches for block in stretch.blocks)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """All segments in order."""
        return tuple(step for block in self.blocks for step in block.steps)

    @cached_property
    def lead_skills(self) -> frozenset[str]:
        """What the hairdresser of the visit has to be able to do."""
        leads = (block.skills for block in self.blocks if block.role is Role.LEAD)
        return frozenset[str]().union(*leads)

    @cached_property
    def skills(self) -> frozenset[str]:
        """Every skill of the visit."""
        return frozenset(step.segment.skill for step in self.steps)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """Every kind of resource of the visit."""
        return tuple(sorted({kind for step in self.steps for kind in step.segment.resources}))


def lay_out(services: Sequence[Service], *, elastic: bool) -> Layout:
    """Put the segments of the services into one order, equal neighbours merged.

    `elastic` lets the pauses of services without the policy `flexible` stretch as well.
    """
    ordered = sorted(services, key=rank)
    steps = _merged(_steps(ordered, elastic=elastic))
    if len(steps) > MOST_SEGMENTS:
        raise InvalidVisit(
            f"a visit has at most {MOST_SEGMENTS} segments, not {len(steps)}",
            segments=len(steps),
            most=MOST_SEGMENTS,
        )
    blocks = _with_a_lead(_blocks(steps))
    return Layout(
        services=tuple(service.id for service in services), stretches=tuple(_stretches(blocks))
    )


def rank(service: Service) -> int:
    """The smallest rank of its skills; washing has none."""
    return min(_skill_rank(segment.skill) for segment in service.segments)


def _skill_rank(skill: str) -> int:
    hits = (place for place, stems in enumerate(RANKS) if skill.startswith(stems))
    return next(hits, UNRANKED)


def _steps(services: Iterable[Service], *, elastic: bool) -> list[list[Step]]:
    return [
        [
            Step(
                segment=segment,
                service_id=service.id,
                wait=_wait(service, segment.pause_after, elastic=elastic)
                if segment.pause_after
                else None,
            )
            for segment in service.segments
        ]
        for service in services
    ]


def _wait(service: Service, pause: Pause, *, elastic: bool) -> Wait:
    policy = service.pause_policy
    stretches = policy is PausePolicy.FLEXIBLE or (
        elastic and policy not in {PausePolicy.BLOCKED, PausePolicy.NEVER}
    )
    occupied = service.occupies(pause)
    return Wait(
        shortest=pause.min_minutes // GRID_MINUTES,
        longest=(pause.max_minutes if stretches else pause.min_minutes) // GRID_MINUTES,
        claim=_claim(policy) if occupied else None,
        bound=policy is PausePolicy.BLOCKED,
        keeps_place=pause.keeps_chair,
        guarded=policy is PausePolicy.FLEXIBLE and not occupied,
    )


def _claim(policy: PausePolicy | None) -> ClaimKind:
    return ClaimKind.REST if policy is PausePolicy.NEVER else ClaimKind.PAUSE


def _merged(visits: Iterable[Sequence[Step]]) -> list[Step]:
    steps: list[Step] = []
    for visit in visits:
        head, *tail = visit
        if steps and steps[-1].segment.skill == head.segment.skill:
            steps[-1] = _longer(steps[-1], head)
        else:
            steps.append(head)
        steps.extend(tail)
    return steps


def _longer(before: Step, after: Step) -> Step:
    kept = after if after.segment.minutes > before.segment.minutes else before
    leads = Role.LEAD in {before.segment.role, after.segment.role}
    segment = replace(kept.segment, role=Role.LEAD) if leads else kept.segment
    return Step(segment=segment, service_id=kept.service_id, wait=after.wait)


def _blocks(steps: Iterable[Step]) -> list[Block]:
    runs: list[list[Step]] = []
    for step in steps:
        bound = bool(runs) and (wait := runs[-1][-1].wait) is not None and wait.bound
        if bound:
            runs[-1].append(step)
        else:
            runs.append([step])
    return [Block(steps=tuple(run), role=_role(run)) for run in runs]


def _role(steps: Iterable[Step]) -> Role:
    return Role.LEAD if any(s.segment.role is Role.LEAD for s in steps) else Role.ASSIST


def _with_a_lead(blocks: list[Block]) -> list[Block]:
    # A visit of washing alone still has one person the customer comes to.
    if any(block.role is Role.LEAD for block in blocks):
        return blocks
    return [replace(block, role=Role.LEAD) for block in blocks]


def _stretches(blocks: Iterable[Block]) -> list[Stretch]:
    runs: list[list[Block]] = []
    for block in blocks:
        kept = bool(runs) and ((wait := runs[-1][-1].wait) is None or wait.keeps_place)
        if kept:
            runs[-1].append(block)
        else:
            runs.append([block])
    return [Stretch(blocks=tuple(run)) for run in runs]
