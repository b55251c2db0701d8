"""Free starts for whole visits: several services, people, days, parts of the day; and why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

from pydantic import Field

from booking_core.domain.errors import InvalidRequest
from booking_core.domain.interval import Span
from booking_core.domain.plan import VisitRequest
from booking_core.domain.rules import day_span, last_day, today, zone
from booking_core.domain.slots import SlotQuery, SlotsFound, TimeWish
from voice_agent.api.endpoint import Answer, AnyEndpoint, Ask, Endpoint, Nothing
from voice_agent.api.offers import OptionView, option_view
from voice_agent.api.problems import Code, Problem
from voice_agent.api.reading import invalid
from voice_agent.api.shapes import (
    Asked,
    Day,
    Id,
    Moment,
    Told,
    known,
    schema_examples,
)
from voice_agent.api.tokens import Scope
from voice_agent.api.why_not import WhyNot, why_not

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.slots import Obstacle, SlotAnswer, SlotOffer
    from voice_agent.api.counter import Counter

MOST_DAYS: Final = 92  # one window each: a quarter of a year is more than any horizon sells
MOST_SERVICES, MOST_STAFF, MOST_OPTIONS = 5, 5, 20
DEFAULT_OPTIONS: Final = 5


class DayPart(StrEnum):
    """How people divide a day."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


HOURS: Final = {
    DayPart.MORNING: (time(0), time(12)),
    DayPart.AFTERNOON: (time(12), time(18)),
    DayPart.EVENING: (time(18), time(0)),
}
"""The same border lines as on the telephone."""


class AvailabilityRequest(Asked):
    """What is wished. Without a start and without days: as soon as possible."""

    model_config = schema_examples(
        {
            "service_ids": ["0d8f9a4e-5a55-5c1e-9c0a-0f4c2b1d7a11"],
            "start": "2026-11-25T14:00:00+01:00",
        },
        {
            "service_ids": ["0d8f9a4e-5a55-5c1e-9c0a-0f4c2b1d7a11"],
            "from_day": "2026-11-25",
            "to_day": "2026-11-28",
            "day_part": "afternoon",
            "limit": 3,
        },
    )

    branch_id: Id | None = Field(
        default=None, description="May be left out by a company with one branch."
    )
    service_ids: list[Id] = Field(
        min_length=1, max_length=MOST_SERVICES, description="In spoken order; one visit."
    )
    staff_ids: list[Id] = Field(
        default_factory=list,
        max_length=MOST_STAFF,
        description="One of these people; empty = anybody.",
    )
    start: Moment | None = Field(
        default=None, description="The exact start that is wished; `why_not` tells about it."
    )
    from_day: Day | None = Field(default=None, description="First day; today if left out.")
    to_day: Day | None = Field(default=None, description="Last day; the same if left out.")
    day_part: DayPart | None = None
    ends_by: Moment | None = Field(default=None, description="The visit is over by then.")
    alternatives: bool = Field(default=True, description="Whether other times may be offered.")
    limit: int = Field(default=DEFAULT_OPTIONS, ge=1, le=MOST_OPTIONS)
    moving_booking_id: Id | None = Field(
        default=None, description="A booking that is to be moved: its own time is not in the way."
    )


class AvailabilityAnswer(Told):
    """Options, best first, and why the wish itself is not among them."""

    branch_id: UUID
    options: list[OptionView]
    why_not: WhyNot | None
    verified: bool = Field(
        description="False = nobody could look into the external calendar for long."
    )


async def search(ask: Ask[Nothing, Nothing, AvailabilityRequest]) -> Answer:
    """Starts at which everything fits; nothing is held."""
    wish, counter = ask.body, ask.counter
    salon = await counter.branch(ask.company_id, wish.branch_id)
    if wish.moving_booking_id:
        await counter.booking(ask.company_id, wish.moving_booking_id)
    _refuse_strangers(wish, salon)
    wishes = _wishes(wish, salon, counter.clock.now())
    found = [await _collected(query, counter) for query in _queries(wish, salon, wishes)]
    obstacle = _obstacle(found)
    now, services = counter.clock.now(), tuple(wish.service_ids)
    return Answer(
        body=AvailabilityAnswer(
            branch_id=salon.branch.id,
            options=[
                option_view(
                    offer,
                    salon,
                    counter,
                    moving=wish.moving_booking_id,
                    anyone=not wish.staff_ids,
                    is_wish=offer.wish is not None or (not wishes and obstacle is None),
                )
                for offer in _best(found, wish.limit)
            ],
            why_not=why_not(obstacle, services, salon, now) if obstacle else None,
            verified=not any(isinstance(one, SlotsFound) and one.unseen for one in found),
        )
    )


async def alternatives_to(
    start: datetime,
    services: tuple[UUID, ...],
    salon: Salon,
    counter: Counter,
    *,
    moving: UUID | None = None,
    anyone: bool = False,
) -> list[OptionView]:
    """What comes closest to a start that cannot be had."""
    wish = TimeWish(window=Span.of_minutes(start, 5), at=start)
    query = SlotQuery(
        branch_id=salon.branch.id,
        visit=VisitRequest(services=services),
        owner=f"api:{uuid4()}",
        wishes=(wish,),
        limit=3,
        moving=moving,
    )
    found = await _found(query, counter)
    offers = found.offers if isinstance(found, SlotsFound) else ()
    return [option_view(offer, salon, counter, moving=moving, anyone=anyone) for offer in offers]


async def _collected(query: SlotQuery, counter: Counter) -> SlotAnswer:
    """A search ends with the first window in which anything fits; here the others follow."""
    answer = last = await _found(query, counter)
    offers: list[SlotOffer] = []
    while isinstance(last, SlotsFound):
        offers += last.offers
        index = last.offers[0].wish
        if index is None or len(offers) >= query.limit or index + 1 >= len(query.wishes):
            break
        query = replace(
            query, wishes=query.wishes[index + 1 :], limit=query.limit - len(offers), strict=True
        )
        last = await _found(query, counter)
    return replace(answer, offers=tuple(offers)) if isinstance(answer, SlotsFound) else answer


async def _found(query: SlotQuery, counter: Counter) -> SlotAnswer:
    try:
        return await counter.core.find_slots(query)
    except InvalidRequest as error:
        raise Problem(Code.UNSUITABLE, reason=str(error)) from error


def _refuse_strangers(wish: AvailabilityRequest, salon: Salon) -> None:
    """Ids of others, and of nobody, are not found."""
    for service_id in wish.service_ids:
        if known(salon.service, service_id) is None:
            raise Problem(Code.NOT_FOUND, service_id=str(service_id))
    for staff_id in wish.staff_ids:
        if known(salon.member, staff_id) is None:
            raise Problem(Code.NOT_FOUND, staff_id=str(staff_id))


def _queries(
    wish: AvailabilityRequest, salon: Salon, wishes: tuple[TimeWish, ...]
) -> list[SlotQuery]:
    """One for each person who would do, or one for anybody."""
    anybody = SlotQuery(
        branch_id=salon.branch.id,
        visit=VisitRequest(services=tuple(wish.service_ids)),
        owner=f"api:{uuid4()}",
        wishes=wishes,
        limit=wish.limit,
        strict=not wish.alternatives,
        moving=wish.moving_booking_id,
    )
    return [
        replace(anybody, visit=replace(anybody.visit, staff=staff))
        for staff in dict.fromkeys(wish.staff_ids)
    ] or [anybody]


def _wishes(wish: AvailabilityRequest, salon: Salon, now: datetime) -> tuple[TimeWish, ...]:
    """The start, or a window a day; none = as soon as possible."""
    has_days = wish.from_day or wish.to_day or wish.day_part
    if wish.start and has_days:
        raise invalid("body.start", "steht neben Tagen: bitte nur eines von beiden")
    if wish.start:
        window = Span.of_minutes(wish.start, 5)
        return (TimeWish(window=window, at=wish.start, ends_by=wish.ends_by),)
    if not has_days and wish.ends_by is None:
        return ()
    first, last = _days(wish, salon, now)
    windows = [day_span(first, last, salon.branch)]
    if wish.day_part:
        days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
        windows = [_part(day, wish.day_part, salon) for day in days]
    return tuple(TimeWish(window=window, ends_by=wish.ends_by) for window in windows)


def _days(wish: AvailabilityRequest, salon: Salon, now: datetime) -> tuple[date, date]:
    """The first and the last day; as far as anything can be booked if no last one is named."""
    this_day, horizon = today(salon.branch, now), last_day(salon.branch, now)
    first = wish.from_day or min(this_day, wish.to_day or this_day)
    last = wish.to_day or (wish.from_day or max(horizon, first))
    if last < first:
        raise invalid("body.to_day", "liegt vor from_day")
    return first, min(last, first + timedelta(days=MOST_DAYS))


def _part(day: date, part: DayPart, salon: Salon) -> Span:
    starts, ends = HOURS[part]
    here, whole = zone(salon.branch), day_span(day, day, salon.branch)
    end = datetime.combine(day, ends, here) if ends != time(0) else whole.end
    return Span(datetime.combine(day, starts, here), end)


def _best(found: Sequence[SlotAnswer], limit: int) -> list[SlotOffer]:
    """Everybody's best ones; the same plan once."""
    offers = {
        offer.id: offer
        for answer in found
        if isinstance(answer, SlotsFound)
        for offer in answer.offers
    }
    if len(found) == 1:
        return list(offers.values())
    return sorted(offers.values(), key=_rank)[:limit]


def _rank(offer: SlotOffer) -> tuple[object, ...]:
    points = offer.score.rank if offer.score else ()
    return offer.wish is None, points, offer.plan.start


def _obstacle(found: Iterable[SlotAnswer]) -> Obstacle | None:
    """Why the wish itself cannot be had by any of them; None when somebody can."""
    first: Obstacle | None = None
    for answer in found:
        if isinstance(answer, SlotsFound) and answer.obstacle is None:
            return None
        first = first or answer.obstacle
    return first


ENDPOINTS: Final[tuple[AnyEndpoint, ...]] = (
    Endpoint(
        method="POST",
        path="/availability",
        tag="Availability",
        summary="Find starts at which a whole visit fits",
        description=(
            "Options come best first, each with a signed token that is good for 30 minutes. "
            "Nothing is held: hold what a person is to choose from, or book a token at once. "
            "`why_not` tells why the wish itself is not among the options."
        ),
        scope=Scope.READ,
        handle=search,
        body=AvailabilityRequest,
        answers={200: AvailabilityAnswer},
        problems=(Code.BRANCH_REQUIRED, Code.NOT_FOUND, Code.UNSUITABLE),
    ),
)
