"""Gap rules as plain values, in salon files and in the database: only what differs from none."""

from __future__ import annotations

from dataclasses import fields
from datetime import time
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from booking_core.domain.gap_rules import (
    Beside,
    EmptyDay,
    GapBlocks,
    GapRules,
    GapScope,
    Raster,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

Minutes = Annotated[int, Field(ge=0, le=600, multiple_of=5)]


class GapsPart(BaseModel):
    """Which possible starts a branch offers; what is missing is no rule."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    flush: bool = False
    shift_start: bool = False
    shift_end: bool = False
    idle_minutes: Annotated[Minutes, Field(gt=0)] | None = None
    idle_before_minutes: Minutes = 0
    empty_day: EmptyDay = EmptyDay.BY_RULE
    anchors: tuple[time, ...] = ()
    scope: GapScope = GapScope.LEAD
    blocks: GapBlocks = GapBlocks.ANY
    raster: Raster = Raster.CLOCK
    beside: Beside = Beside.NO
    days: Annotated[int, Field(gt=0)] | None = None
    exact_wishes: bool = False

    def rules(self) -> GapRules:
        """The rules of the branch; ValueError when they contradict each other."""
        return GapRules(**self.model_dump())


def from_plain(values: Mapping[str, Any]) -> GapRules:
    """The rules that were written."""
    return GapsPart.model_validate(values).rules()


def to_plain(rules: GapRules) -> dict[str, Any]:
    """The settings that differ from those of a salon without rules."""
    usual = GapRules()
    each = ((field.name, getattr(rules, field.name)) for field in fields(rules))
    return {name: _plain(value) for name, value in each if value != getattr(usual, name)}


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [f"{moment:%H:%M}" for moment in value]
    return value
