"""Makes calls to a custom-LLM server, one after the other, and listens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from voice_agent.simulator.answer import AnswerState
from voice_agent.simulator.findings import Fault
from voice_agent.simulator.habits import Habits
from voice_agent.simulator.life import Number, live
from voice_agent.simulator.line import Patience
from voice_agent.simulator.phone import PhoneCall
from voice_agent.simulator.target.judging import Limits, Turn, judged, notes, turn_of
from voice_agent.simulator.target.steps import Interrupt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from voice_agent.simulator.findings import Finding
    from voice_agent.simulator.retell import RetellCall
    from voice_agent.simulator.target.sessions import Session

BETWEEN_TURNS_S = 0.15  # a person does not speak in the moment in which the answer is complete
REJECTED = "turned away while it rang"
_DEAD = {Fault.NO_ANSWER, Fault.UNCLOSED_RESPONSE, Fault.NO_GREETING}
"""After these nothing more would be heard, and each further sentence would wait in vain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server, and who calls it."""

    url: str
    """Without the call id, which is appended as Retell does."""
    to_number: str = "+493055500000"
    from_number: str | None = "+493055500001"
    patience: Patience = field(default_factory=lambda: Patience(answer_s=10.0))
    limits: Limits = field(default_factory=Limits)
    pace: float = 0.0
    pause_s: float = BETWEEN_TURNS_S
    number: Number = field(default_factory=Number)
    """Who is asked while it rings, and told afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One call, when it is over."""

    name: str
    call_id: str
    ending: str
    sockets: int = 0
    turns: Sequence[Turn] = ()
    transcript: Sequence[tuple[str, str]] = ()
    """Who said what, as far as it was heard."""
    findings: Sequence[Finding] = ()
    notes: Sequence[str] = ()


async def call_up(
    target: Target, sessions: Sequence[Session], *, done: Callable[[Heard], None] | None = None
) -> list[Heard]:
    """All of them, one at a time, so that none waits for another."""
    heard = []
    for session in sessions:
        one = await _played(target, session)
        heard.append(one)
        if done is not None:
            done(one)
        if not one.sockets and one.ending != REJECTED:
            break  # nobody is there, for no call
    return heard


async def _played(target: Target, session: Session) -> Heard:
    async def talk(call: RetellCall) -> None:
        for step in session.steps:
            if not isinstance(step, Interrupt):
                await call.listen()
            if call.ending is not None or _is_dead(call):
                break
            await step.play(call, target.patience)
        await call.listen()
        await call.wait_s(target.pause_s)

    phone, habits = _phone(target, session), _habits(target, session)
    life = await live(phone, habits, target.number, talk)
    call = life.call
    if call is None:
        return Heard(
            name=session.name, call_id=phone.call_id, ending=REJECTED, findings=life.findings
        )
    return Heard(
        name=session.name,
        call_id=phone.call_id,
        ending=call.ending.value if call.ending else "",
        sockets=call.sockets,
        turns=[turn_of(answer) for answer in call.answers],
        transcript=[(one["role"], one["content"]) for one in call.transcripts()[0]],
        findings=[*judged(call, target.limits), *life.findings],
        notes=notes(call),
    )


def _phone(target: Target, session: Session) -> PhoneCall:
    if session.from_browser:
        return PhoneCall(base_url=target.url, metadata={"simulated": True})
    return PhoneCall(
        base_url=target.url, to_number=target.to_number, from_number=target.from_number
    )


def _habits(target: Target, session: Session) -> Habits:
    ways: dict[str, Any] = session.habits
    return Habits(
        pace=target.pace,
        pause_s=target.pause_s,
        whole_words=False,
        patience=target.patience,
        **ways,
    )


def _is_dead(call: RetellCall) -> bool:
    given_up = call.answers[-1].state is AnswerState.CUT
    return given_up and bool(call.findings) and call.findings[-1].fault in _DEAD
