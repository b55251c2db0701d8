"""One caller of a replay file, who says the lines of the file and notes what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_agent.simulator.matching import contains_any
from voice_agent.simulator.retell import RetellCall

if TYPE_CHECKING:
    from voice_agent.simulator.answer import Answer
    from voice_agent.simulator.phone import PhoneCall
    from voice_agent.simulator.replay_file import Call, Turn
    from voice_agent.simulator.retell import Habits


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedTurn:
    """One turn of the file, played."""

    number: int
    """As a reader of the file counts: from 1."""
    turn: Turn
    answer: Answer | None
    """What the agent said to it; None when nothing was asked of the agent."""
    skipped: bool = False
    unsaid: bool = False
    """The call was over before the caller could say it."""

    @property
    def line(self) -> str:
        """What the caller did, for a reader."""
        turn = self.turn
        words = turn.caller or " ... ".join(turn.split or ())
        directions = {
            "silence": turn.silence,
            "keys " + (turn.dtmf or ""): turn.dtmf is not None,
            "line breaks": turn.reconnect,
            "interrupts": turn.barge_in,
            "hangs up": turn.hang_up,
        }
        notes = "".join(f"[{name}] " for name, holds in directions.items() if holds)
        return f"{notes}{words}".strip()


class Caller:
    """Plays one call of a file turn by turn."""

    def __init__(self, script: Call, phone: PhoneCall, habits: Habits) -> None:
        self.script = script
        self.call = RetellCall(phone, habits)
        self.played: list[PlayedTurn] = []

    async def ring(self) -> None:
        """Call, and hear the greeting."""
        await self.call.start()

    async def hear_out(self, number: int) -> None:
        """Get ready for this turn: wait, and let the agent finish unless the turn interrupts."""
        turn = self._turn(number)
        if turn is None:
            return
        if turn.wait_s:
            await self.call.wait_s(turn.wait_s)
        if not turn.barge_in:
            await self.call.listen()

    async def play(self, number: int) -> None:
        """Say and do what this turn asks for."""
        turn = self._turn(number)
        if turn is None:
            return
        if turn.only_if and not contains_any(self.call.answers[-1].text, turn.only_if):
            self.played.append(PlayedTurn(number=number, turn=turn, answer=None, skipped=True))
            return
        if turn.reconnect and self.call.ending is None:
            await self.call.lose_connection()
        asked_before = len(self.call.answers)
        await self._act(turn)
        answered = len(self.call.answers) > asked_before
        listens = not _speaks(turn)
        self.played.append(
            PlayedTurn(
                number=number,
                turn=turn,
                answer=self.call.answers[-1] if answered or listens else None,
                unsaid=not (answered or listens),
            )
        )

    async def finish(self) -> None:
        """Hear the last words, and put the phone down."""
        await self.call.listen()
        await self.call.hang_up()

    async def _act(self, turn: Turn) -> None:
        if self.call.ending is not None:
            return
        if turn.barge_in and (words := turn.caller or " ".join(turn.split or ())):
            await self.call.interrupt(words, after_words=turn.after_words)
        elif turn.split:
            await self.call.say_in_pieces(turn.split)
        elif turn.caller:
            await self.call.say(turn.caller)
        elif turn.silence:
            await self.call.stay_silent()
        elif turn.dtmf:
            await self.call.press(turn.dtmf)
        elif turn.hang_up and turn.barge_in:
            await self.call.voice_begins(turn.after_words or 0)
        if turn.hang_up:
            await self.call.hang_up()

    def _turn(self, number: int) -> Turn | None:
        turns = self.script.turns
        return turns[number - 1] if number <= len(turns) else None


def _speaks(turn: Turn) -> bool:
    """Whether the turn asks something of the agent."""
    return bool(turn.caller or turn.split or turn.silence or turn.dtmf)
