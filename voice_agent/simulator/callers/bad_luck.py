"""What may go wrong at Cal.com during one call: a request, in one of the known ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_agent.simulator.callers.goals import Errand
from voice_agent.simulator.replay_file import CalcomFault, Misfortune

if TYPE_CHECKING:
    from random import Random

    from voice_agent.simulator.callers.goals import Goal

BOOK, CANCEL = "POST /v2/bookings", "POST /v2/bookings/{uid}/cancel"
LATEST = 4
"""The request that is struck: one of the first of a visit."""
LATE, LANDS_AFTER_S = 0.15, (1.2, 2.5)
"""How often a lost request lands after all, and when: its sender has given up after one second."""


def a_fault(goal: Goal, chance: Random) -> CalcomFault:
    """One misfortune, on a request this caller may cause."""
    route = _route(goal, chance)
    nth = chance.randint(1, LATEST)
    if route == BOOK and chance.random() < LATE:
        after_s = round(chance.uniform(*LANDS_AFTER_S), 2)
        lost = Misfortune.TIMEOUT_BEFORE
        return CalcomFault(on=route, nth=nth, do=lost, down=chance.random() < 0.5,  # noqa: PLR2004 - heads or tails
                           land_after_s=after_s)  # fmt: skip
    return CalcomFault(on=route, nth=nth, do=chance.choice(list(Misfortune)))


def _route(goal: Goal, chance: Random) -> str:
    errands = {one.errand for one in goal.chain}
    if Errand.CANCEL in errands:
        return CANCEL
    return chance.choice([BOOK, CANCEL]) if Errand.MOVE in errands else BOOK
