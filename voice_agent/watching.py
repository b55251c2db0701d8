"""Puts together who watches the external calendars, and where they may write to."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from booking_core.adapters.calcom.bookings import CalcomBookings
from booking_core.adapters.calcom.mirror import CalcomView
from booking_core.adapters.calcom.webhooks import CalcomSubscriptions
from booking_core.adapters.mail.notice import render_notice
from booking_core.adapters.postgres.ledger import PostgresLedger
from booking_core.adapters.postgres.mirror import PostgresMirror
from booking_core.workflows.lookout import Lookout
from booking_core.workflows.mirror_calendar import MirrorCalendar
from booking_core.workflows.reconcile import Reconcile
from booking_core.workflows.tell_salon import TellSalon
from voice_agent.calcom_webhook import PATH

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.adapters.calcom.workshop import Connections
    from booking_core.adapters.postgres.salons import PostgresSalons
    from booking_core.ports import Clock, Mailer
    from booking_core.workflows.saga import Parts
    from voice_agent.config import Settings

    Beside = Callable[[Awaitable[object]], None]


def webhook_secret(settings: Settings) -> str | None:
    """What Cal.com signs its letters with; one of our own making where none is set."""
    if settings.calcom_webhook_secret:
        return settings.calcom_webhook_secret.get_secret_value()
    if settings.secret_key is None:
        return None
    first = settings.secret_key.get_secret_value().split(",")[0].strip()
    return hmac.new(first.encode(), b"calcom webhooks", hashlib.sha256).hexdigest()


def lookout_of(
    settings: Settings,
    connections: Connections | None,
    salons: PostgresSalons,
    engine: AsyncEngine,
    clock: Clock,
    mailer: Mailer,
) -> Callable[[Parts, Beside], Lookout] | None:
    """What the booking core builds its lookout with; None without an external calendar."""
    if connections is None:
        return None
    ledger = PostgresLedger(engine)

    def build(parts: Parts, beside: Beside) -> Lookout:
        return Lookout(
            salons=salons,
            mirror=MirrorCalendar(
                salons=salons,
                view=CalcomView(connections),
                mirror=PostgresMirror(engine),
                clock=clock,
            ),
            reconcile=Reconcile(
                salons=salons,
                bookings=CalcomBookings(connections),
                ledger=ledger,
                calendar=parts.calendar,
                sagas=parts.sagas,
                clock=clock,
            ),
            tell=TellSalon(
                untold=ledger, salons=salons, mailer=mailer, clock=clock, render=render_notice
            ),
            beside=beside,
            subscriptions=_subscriptions(settings, connections),
        )

    return build


def _subscriptions(settings: Settings, connections: Connections) -> CalcomSubscriptions | None:
    secret = webhook_secret(settings)
    if not settings.public_url or not secret:
        return None
    url = f"{settings.public_url.rstrip('/')}{PATH}"
    return CalcomSubscriptions(connections, url=url, secret=secret)
