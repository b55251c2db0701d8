"""What a salon sells of its free time: settings that keep leftovers away which nobody can use."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import time


class Raster(StrEnum):
    """Where the grid of offers begins."""

    CLOCK = "clock"
    """At midnight: every full, quarter past, half past ..."""
    RESTART = "restart"
    """At the beginning of the working time, and anew at the end of each booking and break."""
    VISIT = "visit"
    """The same, with steps as long as the visit itself."""


class Beside(StrEnum):
    """Whether starts that touch a neighbour are offered whatever the step."""

    NO = "no"
    AFTER = "after"
    """Those at the end of a booking or break."""
    BOTH = "both"
    """Also those that end where a booking or break begins."""


class EmptyDay(StrEnum):
    """What is offered on a day on which a person has no booking yet."""

    BY_RULE = "by_rule"
    EVERYTHING = "everything"
    ANCHORS = "anchors"
    """Only the anchor times."""


class GapScope(StrEnum):
    """Whose day must stay without gaps."""

    LEAD = "lead"
    ALL = "all"
    """Everybody's who works on the visit."""


class GapBlocks(StrEnum):
    """Which part of a visit has to touch a neighbour, where pauses cut it into several."""

    FIRST = "first"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRules:
    """Which possible starts are offered; by default all on the branch's step.

    `flush`, `shift_start`, `shift_end` and `idle_minutes` each let starts in, and one of them is
    enough; where none is set, every start is let in. `idle_before_minutes` keeps starts out.
    """

    flush: bool = False
    """Starts at which the visit touches a booking or break, before or after."""
    shift_start: bool = False
    """The start that opens somebody's working time."""
    shift_end: bool = False
    """The start whose visit ends somebody's working time."""
    idle_minutes: int | None = None
    """Starts on the raster that leave at least so much free both before and after."""
    idle_before_minutes: int = 0
    """Less than this before the visit is a gap: it begins flush, or leaves at least so much."""
    empty_day: EmptyDay = EmptyDay.BY_RULE
    anchors: tuple[time, ...] = ()
    """Wall times for `EmptyDay.ANCHORS`."""
    scope: GapScope = GapScope.LEAD
    blocks: GapBlocks = GapBlocks.ANY
    raster: Raster = Raster.CLOCK
    beside: Beside = Beside.NO
    days: int | None = None
    """The rules hold for so many days from today on; None = always."""
    exact_wishes: bool = False
    """Whether they hold for the very start a caller wishes, too."""

    def __post_init__(self) -> None:
        if self.idle_minutes is not None and self.idle_minutes <= 0:
            raise ValueError(f"idle minutes are positive or not asked for, not {self.idle_minutes}")
        if self.idle_before_minutes < 0:
            raise ValueError(f"a gap before is not {self.idle_before_minutes} minutes long")
        if (self.empty_day is EmptyDay.ANCHORS) != bool(self.anchors):
            raise ValueError("anchor times belong to empty days with anchors, and only to those")
        if self.days is not None and self.days <= 0:
            raise ValueError(f"rules hold for at least a day, not for {self.days}")

    @property
    def admits_all(self) -> bool:
        """Whether no rule lets starts in: then all of them are."""
        return not (self.flush or self.shift_start or self.shift_end or self.idle_minutes)

    @property
    def keeps_all(self) -> bool:
        """Whether every start on the branch's step is offered, as without any rule."""
        return self == GapRules(exact_wishes=self.exact_wishes)
