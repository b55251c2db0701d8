"""What a wish to book looks like on the wire, whoever comes and wherever the salon is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking_core.adapters.calcom.accounts import Accounts
from booking_core.adapters.calcom.calendar import CalcomCalendar
from booking_core.adapters.calcom.client import CalcomClient, zulu
from booking_core.adapters.calcom.event_map import MappedEventType
from booking_core.domain.appointment import Customer
from booking_core.domain.errors import CalendarError

if TYPE_CHECKING:
    from uuid import UUID

    from booking_core.domain.plan import PlannedSegment

E164 = re.compile(r"\+[1-9]\d{6,14}")
REFUSED = (404, {"status": "error", "error": {"code": "X", "message": "Event type not found"}})
PHONES = [None, "+4915123456789", "0151 23456789", "+49 151 234", "anonymous", "+0123456789"]


@dataclass(frozen=True)
class OneEventType:
    """Every segment has the same."""

    minutes: int

    async def of(self, branch_id: UUID, segment: PlannedSegment) -> MappedEventType:
        del branch_id, segment
        return MappedEventType(event_type_id=7, calendar_user="wanda", minutes=self.minutes)


async def sent(scripted: Any, segment: Any, *, usual_minutes: int = 20) -> dict[str, Any]:
    """The body of the request that books this segment."""
    scripted.answers, scripted.bodies = [REFUSED], []
    accounts = Accounts(keys={"wanda": "cal_1"})
    async with CalcomClient(scripted.url) as client:
        with pytest.raises(CalendarError):
            await CalcomCalendar(client, accounts, OneEventType(usual_minutes)).book(segment)
    (body,) = scripted.bodies
    return dict(json.loads(body))


WRITABLE = st.characters(exclude_characters="\x00", exclude_categories=["Cs"])
"""What names may be made of; others are refused long before."""


@pytest.mark.inc(84)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.text(WRITABLE, min_size=1, max_size=80).filter(str.strip),
    phone=st.sampled_from(PHONES),
    label=st.text(WRITABLE, max_size=300),
    version=st.integers(1, 10**6),
    attempt=st.integers(1, 10**6),
)
async def test_no_wish_of_ours_is_one_cal_com_would_refuse_for_its_form(
    scripted: Any, visits: Any, *, name: str, phone: str | None, label: str, version: int,
    attempt: int,
) -> None:  # fmt: skip
    segment = replace(
        visits.segment("A", "10:00", 20),
        group=uuid4(),
        version=version,
        attempt=attempt,
        service_label=label,
        customer=Customer(name=name, phone=phone, email="klara@nebel.example"),
    )

    body = await sent(scripted, segment)

    metadata = body["metadata"]
    assert len(metadata) <= 50
    assert all(isinstance(value, str) and len(value) <= 500 for value in metadata.values())
    assert all(len(name) <= 40 for name in metadata)
    assert E164.fullmatch(body["attendee"].get("phoneNumber", "+4915123456789"))
    assert body["attendee"]["email"] == f"booking+{segment.group}@appointments.invalid"
    assert body["attendee"]["name"] == name
    assert "klara@nebel.example" not in json.dumps(body)
    assert body["start"] == "2026-11-25T09:00:00Z"
    assert isinstance(body["eventTypeId"], int)


@pytest.mark.parametrize(("minutes", "told"), [(20, None), (35, 35)])
async def test_the_length_is_told_only_where_it_is_not_the_usual_one(
    scripted: Any, visits: Any, minutes: int, told: int | None
) -> None:
    body = await sent(scripted, visits.segment("A", "10:00", minutes))

    assert body.get("lengthInMinutes") == told


@pytest.mark.inc(38)
@given(
    st.datetimes(
        min_value=datetime(2026, 3, 1),  # noqa: DTZ001 - the zone comes with the strategy
        max_value=datetime(2027, 12, 1),  # noqa: DTZ001 - as above
        timezones=st.sampled_from(
            [ZoneInfo(name) for name in ("Europe/Berlin", "UTC", "America/New_York")]
        ),
    ).map(lambda moment: moment.replace(second=0, microsecond=0))
)
def test_an_instant_is_the_same_one_on_the_wire_also_in_the_hour_that_comes_twice(
    moment: datetime,
) -> None:
    wire = zulu(moment)

    assert wire.endswith("Z")
    assert datetime.fromisoformat(wire).timestamp() == moment.timestamp()
