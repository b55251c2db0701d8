"""Free time as whole numbers: bit i is the i-th cell of five minutes on an absolute UTC grid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from booking_core.domain.catalogue import GRID_MINUTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from booking_core.domain.interval import Span

CELL: Final = timedelta(minutes=GRID_MINUTES)

EVERYWHERE: Final = -1
"""A mask without a single obstacle; in two's complement it never ends."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A stretch of cells, counted from an origin that lies on the five-minute raster."""

    origin: datetime
    """In UTC, where subtraction means elapsed time."""
    cells: int

    def floor(self, moment: datetime) -> int:
        """The cell this moment lies in; outside of the grid too, then negative or too large."""
        return (moment - self.origin) // CELL

    def ceil(self, moment: datetime) -> int:
        """The first cell that starts at this moment or later."""
        return -((self.origin - moment) // CELL)

    def moment(self, cell: int) -> datetime:
        """When a cell starts, in UTC."""
        return self.origin + cell * CELL

    def touched(self, spans: Iterable[Span]) -> int:
        """Cells of which the spans take any part: right for time that is taken."""
        mask = 0
        for span in spans:
            mask |= self.between(self.floor(span.start), self.ceil(span.end))
        return mask

    def starting_in(self, span: Span) -> int:
        """Cells whose beginning lies in the span."""
        return self.between(self.ceil(span.start), self.ceil(span.end))

    def between(self, first: int, stop: int) -> int:
        """The cells `first` up to, not including, `stop`, as far as they lie on the grid."""
        first, stop = max(first, 0), min(stop, self.cells)
        return run(stop - first) << first if first < stop else 0


def run(length: int) -> int:
    """So many ones.

    >>> bin(run(3))
    '0b111'
    """
    return (1 << length) - 1


def erode(mask: int, length: int) -> int:
    """The cells at which a piece of `length` cells can start.

    By doubling: a run of four is two runs of two, so this takes O(log length) operations.

    >>> bin(erode(0b1110_0111, 3))
    '0b100001'
    """
    if mask == EVERYWHERE:
        return mask
    done = 1
    while done < length and mask:
        step = min(done, length - done)
        mask &= mask >> step
        done += step
    return mask


def smear(mask: int, reach: int, within: int = EVERYWHERE) -> int:
    """The cells from which a cell of `mask` is at most `reach` cells ahead.

    All cells on the way, the first included and the reached one not, must be in `within`.

    >>> bin(smear(0b1000, 2))
    '0b1110'
    >>> bin(smear(0b1000, 3, within=0b0110))
    '0b1110'
    """
    done, corridor = 0, within
    width = 1
    while done < reach:
        step = min(width, reach - done)
        corridor_step = corridor if step == width else erode(within, step)
        mask |= (mask >> step) & corridor_step
        done += step
        corridor &= corridor >> width
        width *= 2
    return mask


def covers(mask: int, first: int, length: int) -> bool:
    """Whether all cells of a piece are in the mask."""
    wanted = run(length)
    return (mask >> first) & wanted == wanted


def cells(mask: int) -> Iterator[int]:
    """The cells in a mask, in order.

    >>> list(cells(0b10110))
    [1, 2, 4]
    """
    digits = bin(mask)[:1:-1]  # lowest first; searching text beats shifting a long number
    position = digits.find("1")
    while position >= 0:
        yield position
        position = digits.find("1", position + 1)


def first(mask: int) -> int | None:
    """The first cell in a mask, if there is any.

    >>> first(0b1000)
    3
    """
    return (mask & -mask).bit_length() - 1 if mask else None
