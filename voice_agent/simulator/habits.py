"""What may differ from call to call without being wrong: Retell's settings, and its unknowns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from voice_agent.simulator.line import Patience

if TYPE_CHECKING:
    from voice_agent.simulator.frames import AgentSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Timers:
    """How an agent at Retell is set; the server may change the first three during a call."""

    reminder_trigger_ms: float = 10_000
    reminder_max_count: int = 1
    interruption_sensitivity: float = 1.0
    """At 0 nobody can interrupt the agent."""
    end_call_after_silence_ms: float = 600_000
    max_call_duration_ms: float = 3_600_000

    def changed(self, settings: AgentSettings) -> Timers:
        """As `update_agent` wants them; what it does not name stays."""
        named = settings.model_dump(exclude_none=True, exclude={"responsiveness"})
        return replace(self, **{name: named[name] for name in _CHANGEABLE if name in named})


_CHANGEABLE = ("reminder_trigger_ms", "reminder_max_count", "interruption_sensitivity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How this call is played."""

    pace: float = 0.0
    """Real seconds per second of speech: 0 plays as fast as the server answers, 1 is live."""
    endpointing_s: float = 0.0
    """Real seconds of silence after a sentence before Retell asks for an answer to it."""
    pause_s: float = 0.0
    """Real seconds before the caller speaks: time for what comes after the answer."""
    words: bool = True
    """Whether utterances carry words with times."""
    partials: bool = True
    """Whether the caller's sentence is seen growing before it is complete."""
    corrects: bool = False
    """Whether what is seen growing is misheard at first, and corrected later."""
    whole_words: bool = True
    """Whether chunks are expected to end with a word; those of language models may not."""
    ids_continue: bool = True
    """Whether response ids go on after a reconnect; nobody has documented it."""
    truncates: bool = True
    """Whether the transcript keeps only what was heard of an interrupted answer; nor that."""
    transfers: bool = True
    """Whether somebody picks up where the agent puts the caller through; else the call goes on."""
    patience: Patience = field(default_factory=Patience)
    timers: Timers = field(default_factory=Timers)
