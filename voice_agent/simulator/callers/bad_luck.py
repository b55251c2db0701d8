"""What may go wrong at Cal.com while one caller books: one request, in one of the known ways.

A request that lands after its caller has gone is left to `voice-agent bench crash`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_agent.simulator.replay_file import CalcomFault, Misfortune

if TYPE_CHECKING:
    from random import Random

BOOK = "POST /v2/bookings"
LATEST = 4
"""The request that is struck: one of the first of a visit."""


def a_fault(chance: Random) -> CalcomFault:
    """One misfortune."""
    deed = chance.choice(list(Misfortune))
    return CalcomFault(on=BOOK, nth=chance.randint(1, LATEST), do=deed)
