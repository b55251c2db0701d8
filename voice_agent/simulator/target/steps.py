"""What a caller does, a line each: sentences, and directions in brackets before or instead of them.

Hello, I have a question.
[pieces] I would like | well | something for tomorrow
[interrupts] No, wait
[silent 20]
[keys 12#]
[line breaks]
[noise]
[waits for pings]
[waits 3]
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_agent.simulator.line import Patience
    from voice_agent.simulator.retell import RetellCall

HESITATION_S = 0.2
_DIRECTED = re.compile(r"\[([^\]]+)\]\s*(.*)")


class NotUnderstood(ValueError):
    """A line is no step."""


@dataclass(frozen=True, slots=True)
class Say:
    """A sentence."""

    text: str

    async def play(self, call: RetellCall, _: Patience) -> None:
        """Say it."""
        await call.say(self.text)


@dataclass(frozen=True, slots=True)
class Pieces:
    """A sentence with gaps, in each of which Retell believes it to be over."""

    texts: tuple[str, ...]

    async def play(self, call: RetellCall, _: Patience) -> None:
        """Say them one after the other."""
        await call.say_in_pieces(self.texts, gap_s=HESITATION_S)


@dataclass(frozen=True, slots=True)
class Interrupt:
    """A sentence over the agent's words."""

    text: str

    async def play(self, call: RetellCall, _: Patience) -> None:
        """Say it as soon as the agent can be heard."""
        await call.interrupt(self.text)


@dataclass(frozen=True, slots=True)
class Silent:
    """Nothing, for seconds of the call's own clock."""

    seconds: float

    async def play(self, call: RetellCall, _: Patience) -> None:
        """Wait to be reminded."""
        await call.keep_silent(self.seconds)


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys are pressed."""

    digits: str

    async def play(self, call: RetellCall, _: Patience) -> None:
        """Press them."""
        await call.press(self.digits)


@dataclass(frozen=True, slots=True)
class Break:
    """The socket is lost."""

    async def play(self, call: RetellCall, _: Patience) -> None:
        """Lose it, and come back."""
        await call.lose_connection()


@dataclass(frozen=True, slots=True)
class Noise:
    """Something that Retell takes for a sentence, and that leaves no words."""

    async def play(self, call: RetellCall, _: Patience) -> None:
        """Have the agent asked."""
        await call.be_asked_early()


@dataclass(frozen=True, slots=True)
class Wait:
    """Real time passes; as much as a missed ping needs to be noticed if no number is given."""

    seconds: float | None = None

    async def play(self, call: RetellCall, patience: Patience) -> None:
        """Wait."""
        noticed_s = patience.pong_within_s + 2 * patience.ping_every_s
        await call.wait_s(noticed_s if self.seconds is None else self.seconds)


Step = Say | Pieces | Interrupt | Silent | Keys | Break | Noise | Wait


def read_step(line: str) -> Step:
    """The step a line stands for; NotUnderstood when it is none.

    >>> read_step("[keys 12#]")
    Keys(digits='12#')
    """
    found = _DIRECTED.fullmatch(line)
    if found is None:
        return Say(line)
    direction, text = found[1].strip(), found[2].strip()
    verb, _, rest = direction.partition(" ")
    made = _read(direction, verb, rest.strip(), text)
    if made is None:
        raise NotUnderstood(f"no direction that is known: {line}")
    return made


def _read(direction: str, verb: str, rest: str, text: str) -> Step | None:
    if text:
        spoken = _SPOKEN.get(direction)
        return spoken(text) if spoken else None
    if direction in _BARE:
        return _BARE[direction]
    if verb == "keys" and re.fullmatch(r"[0-9*#]+", rest):
        return Keys(rest)
    if verb in {"silent", "waits"} and re.fullmatch(r"\d+(\.\d+)?", rest):
        return Silent(float(rest)) if verb == "silent" else Wait(float(rest))
    return None


_SPOKEN: dict[str, Callable[[str], Step]] = {
    "pieces": lambda text: Pieces(tuple(part.strip() for part in text.split("|"))),
    "interrupts": Interrupt,
}
_BARE: dict[str, Step] = {
    "line breaks": Break(),
    "noise": Noise(),
    "waits for pings": Wait(),
}
