"""What can be held against a call by somebody who only hears it: no rule is about its contents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_agent.simulator.findings import Fault, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_agent.simulator.answer import Answer
    from voice_agent.simulator.retell import RetellCall


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a caller may be left without words."""

    first_sentence_ms: float = 1500
    """More is high by Retell's own measure."""
    silence_ms: float = 3000
    """Between two parts of one answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One answer, as it was heard."""

    response_id: int
    text: str
    heard: str
    first_chunk_ms: float | None
    first_sentence_ms: float | None
    complete_ms: float | None
    silence_ms: float | None
    """The longest one after the first words; None = nothing was said."""


def turn_of(answer: Answer) -> Turn:
    """The figures of one answer."""
    return Turn(
        response_id=answer.response_id,
        text=answer.text,
        heard=answer.heard or "",
        first_chunk_ms=answer.first_words_ms,
        first_sentence_ms=answer.first_sentence_ms,
        complete_ms=answer.complete_ms,
        silence_ms=answer.longest_silence_ms() if answer.first_words_ms is not None else None,
    )


def judged(call: RetellCall, limits: Limits) -> list[Finding]:
    """All that is wrong with a call: what broke the protocol, and what took too long."""
    return [*call.findings, *(one for answer in call.answers for one in _delays(answer, limits))]


def notes(call: RetellCall) -> list[str]:
    """What is not wrong, and still worth knowing."""
    found = []
    if not call.asked_for.auto_reconnect:
        found.append("no pings are asked for (config.auto_reconnect): a dead line goes unnoticed")
    if call.discarded:
        found.append(f"{call.discarded} chunks were discarded, as newer ones had been asked for")
    return found


def _delays(answer: Answer, limits: Limits) -> Iterator[Finding]:
    turn = turn_of(answer)
    name = f"response {turn.response_id}"
    late_ms = turn.first_sentence_ms
    if late_ms is not None and late_ms > limits.first_sentence_ms:
        said = f"{name}: {late_ms:.0f} ms to the first sentence"
        yield Finding(fault=Fault.SLOW_ANSWER, detail=said)
    if turn.silence_ms is not None and turn.silence_ms > limits.silence_ms:
        said = f"{name}: {turn.silence_ms:.0f} ms without a word"
        yield Finding(fault=Fault.SILENCE, detail=said)
