"""A call from its first ring to its last report: asked about, held, and told of afterwards."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import aiohttp

from voice_agent.simulator.findings import Fault, Finding
from voice_agent.simulator.post import Mishaps, Post, deliver
from voice_agent.simulator.records import Record, Shape
from voice_agent.simulator.retell import RetellCall
from voice_agent.simulator.ringing import Connected, FellBack, Rejected, ring
from voice_agent.simulator.signing import Signer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from voice_agent.simulator.habits import Habits
    from voice_agent.simulator.phone import PhoneCall
    from voice_agent.simulator.post import Delivery
    from voice_agent.simulator.records import Letter
    from voice_agent.simulator.ringing import Ringing

EVENTS = frozenset({"call_started", "call_ended", "call_analyzed"})
"""What an agent at Retell reports unless it is set otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """How a number and its agent are set up at Retell, besides the websocket."""

    inbound: str | None = None
    """Asked while it rings; None = nobody is."""
    webhooks: str | None = None
    """Told about the call; None = nobody is."""
    key: str | None = None
    """Signs both."""
    mishaps: Mishaps = field(default_factory=Mishaps)
    """Of the reports after the call."""
    shape: Shape = Shape.DOCUMENTED
    events: frozenset[str] = EVENTS
    """`webhook_events` of the agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A call that is over."""

    call: RetellCall | None
    """None = it was turned away while it rang."""
    ringing: Ringing | None = None
    deliveries: Sequence[Delivery] = ()

    @property
    def findings(self) -> list[Finding]:
        """What was wrong beside the conversation itself."""
        found = []
        if isinstance(self.ringing, FellBack):
            found.append(Finding(fault=Fault.UNUSABLE, detail=self.ringing.reason))
        return found + [
            Finding(fault=Fault.NOT_TAKEN, detail=f"{one.name}: {one.last.status or 'no answer'}")
            for one in self.deliveries
            if not one.taken
        ]


async def live(
    phone: PhoneCall,
    habits: Habits,
    number: Number,
    talk: Callable[[RetellCall], Awaitable[None]],
) -> Life:
    """Ring, talk, hang up; the server is asked and told as Retell does it."""
    async with aiohttp.ClientSession() as session:
        signer = Signer(key=number.key)
        ringing = None
        if number.inbound:
            ringing = await ring(session, number.inbound, phone, signer=signer)
            if isinstance(ringing, Rejected):
                return Life(call=None, ringing=ringing)
            phone = _told(phone, ringing)
        call, post = RetellCall(phone, habits), Post(session=session, signer=signer)
        deliveries = await _held(call, number, post, talk)
        return Life(call=call, ringing=ringing, deliveries=deliveries)


async def _held(
    call: RetellCall,
    number: Number,
    post: Post,
    talk: Callable[[RetellCall], Awaitable[None]],
) -> list[Delivery]:
    """The conversation; its beginning is reported while it goes on, the rest when it is over."""
    async with call:
        began = Record.of(call).letters(number.shape)[:1]
        reported = asyncio.create_task(_reported(post, number, began))
        await talk(call)
    over = Record.of(call).letters(number.shape)[1:]
    return [*await reported, *await _reported(post, number, over)]


async def _reported(post: Post, number: Number, letters: Sequence[Letter]) -> list[Delivery]:
    if number.webhooks is None:
        return []
    wanted = [letter for letter in letters if letter.event in number.events]
    return await deliver(post, number.webhooks, wanted, number.mishaps)


def _told(phone: PhoneCall, ringing: Ringing) -> PhoneCall:
    """The call with what the server wants its agent to know."""
    if not isinstance(ringing, Connected):
        return phone
    answer = ringing.answer
    return replace(
        phone,
        variables=answer.dynamic_variables or phone.variables,
        metadata=answer.metadata or phone.metadata,
    )
