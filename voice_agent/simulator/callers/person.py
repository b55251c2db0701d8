"""One caller on the phone: hears, decides, speaks, and now and then does what callers do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from nlu.training.noise import damaged
from voice_agent.simulator.callers.goals import Slot
from voice_agent.simulator.replay_file import Turn

if TYPE_CHECKING:
    from random import Random

    from voice_agent.simulator.answer import Answer
    from voice_agent.simulator.callers.agenda import Agenda
    from voice_agent.simulator.callers.ears import Ears, Heard
    from voice_agent.simulator.callers.memory import Memory
    from voice_agent.simulator.callers.mind import Act
    from voice_agent.simulator.replay_file import CalcomFault
    from voice_agent.simulator.retell import RetellCall

MOST_TURNS = 24
LINE_BREAKS = 0.01
LONG = 4
"""Words; nobody hesitates in the middle of fewer."""


class Listener(Protocol):
    """Somebody who checks what is said."""

    async def check(self, text: str) -> None:
        """Judge these words."""
        ...


@dataclass(slots=True, kw_only=True)
class Person:
    """Lives for one call."""

    call: RetellCall
    agenda: Agenda
    ears: Ears
    chance: Random
    noise: float
    witness: Listener | None
    fault: CalcomFault | None = None
    """What goes wrong at Cal.com meanwhile."""
    turns: list[Turn] = field(default_factory=list)
    """What they did, as a replay file writes it."""
    lines: list[str] = field(default_factory=list)
    """Both sides' words, for people."""
    broke_off: bool = False
    """They put the phone down in the middle."""
    said_at_once: bool = False
    """Everything that is needed was in the first sentence."""
    turns_to_book: int | None = None
    """How often they had spoken when they heard that it is booked."""
    said_yes_last: bool = False
    """They had just agreed to the booking when they did."""

    @property
    def memory(self) -> Memory:
        """What they keep in mind."""
        return self.agenda.memory

    async def talk(self) -> None:
        """The whole call, from the greeting to the end."""
        breaks_off_at = self._breaks_off_at()
        heard = await self._listen(await self.call.start())
        act = self.agenda.opening()
        self.said_at_once = self._is_complete(act)
        while self.call.ending is None and len(self.turns) < MOST_TURNS:
            if len(self.turns) == breaks_off_at:
                await self._break_off(act)
                return
            if await self._keeps_silent():
                heard = await self._listen(await self.call.listen())
            await self._say(act)
            heard = await self._listen(await self.call.listen())
            act = self.agenda.answer(heard)
            if not act.words:
                break
        await self.call.hang_up()

    def _is_complete(self, act: Act) -> bool:
        staff = {Slot.STAFF} if self.memory.goal.staff else set()
        return {Slot.SERVICE, Slot.WHEN, Slot.NAME, *staff} <= act.tells

    async def _listen(self, answer: Answer) -> Heard:
        heard = self.ears.hear(answer.text)
        self.ears.wished.extend(spot.day for spot in heard.spots if spot.day)
        self.lines.append(f"agent   {answer.text}")
        if self.witness is not None and answer.text:
            await self.witness.check(answer.text)
        if heard.is_said("booked") and self.turns_to_book is None:
            self.turns_to_book = len(self.turns)
        self.agenda.part.hears(heard)
        return heard

    async def _say(self, act: Act) -> None:
        if Slot.WHEN in act.tells and (day := self.agenda.mind.when.day):
            self.ears.wished.append(day)
        words = self._garbled(act.words)
        breaks = self._luck(LINE_BREAKS)
        if breaks:
            await self.call.lose_connection()
        if len(words.split()) > LONG and self._luck(self.agenda.mind.manner.hesitates):
            pieces = _halves(words, self.chance)
            self._act(Turn(split=pieces, reconnect=breaks))
            await self.call.say_in_pieces(pieces)
            return
        self._act(Turn(caller=words, reconnect=breaks))
        await self.call.say(words)
        if self._luck(self.agenda.mind.manner.interrupts):
            await self._interrupt()

    async def _interrupt(self) -> None:
        """They say more before they know what the agent says."""
        if self.call.ending is not None or self.memory.settled:
            return
        act, cut_off = self.agenda.blurt(), self.call.answers[-1]
        words = self._garbled(act.words)
        self._act(Turn(caller=words, barge_in=True))
        await self.call.interrupt(words)
        if cut_off.uninterruptible and cut_off.heard == cut_off.text:  # heard to its end
            self.lines.append(f"agent   {cut_off.text}")
            self.agenda.part.hears(self.ears.hear(cut_off.text))

    async def _keeps_silent(self) -> bool:
        if not self.turns or not self._luck(self.agenda.mind.manner.falls_silent):
            return False
        self._act(Turn(silence=True))
        await self.call.stay_silent()
        return True

    async def _break_off(self, act: Act) -> None:
        """Put the phone down, perhaps with the last word still in the air."""
        self.broke_off = True
        if act.consents:
            self.said_yes_last = True
            words = self._garbled(act.words)
            self._act(Turn(caller=words, hang_up=True))
            await self.call.say(words)
        else:
            self._act(Turn(hang_up=True))
        await self.call.hang_up()

    def _act(self, turn: Turn) -> None:
        self.turns.append(turn)
        words = turn.caller or " ... ".join(turn.split or ())
        stage = [
            name for name in ("silence", "barge_in", "reconnect", "hang_up") if getattr(turn, name)
        ]
        self.lines.append(f"caller  {''.join(f'[{name}] ' for name in stage)}{words}")

    def _breaks_off_at(self) -> int | None:
        if not self._luck(self.agenda.mind.manner.breaks_off):
            return None
        return self.chance.randint(1, 5)

    def _garbled(self, words: str) -> str:
        """As speech recognition may write it: each kind of error in that share of the sentences."""
        noises = self.agenda.mind.voice.tongue.noises
        kinds = [kind for kind in noises if self._luck(self.noise)]
        if not kinds:
            return words
        return damaged(words, str(self.chance.random()), *kinds)

    def _luck(self, share: float) -> bool:
        return self.chance.random() < share


def _halves(words: str, chance: Random) -> tuple[str, str]:
    each = words.split()
    cut = chance.randint(2, len(each) - 2)
    return " ".join(each[:cut]), " ".join(each[cut:])
