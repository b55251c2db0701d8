"""Draws what a caller wants: which errand, and all that belongs to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from voice_agent.simulator.callers.goals import (
    BOOKINGS,
    CHANGES,
    SHARES,
    Errand,
    Goal,
    able_staff,
)
from voice_agent.simulator.callers.grammar import lexicon
from voice_agent.simulator.callers.hours import a_day, starts_on, whens
from voice_agent.simulator.callers.tongues import TONGUES
from voice_agent.simulator.replay_before import BookedBefore, BusyBefore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from booking_core.domain.catalogue import Salon
    from voice_agent.simulator.callers.regulars import Regulars

FIRST_NUMBER, NUMBERS = 200, 700  # +49 30 23125 xxx is reserved for stories
WITHHELD, WITH_STAFF, HAS_EMAIL, SPELLS = 0.08, 0.4, 0.4, 0.08
HAS_BEEN_HERE, SECOND_VISIT, ELSEWHERE, TOO_LATE = 0.1, 0.15, 0.12, 0.12
THEIRS_ALONE, NEVER_FREE = 441, "Oliver"
"""A service that one person alone does: with no free hour of theirs, nothing fits."""
QUICKEST = 435
QUESTIONS = ("ask_price", "ask_duration", "ask_hours", "ask_address", "ask_who", "ask_robot")
ANSWERABLE = ("ask_price", "ask_duration", "ask_hours", "ask_address")
LATENESS = (5, 10, 15, 20, 30)
PAIRS = (
    (Errand.CANCEL, Errand.BOOK),
    (Errand.LOOK_UP, Errand.CANCEL),
    (Errand.LOOK_UP, Errand.MOVE),
    (Errand.LATE, Errand.BOOK),
    (Errand.MOVE, Errand.BOOK),
    (Errand.BOOK, Errand.CALLBACK),
    (Errand.ASK, Errand.BOOK),
)
"""Two things in one call; the second one comes up when the first is settled."""


def a_goal(
    number: int,
    salon: Salon,
    now: datetime,
    chance: Random,
    *,
    regulars: Regulars,
    only: Errand | None = None,
    language: str = "de",
) -> Goal:
    """What the caller of this number wants, whatever language they speak."""
    errand = only or chance.choices(list(SHARES), weights=list(SHARES.values()))[0]
    return _Draw(number, salon, now, chance, regulars, language).goal(errand)


class _Draw:
    """One caller's lots."""

    def __init__(
        self,
        number: int,
        salon: Salon,
        now: datetime,
        chance: Random,
        regulars: Regulars,
        language: str,
    ) -> None:
        self.number = number
        self.salon = salon
        self.now = now
        self.chance = chance
        self.regulars = regulars
        self.language = language

    def goal(self, errand: Errand) -> Goal:  # noqa: PLR0911 - one row an errand
        """All that belongs to this errand; one that cannot be today is another one."""
        match errand:
            case Errand.WRONG_NUMBER:
                return replace(self._somebody(errand), name="")
            case Errand.ASK:
                return replace(
                    self._somebody(errand),
                    services=self._services()[:1],
                    question=self.chance.choice(ANSWERABLE),
                    name="",
                )
            case Errand.BOOK | Errand.TWO_SERVICES:
                return self._booking(errand)
            case Errand.AS_USUAL:
                return self._as_usual()
            case Errand.CALLBACK:
                return self._somebody(errand)
            case Errand.WAIT:
                return self._waiting()
            case Errand.TWO_REQUESTS:
                return self._two()
            case Errand.LATE:
                return self._late()
            case _:
                return self._change(errand)

    # -- something new ----------------------------------------------------------------------

    def _booking(self, errand: Errand) -> Goal:
        several = errand is Errand.TWO_SERVICES
        services = self._several() if several else self._services()
        goal = self._wish(self._somebody(errand), services)
        past = [one for one in self.regulars.past if one.services != services]
        if past and not several and self._luck(HAS_BEEN_HERE):
            return self._as(self.chance.choice(past), goal)
        return goal

    def _wish(self, goal: Goal, services: tuple[int, ...]) -> Goal:
        able = able_staff(services, self.salon)
        staff = self.chance.choice(able) if able and self._luck(WITH_STAFF) else None
        return replace(
            goal,
            services=services,
            staff=staff.first_name if staff else None,
            whens=whens(services, staff, self.salon, self.now, self.chance),
        )

    def _as_usual(self) -> Goal:
        """Somebody who was here: what it was is in the books, and they do not say it."""
        if not self.regulars.past:
            return self._booking(Errand.BOOK)
        last = self.chance.choice(self.regulars.past)
        able = able_staff(last.services, self.salon)
        staff = next(member for member in able if member.first_name == last.staff)
        goal = self._as(last, self._somebody(Errand.AS_USUAL))
        wishes = whens(last.services, staff, self.salon, self.now, self.chance)
        asked = replace(
            goal,
            services=last.services,
            staff=last.staff,
            whens=wishes,
            visit=last,
            standing=True,
        )
        return replace(asked, phone=self._elsewhere()) if self._luck(ELSEWHERE) else asked

    def _waiting(self) -> Goal:
        """Whoever perms has no hour left, as far as anything can be booked."""
        first = datetime.combine(self.now.date(), datetime.min.time())
        busy = BusyBefore(staff=NEVER_FREE, start=first, end=first + timedelta(days=120))
        goal = self._wish(self._somebody(Errand.WAIT), (THEIRS_ALONE,))
        return replace(goal, staff=None, busy=(busy,), question=None)

    def _two(self) -> Goal:
        first, second = self.chance.choice(PAIRS)
        one = self.goal(first)
        if one.errand is not first:  # cannot be today
            return self.goal(Errand.TWO_REQUESTS)
        return replace(one, then=self._second(second, one))

    def _second(self, errand: Errand, one: Goal) -> Goal:
        """By the same person, about the same visit where it is about one."""
        if errand in BOOKINGS:
            other = self._booking(Errand.BOOK)
            while set(other.services) & set(one.services):  # an equal visit is another story
                other = self._booking(Errand.BOOK)
        else:
            other = replace(one, errand=errand, whens=())
        if errand is Errand.MOVE:
            other = self._to_another_time(other)
        named = one if one.name else other
        return replace(
            other,
            name=named.name,
            male=named.male,
            letters=named.letters,
            phone=one.phone,
            mobile=one.mobile,
            email=one.email,
            question=None,
        )

    # -- about a visit that stands ------------------------------------------------------------

    def _late(self) -> Goal:
        if not self.regulars.today:
            return self._change(Errand.MOVE)
        goal = self._about(self.chance.choice(self.regulars.today), Errand.LATE)
        return replace(goal, minutes=self.chance.choice([*LATENESS, None]), standing=True)

    def _change(self, errand: Errand) -> Goal:
        if errand is not Errand.LOOK_UP and self.regulars.near and self._luck(TOO_LATE):
            near = self._about(self.chance.choice(self.regulars.near), errand)
            return self._to_another_time(replace(near, standing=True))
        somebody = self._somebody(errand)
        visit = self._visit(somebody)
        others: tuple[BookedBefore, ...] = ()
        if self._luck(SECOND_VISIT):
            more = self._visit(somebody)
            apart = more.start.date() != visit.start.date() and more.service != visit.service
            others = (more,) if apart else ()
        goal = self._about(visit, errand, somebody)
        changed = self._to_another_time(replace(goal, others=others))
        return replace(changed, phone=self._elsewhere()) if self._luck(ELSEWHERE) else changed

    def _about(self, visit: BookedBefore, errand: Errand, who: Goal | None = None) -> Goal:
        goal = self._as(visit, who or self._somebody(errand))
        return replace(goal, errand=errand, services=visit.services, visit=visit)

    def _to_another_time(self, goal: Goal) -> Goal:
        """With whoever it is with: who moves a visit speaks of the time."""
        if goal.errand is not Errand.MOVE or goal.visit is None:
            return goal
        able = able_staff(goal.services, self.salon)
        staff = next((m for m in able if m.first_name == goal.visit.staff), None)
        wishes = whens(goal.services, staff, self.salon, self.now, self.chance)
        while wishes[0].fits(goal.visit.start):  # where it is now is no other time
            wishes = whens(goal.services, staff, self.salon, self.now, self.chance)
        return replace(goal, whens=wishes, staff=None)

    def _visit(self, who: Goal) -> BookedBefore:
        """More than the salon's limit ahead."""
        services = self._services()
        staff = self.chance.choice(able_staff(services, self.salon))
        day, opens, closes = a_day(staff, self.salon, self.now, self.chance, first=2)
        at = self.chance.choice(starts_on(day, opens, closes, services, self.salon))
        return BookedBefore(
            service=services[0],
            start=datetime.combine(day, at),
            staff=staff.first_name,
            customer=who.name,
            phone=number_of(self.number),
            email=who.email,
        )

    # -- who is calling -----------------------------------------------------------------------

    def _somebody(self, errand: Errand) -> Goal:
        person = _person(self.chance, self.language)
        name = str(person["name"])
        withheld = self._luck(WITHHELD) and errand not in CHANGES | {Errand.AS_USUAL}
        return Goal(
            errand=errand,
            name=name,
            male=bool(person["male"]),
            letters=person.get("letters"),
            phone=None if withheld else number_of(self.number),
            mobile=_mobile(self.number) if withheld else None,
            email=_email(name) if self._luck(HAS_EMAIL) else None,
            question=self.chance.choice(QUESTIONS),
        )

    def _as(self, visit: BookedBefore, goal: Goal) -> Goal:
        """The same wish of somebody who is on file."""
        male = any(p["name"] == visit.customer and p["male"] for p in _everybody())
        spelled = [p.get("letters") for p in _everybody() if p["name"] == visit.customer]
        return replace(
            goal,
            name=visit.customer,
            male=male,
            letters=spelled[0] if spelled else None,
            phone=visit.phone,
            mobile=None,
            email=visit.email,
        )

    def _elsewhere(self) -> str:
        """A number that nobody has on file."""
        return _mobile(self.number)

    def _services(self) -> tuple[int, ...]:
        often: Mapping[int, int] = lexicon(self.salon.branch.language)["often"]
        return (self.chance.choices(list(often), weights=list(often.values()))[0],)

    def _several(self) -> tuple[int, ...]:
        together: Sequence[Sequence[int]] = lexicon(self.salon.branch.language)["together"]
        return tuple(self.chance.choice(together))

    def _luck(self, share: float) -> bool:
        return self.chance.random() < share


def with_visit(goal: Goal, visit: BookedBefore, others: tuple[BookedBefore, ...]) -> Goal:
    """The same wishes of somebody whose visits are these."""
    if goal.visit is None:
        return goal
    then = with_visit(goal.then, visit, others) if goal.then else None
    return replace(goal, visit=visit, others=others, services=visit.services, then=then)


def elsewhere(
    visit: BookedBefore, salon: Salon, now: datetime, chance: Random, *, shorter: bool
) -> BookedBefore:
    """The same visit another time; a shorter one where it fits nowhere."""
    service = QUICKEST if shorter else visit.services[0]
    able = able_staff([service], salon)
    staff = next((m for m in able if m.first_name == visit.staff), able[0])
    day, opens, closes = a_day(staff, salon, now, chance, first=2)
    at = chance.choice(starts_on(day, opens, closes, [service], salon))
    start = datetime.combine(day, at)
    changed = {"service": service, "staff": staff.first_name, "start": start}
    return visit.model_copy(update=changed)


def number_of(number: int) -> str:
    """The telephone of this caller."""
    return f"+493023125{FIRST_NUMBER + number % NUMBERS:03}"


def _mobile(number: int) -> str:
    return f"+4917604069{number % 1000:03}"  # kept free for stories, too


def _everybody() -> Sequence[Mapping[str, Any]]:
    both = [lexicon(language) for language in TONGUES]
    return [one for words in both for one in (*words["people"], *words["spelled"])]


def _person(chance: Random, language: str) -> Mapping[str, Any]:
    words = lexicon(language)
    people: list[Mapping[str, Any]] = words["spelled" if chance.random() < SPELLS else "people"]
    return chance.choice(people)


_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def _email(name: str) -> str:
    return f"{name.lower().translate(_PLAIN).replace(' ', '.')}@example.com"
