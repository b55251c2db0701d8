"""Which days and hours are offered at all: opening, holidays, absences, notice and horizon.

Start by start against the sentences that define them, over a week in which the clock may change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from booking_core.domain.catalogue import (
    Absence,
    Branch,
    Company,
    Gender,
    Salon,
    Segment,
    Service,
    SpecialDay,
    Staff,
    WorkingHours,
)
from booking_core.domain.interval import Span
from booking_core.domain.plan import VisitRequest
from booking_core.domain.search import answer
from booking_core.domain.slots import SlotQuery, SlotsFound, TimeWish

ZONE = ZoneInfo("Europe/Berlin")
WEEKS = (date(2026, 11, 23), date(2026, 10, 22), date(2027, 3, 25))
MINUTES = 50
OPENS, CLOSES = time(0, 30), time(4, 45)


@dataclass(frozen=True, kw_only=True)
class Week:
    """What is drawn; days are counted from the first of the week."""

    first: date
    now_minute: int
    """After midnight of the first day."""
    lead_minutes: int
    horizon_days: int
    closed: frozenset[int]
    holidays: frozenset[int]
    special: tuple[int, time] | None
    away: tuple[int, int]
    """From this minute of the week on, so many minutes."""

    def day(self, number: int) -> date:
        return self.first + timedelta(days=number)

    @property
    def midnight(self) -> datetime:
        return datetime.combine(self.first, time(), ZONE).astimezone(UTC)

    def after(self, minutes: int) -> datetime:
        return self.midnight + timedelta(minutes=minutes)

    @property
    def now(self) -> datetime:
        return self.after(self.now_minute)

    @property
    def absence(self) -> Span:
        start, length = self.away
        return Span(self.after(start), self.after(start + length))


weeks = st.builds(
    Week,
    first=st.sampled_from(WEEKS),
    now_minute=st.integers(0, 3 * 1440),
    lead_minutes=st.sampled_from([0, 60, 90, 1440, 2000]),
    horizon_days=st.integers(0, 4),
    closed=st.frozensets(st.integers(0, 6), max_size=2),
    holidays=st.frozensets(st.integers(0, 6), max_size=2),
    special=st.none()
    | st.tuples(st.integers(0, 6), st.sampled_from([time(2), time(3, 30), time(4, 30)])),
    away=st.tuples(st.integers(0, 6 * 1440), st.sampled_from([7, 60, 1440])),
)


def ident(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"week:{name}")


def salon_of(week: Week) -> Salon:
    opening = tuple(
        WorkingHours(weekday=week.day(number).weekday(), start=OPENS, end=CLOSES)
        for number in range(7)
        if number not in week.closed
    )
    special = ()
    if week.special:
        day = week.day(week.special[0])
        special = (
            SpecialDay(
                month=day.month, day=day.day, year=day.year, opens=time(1), closes=week.special[1]
            ),
        )
    always = tuple(WorkingHours(weekday=n, start=time(), end=time()) for n in range(7))
    return Salon(
        company=Company(id=ident("company"), key="c", code="C", name="C"),
        branch=Branch(
            id=ident("branch"),
            key="week",
            code="X",
            name="Salon",
            address="",
            timezone="Europe/Berlin",
            land="BE",
            language="de",
            opening_hours=opening,
            special_days=special,
            lead_minutes=week.lead_minutes,
            horizon_days=week.horizon_days,
        ),
        staff=(
            Staff(
                id=ident("ida"),
                key="ida",
                first_name="Ida",
                last_name="Roth",
                skills=frozenset({"cut"}),
                hours=always,
                absences=(Absence(span=week.absence),),
            ),
        ),
        resources=(),
        services=(
            Service(
                id=ident("cut"),
                number=1,
                code="S",
                name="Schnitt",
                spoken_name="Schnitt",
                gender=Gender.MASCULINE,
                price_cents=0,
                segments=(Segment(key="A", name="Schnitt", minutes=MINUTES, skill="cut"),),
            ),
        ),
    )


def is_open(week: Week, moment: datetime) -> bool:
    """Whether the salon is open in this minute of the wall clock."""
    local = moment.astimezone(ZONE)
    number = (local.date() - week.first).days
    if week.special and number == week.special[0]:
        return time(1) <= local.time() < week.special[1]
    closed = number in week.closed or number in week.holidays
    return not closed and OPENS <= local.time() < CLOSES


def can_start(week: Week, moment: datetime) -> bool:
    notice = moment >= week.now + timedelta(minutes=week.lead_minutes)
    last = week.now.astimezone(ZONE).date() + timedelta(days=week.horizon_days)
    visit = Span.of_minutes(moment, MINUTES)
    # Opening hours begin and end on the raster: every fifth minute tells.
    minutes = (moment + timedelta(minutes=n) for n in range(0, MINUTES, 5))
    return (
        notice
        and moment.astimezone(ZONE).date() <= last
        and all(is_open(week, minute) for minute in minutes)
        and not week.absence.overlaps(visit)
    )


@settings(max_examples=100, deadline=None)
@given(weeks)
def test_offered_are_the_quarter_hours_of_open_time_that_notice_and_horizon_leave(
    week: Week,
) -> None:
    salon = salon_of(week)
    holidays = {week.day(number): "Feiertag" for number in week.holidays}
    window = TimeWish(window=Span(week.midnight, week.after(7 * 1440)))
    query = SlotQuery(
        branch_id=salon.branch.id,
        visit=VisitRequest(services=(salon.services[0].id,)),
        owner="call:1",
        wishes=(window,),
        limit=1000,
        strict=True,
    )

    found = answer(query, salon, {}, week.now, holidays.get)

    offered = [o.plan.start for o in found.offers] if isinstance(found, SlotsFound) else []
    quarters = [week.after(minute) for minute in range(0, 7 * 1440, 15)]
    assert sorted(offered) == [moment for moment in quarters if can_start(week, moment)]
