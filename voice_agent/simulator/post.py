"""Brings webhooks where they belong as Retell does: signed, tried again, late, twice or never."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from enum import StrEnum
from time import perf_counter
from typing import TYPE_CHECKING

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from voice_agent.simulator.records import Letter
    from voice_agent.simulator.signing import Signer

OK_STATUSES = range(200, 300)


class Order(StrEnum):
    """In which order the events of a call set out."""

    AS_IT_WAS = "as it was"
    BACKWARDS = "backwards"
    SHUFFLED = "shuffled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishaps:
    """What happens to webhooks on their way."""

    order: Order = Order.AS_IT_WAS
    seed: int = 1
    """Which shuffling."""
    lost: frozenset[str] = frozenset()
    """Events that never arrive."""
    doubled: frozenset[str] = frozenset()
    """Events that are sent twice, although the first was taken."""
    late_s: Mapping[str, float] = field(default_factory=dict)
    """Real seconds for which an event is held back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How hard Retell tries; the last two nobody has documented."""

    timeout_s: float = 10.0
    retries: int = 3
    signs_anew: bool = True
    """Whether each attempt has a signature of its own, or all have the first one's."""
    spacing_s: tuple[float, ...] = (0.0,)
    """Before each retry; the last one goes on for all that follow."""

    def pause_s(self, retry: int) -> float:
        """Before this retry, counted from 0."""
        return self.spacing_s[min(retry, len(self.spacing_s) - 1)] if self.spacing_s else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request."""

    status: int | None
    """None = no answer in time."""
    ms: float
    body: bytes = b""
    signature: str | None = None


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One request and all its retries."""

    name: str
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def last(self) -> Attempt:
        """What came of it."""
        return self.attempts[-1]

    @property
    def taken(self) -> bool:
        """Whether the server said yes in the end."""
        return bool(self.attempts) and self.last.status in OK_STATUSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Sends requests with their signatures."""

    session: aiohttp.ClientSession
    signer: Signer
    effort: Effort = field(default_factory=Effort)

    async def send(
        self,
        url: str,
        raw: bytes,
        *,
        name: str = "",
        method: str = "POST",
        params: Mapping[str, str] | None = None,
    ) -> Delivery:
        """Until it is taken, or all retries are used up; always the same bytes."""
        delivery = Delivery(name=name)
        headers = self.signer.headers(raw)
        for attempt in range(self.effort.retries + 1):
            if attempt:
                await asyncio.sleep(self.effort.pause_s(attempt - 1))
                headers = self.signer.headers(raw) if self.effort.signs_anew else headers
            delivery.attempts.append(await self._attempt(url, raw, method, headers, params))
            if delivery.taken:
                break
        return delivery

    async def _attempt(
        self,
        url: str,
        raw: bytes,
        method: str,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None,
    ) -> Attempt:
        begun = perf_counter()
        status, body = None, b""
        content = {"Content-Type": "application/json"} if raw else {}
        try:
            async with self.session.request(
                method,
                url,
                data=raw or None,
                params=params,
                headers={**headers, **content},
                timeout=aiohttp.ClientTimeout(total=self.effort.timeout_s),
                allow_redirects=False,
            ) as answer:
                status, body = answer.status, await answer.read()
        except (aiohttp.ClientError, TimeoutError):
            status = None
        ms = (perf_counter() - begun) * 1000
        signature = next(iter(headers.values()), None)
        return Attempt(status=status, ms=ms, body=body, signature=signature)


async def deliver(
    post: Post, url: str, letters: Sequence[Letter], mishaps: Mishaps | None = None
) -> list[Delivery]:
    """All of them; one that is refused or held back holds up none that follow."""
    mishaps = mishaps or Mishaps()
    on_their_way = []
    for letter in _arranged(letters, mishaps):
        late_s = mishaps.late_s.get(letter.event, 0.0)
        task = asyncio.create_task(_brought(post, url, letter, late_s))
        on_their_way.append(task)
        if not late_s:
            await _set_out(task, post.effort)
    return [await task for task in on_their_way]


async def _brought(post: Post, url: str, letter: Letter, late_s: float) -> Delivery:
    if late_s:
        await asyncio.sleep(late_s)
    return await post.send(url, letter.raw, name=letter.event)


async def _set_out(task: asyncio.Task[Delivery], effort: Effort) -> None:
    """Events set out in order: the next one when this has arrived, or is long on its way."""
    await asyncio.wait({task}, timeout=min(effort.timeout_s, 1.0))


def _arranged(letters: Sequence[Letter], mishaps: Mishaps) -> Iterable[Letter]:
    kept = [letter for letter in letters if letter.event not in mishaps.lost]
    sent = [one for letter in kept for one in [letter] * (1 + (letter.event in mishaps.doubled))]
    match mishaps.order:
        case Order.BACKWARDS:
            sent.reverse()
        case Order.SHUFFLED:
            random.Random(mishaps.seed).shuffle(sent)  # noqa: S311 - repeatable, not secret
        case _:
            pass
    return sent
