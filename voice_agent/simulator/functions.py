"""Calls functions as Retell's own agents do, with arguments that a model has made up."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from voice_agent.simulator.post import OK_STATUSES, Effort, Post

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import aiohttp

    from voice_agent.simulator.post import Delivery
    from voice_agent.simulator.records import Record
    from voice_agent.simulator.signing import Signer

LONGEST_ANSWER = 15_000
"""Characters; what is beyond them the model never sees."""


class Payload(StrEnum):
    """How arguments travel."""

    WRAPPED = "wrapped"
    """Name, call and arguments, as Retell recommends."""
    AT_ROOT = "at the root"
    """Arguments only: no name and no call."""
    QUERY = "in the query"
    """A GET: no body, and a signature over nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionAnswer:
    """What the model is told."""

    delivery: Delivery
    text: str
    """As far as the model sees it."""
    cut: bool = False
    """Whether there was more."""

    @property
    def succeeded(self) -> bool:
        """Whether it was a 2xx."""
        return self.delivery.last.status in OK_STATUSES

    @property
    def content(self) -> Any:  # noqa: ANN401 - any JSON
        """The answer as JSON; None where it is none, or is none any more since it was cut."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionCaller:
    """An agent at Retell that calls functions in one call."""

    session: aiohttp.ClientSession
    signer: Signer
    effort: Effort = field(default_factory=lambda: Effort(timeout_s=120.0, retries=0))
    """Per attempt, and 0 to 5 retries of the same bytes; these are Retell's own defaults."""
    payload: Payload = Payload.WRAPPED
    method: str = "POST"

    async def call(
        self, url: str, name: str, args: Mapping[str, Any], record: Record
    ) -> FunctionAnswer:
        """Call it once, with retries where it fails."""
        post = Post(session=self.session, signer=self.signer, effort=self.effort)
        if self.payload is Payload.QUERY:
            params = {key: _text(value) for key, value in args.items()}
            delivery = await post.send(url, b"", name=name, method="GET", params=params)
        else:
            body = self._body(name, args, record)
            raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
            delivery = await post.send(url, raw, name=name, method=self.method)
        text = delivery.last.body.decode("utf-8", "replace")
        return FunctionAnswer(
            delivery=delivery, text=text[:LONGEST_ANSWER], cut=len(text) > LONGEST_ANSWER
        )

    async def call_twice(
        self,
        url: str,
        name: str,
        args: Mapping[str, Any],
        record: Record,
        *,
        apart_s: float = 1.0,
    ) -> tuple[FunctionAnswer, FunctionAnswer]:
        """The caller goes on speaking, Retell discards the answer, and asks for the same again.

        The second call sets out so long after the first, whether that was answered or not.
        """
        first = asyncio.create_task(self.call(url, name, args, record))
        await asyncio.sleep(apart_s)
        second = await self.call(url, name, args, record)
        return await first, second

    def _body(self, name: str, args: Mapping[str, Any], record: Record) -> dict[str, Any]:
        if self.payload is Payload.AT_ROOT:
            return dict(args)
        return {"name": name, "call": record.talking(), "args": dict(args)}


def made_up(args: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The arguments as models get them wrong, each with a name for it."""
    for claimed in ("None", "", "call_1", "dummy_call_id"):
        yield f"a call id of {claimed!r}", {**args, "call_id": claimed}
    yield "a tenant", {**args, "to_number": "+10000000000", "salon": "another", "tenant_id": 7}
    yield "something nobody asked for", {**args, "confidence": 0.93, "notes": {"mood": "good"}}
    for missing in args:
        yield f"no {missing}", {key: value for key, value in args.items() if key != missing}
    for odd in args:
        yield f"a list for {odd}", {**args, odd: [args[odd]]}
        yield f"nothing for {odd}", {**args, odd: None}
    yield "no arguments", {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
