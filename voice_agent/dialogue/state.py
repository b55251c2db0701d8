"""All a call is, between two turns: what is wanted, what was offered, what was asked last."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache
from uuid import UUID

from pydantic import ConfigDict, TypeAdapter

from booking_core.domain.appointment import Appointment, Customer
from booking_core.domain.booking import Booked
from booking_core.domain.interval import Span
from booking_core.domain.plan import Plan
from booking_core.domain.requests import CallbackNoted
from booking_core.domain.score import Score
from booking_core.domain.slots import Obstacle, SlotOffer
from nlu import Intent, TimeExpression, Understanding
from voice_agent.dialogue.asked import Clarification, Question  # noqa: TC001 - pydantic reads them
from voice_agent.dialogue.concern import Act, Concern
from voice_agent.dialogue.events import Work
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.request import (
    Met,
    Request,
    Transferring,
)
from voice_agent.dialogue.waiting import Aim, Waiting
from voice_agent.dialogue.wish import Days, Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who comes in the caller's place."""

    name: str
    child: bool = False
    """A child called by the first name has the caller's surname."""


@dataclass(frozen=True, kw_only=True)  # no slots: copied many times a turn, see `replacing`
class Draft:
    """What the caller wants: the one truth that search, read-back and booking use."""

    services: tuple[UUID, ...] = ()
    staff: UUID | None = None
    """Only ever a spoken wish; None = nothing was wished."""
    wishes: tuple[Wish, ...] = ()
    """In order of preference; empty = not said yet."""
    stretch: Days | None = None
    """The week that was named last: a weekday said alone lies in it."""
    avoid: tuple[Wish, ...] = ()
    """Never to be offered in this call."""
    refused: tuple[datetime, ...] = ()
    """Offered starts the caller did not want."""
    name: str | None = None
    """The caller's own."""
    visitor: Visitor | None = None
    """None = the caller comes."""
    phone: str | None = None
    """Another number than the one of the call."""
    email: str | None = None
    strict: bool = False
    """The wished times themselves, or none."""
    moving: UUID | None = None
    """The visit that is to become what is wished here; None = a new one."""
    version: int = 0
    """Grows with every change; a yes belongs to one version, and so does a booking."""

    def same_visit(self, other: Draft) -> bool:
        """Whether a search for one answers the other as well."""
        return self._visit == other._visit

    @property
    def _visit(self) -> tuple[object, ...]:
        when = (self.wishes, self.avoid, self.refused, self.strict)
        return (self.services, self.staff, *when, self.moving)


@dataclass(frozen=True, kw_only=True)  # no slots: copied many times a turn, see `replacing`
class CallState:
    """A call between two turns; small, frozen, kept by call id."""

    call_id: str
    caller_number: str | None = None
    known: tuple[Customer, ...] = ()
    """On file for this number; not spoken before the caller has said a name that fits."""
    greeted: str | None = None
    """The name on file the caller was greeted by, where the salon does that; a spoken one wins."""
    usual_offered: bool = False
    """What they had last has been looked up, to be offered."""
    draft: Draft = field(default_factory=Draft)
    question: Question | None = None
    """None before the greeting, and after the end."""
    unclear: tuple[Clarification, ...] = ()
    """What was said and needs a question back."""
    offers: tuple[SlotOffer, ...] = ()
    """What was found and is held for this draft."""
    chosen: str | None = None
    """Id of the offer that is being agreed on."""
    work: Work | None = None
    """What is running outside."""
    searched: int | None = None
    """Version of the draft the running search is about."""
    ordered: int | None = None
    """Version of the draft that was last sent to be booked; it is never sent again."""
    later: Understanding | None = None
    """Said while work was running; answered with its result."""
    booked: Booked | None = None
    """The last appointment of this call."""
    waiting: tuple[Waiting, ...] = ()
    """Asked for in the same breath as something else; taken up one after the other."""
    concern: Concern | None = None
    """What is being settled about a visit that stands."""
    visits: tuple[Appointment, ...] | None = None
    """Whose they are has been shown; None = not looked up. Nothing of them is said before."""
    set_aside: Draft | None = None
    """The visit that was being talked about before another one is moved."""
    seconds: tuple[UUID, ...] = ()
    """Equal visits that stand and were mentioned: asked about once."""
    overlapping: str | None = None
    """Id of the offer at whose time the caller has another visit, as they were told."""
    beside: tuple[UUID, ...] = ()
    """What somebody else is to have done who comes along."""
    guest: Visitor | None = None
    """Who that is; None = they were not named."""
    guest_staff: UUID | None = None
    """Whom the guest wants to come to."""
    apart: int | None = None
    """Version of the draft for which no time was found at which both fit."""
    request: Request | None = None
    """What is being taken down for the salon."""
    promised: CallbackNoted | None = None
    """The callback that stands."""
    listed: bool = False
    """The caller stands on the waiting list."""
    transfer: Transferring = Transferring.NO
    met: tuple[Met, ...] = ()
    email_asked: bool = False
    email_checked: str | None = None
    """The address that was read back and is right; no other is written to."""
    in_advance: int | None = None
    """Version of the draft that was agreed to before it was looked for."""
    names_checked: tuple[str, ...] = ()
    leaving: bool = False
    """The caller has said goodbye together with the yes."""
    ended: bool = False
    language: str | None = None
    """What the caller speaks; None = the branch's own."""
    turn: int = 0
    silences: int = 0
    misses: int = 0
    """Turns in a row that were not understood."""
    failures: int = 0
    """Failed searches and bookings in a row."""
    obstacle: Obstacle | None = None
    """The reason that was given last; it is not given twice, but again when asked for."""
    asked: Intent | None = None
    """What was asked last, so that half a question is understood: "und an Silvester?"."""
    asked_day: date | None = None
    """The day it was asked about: "dann um zwölf" is on that day."""
    told: Plan | None = None
    """The visit that was told last: what is asked next is about it."""
    late: UUID | None = None
    """The visit somebody will be late for, as long as it was not said by how much."""
    curious: tuple[Intent, ...] = ()
    """What the caller wants to know about a service they have not named yet."""
    refusals: int = 0
    """Rounds of offers that were refused."""
    spoken: str = ""
    """What was said of this turn before the work that is under way."""
    last_words: str = ""
    """What the agent said last, word for word."""

    @property
    def started(self) -> bool:
        """Whether the caller has been greeted."""
        return self.turn > 0

    @property
    def offer(self) -> SlotOffer | None:
        """The offer that is being agreed on."""
        return next((offer for offer in self.offers if offer.id == self.chosen), None)

    @property
    def moving(self) -> Appointment | None:
        """The visit that is being moved, as it stands."""
        visits = self.visits or ()
        return next((visit for visit in visits if visit.id == self.draft.moving), None)

    def amend(self, draft: Draft) -> CallState:
        """The state with a changed draft: an earlier yes is void, unfitting offers are dropped."""
        if replace(draft, version=self.draft.version) == self.draft:
            return self
        changed = replace(self, draft=replace(draft, version=self.draft.version + 1))
        if draft.same_visit(self.draft):
            return changed
        told = self.obstacle if draft.wishes == self.draft.wishes else None
        return replace(changed, offers=(), chosen=None, obstacle=told)


def start(*, call_id: str, caller_number: str | None = None) -> CallState:
    """A call that has not been greeted yet."""
    return CallState(call_id=call_id, caller_number=caller_number)


def dump(state: CallState) -> str:
    """The state as JSON."""
    return _adapter().dump_json((state,), exclude_none=True).decode()


def load(text: str) -> CallState:
    """The state that was dumped; ValueError when the text is none."""
    return _adapter().validate_json(text)[0]


@cache
def _adapter() -> TypeAdapter[tuple[CallState]]:
    # In a tuple, because a dataclass would bring its own configuration: building is put off until
    # pydantic has been told the names that the modules import for type checkers only.
    adapter = TypeAdapter(tuple[CallState], config=ConfigDict(defer_build=True))
    names = (
        *(Act, Aim, Appointment, Booked, Concern, Customer, Days, Intent, Obstacle, Plan, Score),
        *(SlotOffer, Span, TimeExpression, CallbackNoted, Met, Request, Transferring),
        *(Understanding, Waiting, Wish, Work),
        *(UUID, date, datetime, time),
    )
    adapter.rebuild(_types_namespace={name.__name__: name for name in names})
    return adapter
