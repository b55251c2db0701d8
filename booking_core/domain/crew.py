"""Who may do each part of a visit: one hairdresser leads it, others may assist or take over."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from booking_core.domain.catalogue import Delegate, LeadChange, Level, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from booking_core.domain.catalogue import Salon, Staff
    from booking_core.domain.layout import Layout

LEVELS: Final = tuple(Level)

Ranked = tuple[int, "Staff"]
"""A member of staff, and how far down the list of choices; 0 is the first choice."""


class Crew:
    """The people of one salon, as one layout needs them."""

    def __init__(self, salon: Salon, layout: Layout) -> None:
        self._blocks = layout.blocks
        self._delegate = salon.branch.delegate
        self._lead_change = salon.branch.lead_change
        self._staff = tuple(member for member in salon.staff if member.active)
        needed = layout.skills if self._delegate is Delegate.NEVER else layout.lead_skills
        self.leads = tuple(member for member in self._staff if needed <= member.skills)
        """Everybody who can be the one hairdresser of this visit."""
        self._ranked: dict[tuple[int, int, int], tuple[Ranked, ...]] = {}

    @cached_property
    def able(self) -> tuple[tuple[Staff, ...], ...]:
        """For each block everybody with the skills for it, the least trained first."""
        ordered = sorted(self._staff, key=lambda member: LEVELS.index(member.level))
        return tuple(
            tuple(member for member in ordered if block.skills <= member.skills)
            for block in self._blocks
        )

    @cached_property
    def shortest(self) -> tuple[int, ...]:
        """For each block, how many cells it takes at least, whoever does it."""
        return tuple(
            min((block.cells(member) for member in able), default=0)
            for block, able in zip(self._blocks, self.able, strict=True)
        )

    @cached_property
    def may_change(self) -> bool:
        """Whether the visit may be handed over, and there is somebody for each block."""
        return self._lead_change is LeadChange.IF_NO_OTHER and all(self.able)

    def is_led(self, number: int) -> bool:
        """Whether the block is the hairdresser's own work."""
        return self._blocks[number].role is Role.LEAD or self._delegate is Delegate.NEVER

    def members(self, number: int, lead: Staff | None) -> Sequence[Staff]:
        """Who may do a block when this one leads; None = the lead may change."""
        if lead is None or not self.is_led(number):
            return self.able[number]
        return (lead,) if self._blocks[number].skills <= lead.skills else ()

    def ranked(self, number: int, lead: Staff | None, current: Staff | None) -> Sequence[Ranked]:
        """The same people, best first; `current` is whoever leads at that point of the visit."""
        key = (number, id(lead), id(current))
        if key not in self._ranked:
            ranks = ((self._rank(number, m, current), m) for m in self.members(number, lead))
            order = sorted(ranks, key=lambda ranked: (ranked[0], ranked[1] is not current))
            self._ranked[key] = tuple(order)
        return self._ranked[key]

    def _rank(self, number: int, member: Staff, current: Staff | None) -> int:
        if self.is_led(number):
            return 0
        if self._delegate is Delegate.PREFER:
            return LEVELS.index(member.level)
        return 0 if member is current else 1 + LEVELS.index(member.level)
