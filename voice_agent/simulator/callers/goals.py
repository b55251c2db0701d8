"""What a caller truly wants; the call is judged by it, and the agent is told in words only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from booking_core.domain.catalogue import Role
from voice_agent.simulator.callers.grammar import lexicon
from voice_agent.simulator.callers.when import NOON, When

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from booking_core.domain.catalogue import Salon, Staff

FIRST_NUMBER, NUMBERS = 200, 700  # +49 30 23125 xxx is reserved for stories
WITHHELD, WITH_STAFF, SEVERAL, HAS_EMAIL, SPELLS = 0.08, 0.4, 0.08, 0.4, 0.08
WRONG, ONLY_ASKS = 0.02, 0.04
QUESTIONS = ("ask_price", "ask_duration", "ask_hours", "ask_address", "ask_who", "ask_robot")


class Errand(StrEnum):
    """Why somebody calls."""

    BOOK = "book"
    ASK = "ask"
    WRONG_NUMBER = "wrong number"


class Slot(StrEnum):
    """A piece of what the agent has to know."""

    SERVICE = "service"
    STAFF = "staff"
    WHEN = "when"
    NAME = "name"
    EMAIL = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What somebody wants from this call."""

    errand: Errand
    services: tuple[int, ...] = ()
    """Numbers of the catalogue."""
    staff: str | None = None
    """First name of whom they want; None = anybody."""
    whens: tuple[When, ...] = ()
    """The wish, and what would do if that is impossible."""
    name: str = ""
    male: bool = False
    letters: str | None = None
    """How the surname is spelled, by those who have to."""
    phone: str | None = None
    email: str | None = None
    question: str | None = None
    """What they want to know besides."""


def a_goal(number: int, salon: Salon, now: datetime, chance: Random) -> Goal:
    """What the caller of this number wants."""
    luck = chance.random()
    person = _person(chance)
    phone = None if chance.random() < WITHHELD else _phone(number)
    if luck < WRONG:
        return Goal(errand=Errand.WRONG_NUMBER, phone=phone)
    if luck < WRONG + ONLY_ASKS:
        services, question = _services(salon, chance)[:1], chance.choice(QUESTIONS[:4])
        return Goal(errand=Errand.ASK, services=services, question=question, phone=phone)
    services = _services(salon, chance)
    able = able_staff(services, salon)
    staff = chance.choice(able) if able and chance.random() < WITH_STAFF else None
    name = str(person["name"])
    return Goal(
        errand=Errand.BOOK,
        services=services,
        staff=staff.first_name if staff else None,
        whens=_whens(services, staff, salon, now, chance),
        name=name,
        male=bool(person["male"]),
        letters=person.get("letters"),
        phone=phone,
        email=_email(name) if chance.random() < HAS_EMAIL else None,
        question=chance.choice(QUESTIONS),
    )


def able_staff(services: Sequence[int], salon: Salon) -> list[Staff]:
    """Who can do all that is not assistance."""
    needed = {
        segment.skill
        for number in services
        for segment in salon.service_numbered(number).segments
        if segment.role is Role.LEAD
    }
    return [member for member in salon.staff if member.active and needed <= set(member.skills)]


def another_when(
    services: Sequence[int], staff: Staff | None, salon: Salon, now: datetime, chance: Random
) -> When:
    """A wish for a time at which the salon works, and whoever is wished for."""
    whole = timedelta(minutes=sum(salon.service_numbered(n).total_minutes for n in services))
    day, opens, closes = _a_day(staff, salon, now, chance)
    last = (datetime.combine(day, closes) - whole).time()
    starts = [at for at in _grid(opens, closes) if opens <= at <= last] or [opens]
    match chance.choices(["at", "day", "half", "after", "between"], weights=[60, 14, 14, 8, 4])[0]:
        case "at":
            return When(day=day, at=chance.choice(starts))
        case "day":
            return When(day=day)
        case "half":
            early = chance.random() < 0.5  # noqa: PLR2004 - heads or tails
            return When(day=day, before=NOON) if early else When(day=day, after=NOON)
        case "after":
            return When(day=day, after=chance.choice(starts).replace(minute=0))
        case _:
            begin = chance.choice(starts).replace(minute=0)
            return When(day=day, after=begin, before=time(min(begin.hour + 3, 21)))


def _whens(
    services: Sequence[int], staff: Staff | None, salon: Salon, now: datetime, chance: Random
) -> tuple[When, ...]:
    if chance.random() < 0.1:  # noqa: PLR2004 - one in ten is in need
        return (When(soonest=True),)
    first = another_when(services, staff, salon, now, chance)
    other = another_when(services, staff, salon, now, chance)
    return (first, When(day=other.day), When(soonest=True))


def _a_day(
    staff: Staff | None, salon: Salon, now: datetime, chance: Random
) -> tuple[date, time, time]:
    """A day in the next weeks, mostly soon, and from when to when somebody is there."""
    while True:
        ahead = min(chance.randint(1, 9) if chance.random() < 0.7 else chance.randint(1, 40), 80)  # noqa: PLR2004 - mostly soon
        day = now.date() + timedelta(days=ahead)
        hours = staff.hours if staff else salon.branch.opening_hours
        open_hours = [h for h in hours if h.weekday == day.weekday()]
        if open_hours and not salon.special_day(day):
            return day, min(h.start for h in open_hours), max(h.end for h in open_hours)


def _grid(opens: time, closes: time) -> list[time]:
    minutes = range(opens.hour * 60, closes.hour * 60, 15)
    weights = {0: 4, 30: 2}
    return [time(m // 60, m % 60) for m in minutes for _ in range(weights.get(m % 60, 1))]


def _services(salon: Salon, chance: Random) -> tuple[int, ...]:
    words = lexicon(salon.branch.language)
    if chance.random() < SEVERAL:
        return tuple(chance.choice(words["together"]))
    often: Mapping[int, int] = words["often"]
    return (chance.choices(list(often), weights=list(often.values()))[0],)


def _person(chance: Random) -> Mapping[str, Any]:
    words = lexicon("de")
    people: list[Mapping[str, Any]] = words["spelled" if chance.random() < SPELLS else "people"]
    return chance.choice(people)


def _phone(number: int) -> str:
    return f"+493023125{FIRST_NUMBER + number % NUMBERS:03}"


_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def _email(name: str) -> str:
    return f"{name.lower().translate(_PLAIN).replace(' ', '.')}@example.com"
