"""Keep a mirror of what the external calendar knows and we do not: who is busy there.

Near days are read often, far ones seldom, one request for one person's week. A person costs 13
requests in the first five minutes for 90 days, and then 81 an hour, 1.35 of the 120 a minute that
Cal.com allows each key: 5 people 6.75 a minute on five keys, 20 people 27 a minute on twenty.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import structlog

from booking_core.domain.errors import CalendarError, UnknownSalon
from booking_core.domain.interval import Span, shift, subtract
from booking_core.domain.rules import day_span, last_day, today
from booking_core.workflows.patience import reason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from booking_core.domain.catalogue import Branch, Salon
    from booking_core.domain.plan import Plan
    from booking_core.ports import Clock
    from booking_core.workflows.keep_calendar import EverySalon

log = structlog.get_logger()

CELL_MINUTES = 5
DAYS_A_REQUEST = 7  # 2,016 cells of five minutes are an answer of about 100 kB
BANDS = ((7, 45.0), (28, 14 * 60.0))
"""Days ahead, and how old what is known of them may become; a job looks every minute."""
FAR_S = 59 * 60.0
AT_ONCE = 2
MOST_A_ROUND = 3  # of one person: far weeks come one after the other, beside calls and bookings
NEVER = float("inf")

Ages = dict[tuple["UUID", "date"], float]
"""How many seconds ago each day of each person was asked for; missing = never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A user of the external calendar, and whose days are read there."""

    user: str
    event_type_id: int
    """Through which free time is asked for."""
    staff_ids: tuple[UUID, ...]
    """Several where one account has all event types."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that is about to be asked."""

    at: datetime
    """By the database's clock."""
    ours: tuple[Span, ...]
    """What the calendar had of us by then: it is no news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was not free over there, on some days of some people."""

    branch_id: UUID
    staff_ids: tuple[UUID, ...]
    days: Mapping[date, Span]
    not_free: Sequence[Span]
    asked: Asked


class View(Protocol):
    """The external calendar's own view of who is free."""

    async def free(self, salon: Salon, watched: Watched, window: Span) -> Sequence[Span]:
        """On a grid of five minutes; CalendarError when nobody says."""
        ...


class Mirror(Protocol):
    """Where readings are kept."""

    async def watched(self, branch_id: UUID) -> Sequence[Watched]:
        """Everybody who can be asked about."""
        ...

    async def ages(self, branch_id: UUID, days: tuple[date, date]) -> Ages:
        """How old what is known of these days is, first and last included."""
        ...

    async def ask(self, staff_ids: Collection[UUID], window: Span) -> Asked:
        """Called right before the calendar is asked."""
        ...

    async def keep(self, reading: Reading) -> None:
        """Keep what is not ours, neither then nor now, unless something later is there."""
        ...

    async def collides(self, plan: Plan, *, within_s: float) -> bool:
        """Whether one of its people is busy there, by what was read within this time."""
        ...

    async def oldest_s(self, branch_id: UUID, days: tuple[date, date]) -> float | None:
        """Age of the oldest of these days, whoever's; None = nothing was ever read."""
        ...

    async def forget(self, branch_id: UUID, before: date) -> None:
        """Days that are over."""
        ...


class MirrorCalendar:
    """Reads the calendars of all salons, the nearer the days the more often."""

    def __init__(self, *, salons: EverySalon, view: View, mirror: Mirror, clock: Clock) -> None:
        self._salons = salons
        self._view = view
        self._mirror = mirror
        self._clock = clock

    async def refresh(self) -> None:
        """Read what has become too old, the nearest days first and not all at once."""
        for salon in await self._salons.all():
            await self._refresh(salon)

    async def look(self, branch_id: UUID, user: str, day: date | None = None) -> None:
        """Read a user's day anew, or all of their days; what a webhook gives reason to."""
        try:
            salon = await self._salons.by_id(branch_id)
        except UnknownSalon:
            return
        first, last = self._days(salon)
        chunks = _chunks(first, last) if day is None else [(day, day)]
        for watched in await self._mirror.watched(branch_id):
            if watched.user == user:
                for chunk in chunks:
                    await self.read(salon, watched, chunk)

    async def verify(self, salon: Salon, plans: Sequence[Plan], *, older_than_s: float) -> bool:
        """Read the days of these plans as far as they are older; whether all are known now."""
        wanted = await self._unseen(salon, plans, older_than_s=older_than_s)
        seen = await asyncio.gather(
            *(self._seen(salon, watched, (day, day)) for watched, day in wanted)
        )
        return all(seen)

    async def is_unseen(self, salon: Salon, plans: Sequence[Plan], *, older_than_s: float) -> bool:
        """Whether some day of these plans was not read for so long."""
        return bool(await self._unseen(salon, plans, older_than_s=older_than_s))

    async def collides(self, plan: Plan, *, within_s: float) -> bool:
        """Whether somebody is busy there during the plan, by what was read within this time."""
        return await self._mirror.collides(plan, within_s=within_s)

    async def near_age_s(self) -> float | None:
        """How old the oldest of what is known of today is; None = nobody is to be read."""
        ages = []
        for salon in await self._salons.all():
            if await self._mirror.watched(salon.branch.id):
                first, _ = self._days(salon)
                ages.append(await self._mirror.oldest_s(salon.branch.id, (first, first)))
        return max((NEVER if age is None else age for age in ages), default=None)

    async def read(self, salon: Salon, watched: Watched, days: tuple[date, date]) -> None:
        """Read some days of a user; CalendarError when nobody says."""
        spans = {day: _asked_about(day, salon.branch) for day in _each(days)}
        now = _next_cell(self._clock.now())
        window = Span(spans[days[0]].start, spans[days[1]].end)
        open_window = window.clip(Span(now, window.end)) if now < window.end else None
        if open_window is None:
            return
        asked = await self._mirror.ask(watched.staff_ids, window)
        free = await self._view.free(salon, watched, open_window)
        # The minutes around midnight are on no schedule: nobody has said that they are busy.
        known = [part for span in spans.values() if (part := span.clip(open_window))]
        reading = Reading(
            branch_id=salon.branch.id,
            staff_ids=watched.staff_ids,
            days={day: day_span(day, day, salon.branch) for day in spans},
            not_free=[busy for part in known for busy in subtract(part, free)],
            asked=asked,
        )
        await self._mirror.keep(reading)

    async def _refresh(self, salon: Salon) -> None:
        days = self._days(salon)
        await self._mirror.forget(salon.branch.id, before=days[0])
        ages = await self._mirror.ages(salon.branch.id, days)
        people = await self._mirror.watched(salon.branch.id)
        limit = asyncio.Semaphore(AT_ONCE)

        async def one(watched: Watched) -> int:
            async with limit:
                return await self._caught_up(salon, watched, ages)

        requests = sum(await asyncio.gather(*(one(watched) for watched in people)))
        if requests:
            log.info("calendar_mirrored", salon=salon.branch.key, requests=requests)

    async def _caught_up(self, salon: Salon, watched: Watched, ages: Ages) -> int:
        """Read a person's weeks that are too old; who cannot be read now is not asked again."""
        first, last = self._days(salon)
        requests = 0
        for chunk in _chunks(first, last):
            if requests == MOST_A_ROUND:
                break
            oldest = max(
                ages.get((one, day), NEVER) for one in watched.staff_ids for day in _each(chunk)
            )
            if oldest < _allowed_s((chunk[0] - first).days):
                continue
            if not await self._seen(salon, watched, chunk):
                break
            requests += 1
        return requests

    async def _seen(self, salon: Salon, watched: Watched, days: tuple[date, date]) -> bool:
        try:
            await self.read(salon, watched, days)
        except CalendarError as error:
            log.warning(
                "calendar_not_read", salon=salon.branch.key, user=watched.user, error=reason(error)
            )
            return False
        return True

    async def _unseen(
        self, salon: Salon, plans: Sequence[Plan], *, older_than_s: float
    ) -> list[tuple[Watched, date]]:
        """Whose days are to be read; nobody twice."""
        branch = salon.branch
        needed = {
            (segment.staff_id, today(branch, segment.span.start))
            for plan in plans
            for segment in plan.segments
        }
        dates = {day for _, day in needed}
        ages = await self._mirror.ages(branch.id, (min(dates), max(dates)))
        old = {one for one in needed if ages.get(one, NEVER) >= older_than_s}
        people = await self._mirror.watched(branch.id) if old else []
        return [
            (watched, day)
            for watched in people
            for day in sorted({day for staff, day in old if staff in watched.staff_ids})
        ]

    def _days(self, salon: Salon) -> tuple[date, date]:
        now = self._clock.now()
        return today(salon.branch, now), last_day(salon.branch, now)


def _allowed_s(days_ahead: int) -> float:
    return next((age_s for until, age_s in BANDS if days_ahead < until), FAR_S)


def _chunks(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Weeks, counted from the first day."""
    while first <= last:
        yield first, min(first + timedelta(days=DAYS_A_REQUEST - 1), last)
        first += timedelta(days=DAYS_A_REQUEST)


def _each(days: tuple[date, date]) -> list[date]:
    first, last = days
    return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]


def _asked_about(day: date, branch: Branch) -> Span:
    """Without its last minutes: a schedule that is always open ends at 23:59."""
    whole = day_span(day, day, branch)
    return Span(whole.start, shift(whole.end, -CELL_MINUTES))


def _next_cell(now: datetime) -> datetime:
    """A cell that lies ahead over there as well, if the clocks differ a little."""
    past = timedelta(
        minutes=now.minute % CELL_MINUTES, seconds=now.second, microseconds=now.microsecond
    )
    return shift(now, 2 * CELL_MINUTES) - past
