"""What may go wrong at Cal.com while one caller books: one request, in one of the known ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_agent.simulator.replay_file import CalcomFault, Misfortune

if TYPE_CHECKING:
    from random import Random

BOOK = "POST /v2/bookings"
LATEST = 4
"""The request that is struck: one of the first of a visit."""
LANDINGS_S = (0.4, 1.5)
"""How late a request lands whose sender has given up, if it does."""


def a_fault(chance: Random) -> CalcomFault:
    """One misfortune."""
    deed = chance.choice(list(Misfortune))
    lands = deed is Misfortune.TIMEOUT_BEFORE and chance.random() < 0.5  # noqa: PLR2004 - heads or tails
    return CalcomFault(
        on=BOOK,
        nth=chance.randint(1, LATEST),
        do=deed,
        land_after_s=chance.choice(LANDINGS_S) if lands else None,
    )
