"""One answer of the agent, chunk by chunk, with its times and the rules for its chunks."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from time import perf_counter
from typing import TYPE_CHECKING

from voice_agent.simulator.findings import Fault, Finding
from voice_agent.simulator.frames import actions_of
from voice_agent.simulator.speech import duration_s, first_sentence, spaced, unspeakable

if TYPE_CHECKING:
    from voice_agent.simulator.frames import AgentInterrupt, Response


class AnswerState(StrEnum):
    """How far an answer has come."""

    AWAITED = "awaited"
    OPEN = "open"
    COMPLETE = "complete"
    CUT = "cut"
    """The caller spoke over it, or it was given up."""


@dataclass(slots=True, kw_only=True)
class Answer:
    """What the agent says to one request; 0 is the greeting."""

    response_id: int
    state: AnswerState = AnswerState.AWAITED
    text: str = ""
    """Everything received, whether it was heard or not."""
    heard: str | None = None
    """What reached the caller's ear; None until the voice has come to it."""
    actions: list[str] = field(default_factory=list)
    """What Retell shall do once it is spoken, by name, the one that counts first."""
    transfer_number: str | None = None
    digits: str = ""
    """Keys the agent wants to press."""
    uninterruptible: bool = False
    whole_words: bool = True
    """Whether each chunk is expected to end with a word."""
    chunks: list[tuple[float, str]] = field(default_factory=list)
    """What was received, each with its milliseconds."""
    asked_at: float = field(default_factory=perf_counter)
    first_words_ms: float | None = None
    first_sentence_ms: float | None = None
    complete_ms: float | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing more is expected of the server."""
        return self.state in {AnswerState.COMPLETE, AnswerState.CUT}

    @property
    def speakable(self) -> bool:
        """Whether the voice can begin: a first sentence, or all there is."""
        return self.settled or self.first_sentence_ms is not None

    def longest_silence_ms(self) -> float:
        """The longest the caller hears nothing of it, once it has begun to be spoken."""
        spoken_until, longest = self.first_words_ms or 0.0, 0.0
        for at, text in self.chunks:
            longest = max(longest, at - spoken_until)
            spoken_until = max(at, spoken_until) + duration_s(text) * 1000
        return longest

    def add(self, chunk: Response | AgentInterrupt) -> list[Finding]:
        """Take one chunk of this very answer; what is wrong with it comes back."""
        if self.state is AnswerState.CUT:
            return []
        if self.state is AnswerState.COMPLETE:
            return [self._finding(Fault.CONTENT_AFTER_COMPLETION, chunk.content)]
        findings = []
        if not spaced(self.text, chunk.content, whole_words=self.whole_words):
            seam = f"{self.text[-20:]}|{chunk.content[:20]}"
            findings.append(self._finding(Fault.MISSING_SPACE, seam))
        self._take(chunk)
        if chunk.content_complete:
            findings += self._check_speech()
        return findings

    def ask_again(self, response_id: int) -> None:
        """Expect the answer under a new id: the connection broke before it was complete."""
        self.response_id = response_id
        self.state, self.text, self.actions = AnswerState.AWAITED, "", []
        self.chunks.clear()
        self.uninterruptible = False

    def _take(self, chunk: Response | AgentInterrupt) -> None:
        elapsed_ms = (perf_counter() - self.asked_at) * 1000
        self.text += chunk.content
        self.chunks.append((elapsed_ms, chunk.content))
        self.state = AnswerState.COMPLETE if chunk.content_complete else AnswerState.OPEN
        self.uninterruptible = self.uninterruptible or chunk.no_interruption_allowed
        self.actions = actions_of(chunk) or self.actions
        self.transfer_number = chunk.transfer_number or self.transfer_number
        self.digits = chunk.digit_to_press or self.digits
        if chunk.content and self.first_words_ms is None:
            self.first_words_ms = elapsed_ms
        if self.first_sentence_ms is None and self._has_sentence():
            self.first_sentence_ms = elapsed_ms
        if chunk.content_complete:
            self.complete_ms = elapsed_ms

    def _has_sentence(self) -> bool:
        return bool(first_sentence(self.text)) or (
            self.state is AnswerState.COMPLETE and bool(self.text.strip())
        )

    def _check_speech(self) -> list[Finding]:
        wrong = unspeakable(self.text)
        if not wrong:
            return []
        return [self._finding(Fault.MARKUP, f"{' '.join(wrong)} in {self.text}")]

    def _finding(self, fault: Fault, detail: str) -> Finding:
        return Finding(fault=fault, detail=f"response {self.response_id}: {detail!r}")
