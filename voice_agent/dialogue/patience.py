"""How long the engine waits for what, before it says something or gives up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_agent.dialogue.script import Notice

if TYPE_CHECKING:
    from voice_agent.dialogue.events import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds; tests shorten them."""

    filler_s: float = 0.25
    """A search that takes longer is announced; most are over before."""
    first_watchdog_s: float = 2.0
    """The longest silence while an answer is owed."""
    next_watchdog_s: float = 2.5
    later_watchdog_s: float = 5.0
    search_s: float = 8.0
    """Then the search has failed; an honest sentence follows."""
    booking_s: float = 20.0
    """The desk gives up after 8 s by itself; beyond this it is not coming back."""
    known_callers_s: float = 0.5
    """Look-up of the caller's number; the greeting waits for it."""
    known_callers_late_s: float = 30.0
    """What is found out later is used from then on."""
    ringing_s: float = 0.25
    """For what an agent is told before a call is answered: the caller hears it ring meanwhile."""
    details_s: float = 1.0
    """Wait for the call's details before the greeting."""
    late_details_s: float = 3.0
    """Wait on when without them nobody knows which salon was called."""
    quiet_s: float = 0.1
    """The caller has paused: what was said is thought about before an answer is asked for."""
    late_s: float = 0.05
    """A process that is so late has more urgent things to do than to think ahead."""
    reconnect_s: float = 30.0
    """Retell tries 3 times for 7 s, 3 s apart, before it gives a broken connection up."""
    renew_s: float = 60.0
    """Between renewals of what is held; holds last three minutes."""
    idle_s: float = 20.0
    """A peer that used to ping every 2 s and has been silent for so long is gone."""

    def next_notice(self, rung: int) -> tuple[float, Notice]:
        """After how much silence which sentence comes next; `rung` counts those said."""
        ladder = (
            (self.filler_s, Notice.FILLER_SEARCH),
            (self.first_watchdog_s, Notice.WATCHDOG_1),
            (self.next_watchdog_s, Notice.WATCHDOG_2),
        )
        if rung < len(ladder):
            return ladder[rung]
        later = (Notice.WATCHDOG_1, Notice.WATCHDOG_2)
        return self.later_watchdog_s, later[(rung - len(ladder)) % len(later)]

    def deadline_s(self, work: Work) -> float:
        """When the work counts as failed."""
        return self.booking_s if work.is_change else self.search_s
