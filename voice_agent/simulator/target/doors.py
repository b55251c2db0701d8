"""Knocks at the other doors of a server: call webhooks, the inbound question, functions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp

from voice_agent.simulator.findings import Fault, Finding
from voice_agent.simulator.functions import FunctionCaller, Payload, made_up
from voice_agent.simulator.phone import PhoneCall
from voice_agent.simulator.post import Effort, Mishaps, Order, Post, deliver
from voice_agent.simulator.records import Letter, Record, Shape
from voice_agent.simulator.ringing import FellBack, ring
from voice_agent.simulator.signing import Flaw, Signer, wall_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from voice_agent.simulator.functions import FunctionAnswer
    from voice_agent.simulator.post import Delivery

SERVER_ERROR = 500
LINES = (
    {"role": "agent", "content": "Guten Tag, Sie sprechen mit der Assistentin."},
    {"role": "user", "content": "Grüß Gott, hätten Sie übermorgen Zeit?"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Where a server takes what comes besides the websocket; None = not to be tried."""

    webhooks: str | None = None
    inbound: str | None = None
    functions: Sequence[str] = ()
    """Each a whole address, whose last part is the function's name."""
    args: Mapping[str, Any] = field(default_factory=dict)
    """What the functions are called with."""
    key: str | None = None
    """Signs; without one nothing is signed, and forged signatures are not tried."""
    to_number: str = "+493055500000"
    from_number: str | None = "+493055500001"
    ringing_ms: float = 1000
    """More is long: the caller hears it ring."""
    answer_s: float = 10.0
    apart_s: float = 1.0
    """Between two equal function calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knocked:
    """What came of one door."""

    name: str
    requests: int
    slowest_ms: float
    findings: Sequence[Finding]


async def knock(doors: Doors, *, done: Callable[[Knocked], None] | None = None) -> list[Knocked]:
    """Every door that was named."""
    found = []
    async with aiohttp.ClientSession() as session:
        visitor = Visitor(doors=doors, session=session)
        rounds = [
            *([visitor.webhooks(doors.webhooks)] if doors.webhooks else []),
            *([visitor.inbound(doors.inbound)] if doors.inbound else []),
            *(visitor.function(url) for url in doors.functions),
        ]
        for one in rounds:
            knocked = await one
            found.append(knocked)
            if done is not None:
                done(knocked)
    return found


@dataclass(slots=True, kw_only=True)
class Visitor:
    """Tries one door after the other, and notes what happened."""

    doors: Doors
    session: aiohttp.ClientSession
    deliveries: list[Delivery] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    async def webhooks(self, url: str) -> Knocked:
        """Whole lives of calls, in several orders, and what a later version of Retell may send."""
        talked = self._record()
        never = replace(self._record(), ending="dial_no_answer", plain=(), woven=(), duration_ms=0)
        lives = (
            (talked.letters(), Mishaps()),
            (self._record().letters(Shape.OBSERVED), Mishaps(order=Order.BACKWARDS)),
            (self._record().letters(), Mishaps(order=Order.SHUFFLED, doubled=_ALL)),
            (never.letters(), Mishaps()),
            (_of_another_day(talked), Mishaps()),
        )
        for letters, mishaps in lives:
            for one in await deliver(self._post(), url, letters, mishaps):
                self._is_taken(one)
        await self._forged(lambda signer: self._posted(url, talked.letters()[-1].raw, signer))
        return self._knocked("webhooks")

    async def inbound(self, url: str) -> Knocked:
        """A number that is shown, one that is withheld, and one that comes with SIP headers."""
        phone = self._phone()
        asked: tuple[tuple[PhoneCall, dict[str, str], bool], ...] = (
            (phone, {}, True),
            (replace(phone, from_number=None), {}, False),
            (phone, {"X-Line": "3", "Diversion": "<sip:4930@sip.invalid>"}, True),
        )
        for one, sip, names_call in asked:
            found = await ring(
                self.session,
                url,
                one,
                signer=self._signer(),
                effort=self._effort(),
                sip_headers=sip,
                names_call=names_call,
            )
            self.deliveries.append(found.delivery)
            if isinstance(found, FellBack):
                self._find(Fault.UNUSABLE, found.reason)
            elif found.delivery.last.ms > self.doors.ringing_ms:
                self._find(Fault.SLOW_ANSWER, f"{found.delivery.last.ms:.0f} ms while it rings")
        await self._forged(lambda signer: self._rung(url, signer))
        return self._knocked("inbound")

    async def function(self, url: str) -> Knocked:
        """As it is meant, as models get it wrong, twice, without its call, and as a GET."""
        name = urlsplit(url).path.rstrip("/").rpartition("/")[2]
        record, args = self._record(), self.doors.args
        caller = FunctionCaller(
            session=self.session, signer=self._signer(), effort=self._effort(retries=0)
        )
        self._is_answered("the call as it is meant", await caller.call(url, name, args, record))
        for what, odd in made_up(args):
            self._breaks_nothing(what, await caller.call(url, name, odd, record))
        for payload in (Payload.AT_ROOT, Payload.QUERY):
            other = replace(caller, payload=payload)
            answer = await other.call(url, name, args, record)
            self._breaks_nothing(f"arguments {payload.value}", answer)
        await self._twice(caller, url, name)
        await self._forged(lambda signer: self._called(url, name, signer))
        return self._knocked(f"function {name}")

    async def _twice(self, caller: FunctionCaller, url: str, name: str) -> None:
        record = self._record()
        first, second = await caller.call_twice(
            url, name, self.doors.args, record, apart_s=self.doors.apart_s
        )
        self._is_answered("the second of two equal calls", second)
        if first.text != second.text:
            self._find(
                Fault.ANSWERED_DIFFERENTLY,
                f"two equal calls {self.doors.apart_s} s apart: {first.text[:80]!r} and "
                f"{second.text[:80]!r}",
            )

    async def _forged(self, sent: Callable[[Signer], Any]) -> None:
        """Nothing is let in that Retell has not signed."""
        if self.doors.key is None:
            return
        for flaw in (flaw for flaw in Flaw if flaw is not Flaw.NONE):
            delivery: Delivery = await sent(Signer(key=self.doors.key, flaw=flaw))
            self.deliveries.append(delivery)
            if delivery.taken:
                self._find(Fault.FORGED, f"signature {flaw.value}: {delivery.last.status}")

    async def _posted(self, url: str, raw: bytes, signer: Signer) -> Delivery:
        return await self._post(signer, retries=0).send(url, raw)

    async def _rung(self, url: str, signer: Signer) -> Delivery:
        effort = self._effort(retries=0)
        found = await ring(self.session, url, self._phone(), signer=signer, effort=effort)
        return found.delivery

    async def _called(self, url: str, name: str, signer: Signer) -> Delivery:
        caller = FunctionCaller(session=self.session, signer=signer, effort=self._effort(retries=0))
        return (await caller.call(url, name, self.doors.args, self._record())).delivery

    def _is_taken(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        if not delivery.taken:
            statuses = ", ".join(str(one.status or "no answer") for one in delivery.attempts)
            self._find(Fault.NOT_TAKEN, f"{delivery.name}: {statuses}")

    def _is_answered(self, what: str, answer: FunctionAnswer) -> None:
        self._breaks_nothing(what, answer)
        status = answer.delivery.last.status
        if not answer.succeeded and status is not None and status < SERVER_ERROR:
            self._find(Fault.NOT_TAKEN, f"{what}: {status}")
        if answer.cut:
            self._find(Fault.TOO_LONG, what)

    def _breaks_nothing(self, what: str, answer: FunctionAnswer) -> None:
        self.deliveries.append(answer.delivery)
        status = answer.delivery.last.status
        if status is None or status >= SERVER_ERROR:
            self._find(Fault.BROKEN_FUNCTION, f"{what}: {status or 'no answer'}")

    def _knocked(self, name: str) -> Knocked:
        attempts = [attempt for one in self.deliveries for attempt in one.attempts]
        knocked = Knocked(
            name=name,
            requests=len(attempts),
            slowest_ms=max((attempt.ms for attempt in attempts), default=0.0),
            findings=tuple(self.findings),
        )
        self.deliveries, self.findings = [], []
        return knocked

    def _find(self, fault: Fault, detail: str) -> None:
        self.findings.append(Finding(fault=fault, detail=detail))

    def _post(self, signer: Signer | None = None, *, retries: int = 3) -> Post:
        return Post(
            session=self.session,
            signer=signer or self._signer(),
            effort=self._effort(retries=retries),
        )

    def _signer(self) -> Signer:
        return Signer(key=self.doors.key)

    def _effort(self, *, retries: int = 3) -> Effort:
        return Effort(timeout_s=self.doors.answer_s, retries=retries)

    def _phone(self) -> PhoneCall:
        return PhoneCall(
            base_url="ws://simulated.invalid",
            to_number=self.doors.to_number,
            from_number=self.doors.from_number,
        )

    def _record(self) -> Record:
        """A call of its own each time."""
        return Record(
            phone=self._phone(),
            ending="user_hangup",
            plain=LINES,
            woven=LINES,
            latencies_ms=(210.0, 340.0),
            duration_ms=24_000,
            ended_ms=wall_ms(),
        )


_ALL = frozenset({"call_started", "call_ended", "call_analyzed", "transcript_updated"})


def _of_another_day(record: Record) -> list[Letter]:
    """An event that does not exist yet, and fields that nobody knows."""
    unknown = Letter(event="call_dreamt", body={"event": "call_dreamt", "dream": {"of": "sheep"}})
    ended = record.ended() | {"mood": "good", "disconnection_reason": "a_reason_of_tomorrow"}
    more = {"event": "call_ended", "event_timestamp": record.ended_ms, "call": ended}
    return [unknown, Letter(event="call_ended", body=more)]
