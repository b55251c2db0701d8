"""What the agent says of the caller's own visits and wishes, held against the books."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from booking_core.adapters.postgres.attention_tables import callback_request
from booking_core.adapters.postgres.waiting_tables import waiting_list_entry
from booking_core.domain.appointment import AppointmentState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from sqlalchemy import Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    from booking_core.domain.appointment import Appointment
    from voice_agent.simulator.callers.ears import Ears, Spot
    from voice_agent.simulator.callers.witness import Witness

ABOUT_THEM = ("gone", "stands", "no_visit", "late", "too_near", "called", "listed")
CANCELLED = frozenset({AppointmentState.CANCELLED, AppointmentState.CANCELLING})
LIMIT = timedelta(hours=24)


async def own_claims(
    witness: Witness, ears: Ears, text: str, connection: AsyncConnection
) -> AsyncIterator[str]:
    """Every claim about the caller's own affairs that is not so."""
    spoken = ears.sentences(text)
    if not any(ears.claims(what, one) for one in spoken for what in ABOUT_THEM):
        return
    own = await witness.own(connection)
    for one in spoken:
        for why in _of_visits(one, own, witness, ears):
            yield why
        called, listed = ears.claims("called", one), ears.claims("listed", one)
        if called and not await _noted(callback_request, witness, connection):
            yield "no callback is noted"
        if listed and not await _noted(waiting_list_entry, witness, connection):
            yield "nobody is on the waiting list"


def _of_visits(
    sentence: str, own: Sequence[Appointment], witness: Witness, ears: Ears
) -> Iterator[str]:
    spots = [spot for spot in ears.spots(sentence) if spot.start]
    if ears.claims("gone", sentence) and not _there(spots, own, CANCELLED, witness):
        yield "not called off"
    if ears.claims("stands", sentence) and not _there(_last(spots), own, _BOOKED, witness):
        yield "does not stand"
    if ears.claims("no_visit", sentence) and any(_to_come(one, witness) for one in own):
        yield "there is one"
    if ears.claims("late", sentence) and not any(one.note for one in own):
        yield "nothing is noted"
    if ears.claims("too_near", sentence) and not any(_is_near(one, witness) for one in own):
        yield "there is time enough"


_BOOKED = frozenset({AppointmentState.BOOKED})


def _last(spots: Sequence[Spot]) -> Sequence[Spot]:
    """Of two times in one sentence, each is a visit; after "vergeben" the last one is."""
    return spots[-1:]


def _there(
    spots: Sequence[Spot],
    own: Sequence[Appointment],
    states: frozenset[AppointmentState],
    witness: Witness,
) -> bool:
    """Whether each of these times is one of a visit in such a state; none named = any visit."""
    starts = {witness.local(one.plan.start) for one in own if one.state in states}
    return bool(starts) and all(spot.start in starts for spot in spots)


def _to_come(visit: Appointment, witness: Witness) -> bool:
    return visit.state is AppointmentState.BOOKED and visit.plan.start > witness.now()


def _is_near(visit: Appointment, witness: Witness) -> bool:
    ahead = visit.plan.start - witness.now()
    return visit.state is AppointmentState.BOOKED and ahead < LIMIT


async def _noted(table: Table, witness: Witness, connection: AsyncConnection) -> bool:
    query = select(func.count()).where(
        table.c.branch_id == witness.salon.branch.id, table.c.key.startswith(witness.call_id)
    )
    return bool(await connection.scalar(query))
