"""One answer of the agent: chunks of one response id, closed exactly once."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Words of one response; chunks are joined as they are, so each carries its own space."""

    response_id: int
    text: str
    last: bool
    end_call: bool = False
    transfer_number: str | None = None
    """Where the caller is put through to once the words are out."""
    uninterruptible: bool = False


class Line(Protocol):
    """The way to the caller's ear."""

    @property
    def is_open(self) -> bool:
        """Whether anything can still be heard."""
        ...

    async def send(self, chunk: Chunk) -> None:
        """Pass the chunk on; a line that has gone swallows it."""
        ...


@dataclass(slots=True, kw_only=True)
class Answer:
    """What is being said under one response id.

    The newest words are held back until it is known whether more will follow: the last chunk
    closes the response, and a response closed by an empty chunk could cut off its own action.
    """

    response_id: int
    line: Line
    asked_at: float
    """On the monotonic clock."""
    first_ms: float | None = None
    total_ms: float | None = None
    _said: list[str] = field(default_factory=list)
    _waiting: str = ""
    _uninterruptible: bool = False

    @property
    def said(self) -> str:
        """All words of this answer so far."""
        return " ".join(filter(None, [*self._said, self._waiting]))

    @property
    def is_closed(self) -> bool:
        """Whether the last chunk has gone out."""
        return self.total_ms is not None

    async def add(self, text: str, *, uninterruptible: bool = False) -> None:
        """Say this after what was said before."""
        if self._waiting and uninterruptible != self._uninterruptible:
            await self.flush()
        self._waiting = f"{self._waiting} {text.strip()}".strip()
        self._uninterruptible = uninterruptible

    async def flush(self) -> None:
        """Let the caller hear what there is, while the answer goes on."""
        if self._waiting and not self.is_closed:
            await self._send(f"{self._waiting} ", last=False)

    async def close(self, *, end_call: bool = False, transfer_number: str | None = None) -> None:
        """Say what is left and end the answer; once is enough."""
        if not self.is_closed:
            await self._send(
                self._waiting, last=True, end_call=end_call, transfer_number=transfer_number
            )
            self.total_ms = self._elapsed_ms()

    async def _send(
        self,
        text: str,
        *,
        last: bool,
        end_call: bool = False,
        transfer_number: str | None = None,
    ) -> None:
        chunk = Chunk(
            response_id=self.response_id,
            text=text,
            last=last,
            end_call=end_call,
            transfer_number=transfer_number,
            uninterruptible=self._uninterruptible and bool(text),
        )
        await self.line.send(chunk)
        if self.first_ms is None:
            self.first_ms = self._elapsed_ms()
        self._said.append(text.strip())
        self._waiting = ""

    def _elapsed_ms(self) -> float:
        return (time.monotonic() - self.asked_at) * 1000
