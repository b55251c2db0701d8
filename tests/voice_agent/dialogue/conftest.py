"""A conversation at policy level: words or meanings in, sentences and actions out, no server."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import uuid5
from zoneinfo import ZoneInfo

import pytest

from booking_core.adapters.public_holidays import public_holidays
from booking_core.domain.appointment import Appointment, AppointmentState
from booking_core.domain.booking import Booked, Failed, FailureCause, Taken
from booking_core.domain.interval import Span
from booking_core.domain.search import answer
from nlu import (
    Candidate,
    Choice,
    Grain,
    Intent,
    IntentScore,
    PersonName,
    ServiceMention,
    StaffMention,
    StaffWish,
    TimeExpression,
    Understanding,
    YesNo,
)
from voice_agent.dialogue import sentences
from voice_agent.dialogue.actions import Book, EndCall, FindSlots, ReleaseHolds, Say
from voice_agent.dialogue.events import (
    BookingAnswered,
    CallerHungUp,
    CallerSilent,
    CallerSpoke,
    CallStarted,
    SlotsAnswered,
    Work,
    WorkFailed,
)
from voice_agent.dialogue.policy import next_step
from voice_agent.dialogue.scene import Scene
from voice_agent.dialogue.state import dump, load, start

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from booking_core.domain.booking import BookAppointment, BookingResult
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.slots import SlotAnswer, SlotQuery
    from voice_agent.dialogue.actions import Action
    from voice_agent.dialogue.events import Event

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2025, 10, 27, 9, 0, tzinfo=BERLIN)
"""A Monday: the salon is closed, the agent answers."""
CALLER = "+4917139200044"


@dataclass
class World:
    """The salon's calendar beside the call: who is taken when, and how bookings end."""

    salon: Salon
    busy: dict[UUID, list[Span]] = field(default_factory=dict)
    fates: list[str] = field(default_factory=list)
    """How the next bookings end: booked, taken, failed, undoing, broken; then always booked."""
    searches: list[SlotQuery] = field(default_factory=list)
    orders: list[BookAppointment] = field(default_factory=list)
    search_breaks: int = 0
    """How many of the next searches raise."""

    def block(self, name: str, day: str, begins: str, ends: str) -> None:
        """Somebody is taken."""
        member = next(m for m in self.salon.staff if m.first_name == name)
        on = datetime.fromisoformat(day).replace(tzinfo=BERLIN)
        clocks = [time.fromisoformat(clock) for clock in (begins, ends)]
        span = Span(*(datetime.combine(on, clock, BERLIN) for clock in clocks))
        self.busy.setdefault(member.id, []).append(span)

    def find(self, query: SlotQuery, now: datetime) -> SlotsAnswered | WorkFailed:
        """The real search over this calendar."""
        self.searches.append(query)
        if self.search_breaks:
            self.search_breaks -= 1
            return WorkFailed(work=Work.SEARCH)
        found: SlotAnswer = answer(
            query, self.salon, self.busy, now, public_holidays(self.salon.branch.land)
        )
        return SlotsAnswered(answer=found)

    def book(self, order: BookAppointment) -> BookingAnswered | WorkFailed:
        """What becomes of the order."""
        self.orders.append(order)
        fate = self.fates.pop(0) if self.fates else "booked"
        if fate == "broken":
            return WorkFailed(work=Work.BOOKING)
        return BookingAnswered(result=self._result(order, fate))

    def _result(self, order: BookAppointment, fate: str) -> BookingResult:
        if fate == "taken":
            for claim in order.plan.claims:
                self.busy.setdefault(claim.resource_id, []).append(claim.span)
            return Taken(plan=order.plan)
        if fate in {"failed", "undoing"}:
            cause = FailureCause.CALENDAR_SILENT
            return Failed(cause=cause, plan=order.plan, undone=fate == "failed")
        return Booked(
            appointment=booked_appointment(order, self.salon), mail_to=order.customer.email
        )


def booked_appointment(order: BookAppointment, salon: Salon) -> Appointment:
    services = [salon.service(service_id) for service_id in order.plan.services]
    return Appointment(
        id=uuid5(order.branch_id, order.key),
        branch_id=order.branch_id,
        code="K7M2PQ",
        state=AppointmentState.BOOKED,
        version=1,
        plan=order.plan,
        service_names=tuple(service.name for service in services),
        price_cents=sum(service.price_cents for service in services),
        customer=order.customer,
    )


class Conversation:
    """One call against the policy; the state goes through JSON at every step, as it does live."""

    def __init__(self, world: World, now: datetime = NOW, **facts: str | None) -> None:
        self.world = world
        self.scene = Scene(
            salon=world.salon, now=now, call_id="call_7", caller_number=facts.get("number", CALLER)
        )
        self.state = start(call_id="call_7")
        self.log: list[Action] = []
        self.greeting = self.event(
            CallStarted(
                call_id="call_7",
                caller_number=self.scene.caller_number,
                known=facts.get("known", ()),
            ),
        )

    def event(self, event: Event) -> str:
        """Let it happen; searches and bookings are carried out; what the agent says in answer."""
        said: list[str] = []
        queue: list[Event] = [event]
        while queue:
            state, actions = next_step(self.state, queue.pop(0), self.scene)
            self.state = load(dump(state))
            assert self.state == state
            self.log.extend(actions)
            for action in actions:
                match action:
                    case Say(sentence=sentence):
                        said.append(sentences.words(sentence, language="de"))
                    case FindSlots(query=query):
                        queue.append(self.world.find(query, self.scene.now))
                    case Book(order=order):
                        queue.append(self.world.book(order))
                    case ReleaseHolds() | EndCall():
                        pass
        return " ".join(said)

    def says(self, understanding: Understanding, *, interrupted: bool = False) -> str:
        return self.event(CallerSpoke(understanding=understanding, interrupted=interrupted))

    def step(self, event: Event) -> tuple[Action, ...]:
        """One event alone, without carrying out what it asks for."""
        self.state, actions = next_step(self.state, event, self.scene)
        self.log.extend(actions)
        return actions

    def silent(self) -> str:
        return self.event(CallerSilent())

    def hangs_up(self) -> str:
        return self.event(CallerHungUp())

    @property
    def ended(self) -> int:
        """How often the call was ended."""
        return sum(isinstance(action, EndCall) for action in self.log)

    @property
    def released(self) -> bool:
        return any(isinstance(action, ReleaseHolds) for action in self.log)

    def later(self, **ahead: int) -> None:
        self.scene = replace(self.scene, now=self.scene.now + timedelta(**ahead))


class Said:
    """Builds what a caller's sentence means, by hand and in the salon's words."""

    def __init__(self, salon: Salon) -> None:
        self._salon = salon

    def __call__(self, text: str = "...", **parts: object) -> Understanding:
        return Understanding(text=text, language="de", **parts)  # type: ignore[arg-type]

    def service(self, *numbers: int, score: float = 1.0) -> tuple[ServiceMention, ...]:
        ids = [str(self._salon.service_numbered(number).id) for number in numbers]
        found = tuple(Candidate(id=i, score=score) for i in ids)
        return (ServiceMention(candidates=found, span=(0, 3), text="..."),)

    def staff(self, *names: str, score: float = 1.0) -> tuple[StaffMention, ...]:
        team = {member.first_name: str(member.id) for member in self._salon.staff}
        found = tuple(Candidate(id=team[n], score=score) for n in names if n in team)
        text = names[0] if names else "egal"
        wish = StaffWish.NAMED if names else StaffWish.ANY
        return (StaffMention(wish=wish, candidates=found, span=(0, 3), text=text),)

    def at(self, moment: str, **more: object) -> tuple[TimeExpression, ...]:
        """A day, a day with a time, a time: "2025-10-28", "2025-10-28 14:00", "14:00"."""
        if "-" not in moment:
            return (TimeExpression(start=time.fromisoformat(moment), grain=Grain.MINUTE, **more),)  # type: ignore[arg-type]
        grain = Grain.MINUTE if ":" in moment else Grain.DAY
        begins = datetime.fromisoformat(moment).replace(tzinfo=BERLIN)
        return (TimeExpression(start=begins, grain=grain, **more),)  # type: ignore[arg-type]

    def name(self, text: str, *, introduced: bool = False) -> PersonName:
        return PersonName(text=text, score=0.9, introduced=introduced)

    def does(self, *intents: Intent) -> tuple[IntentScore, ...]:
        return tuple(IntentScore(intent=intent, score=0.9) for intent in intents)

    def yes(self, **parts: object) -> Understanding:
        return self("ja", yes_no=YesNo.YES, intents=self.does(Intent.AFFIRM), **parts)

    def no(self, text: str = "nein", **parts: object) -> Understanding:
        return self(text, yes_no=YesNo.NO, intents=self.does(Intent.DENY), **parts)

    def nth(self, index: int) -> Understanding:
        return self("die erste", choice=Choice(index=index), intents=self.does(Intent.SELECT))


@pytest.fixture
def said(demo_salon: Salon) -> Said:
    """Meanings, made by hand."""
    return Said(demo_salon)


@pytest.fixture
def world(demo_salon: Salon) -> World:
    """The demo salon with an empty calendar."""
    return World(salon=demo_salon)


@pytest.fixture
def call(world: World) -> Conversation:
    """A call from an unknown number on Monday, 27 October 2025, 9:00."""
    return Conversation(world)


@pytest.fixture
def begin(world: World) -> Callable[..., Conversation]:
    """A call with other facts: number, known, now."""

    def make(now: datetime = NOW, **facts: str | None) -> Conversation:
        return Conversation(world, now, **facts)

    return make
