"""People who have been to the salon, or are about to come: every room has some."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from voice_agent.simulator.callers.goals import able_staff
from voice_agent.simulator.callers.grammar import lexicon
from voice_agent.simulator.callers.hours import open_on, starts_on
from voice_agent.simulator.replay_before import BookedBefore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from booking_core.domain.catalogue import Salon

LONG_AGO = timedelta(days=30)
"""Since when the books are kept."""
NUMBER = "+493023125{:03}"
FIRST = 150
PAST, TODAY, NEAR = 5, 3, 2
QUICK = (42, 434, 435, 430, 431)
USUAL = (42, 436, 177, 435, 432, 439)
QUARTER = timedelta(minutes=15)
LIMIT = timedelta(hours=24)
SOON = timedelta(minutes=20)
"""Whoever comes later than this has time to call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regulars:
    """Their visits, each of somebody else."""

    past: tuple[BookedBefore, ...] = ()
    today: tuple[BookedBefore, ...] = ()
    """About to begin."""
    near: tuple[BookedBefore, ...] = ()
    """Too near to be called off on the telephone."""

    @property
    def all(self) -> tuple[BookedBefore, ...]:
        """Every visit of theirs."""
        return (*self.past, *self.today, *self.near)


def wanted(salon: Salon, now: datetime, chance: Random) -> tuple[Sequence[BookedBefore], ...]:
    """Past ones, ones that begin soon, and near ones; not all of them will fit."""
    people = chance.sample(lexicon(salon.branch.language)["people"], PAST + TODAY + NEAR)
    names = iter(enumerate((str(one["name"]) for one in people), FIRST))
    local = now.replace(tzinfo=None)
    past = [_past(salon, local, chance, *next(names)) for _ in range(PAST)]
    today = [_next(salon, _soon(local, chance), chance, *next(names)) for _ in range(TODAY)]
    near = [_next(salon, _within_limit(local, chance), chance, *next(names)) for _ in range(NEAR)]
    return (_found(past), _found(today), _found(near))


def _past(
    salon: Salon, now: datetime, chance: Random, number: int, name: str
) -> BookedBefore | None:
    day = now.date() - timedelta(days=chance.randint(4, 27))
    return _visit(salon, chance, [datetime.combine(day, now.time())], chance.choice(USUAL),
                  (number, name), any_time=True)  # fmt: skip


def _next(
    salon: Salon, starts: Sequence[datetime], chance: Random, number: int, name: str
) -> BookedBefore | None:
    return _visit(salon, chance, starts, chance.choice(QUICK), (number, name), any_time=False)


def _visit(
    salon: Salon,
    chance: Random,
    starts: Sequence[datetime],
    service: int,
    who: tuple[int, str],
    *,
    any_time: bool,
) -> BookedBefore | None:
    """The first of these starts at which somebody works who does it."""
    for start in starts:
        able = able_staff([service], salon)
        for staff in chance.sample(able, len(able)):
            if (there := open_on(start.date(), staff, salon)) is None:
                continue
            fits = starts_on(start.date(), *there, [service], salon)
            at = chance.choice(fits) if any_time else start.time()
            if at in fits:
                return BookedBefore(
                    service=service,
                    start=datetime.combine(start.date(), at),
                    staff=staff.first_name,
                    customer=who[1],
                    phone=NUMBER.format(who[0]),
                )
    return None


def _soon(now: datetime, chance: Random) -> list[datetime]:
    first = _quarter(now + SOON)
    return [first + QUARTER * n for n in range(chance.randint(0, 4), 10)]


def _within_limit(now: datetime, chance: Random) -> list[datetime]:
    hours = chance.sample(range(3, 23), 20)
    return [_quarter(now + timedelta(hours=h)) for h in hours if timedelta(hours=h) < LIMIT]


def _quarter(moment: datetime) -> datetime:
    """The next quarter of an hour."""
    whole = moment.replace(minute=0, second=0, microsecond=0)
    return whole + QUARTER * -(-(moment - whole) // QUARTER)


def _found(visits: Sequence[BookedBefore | None]) -> list[BookedBefore]:
    return list(_kept(visits))


def _kept(visits: Sequence[BookedBefore | None]) -> Iterator[BookedBefore]:
    return (one for one in visits if one is not None)
