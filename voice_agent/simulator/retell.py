"""Plays Retell: one call over a real socket, with Retell's rules, timers and suspicion."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any, Self, assert_never

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
from voice_agent.simulator.line import NORMAL_CLOSE, Ending, Line, LineDead
from voice_agent.simulator.silence import Silence, Then
from voice_agent.simulator.speech import duration_s, first_sentence, first_words, misheard
from voice_agent.simulator.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from voice_agent.simulator.phone import PhoneCall

__all__ = ["Habits", "RetellCall"]

LATE_CHUNK_GRACE_S = 0.5  # a chunk may cross the newer request on its way


class RetellCall:
    """One call, from ringing to hanging up. Speaking methods return the answer they ask for."""

    def __init__(self, phone: PhoneCall, habits: Habits | None = None) -> None:
        self.phone = phone
        self.answers: list[Answer] = []
        """Greeting first, then one per request."""
        self.findings: list[Finding] = []
        self.ending: Ending | None = None
        self.transferred_to: str | None = None
        self.metadata: list[dict[str, Any]] = []
        self.agent_settings: dict[str, Any] = {}
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
        self.asked_for = ConfigValues()
        """What the server last wanted to be sent."""
        self._last_id = 0
        self._asked_last_at = perf_counter()
        self._interrupts: dict[int, Answer] = {}
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.hang_up()

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

    # -- what happens in a call ------------------------------------------------------------

    async def start(self) -> Answer:
        """Ring, connect, and listen to the greeting."""
        greeting = self._awaited(0)
        self.answers.append(greeting)
        try:
            await self._line.open()
        except LineDead as error:
            self.report(Fault.ABNORMAL_CLOSE, str(error))
            await self.over(Ending.SOCKET_NEVER_OPENED)
            return greeting
        await self.listen()
        return greeting

    async def listen(self) -> Answer:
        """Hear the agent out: to the end of the last answer and of what follows from it."""
        answer = self.answers[-1]
        await self._until(lambda: answer.settled, self._patience.answer_s)
        if not answer.settled and self.ending is None:
            self._give_up(answer)
        await self._speak(answer)
        return answer

    async def say(self, text: str) -> Answer:
        """The caller says a sentence and is silent again."""
        return await self.say_in_pieces([text])

    async def say_in_pieces(self, pieces: Sequence[str], *, gap_s: float = 0.0) -> Answer:
        """The caller hesitates between the pieces, and Retell asks for an answer each time.

        All but the last of these requests are void once the caller goes on.
        """
        await self._take_turn()
        for number, piece in enumerate(pieces):
            if number:
                await asyncio.sleep(gap_s)
                self._cut(self.answers[-1], heard="")
                await self._update(turntaking="user_turn")
            await self._grow(piece)
            await self._request("response_required")
        return self.answers[-1]

    async def interrupt(self, text: str, *, after_words: int | None = None) -> Answer:
        """The caller speaks as soon as the agent has begun, and cuts the agent off.

        An answer that does not allow interruption is heard to its end first.
        """
        answer = await self.voice_begins(after_words or 0)
        if not answer.text and not answer.settled and self.ending is None:
            self._give_up(answer)
        if answer.uninterruptible or self._deaf() or self.ending is not None:
            await self.listen()
        elif answer.heard is None:
            await self._cut_off(answer, after_words)
        return await self.say(text)

    async def voice_begins(self, words: int = 0) -> Answer:
        """Wait until the agent can be heard, and until so many words can be."""
        answer = self.answers[-1]

        def is_heard() -> bool:
            return answer.settled or (answer.speakable and len(answer.text.split()) >= words)

        await self._until(is_heard, self._patience.answer_s)
        return answer

    async def stay_silent(self) -> Answer:
        """The caller says nothing until Retell asks the server for a reminder."""
        await self._take_turn()
        await self._request("reminder_required")
        return self.answers[-1]

    async def keep_silent(self, seconds: float) -> Answer:
        """The caller says nothing for so long; Retell reminds and gives up as it is set to."""
        answer, left_s = await self.listen(), seconds
        while self.ending is None:
            until_s, then = self._silence.next(self._timers)
            await self._let_pass(min(until_s, left_s))
            left_s -= until_s
            if left_s < 0 or self.ending is not None:
                break
            if then is Then.GIVE_UP:
                await self.over(Ending.INACTIVITY)
                break
            self._silence.reminded()
            await self._request("reminder_required")
            answer = await self.listen()
        return answer

    async def be_asked_early(self) -> Answer:
        """Retell takes a noise for a sentence, and asks although nothing new was said."""
        await self.listen()
        await self._request("response_required")
        return self.answers[-1]

    async def press(self, digits: str) -> Answer:
        """The caller presses keys; they are seen in the woven transcript only."""
        await self._take_turn()
        for digit in digits:
            self._transcript.note({"role": "dtmf", "digit": digit})
        await self._request("response_required")
        return self.answers[-1]

    async def lose_connection(self) -> None:
        """The socket breaks and Retell comes back on the same path."""
        before, had_config = self._line.connections, self._configured()
        self._config = None
        self._line.drop()
        await self._until(lambda: self._line.connections > before, self._patience.answer_s)
        if not had_config:
            return
        await self._until(self._configured, self._patience.pong_within_s)
        if self.ending is None and not self._configured():
            self.report(Fault.NO_CONFIG, f"socket {self._line.connections} of this call")

    async def wait_s(self, seconds: float) -> None:
        """Let real time pass, or the call end."""
        await self._until(lambda: False, seconds)

    async def ended(self) -> None:
        """Wait for the end of the call, however long it takes."""
        while self.ending is None:
            await self.wait_s(3600)

    async def hang_up(self) -> None:
        """The caller puts the phone down; harmless when the call is over."""
        await self.over(Ending.USER_HANGUP)

    # -- speaking --------------------------------------------------------------------------

    async def _take_turn(self) -> None:
        """The caller begins: what the agent said so far is said."""
        await self.listen()
        if self._habits.pause_s:
            await self.wait_s(self._habits.pause_s)
        if self.ending is None:
            await self._update(turntaking="user_turn")

    async def _grow(self, sentence: str) -> None:
        words = sentence.split()
        if self._habits.partials and len(words) > 1 and self.ending is None:
            half = " ".join(words[: len(words) // 2])
            heard = misheard(half) if self._habits.corrects else half
            await self._send_event("update_only", self._transcript.hearing(heard))
        self._transcript.caller(sentence)
        self._silence.caller_spoke()
        await asyncio.sleep(duration_s(sentence) * self._habits.pace)
        await self._update()
        await self._mind_the_time()

    async def _speak(self, answer: Answer) -> None:
        """Let the voice say an answer to its end, then do what it asks for."""
        if answer.heard is not None:
            return
        answer.heard = answer.text
        self._transcript.agent(answer.text, answer.response_id)
        if answer.text.strip():
            self._silence.agent_spoke()
        await asyncio.sleep(duration_s(answer.text) * self._habits.pace)
        await self._mind_the_time()
        if self.ending is None and answer.state is AnswerState.COMPLETE and answer.actions:
            await self._act(answer)

    async def _act(self, answer: Answer) -> None:
        match answer.actions[0]:
            case "end_call":
                await self.over(Ending.AGENT_HANGUP)
            case "transfer_number":
                self.transferred_to = answer.transfer_number
                if self._habits.transfers:
                    await self.over(Ending.CALL_TRANSFER)
            case _:
                self.pressed += answer.digits

    async def _let_pass(self, seconds: float) -> None:
        self._transcript.clock_s += seconds
        self._silence.goes_on(seconds)
        await asyncio.sleep(seconds * self._habits.pace)
        await self._mind_the_time()

    async def _mind_the_time(self) -> None:
        if self.clock_s * 1000 > self._timers.max_call_duration_ms:
            await self.over(Ending.MAX_DURATION)

    def _deaf(self) -> bool:
        return self._timers.interruption_sensitivity == 0

    async def _cut_off(self, answer: Answer, after_words: int | None) -> None:
        sentence = first_sentence(answer.text) or answer.text
        count = len(sentence.split()) // 2 if after_words is None else after_words
        heard = first_words(answer.text, count)
        await asyncio.sleep(duration_s(heard) * self._habits.pace)
        self._cut(answer, heard)

    def _cut(self, answer: Answer, heard: str) -> None:
        """Stop the voice; an action that waited for its end is forgotten."""
        if answer.heard is None:
            answer.heard = heard
            kept = heard if self._habits.truncates else answer.text
            self._transcript.agent(kept, answer.response_id)
        answer.state, answer.actions = AnswerState.CUT, []

    def _give_up(self, answer: Answer) -> None:
        if answer.response_id == 0 and not answer.text:
            self.report(Fault.NO_GREETING, f"nothing within {self._patience.answer_s} s")
        elif answer.text:
            self.report(Fault.UNCLOSED_RESPONSE, f"{answer.response_id}: {answer.text!r}")
        else:
            self.report(Fault.NO_ANSWER, f"response {answer.response_id}")
        answer.state = AnswerState.CUT

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
