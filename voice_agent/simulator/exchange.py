"""One call as it goes over the wire: events out, frames in, and what becomes of broken lines."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any, assert_never

from voice_agent.simulator.answer import Answer, AnswerState
from voice_agent.simulator.findings import Fault, Finding
from voice_agent.simulator.frames import (
    AgentInterrupt,
    Config,
    ConfigValues,
    Metadata,
    Pong,
    Response,
    ServerFrame,
    ToolCall,
    ToolResult,
    UpdateAgent,
    read_frame,
)
from voice_agent.simulator.habits import Habits
from voice_agent.simulator.line import NORMAL_CLOSE, Ending, Line
from voice_agent.simulator.silence import Silence
from voice_agent.simulator.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_agent.simulator.phone import PhoneCall

LATE_CHUNK_GRACE_S = 0.5  # a chunk may cross the newer request on its way


class Exchange:
    """What Retell and the server send each other in one call, on however many sockets."""

    def __init__(self, phone: PhoneCall, habits: Habits | None = None) -> None:
        self.phone = phone
        self.answers: list[Answer] = []
        """Greeting first, then one per request."""
        self.findings: list[Finding] = []
        self.ending: Ending | None = None
        self.transferred_to: str | None = None
        self.metadata: list[dict[str, Any]] = []
        self.agent_settings: dict[str, Any] = {}
        self.asked_for = ConfigValues()
        """What the server last wanted to be sent."""
        self.pressed = ""
        """Keys the agent has pressed."""
        self.discarded = 0
        """Chunks Retell would have thrown away."""
        self._habits = habits or Habits()
        self._patience = self._habits.patience
        self._timers = self._habits.timers
        self._silence = Silence()
        self._line = Line(phone.url, self._patience, self)
        self._transcript = Transcript(with_words=self._habits.words)
        self._config: ConfigValues | None = None
        self._last_id = 0
        self._asked_last_at = perf_counter()
        self._interrupts: dict[int, Answer] = {}
        self._changed = asyncio.Event()

    @property
    def clock_s(self) -> float:
        """Seconds of speech so far."""
        return self._transcript.clock_s

    @property
    def sockets(self) -> int:
        """How many this call has had."""
        return self._line.connections

    def transcripts(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """What was said, and the same with tool calls and keys woven in."""
        return self._transcript.plain(), self._transcript.woven()

    # -- events to the server --------------------------------------------------------------

    async def _request(self, kind: str) -> None:
        if self.ending is not None:
            return
        self._last_id += 1
        self.answers.append(self._awaited(self._last_id))
        self._asked_last_at = perf_counter()
        await self._send_event(kind, self._transcript.plain(), response_id=self._last_id)

    async def _update(self, **extra: object) -> None:
        if self.ending is None:
            await self._send_event("update_only", self._transcript.plain(), **extra)

    async def _send_event(
        self, kind: str, transcript: list[dict[str, Any]], **extra: object
    ) -> None:
        event = {"interaction_type": kind, "transcript": transcript, **extra}
        if self._config is not None and self._config.transcript_with_tool_calls:
            event["transcript_with_tool_calls"] = self._transcript.woven()
        await self._line.send(event)

    # -- frames from the server ------------------------------------------------------------

    async def receive(self, raw: str) -> None:
        """Take one frame, as the line brings it."""
        frame, findings = read_frame(raw)
        self.findings += findings
        if frame is not None:
            await self._obey(frame)
        self._changed.set()

    async def _obey(self, frame: ServerFrame) -> None:
        match frame:
            case Config(config=values):
                await self._configure(values)
            case Pong():
                self._line.pong()
            case Response():
                await self._hear(frame)
            case AgentInterrupt():
                await self._hear_interrupt(frame)
            case ToolCall() | ToolResult():
                note = frame.model_dump(exclude={"response_type"}, exclude_none=True)
                self._transcript.note({"role": frame.response_type, **note})
            case UpdateAgent(agent_config=settings):
                self.agent_settings |= settings.model_dump(exclude_none=True)
                self._timers = self._timers.changed(settings)
            case Metadata(metadata=values):
                self.metadata.append(values)
            case _:
                assert_never(frame)

    async def _configure(self, values: ConfigValues) -> None:
        self._config = self.asked_for = values
        self._line.pong()
        self._line.keeps_alive = values.auto_reconnect
        if values.call_details:
            details = {"interaction_type": "call_details", "call": self.phone.details()}
            await self._line.send(details)

    async def _hear(self, chunk: Response) -> None:
        answer = self.answers[-1]
        if chunk.response_id == 0 and self._greeted():
            if chunk.content:
                self.report(Fault.SECOND_GREETING, repr(chunk.content))
        elif chunk.response_id == answer.response_id:
            begins = not answer.speakable
            self.findings += answer.add(chunk)
            if begins and answer.speakable:
                await self._update(turntaking="agent_turn")
            return
        elif self._was_complete(chunk):
            detail = f"response {chunk.response_id}: {chunk.content!r}"
            self.report(Fault.CONTENT_AFTER_COMPLETION, detail)
        elif chunk.response_id > self._last_id:
            self.report(Fault.UNREQUESTED_RESPONSE, f"{chunk.response_id}: {chunk.content!r}")
        elif perf_counter() - self._asked_last_at > LATE_CHUNK_GRACE_S:
            newest = f"{chunk.response_id} after request {self._last_id}: {chunk.content!r}"
            self.report(Fault.VOID_RESPONSE, newest)
        self.discarded += 1

    def _awaited(self, response_id: int) -> Answer:
        return Answer(response_id=response_id, whole_words=self._habits.whole_words)

    def _was_complete(self, chunk: Response) -> bool:
        """Whether this says more under an id that was done with before the caller went on."""
        former = [one for one in self.answers if one.response_id == chunk.response_id]
        return bool(chunk.content and former) and former[-1].state is AnswerState.COMPLETE

    def _greeted(self) -> bool:
        greeting = self.answers[0]
        cut_on_a_former_socket = greeting.settled and self._line.connections > 1
        return greeting.state is AnswerState.COMPLETE or cut_on_a_former_socket

    async def _hear_interrupt(self, chunk: AgentInterrupt) -> None:
        answer = self._interrupts.get(chunk.interrupt_id)
        if answer is None:
            self._cut(self.answers[-1], heard="")
            answer = self._interrupts[chunk.interrupt_id] = self._awaited(self._last_id)
            self.answers.append(answer)
        self.findings += answer.add(chunk)

    def _cut(self, answer: Answer, heard: str) -> None:
        """Stop the voice; an action that waited for its end is forgotten."""
        if answer.heard is None:
            answer.heard = heard
            kept = heard if self._habits.truncates else answer.text
            self._transcript.agent(kept, answer.response_id)
        answer.state, answer.actions = AnswerState.CUT, []

    # -- losing and ending -----------------------------------------------------------------

    def closed_by_server(self, code: int) -> None:
        """Judge an orderly close: only `end_call` excuses a 1000."""
        if code != NORMAL_CLOSE:
            self.report(Fault.UNEXPECTED_CLOSE, str(code))
        elif "end_call" not in self.answers[-1].actions:
            self.report(Fault.CLOSED_WITHOUT_END_CALL, f"after {self.answers[-1].text!r}")

    async def reconnected(self) -> None:
        """Go on after the line was rebuilt; a question still open is asked again."""
        if not self._habits.ids_continue:
            self._last_id = 0
        answer = self.answers[-1]
        if not answer.settled and answer.response_id:
            await self._ask_again(answer)
        self._changed.set()

    async def _ask_again(self, answer: Answer) -> None:
        self._last_id += 1
        answer.ask_again(self._last_id)
        plain = self._transcript.plain()
        await self._send_event("response_required", plain, response_id=self._last_id)

    async def over(self, ending: Ending, *, close_code: int = NORMAL_CLOSE) -> None:
        """End the call for this reason, unless it is over already."""
        if self.ending is None:
            self.ending = ending
            self._changed.set()
            await self._line.close(close_code)

    def _configured(self) -> bool:
        return self._config is not None

    # -- waiting ---------------------------------------------------------------------------

    async def _until(self, reached: Callable[[], bool], timeout_s: float) -> None:
        """Wait for something to become true, for the end of the call, or for this long."""
        deadline = monotonic() + timeout_s
        while not reached() and self.ending is None:
            self._changed.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), max(deadline - monotonic(), 0))
            if monotonic() >= deadline:
                return

    def report(self, fault: Fault, detail: str) -> None:
        """Note a misbehaviour of the server."""
        self.findings.append(Finding(fault=fault, detail=detail))
