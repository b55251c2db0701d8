"""What the callers of a run wish for: a random visit in a given day of the demo salon."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from booking_core.domain.appointment import Customer
from booking_core.domain.booking import BookAppointment
from booking_core.domain.interval import Span
from booking_core.domain.orders import CancelAppointment, OrderedBy, RescheduleAppointment
from booking_core.domain.plan import VisitRequest
from booking_core.domain.slots import SlotQuery, TimeWish

if TYPE_CHECKING:
    import random

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.plan import Plan
    from booking_core.domain.slots import SlotsFound

WITHOUT_ADDRESS = 0.15
SINGLE = 0.2
"""How many visits have one segment only."""
MORNING, LONGEST_DAY_H = time(9), 11
FAR = 0.5
"""How many moves go to another day; the others overlap with what they move."""
NEAR = timedelta(hours=1)
OPEN_WEEKDAYS = range(1, 6)
HORIZON_DAYS = 85


def query_for(salon: Salon, key: str, day: str, chance: random.Random) -> SlotQuery:
    """Any service of the kind, best at some quarter of an hour of this day."""
    opens = datetime.combine(date.fromisoformat(day), MORNING, ZoneInfo(salon.branch.timezone))
    window = Span(opens, opens + timedelta(hours=LONGEST_DAY_H))
    at = opens + timedelta(minutes=15 * chance.randrange(4 * (LONGEST_DAY_H - 3)))
    composite = chance.random() >= SINGLE
    wanted = [s for s in salon.services if s.active and (len(s.segments) > 1) == composite]
    return SlotQuery(
        branch_id=salon.branch.id,
        visit=VisitRequest(services=(chance.choice(wanted).id,)),
        owner=f"call:{key}",
        wishes=(TimeWish(window=window, at=at),),
    )


def moving_query(
    salon: Salon, key: str, visit: Appointment, day: str, chance: random.Random
) -> SlotQuery:
    """The same services on another day, or a little earlier or later than they are now."""
    elsewhere = query_for(salon, key, day, chance)
    start = visit.plan.start
    near = TimeWish(
        window=Span(start - NEAR, start + NEAR),
        at=start + timedelta(minutes=15 * chance.choice([-2, -1, 1, 2])),
    )
    wish = elsewhere.wishes[0] if chance.random() < FAR else near
    return replace(
        elsewhere,
        visit=VisitRequest(services=visit.plan.services),
        wishes=(wish,),
        rejected=(Span.of_minutes(start, 5),),
        moving=visit.id,
    )


def cancel_order(key: str, visit: Appointment) -> CancelAppointment:
    """Cancel it, however late it is."""
    return CancelAppointment(
        key=key,
        branch_id=visit.branch_id,
        appointment_id=visit.id,
        by=OrderedBy.DESK,
        waive_limit=True,
    )


def move_order(key: str, visit: Appointment, plan: Plan) -> RescheduleAppointment:
    """Move it to this plan, however late it is."""
    return RescheduleAppointment(
        key=key,
        owner=f"call:{key}",
        branch_id=visit.branch_id,
        appointment_id=visit.id,
        plan=plan,
        by=OrderedBy.DESK,
        waive_limit=True,
        on_purpose=True,
    )


def order_of(
    key: str, query: SlotQuery, found: SlotsFound, chance: random.Random
) -> BookAppointment:
    """Take one of the offers; most customers have an address."""
    address = None if chance.random() < WITHOUT_ADDRESS else f"{key}@kunden.example"
    return BookAppointment(
        key=key,
        owner=query.owner,
        branch_id=query.branch_id,
        plan=chance.choice(found.offers).plan,
        customer=Customer(name="Jördis Brünn", phone="+4915112300077", email=address),
        source="bench",
        on_purpose=True,  # one customer for all: it is the salon's time that is fought for
    )


def open_days(now: datetime) -> list[str]:
    """Days after this one on which the demo salon is open, unless they are holidays."""
    days = [now.date() + timedelta(days=ahead) for ahead in range(1, HORIZON_DAYS)]
    return [day.isoformat() for day in days if day.weekday() in OPEN_WEEKDAYS]
