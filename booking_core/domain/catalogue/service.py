"""What a customer buys: services made of segments, with pauses in between."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from booking_core.domain.catalogue.grid import distinct, on_grid
from booking_core.domain.errors import InvalidCatalogue

if TYPE_CHECKING:
    from uuid import UUID


class PausePolicy(StrEnum):
    """What happens to the staff member's time while the customer waits."""

    FREE = "free"
    BLOCKED = "blocked"
    FLEXIBLE = "flexible"
    NEVER = "never"


class Role(StrEnum):
    """Who does a segment: the hairdresser of the visit, or anybody who may assist."""

    LEAD = "lead"
    ASSIST = "assist"


class Gender(StrEnum):
    """Grammatical gender of a service's spoken name; decides its article."""

    MASCULINE = "m"
    FEMININE = "f"
    NEUTER = "n"
    PLURAL = "pl"


SEGMENT_KEYS = "ABCDEFGHIJ"
"""What the segments of a service are called, in order; it has no more than these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Time after a segment in which the customer waits and colour works."""

    min_minutes: int
    max_minutes: int
    """Equal to `min_minutes` = fixed; otherwise the search may stretch the pause up to here."""
    bookable: bool | None = None
    """Own setting for the policy `flexible`; None = decided by the length of the pause."""
    keeps_chair: bool = True

    def __post_init__(self) -> None:
        on_grid(self.min_minutes, "the length of a pause")
        on_grid(self.max_minutes, "the length of a pause")
        if not 0 < self.min_minutes <= self.max_minutes <= 240:  # noqa: PLR2004 - rule D2
            raise InvalidCatalogue(
                f"a pause lasts 5 to 240 minutes with min <= max, "
                f"not {self.min_minutes} to {self.max_minutes}",
                min_minutes=self.min_minutes,
                max_minutes=self.max_minutes,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One piece of work with a length, a skill, a person and resources."""

    key: str
    """A, B, C ... in order."""
    name: str
    minutes: int
    skill: str
    role: Role = Role.LEAD
    resources: tuple[str, ...] = ()
    """Kinds of resource it needs, e.g. `chair` or `basin`."""
    pause_after: Pause | None = None

    def __post_init__(self) -> None:
        on_grid(self.minutes, "the length of a segment")
        if not 5 <= self.minutes <= 480:  # noqa: PLR2004 - rule D2
            raise InvalidCatalogue(
                f"a segment lasts 5 to 480 minutes, not {self.minutes}", minutes=self.minutes
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Synonyms:
    """What callers say for a service."""

    sure: tuple[str, ...] = ()
    """Accepted without a question."""
    weak: tuple[str, ...] = ()
    """Hints that need a question back."""
    heard: tuple[str, ...] = ()
    """Forms in which speech recognition is known to write it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What the customer buys."""

    id: UUID
    number: int
    """The salon's own number, unique in the branch: 177."""
    code: str
    """Short form in the names of calendar event types: ANSAT."""
    name: str
    spoken_name: str
    """As the agent says it: Ansatzfärbung."""
    gender: Gender
    price_cents: int
    segments: tuple[Segment, ...]
    pause_policy: PausePolicy | None = None
    """None for a service without pauses."""
    pause_free_from_minutes: int = 20
    """Policy `flexible`: pauses without an own setting are free from this length on."""
    category: str = ""
    synonyms: Synonyms = field(default_factory=Synonyms)
    active: bool = True

    def __post_init__(self) -> None:
        facts = {"service": self.number, "segments": len(self.segments)}
        if not 1 <= len(self.segments) <= len(SEGMENT_KEYS):
            raise InvalidCatalogue(
                f"{self.name} needs 1 to {len(SEGMENT_KEYS)} segments, not {len(self.segments)}",
                **facts,
            )
        distinct((segment.key for segment in self.segments), f"a segment of {self.name}")
        if self.segments[-1].pause_after:
            raise InvalidCatalogue(f"nothing follows the last pause of {self.name}", **facts)
        if self.price_cents < 0:
            raise InvalidCatalogue(
                f"{self.name} costs nothing or more, not {self.price_cents} cents",
                price_cents=self.price_cents,
            )

    @property
    def total_minutes(self) -> int:
        """The customer's stay with every pause at its shortest; computed, never typed in."""
        pauses = (s.pause_after.min_minutes for s in self.segments if s.pause_after)
        return sum(s.minutes for s in self.segments) + sum(pauses)

    def occupies(self, pause: Pause) -> bool:
        """Whether the staff member's time is taken during this pause."""
        match self.pause_policy:
            case PausePolicy.BLOCKED | PausePolicy.NEVER:
                return True
            case PausePolicy.FLEXIBLE if pause.bookable is not None:
                return not pause.bookable
            case PausePolicy.FLEXIBLE:
                return pause.min_minutes < self.pause_free_from_minutes
            case _:
                return False
