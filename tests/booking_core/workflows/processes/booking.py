"""A process that books at Cal.com and may be killed at any moment: one fork for each order.

Reads orders as JSON lines, forks, and writes the pid of the fork. The parent never runs a loop
and never opens a connection, so that every fork begins clean and at once.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from datetime import datetime
from typing import Any

import structlog
from redis.asyncio import from_url

from booking_core.adapters.calcom.accounts import sandbox_accounts
from booking_core.adapters.calcom.calendar import CalcomCalendar
from booking_core.adapters.calcom.client import CalcomClient
from booking_core.adapters.calcom.event_map import PostgresEventMap
from booking_core.adapters.clock import SystemClock
from booking_core.adapters.jobs import Jobs
from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.sagas import PostgresSagas
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.redis_locks import RedisLocks
from booking_core.domain.appointment import Customer
from booking_core.domain.booking import BookAppointment
from booking_core.domain.snapshot import load_plan
from booking_core.workflows.book import book
from booking_core.workflows.saga import Parts


async def run(order: dict[str, Any]) -> None:
    engine = make_engine(order["database_url"])
    salons = PostgresSalons(engine)
    salon = await salons.by_key(order["salon"])
    accounts = await sandbox_accounts(salon, order["calcom_url"])
    async with CalcomClient(order["calcom_url"]) as client:
        parts = Parts(
            salons=salons,
            sagas=PostgresSagas(engine, Jobs(order["database_url"]), lease_s=order["lease_s"]),
            calendar=CalcomCalendar(client, accounts, PostgresEventMap(engine)),
            locks=RedisLocks(from_url(order["redis_url"])),
            clock=SystemClock(datetime.fromisoformat(order["now"])),
        )
        wish = BookAppointment(
            key=order["key"],
            owner="call:" + order["key"],
            branch_id=salon.branch.id,
            plan=load_plan(order["plan"]),
            customer=Customer(name="Rike Sommer", email="rike@example.com"),
        )
        say({"begins": os.getpid()})
        await book(wish, parts)


def say(fact: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    say({"ready": os.getpid()})
    for line in sys.stdin:
        if os.fork() == 0:
            asyncio.run(run(json.loads(line)))
            os._exit(0)


if __name__ == "__main__":
    main()
