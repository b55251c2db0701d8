"""Plays Retell: one call over a real socket, with Retell's rules, timers and suspicion."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from voice_agent.simulator.answer import Answer, AnswerState
from voice_agent.simulator.exchange import Exchange
from voice_agent.simulator.findings import Fault
from voice_agent.simulator.habits import Habits
from voice_agent.simulator.line import Ending, LineDead
from voice_agent.simulator.silence import Then
from voice_agent.simulator.speech import duration_s, first_sentence, first_words, misheard

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

__all__ = ["Habits", "RetellCall"]


class RetellCall(Exchange):
    """One call, from ringing to hanging up. Speaking methods return the answer they ask for."""

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
        if self._habits.endpointing_s:
            await asyncio.sleep(self._habits.endpointing_s)
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

    def _give_up(self, answer: Answer) -> None:
        if answer.response_id == 0 and not answer.text:
            self.report(Fault.NO_GREETING, f"nothing within {self._patience.answer_s} s")
        elif answer.text:
            self.report(Fault.UNCLOSED_RESPONSE, f"{answer.response_id}: {answer.text!r}")
        else:
            self.report(Fault.NO_ANSWER, f"response {answer.response_id}")
        answer.state = AnswerState.CUT
