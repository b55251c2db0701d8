"""A conversation at policy level: words or meanings in, sentences and actions out, no server."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import uuid5
from zoneinfo import ZoneInfo

import pytest

from booking_core.adapters.public_holidays import public_holidays
from booking_core.domain.appointment import Appointment, AppointmentState, Customer
from booking_core.domain.booking import (
    AlreadyThere,
    BookAppointment,
    Booked,
    Failed,
    FailureCause,
    Taken,
)
from booking_core.domain.interval import Span
from booking_core.domain.orders import (
    Cancelled,
    Cancelling,
    Moved,
    NotBooked,
    Outdated,
    TooLate,
    Unchanged,
    UnderWay,
)
from booking_core.domain.plan import VisitRequest
from booking_core.domain.requests import (
    CallbackNoted,
    JoinWaitingList,
    RequestCallback,
    WaitingEntry,
    WaitingState,
)
from booking_core.domain.search import answer
from booking_core.domain.slots import SlotQuery, SlotsFound, TimeWish
from booking_core.workflows.note_late import LatenessNoted, NoteLateness
from booking_core.workflows.side_by_side import find_side_by_side
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
from voice_agent.dialogue.actions import (
    Book,
    Cancel,
    EndCall,
    FindSlots,
    KeepLead,
    LookUp,
    Move,
    NoteConsent,
    NoteLate,
    NoteRequest,
    ReleaseHolds,
    Say,
    Transfer,
)
from voice_agent.dialogue.events import (
    BookingAnswered,
    CallerHungUp,
    CallerSilent,
    CallerSpoke,
    CallStarted,
    CancelAnswered,
    LatenessAnswered,
    MoveAnswered,
    RequestNoted,
    SlotsAnswered,
    VisitsFound,
    Work,
    WorkFailed,
)
from voice_agent.dialogue.policy import next_step
from voice_agent.dialogue.scene import Scene
from voice_agent.dialogue.state import dump, load, start

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from booking_core.domain.booking import BookingResult
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.orders import (
        CancelAppointment,
        CancelResult,
        RescheduleAppointment,
        RescheduleResult,
    )
    from booking_core.domain.plan import Plan
    from booking_core.domain.slots import SlotAnswer
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
    visits: list[Appointment] = field(default_factory=list)
    """What stands already."""
    lookups: list[LookUp] = field(default_factory=list)
    late: list[NoteLateness] = field(default_factory=list)
    changes: list[CancelAppointment | RescheduleAppointment] = field(default_factory=list)
    callbacks: dict[str, RequestCallback] = field(default_factory=dict)
    waiting: dict[str, JoinWaitingList] = field(default_factory=dict)

    def block(self, name: str, day: str, begins: str, ends: str) -> None:
        """Somebody is taken."""
        member = next(m for m in self.salon.staff if m.first_name == name)
        on = datetime.fromisoformat(day).replace(tzinfo=BERLIN)
        clocks = [time.fromisoformat(clock) for clock in (begins, ends)]
        span = Span(*(datetime.combine(on, clock, BERLIN) for clock in clocks))
        self.busy.setdefault(member.id, []).append(span)

    def stand(
        self,
        service: int,
        start: str,
        staff: str,
        name: str = "Petra Hartwig",
        phone: str = CALLER,
        code: str = "K7M3PX",
    ) -> Appointment:
        """A visit that stands, and keeps its people busy."""
        wanted, begins = self.salon.service_numbered(service), _local(start)
        member = next(m for m in self.salon.staff if m.first_name == staff)
        found = answer(
            SlotQuery(
                branch_id=self.salon.branch.id,
                visit=VisitRequest(services=(wanted.id,), staff=member.id),
                owner="before",
                wishes=(TimeWish(window=Span.of_minutes(begins, 5), at=begins),),
            ),
            self.salon,
            self.busy,
            begins - timedelta(days=3),
            public_holidays(self.salon.branch.land),
        )
        assert isinstance(found, SlotsFound)
        assert found.exact
        order = BookAppointment(
            key=start,
            owner="before",
            branch_id=self.salon.branch.id,
            plan=found.offers[0].plan,
            customer=Customer(name=name, phone=phone, email=None),
        )
        visit = replace(booked_appointment(order, self.salon), code=code)
        self.visits.append(visit)
        for claim in visit.plan.claims:
            self.busy.setdefault(claim.resource_id, []).append(claim.span)
        return visit

    def look_up(self, asked: LookUp, now: datetime) -> VisitsFound | WorkFailed:
        """By number or by code, as the core does."""
        self.lookups.append(asked)
        if self.fates[:1] == ["lookup_breaks"]:
            self.fates.pop(0)
            return WorkFailed(work=Work.LOOKUP)
        known = [
            v
            for v in self.visits
            if (v.customer.phone, v.code)[bool(asked.code)]
            == (asked.phone, asked.code)[bool(asked.code)]
        ]
        upcoming = sorted((v for v in known if v.plan.end > now), key=lambda v: v.plan.start)
        past = sorted((v for v in known if v.plan.end <= now), key=lambda v: v.plan.start)
        return VisitsFound(visits=(*upcoming, *(past[::-1] if asked.include_past else ())))

    def note_late(self, order: NoteLateness) -> LatenessAnswered:
        """It is noted."""
        self.late.append(order)
        return LatenessAnswered(result=LatenessNoted(minutes=order.minutes))

    def cancel(self, order: CancelAppointment) -> CancelAnswered | WorkFailed:
        """What becomes of the cancellation."""
        self.changes.append(order)
        fate = self.fates.pop(0) if self.fates else "done"
        if fate == "broken":
            return WorkFailed(work=Work.CANCEL)
        visit = self._visit(order.appointment_id)
        if fate in {"done", "slow"}:
            self._free(visit)
            self.visits.remove(visit)
        results: dict[str, CancelResult] = {
            "done": Cancelled(appointment=visit, mail_to=visit.customer.email),
            "slow": Cancelling(appointment=visit),
            "late": TooLate(limit_hours=24, until=visit.plan.start - timedelta(hours=24)),
            "gone": NotBooked(state=AppointmentState.CANCELLED),
            "busy": UnderWay(appointment=visit),
        }
        return CancelAnswered(result=results[fate])

    def move(self, order: RescheduleAppointment) -> MoveAnswered | WorkFailed:
        """What becomes of the move."""
        self.changes.append(order)
        fate = self.fates.pop(0) if self.fates else "done"
        if fate == "broken":
            return WorkFailed(work=Work.MOVE)
        visit = self._visit(order.appointment_id)
        others = [one for one in self.visits if one.id != visit.id]
        if other := None if order.on_purpose else _there(visit.customer, order.plan, others):
            return MoveAnswered(result=AlreadyThere(appointment=other, plan=order.plan))
        new = replace(visit, plan=order.plan, version=visit.version + 1)
        if fate == "done":
            self._free(visit)
            self.visits[self.visits.index(visit)] = new
        if fate == "taken":
            for claim in order.plan.claims:
                self.busy.setdefault(claim.resource_id, []).append(claim.span)
        silent = FailureCause.CALENDAR_SILENT
        results: dict[str, RescheduleResult] = {
            "done": Moved(appointment=new, before=visit, mail_to=visit.customer.email),
            "same": Unchanged(appointment=visit),
            "taken": Taken(plan=order.plan),
            "failed": Failed(cause=silent, plan=order.plan),
            "undoing": Failed(cause=silent, plan=order.plan, undone=False),
            "late": TooLate(limit_hours=24, until=visit.plan.start - timedelta(hours=24)),
            "gone": NotBooked(state=AppointmentState.CANCELLED),
            "outdated": Outdated(version=visit.version + 1),
            "busy": UnderWay(appointment=visit),
        }
        return MoveAnswered(result=results[fate])

    def _visit(self, one: UUID) -> Appointment:
        return next(visit for visit in self.visits if visit.id == one)

    def _free(self, visit: Appointment) -> None:
        for claim in visit.plan.claims:
            taken = self.busy.get(claim.resource_id, [])
            taken[:] = [span for span in taken if span != claim.span]

    def note(self, order: RequestCallback | JoinWaitingList) -> RequestNoted | WorkFailed:
        """What becomes of a request; asked again by the same key, it is the same one."""
        fate = self.fates.pop(0) if self.fates else "done"
        if fate == "broken":
            return WorkFailed(work=Work.REQUEST)
        if isinstance(order, JoinWaitingList):
            self.waiting[order.key] = order
            entry = WaitingEntry(id=1, wish=order, state=WaitingState.OPEN)
            return RequestNoted(result=entry)
        self.callbacks[order.key] = order
        noted = CallbackNoted(name=order.name, phone=order.phone, due_at=NOW)
        return RequestNoted(result=noted)

    def find(self, query: SlotQuery, now: datetime) -> SlotsAnswered | WorkFailed:
        """The real search over this calendar."""
        self.searches.append(query)
        if self.search_breaks:
            self.search_breaks -= 1
            return WorkFailed(work=Work.SEARCH)
        return SlotsAnswered(answer=self._found(query, now))

    def _found(self, query: SlotQuery, now: datetime) -> SlotAnswer:
        if query.beside is not None:
            return self._side_by_side(query, now)
        own = [visit.plan.claims for visit in self.visits if visit.id == query.moving]
        mine = {(claim.resource_id, claim.span) for claims in own for claim in claims}
        busy = {
            one: [span for span in spans if (one, span) not in mine]
            for one, spans in self.busy.items()
        }
        for claim in query.around.claims if query.around else ():
            busy[claim.resource_id] = sorted([*busy.get(claim.resource_id, ()), claim.span])
        return answer(query, self.salon, busy, now, public_holidays(self.salon.branch.land))

    def _side_by_side(self, query: SlotQuery, now: datetime) -> SlotAnswer:
        """The real rule, which never has to wait here."""

        async def find(query: SlotQuery) -> SlotAnswer:
            return self._found(query, now)

        try:
            find_side_by_side(query, find=find).send(None)
        except StopIteration as done:
            found: SlotAnswer = done.value
        return found

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
        if other := None if order.on_purpose else _there(order.customer, order.plan, self.visits):
            return AlreadyThere(appointment=other, plan=order.plan)
        if fate in {"failed", "undoing"}:
            cause = FailureCause.CALENDAR_SILENT
            return Failed(cause=cause, plan=order.plan, undone=fate == "failed")
        appointment = booked_appointment(order, self.salon)
        self.visits = [*(v for v in self.visits if v.id != appointment.id), appointment]
        beside = None
        if order.beside is not None:
            beside = self._result(order.beside, self.fates.pop(0) if self.fates else "booked")
        return Booked(appointment=appointment, mail_to=order.customer.email, beside=beside)


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


def _there(customer: Customer, plan: Plan, visits: Sequence[Appointment]) -> Appointment | None:
    """The same customer's visit at that time."""
    for visit in visits:
        known = (visit.customer.name, visit.customer.phone)
        if known == (customer.name, customer.phone) and visit.plan.span.overlaps(plan.span):
            return visit
    return None


def _local(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=BERLIN)


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

    def set(self, **settings: bool) -> None:
        """Other settings of the branch, from here on."""
        branch = replace(self.scene.salon.branch, **settings)
        self.scene = replace(self.scene, salon=replace(self.scene.salon, branch=branch))

    def event(self, event: Event) -> str:  # noqa: C901 - one row per action
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
                    case LookUp():
                        queue.append(self.world.look_up(action, self.scene.now))
                    case Cancel(order=order):
                        queue.append(self.world.cancel(order))
                    case NoteLate(order=order):
                        queue.append(self.world.note_late(order))
                    case Move(order=order):
                        queue.append(self.world.move(order))
                    case NoteRequest(order=order):
                        queue.append(self.world.note(order))
                    case ReleaseHolds() | EndCall() | Transfer() | NoteConsent() | KeepLead():
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
    """The demo salon with an empty calendar; it asks nobody for an address."""
    branch = replace(demo_salon.branch, asks_email=False)
    return World(salon=replace(demo_salon, branch=branch))


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
