"""What the external calendar is not ready for is not offered, and why_not says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.adapters.calcom.event_map import PostgresEventMap
from booking_core.adapters.calcom.workshop import CalcomGaps
from booking_core.adapters.postgres.diary import PostgresDiary
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.public_holidays import public_holidays
from booking_core.domain.catalogue import Role
from booking_core.domain.event_type import Pair, calendar_user, wanted_event_types
from booking_core.domain.interval import Span
from booking_core.domain.plan import VisitRequest
from booking_core.domain.preflight import Provided, bookable_part, preflight
from booking_core.domain.slots import NoSlots, Reason, SlotQuery, SlotsFound, TimeWish
from booking_core.workflows.find_slots import find_slots

if TYPE_CHECKING:
    from uuid import UUID

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.slots import SlotAnswer

MORNING = datetime.fromisoformat("2026-11-25T10:00:00+01:00")


class Connections:
    """The Cal.com of a test, as the workshop knows it."""

    def __init__(self, upkeep: Any) -> None:
        self.client, self.accounts = upkeep.client, upkeep.accounts

    async def of(self, salon: Salon) -> Connections:
        del salon
        return self


@pytest.fixture
def ask(upkeep: Any) -> Any:
    """Searches a start at ten for a service, perhaps with somebody."""

    async def asked(service: UUID, staff: UUID | None = None) -> SlotAnswer:
        wish = TimeWish(window=Span.of_minutes(MORNING, 5), at=MORNING)
        query = SlotQuery(
            branch_id=upkeep.branch_id,
            visit=VisitRequest(services=(service,), staff=staff),
            owner="call:1",
            wishes=(wish,),
        )
        return await find_slots(
            query,
            salons=PostgresSalons(upkeep.engine),
            diary=PostgresDiary(upkeep.engine),
            clock=upkeep.watch,
            holidays=public_holidays,
            gaps=CalcomGaps(PostgresEventMap(upkeep.engine), Connections(upkeep)),
        )

    return asked


async def test_before_the_first_sync_nothing_is_offered(
    upkeep: Any, ask: Any, working_salon: Salon
) -> None:
    toning = working_salon.services[0].id

    answer = await ask(toning)
    await upkeep.sync()
    later = await ask(toning)

    assert isinstance(answer, NoSlots)
    assert (answer.obstacle.reason, answer.obstacle.start) == (Reason.NOT_BOOKABLE, MORNING)
    assert isinstance(later, SlotsFound)
    assert later.exact


async def test_who_cannot_be_booked_is_not_offered_but_others_are(
    upkeep: Any, ask: Any, working_salon: Salon
) -> None:
    wanda, oezguer, soeren = working_salon.staff
    staff = (wanda, oezguer, replace(soeren, hours=wanda.hours))
    first, second = working_salon.services[0].segments
    shared = replace(working_salon.services[0], segments=(first, replace(second, role=Role.ASSIST)))
    await upkeep.save(replace(working_salon, staff=staff, services=(shared,)))
    toning = shared.id
    keys = {user: key for user, key in upkeep.accounts.keys.items() if user != "wanda"}
    await upkeep.sync()
    upkeep.accounts = replace(upkeep.accounts, keys=keys)

    wished = await ask(toning, staff=wanda.id)
    anybody = await ask(toning)

    assert wished.obstacle.reason is Reason.NOT_BOOKABLE
    assert wished.obstacle.staff_id == wanda.id
    offered = {
        segment.staff_id
        for answer in (wished, anybody)
        if isinstance(answer, SlotsFound)
        for offer in answer.offers
        for segment in offer.plan.segments
    }
    assert wanda.id not in offered
    assert oezguer.id in offered


async def test_what_would_be_in_the_way_anyhow_is_what_is_told(
    ask: Any, working_salon: Salon
) -> None:
    massage, soeren = working_salon.services[1].id, working_salon.staff[2]

    answer = await ask(massage, staff=soeren.id)

    assert answer.obstacle.reason is Reason.STAFF_UNQUALIFIED


def everything(salon: Salon) -> dict[Pair, Provided]:
    return {
        one.pair: Provided(event_type_id=index, user=one.user, lengths=one.lengths)
        for index, one in enumerate(wanted_event_types(salon))
    }


def test_a_salon_with_all_its_event_types_passes(working_salon: Salon) -> None:
    provided = everything(working_salon)

    assert preflight(working_salon, provided, has_key=lambda _: True) == ()


def test_an_event_type_in_a_calendar_somebody_has_left_is_none(working_salon: Salon) -> None:
    provided = everything(working_salon)
    wanda, *others = working_salon.staff
    moved = replace(working_salon, staff=(replace(wanda, calendar_user="wanda2"), *others))

    gaps = preflight(moved, provided, has_key=lambda _: True)

    assert {gap.staff_id for gap in gaps} == {wanda.id}
    assert {gap.user for gap in gaps} == {calendar_user(moved, moved.staff[0])}


def test_only_the_services_of_the_visit_matter(working_salon: Salon) -> None:
    toning, massage = working_salon.services
    provided = everything(working_salon)
    lost = {pair: one for pair, one in provided.items() if pair[0] != massage.id}
    gaps = preflight(working_salon, lost, has_key=lambda _: True)

    for_toning = bookable_part(working_salon, VisitRequest(services=(toning.id,)), gaps)
    for_massage = bookable_part(working_salon, VisitRequest(services=(massage.id,)), gaps)

    assert for_toning is working_salon
    assert all("wash" not in member.skills for member in for_massage.staff)
    assert all("colour" in member.skills for member in for_massage.staff[:2])
