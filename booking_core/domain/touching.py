"""Starts at which some part of a visit might touch what is beside it, for a whole board at once.

A sieve, not a verdict: with elastic pauses, and people of different speed, a part begins within a
range of cells after the start. Whatever this mask leaves out touches nothing in any case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.domain.masks import smear

if TYPE_CHECKING:
    from booking_core.domain.availability import Search


def touching(search: Search) -> int:
    """All starts whose visit may touch a booking, a break or an end of somebody's working time."""
    mask, low, high = 0, 0, 0
    for block, able in zip(search.blocks, search.crew.able, strict=True):
        lengths = [block.cells(member) for member in able]
        if not lengths:
            return 0
        wait = block.wait
        occupied = wait.longest if wait and wait.claim else 0
        first, last = low + min(lengths), high + max(lengths) + occupied
        for member in able:
            free = search.board.free[member.id]
            # In an occupied pause somebody may have their break: it may end in the middle of one.
            ends = ~free if occupied else ~free & (free << 1)
            mask |= smear(free & ~(free << 1), high - low) >> low
            mask |= smear(ends, last - first) >> first
        low = first + (wait.shortest if wait else 0)
        high += max(lengths) + (wait.longest if wait else 0)
    return mask
