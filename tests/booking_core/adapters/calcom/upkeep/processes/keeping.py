"""A process that keeps one branch's calendar at a sandbox once it is told to begin."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from booking_core.adapters.calcom.accounts import Accounts
from booking_core.adapters.calcom.client import CalcomClient
from booking_core.adapters.calcom.event_map import PostgresEventMap
from booking_core.adapters.calcom.timetable_log import PostgresTimetableLog
from booking_core.adapters.calcom.workshop import CalcomWorkshop
from booking_core.adapters.clock import SystemClock
from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.public_holidays import public_holidays
from booking_core.workflows.keep_calendar import KeepCalendar

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Salon


@dataclass
class Opened:
    client: CalcomClient
    accounts: Accounts

    async def of(self, salon: Salon) -> Opened:
        del salon
        return self


async def main(wish: dict[str, Any]) -> None:
    engine = make_engine(wish["database_url"])
    salons = PostgresSalons(engine)
    async with CalcomClient(wish["calcom_url"]) as client:
        keeper = KeepCalendar(
            salons=salons,
            workshop=CalcomWorkshop(Opened(client, Accounts(keys=wish["keys"]))),
            record=PostgresEventMap(engine),
            timetable_log=PostgresTimetableLog(engine),
            clock=SystemClock(),
            holidays=public_holidays,
        )
        salon = await salons.by_key(wish["salon"])
        print("ready", flush=True)  # noqa: T201 - to the test, which waits for it
        sys.stdin.readline()
        report = await keeper.sync(salon.branch.id)
    await engine.dispose()
    print(json.dumps(asdict(report.event_types)), flush=True)  # noqa: T201 - to the test


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
