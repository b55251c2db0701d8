"""A process that sends the mails that are due, and may be killed at any moment."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from booking_core.adapters.mail import SmtpMailer, render_confirmation
from booking_core.adapters.postgres.appointments import PostgresAppointments
from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.mails import PostgresMailLog
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.domain.mail import Delivery
from booking_core.workflows.notify import Notify


async def run(facts: dict[str, Any]) -> None:
    engine = make_engine(facts["database_url"])
    notify = Notify(
        log_book=PostgresMailLog(engine, delivery=Delivery(facts["delivery"])),
        appointments=PostgresAppointments(engine),
        salons=PostgresSalons(engine),
        mailer=SmtpMailer(f"smtp://127.0.0.1:{facts['port']}"),
        render=render_confirmation,
    )
    sys.stdout.write("begins\n")
    sys.stdout.flush()
    await notify.all_due()


if __name__ == "__main__":
    asyncio.run(run(json.loads(sys.stdin.readline())))
