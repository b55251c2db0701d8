"""A running server with a small conversation of its own, and a bare line to it, as Retell's is."""

# ruff: noqa: ARG002 - doubles take what their protocol hands them
from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Never
from uuid import UUID, uuid4, uuid5

import pytest
from aiohttp import web
from websockets.asyncio.client import ClientConnection, connect

from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.domain.appointment import Appointment, AppointmentState, Customer
from booking_core.domain.booking import BookAppointment, Booked, Taken
from booking_core.domain.catalogue import Branch, Company, Salon
from booking_core.domain.interval import Span
from booking_core.domain.plan import Claim, Plan, PlannedSegment, VisitRequest
from booking_core.domain.requests import CallbackNoted, RequestCallback
from booking_core.domain.slots import SlotOffer, SlotQuery, SlotsFound
from nlu import Intent, IntentScore, Understanding
from voice_agent.app import Services, build_app
from voice_agent.config import Settings
from voice_agent.dialogue.actions import (
    Action,
    Book,
    EndCall,
    FindSlots,
    KeepLead,
    NoteConsent,
    NoteRequest,
    ReleaseHolds,
    Say,
    Sentence,
    Transfer,
)
from voice_agent.dialogue.events import (
    BookingAnswered,
    CallerHungUp,
    CallerSilent,
    CallerSpoke,
    CallStarted,
    Event,
    RequestNoted,
    SlotsAnswered,
    WorkFailed,
)
from voice_agent.dialogue.patience import Patience
from voice_agent.journal import Outcome

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from contextlib import AbstractAsyncContextManager

    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.booking import BookingResult
    from booking_core.domain.slots import SlotAnswer
    from voice_agent.dialogue.script import CallFacts, Notice

NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)
DIALLED = "+4930555000"
IDS = UUID("c7a25b6e-0000-4000-8000-000000000000")
SALON = "+4930555099"


def make_salon(key: str, number: str) -> Salon:
    company = Company(id=uuid5(IDS, "company"), key="probe", code="PROBE", name="Salon Probe")
    branch = Branch(
        id=uuid5(IDS, key),
        key=key,
        code=key.upper(),
        name=f"Salon {key}",
        address="Hauptstraße 1",
        timezone="Europe/Berlin",
        land="BE",
        language="de",
        opening_hours=(),
        phone_numbers=(number,),
    )
    return Salon(company=company, branch=branch, staff=(), resources=(), services=())


def make_plan() -> Plan:
    staff, service = uuid5(IDS, "staff"), uuid5(IDS, "service")
    span = Span(NOON, NOON + timedelta(minutes=30))
    segment = PlannedSegment(
        index=1, of=1, key="A", name="Schnitt", service_id=service, staff_id=staff, span=span
    )
    claim = Claim(resource_id=staff, span=span)
    return Plan(services=(service,), segments=(segment,), claims=(claim,))


@dataclass
class Clock:
    """Stands still."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at


class Desk:
    """A desk that answers when it is let; `search` and `book` closed = it keeps callers waiting."""

    def __init__(self) -> None:
        self.searching, self.booking = asyncio.Event(), asyncio.Event()
        self.recognising = asyncio.Event()
        self.searching.set()
        self.booking.set()
        self.recognising.set()
        self.began = asyncio.Event()
        self.queries: list[SlotQuery] = []
        self.orders: list[BookAppointment] = []
        self.results: dict[str, BookingResult] = {}
        self.released: list[str] = []
        self.renewed: list[str] = []
        self.is_taken = False
        self.error: Exception | None = None
        self.customers: list[Customer] = []
        self.callbacks: list[RequestCallback] = []

    async def offer_slots(self, query: SlotQuery) -> SlotAnswer:
        self.queries.append(query)
        self.began.set()
        await self.searching.wait()
        if self.error:
            raise self.error
        return SlotsFound(offers=(SlotOffer(id="first", plan=make_plan(), wish=0),))

    async def book(self, order: BookAppointment) -> BookingResult:
        self.orders.append(order)
        self.began.set()
        await self.booking.wait()
        if self.error:
            raise self.error
        return self.results.setdefault(order.key, self._result(order))

    async def find_appointments(self, *_: object, **__: object) -> Sequence[Appointment]:
        return ()

    async def not_ordered(self, order: object) -> Never:
        """The small conversation changes no visit and waits for none."""
        raise AssertionError(order)

    cancel = note_lateness = reschedule = join_waiting_list = not_ordered

    async def call_back(self, request: RequestCallback) -> CallbackNoted:
        self.callbacks.append(request)
        return CallbackNoted(name=request.name, phone=request.phone, due_at=NOON)

    async def known_callers(self, _branch_id: UUID, phone: str) -> Sequence[Customer]:
        await self.recognising.wait()
        return [person for person in self.customers if person.phone == phone]

    async def renew_holds(self, owner: str) -> None:
        self.renewed.append(owner)

    async def release_holds(self, owner: str) -> None:
        self.released.append(owner)

    def _result(self, order: BookAppointment) -> BookingResult:
        if self.is_taken:
            return Taken(plan=order.plan)
        appointment = Appointment(
            id=uuid4(),
            branch_id=order.branch_id,
            code="ABC234",
            state=AppointmentState.BOOKED,
            version=1,
            plan=order.plan,
            service_names=("Schnitt",),
            price_cents=3000,
            customer=order.customer,
            call_id=order.call_id,
        )
        return Booked(appointment=appointment)


@dataclass(frozen=True)
class Talk:
    """State of the small conversation."""

    heard: tuple[str, ...] = ()
    version: int = 0
    is_offered: bool = False
    is_leaving: bool = False


class SmallScript:
    """A conversation in a dozen lines, so that the engine is seen and not the policy.

    "suche" searches, "ja" books what was offered ("ja und tschau" ends with it), "tschüss" ends,
    "verbinde" puts through, "wer bin ich" tells who is on file, "Rückruf" asks for one, "nicht
    aufzeichnen" is kept, "kaputt" breaks; anything else is repeated, with everything heard before.
    """

    def begin(self, facts: CallFacts) -> Talk:
        return Talk()

    def step(  # noqa: PLR0911 - one row per event
        self, state: Talk, event: Event, facts: CallFacts, now: datetime
    ) -> tuple[Talk, tuple[Action, ...]]:
        match event:
            case CallStarted():
                return state, (_say("greeting", facts.salon.branch.name),)
            case CallerSilent():
                return state, (_say("reminder", "Sind Sie noch da?"),)
            case SlotsAnswered():
                return replace(state, is_offered=True), (_say("offer", "Um zwölf wäre Platz."),)
            case BookingAnswered(result=Booked()):
                booked = _say("booked", "Der Termin steht.", uninterruptible=True)
                return state, (booked, EndCall()) if state.is_leaving else (booked,)
            case BookingAnswered():
                return state, (_say("taken", "Der Platz ist weg."),)
            case RequestNoted():
                return state, (_say("noted", "Das ist notiert."),)
            case WorkFailed(work=work):
                return state, (_say("failed", f"{work.value} ging nicht."),)
            case CallerHungUp():
                lead = (KeepLead(lead={"heard": list(state.heard)}),) if state.heard else ()
                return state, (*lead, ReleaseHolds())
            case CallerSpoke():
                return self._spoken(state, event, facts)

    def _spoken(  # noqa: PLR0911 - one row a word
        self, state: Talk, event: CallerSpoke, facts: CallFacts
    ) -> tuple[Talk, tuple[Action, ...]]:
        text = event.understanding.text
        if event.during_work:
            return state, (_say("meanwhile", f"Nebenbei {text}."),)
        if "kaputt" in text:
            raise RuntimeError(text)
        if "wer bin ich" in text:
            names = [person.name for person in facts.known] or ["niemand"]
            return state, (_say("known", f"Sie sind {', '.join(names)}."),)
        if "verbinde" in text:
            return state, (_say("handing_over", "Ich versuche es."), Transfer(number=SALON))
        if "Rückruf" in text:
            branch = facts.salon.branch.id
            request = RequestCallback(key=facts.call_id, branch_id=branch, phone=SALON, reason="x")
            return state, (NoteRequest(order=request),)
        if "nicht aufzeichnen" in text:
            refused = NoteConsent(kind="recording", given=False, words=text)
            return state, (_say("ok", "Gut."), refused)
        if "tschüss" in text:
            return state, (_say("bye", "Auf Wiederhören."), EndCall())
        if "suche" in text:
            return replace(state, heard=(*state.heard, text)), (
                FindSlots(query=self._query(facts)),
            )
        if "ja" in text and state.is_offered:
            version = state.version + 1
            order = self._order(facts, version)
            is_leaving = "tschau" in text
            booking = replace(state, version=version, is_offered=False, is_leaving=is_leaving)
            return booking, (Book(order=order),)
        heard = (*state.heard, text)
        cut = "unterbrochen " if event.interrupted else ""
        return replace(state, heard=heard), (_say("echo", f"Gehört {cut}{' / '.join(heard)}."),)

    def _query(self, facts: CallFacts) -> SlotQuery:
        visit = VisitRequest(services=(uuid5(IDS, "service"),))
        return SlotQuery(branch_id=facts.salon.branch.id, visit=visit, owner=self.owner(facts))

    def _order(self, facts: CallFacts, version: int) -> BookAppointment:
        return BookAppointment(
            key=f"{facts.call_id}:{version}",
            owner=self.owner(facts),
            branch_id=facts.salon.branch.id,
            plan=make_plan(),
            customer=Customer(name="Wiebke Jansen"),
            call_id=facts.call_id,
        )

    def outcome(self, _: Talk, *, ending: bool) -> Outcome:
        return Outcome.NOT_BOOKED if ending else Outcome.ABANDONED

    def understand(self, text: str, state: Talk, facts: CallFacts, now: datetime) -> Understanding:
        intent = Intent.AFFIRM if text.startswith("ja") else Intent.INFORM
        scored = IntentScore(intent=intent, score=1.0)
        return Understanding(text=text, language="de", intents=(scored,))

    def language(self, state: Talk, facts: CallFacts) -> str:
        return "de"

    def words(self, sentence: Sentence, facts: CallFacts) -> str:
        return str(sentence.values["text"])

    def notice(self, notice: Notice, *, language: str, seed: str) -> str:
        return f"Hinweis {notice.value}."

    def owner(self, facts: CallFacts) -> str:
        return f"call:{facts.call_id}"

    def warm_up(self, salon: Salon, now: datetime) -> None:
        pass

    def dump(self, state: Talk) -> str:
        return json.dumps([state.heard, state.version, state.is_offered, state.is_leaving])

    def load(self, text: str) -> Talk:
        heard, *rest = json.loads(text)
        return Talk(tuple(heard), *rest)


def _say(key: str, text: str, *, uninterruptible: bool = False) -> Say:
    sentence = Sentence(key=key, values={"text": text})
    return Say(sentence=sentence, uninterruptible=uninterruptible)


@dataclass
class Spoken:
    """One whole answer."""

    frames: list[dict[str, Any]]

    @property
    def text(self) -> str:
        return "".join(frame["content"] for frame in self.frames)

    @property
    def last(self) -> dict[str, Any]:
        return self.frames[-1]


@dataclass
class Phone:
    """One websocket, driven by hand: sends what Retell would send, notes every frame."""

    socket: ClientConnection
    transcript: list[dict[str, Any]] = field(default_factory=list)
    frames: list[dict[str, Any]] = field(default_factory=list)

    async def send(self, **event: Any) -> None:
        await self.socket.send(json.dumps(event))

    async def frame(self) -> dict[str, Any]:
        """The next frame; the test fails when none comes."""
        async with asyncio.timeout(60):
            frame: dict[str, Any] = json.loads(await self.socket.recv())
        self.frames.append(frame)
        return frame

    async def overheard(self, seconds: float = 0.15) -> list[dict[str, Any]]:
        """What comes within this time without being waited for."""
        heard: list[dict[str, Any]] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    heard.append(json.loads(await self.socket.recv()))
        return heard

    async def nothing(self, seconds: float = 0.15) -> None:
        """Fails when a frame comes."""
        assert await self.overheard(seconds) == []

    async def introduce(self, **call: Any) -> None:
        facts = {"call_id": "c", "to_number": DIALLED, "from_number": "+491713333333", **call}
        await self.send(interaction_type="call_details", call=facts)

    async def greeted(self) -> Spoken:
        """Config, details, greeting: the beginning of every call."""
        config = await self.frame()
        assert config["response_type"] == "config"
        await self.introduce()
        greeting = await self.answer(0)
        self.hears(greeting.text)
        return greeting

    def says(self, text: str) -> None:
        self.transcript.append({"role": "user", "content": text})

    def hears(self, text: str) -> None:
        self.transcript.append({"role": "agent", "content": text})

    async def ask(self, response_id: int, *, reminder: bool = False) -> None:
        kind = "reminder_required" if reminder else "response_required"
        await self.send(interaction_type=kind, response_id=response_id, transcript=self.transcript)

    async def answer(self, response_id: int) -> Spoken:
        """All frames of this response up to its last; any other frame fails the test."""
        frames = [await self.frame()]
        while not frames[-1]["content_complete"]:
            frames.append(await self.frame())
        assert {frame["response_id"] for frame in frames} == {response_id}
        return Spoken(frames)

    async def exchange(self, response_id: int, text: str) -> Spoken:
        """The caller says this and hears the whole answer."""
        self.says(text)
        await self.ask(response_id)
        answer = await self.answer(response_id)
        self.hears(answer.text)
        return answer


@asynccontextmanager
async def _dialled(url: str) -> AsyncIterator[Phone]:
    async with connect(url, max_size=None, ping_interval=None) as socket:
        yield Phone(socket)


@dataclass
class Server:
    """A running application."""

    runner: web.AppRunner
    port: int
    app: web.Application

    @asynccontextmanager
    async def call(
        self, call_id: str = "call_1", *, path: str = "/llm-websocket"
    ) -> AsyncIterator[Phone]:
        async with _dialled(f"ws://127.0.0.1:{self.port}{path}/{call_id}") as phone:
            yield phone

    async def stop(self) -> None:
        await self.runner.cleanup()


@asynccontextmanager
async def _running(services: Services) -> AsyncIterator[Server]:
    app = build_app(services)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield Server(runner, runner.addresses[0][1], app)
    finally:
        await runner.cleanup()


PATIENT = Patience(
    filler_s=60.0,
    first_watchdog_s=60.0,
    next_watchdog_s=60.0,
    later_watchdog_s=60.0,
    search_s=90.0,
    booking_s=90.0,
    known_callers_s=60.0,
    details_s=60.0,
    late_details_s=60.0,
    idle_s=60.0,
    late_s=60.0,
)
"""Nothing is said or given up because a machine was slow; tests shorten what they are about."""


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def make_salons(engine: AsyncEngine) -> Any:
    """Stores salons, one for each number."""

    async def make(**numbers: str) -> PostgresSalons:
        salons = PostgresSalons(engine)
        for name, number in numbers.items():
            await salons.save(make_salon(name, number))
        return salons

    return make


@pytest.fixture
async def services(make_salons: Any, desk: Desk, redis: Redis, engine: AsyncEngine) -> Services:
    """Everything a server needs; tests replace what they are about."""
    return Services(
        settings=Settings(),
        salons=await make_salons(Probe=DIALLED),
        desk=desk,
        clock=Clock(),
        redis=redis,
        engine=engine,
        script=SmallScript(),
        patience=PATIENT,
        freeze_garbage=False,
    )


@pytest.fixture
async def start(engine: AsyncEngine, redis: Redis) -> AsyncIterator[Any]:
    """Starts servers that stop before what they stand on: `server = await start(services)`."""
    del engine, redis
    async with AsyncExitStack() as stack:

        async def begin(services: Services) -> Server:
            running: AbstractAsyncContextManager[Server] = _running(services)
            return await stack.enter_async_context(running)

        yield begin


@pytest.fixture
async def server(start: Any, services: Services) -> Server:
    """One running server."""
    running: Server = await start(services)
    return running


@pytest.fixture
def hurried(start: Any, services: Services) -> Any:
    """Starts a server that waits for less: `server = await hurried(filler_s=0.1)`."""

    async def begin(**seconds: float) -> Server:
        patience = replace(services.patience, **seconds)
        running: Server = await start(replace(services, patience=patience))
        return running

    return begin


@pytest.fixture
def dial() -> Any:
    """Opens a line to any server: `async with dial(url) as phone`."""
    return _dialled
