"""Puts together who watches the external calendars, and where they may write to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.adapters.calcom.bookings import CalcomBookings
from booking_core.adapters.calcom.letterboxes import Letterboxes, Secrets
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
from voice_agent.calendars import stored_accounts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.adapters.calcom.workshop import Connections
    from booking_core.adapters.postgres.salons import PostgresSalons
    from booking_core.ports import Clock, Mailer
    from booking_core.workflows.saga import Parts
    from voice_agent.config import Settings

    Beside = Callable[[Awaitable[object]], None]


def letterboxes_of(settings: Settings, engine: AsyncEngine) -> Letterboxes:
    """Where Cal.com writes to; secrets are of our own making where none is set."""
    common, seed = settings.calcom_webhook_secret, settings.secret_key
    parts = seed.get_secret_value().split(",") if seed else []
    secrets = Secrets(
        common=common.get_secret_value() if common else None,
        seeds=tuple(part.strip() for part in parts if part.strip()),
    )
    url = f"{settings.public_url.rstrip('/')}{PATH}" if settings.public_url else None
    return Letterboxes(stored_accounts(settings, engine), secrets, url=url)


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
            subscriptions=subscriptions_of(settings, connections, engine),
        )

    return build


def subscriptions_of(
    settings: Settings, connections: Connections, engine: AsyncEngine
) -> CalcomSubscriptions | None:
    """Sees to it that Cal.com writes to us; None where it cannot reach us or nobody could sign."""
    secret = settings.calcom_webhook_secret or settings.secret_key
    if not settings.public_url or not secret:
        return None
    return CalcomSubscriptions(connections, letterboxes_of(settings, engine))
