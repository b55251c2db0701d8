"""The server: one aiohttp application for everything that comes in over HTTP."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from dataclasses import dataclass, field
from math import isinf
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

import structlog
from aiohttp import web

from booking_core.adapters.hints import Hints
from voice_agent.admin.office import Office
from voice_agent.admin.site import build_site
from voice_agent.api.site import build_api
from voice_agent.background import Background
from voice_agent.calcom_webhook import COMPANY_PATH, PATH, Mailbox
from voice_agent.dialogue.patience import Patience
from voice_agent.dialogue.salon_script import SalonScript
from voice_agent.dialogue.sessions import RedisSessions
from voice_agent.dialogue.turn import Equipment
from voice_agent.journal_writer import JournalWriter
from voice_agent.keys import signer
from voice_agent.metrics import PATH as METRICS_PATH
from voice_agent.metrics import CountingJournal, MeasuredDesk, Metrics, MetricsPage
from voice_agent.retell.hooks import add_hooks
from voice_agent.retell.reception import Directory, Reception
from voice_agent.retell.socket import Door
from voice_agent.watching import letterboxes_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence

    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.adapters.calcom.figures import Figures
    from booking_core.adapters.redis_allowance import Spent
    from booking_core.bootstrap import BookingCore
    from booking_core.domain.catalogue import Salon
    from booking_core.ports import Clock, Mailer
    from booking_core.workflows.lookout import Lookout
    from voice_agent.config import Settings
    from voice_agent.dialogue.ports import Desk
    from voice_agent.dialogue.script import Script
    from voice_agent.dialogue.sessions import Sessions
    from voice_agent.journal import Journal

log = structlog.get_logger(__name__)

RARELY = (1_000, 400, 50)
"""A turn makes thousands of objects that go by themselves: by default it is searched for garbage
again and again, and once in a while together with everything that all other calls remember. Of
five times as many objects at once callers would notice on a busy machine, which is no faster."""
FAREWELL_S = 15.0  # bookings under way are finished; the desk gives up after 8 s by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything the server stands on, built by `runtime` or by a test."""

    settings: Settings
    salons: Directory
    desk: Desk
    clock: Clock
    redis: Redis
    engine: AsyncEngine
    """Where the journal is written."""
    script: Script[Any] = field(default_factory=SalonScript)
    patience: Patience = field(default_factory=Patience)
    lookout: Lookout | None = None
    """Who watches the external calendar, if there is one."""
    core: BookingCore | None = None
    """Whom the pages ask; None = there are no pages."""
    mailer: Mailer | None = None
    signing: tuple[str, ...] = field(default_factory=lambda: (token_urlsafe(),))
    """Secrets that cookies, links and offers are signed with, the newest first."""
    calcom_figures: Callable[[], Iterable[Figures]] = tuple
    """What the calls to Cal.com have cost so far, of each client."""
    calcom_spent: Callable[[Salon], Awaitable[Sequence[Spent]]] | None = None
    """What is used up of the allowance that Cal.com grants the keys of a salon."""
    freeze_garbage: bool = True
    """After the warm-up, leave what stays for ever out of garbage collection: 90 ms otherwise."""


class Readiness:
    """Whether the server may be given calls."""

    def __init__(self) -> None:
        self._ready = asyncio.Event()

    @property
    def is_ready(self) -> bool:
        """Whether the warm-up is over."""
        return self._ready.is_set()

    def announce(self) -> None:
        """The warm-up is over."""
        self._ready.set()

    async def wait(self) -> None:
        """Until the warm-up is over."""
        await self._ready.wait()


READINESS = web.AppKey("readiness", Readiness)
LOOKOUT: web.AppKey[Lookout | None] = web.AppKey("lookout")


def build_app(services: Services) -> web.Application:
    """The application; it connects to nothing before it is started."""
    app = web.Application()
    app[READINESS] = Readiness()
    background = Background()
    journal, metrics = JournalWriter(services.engine), Metrics()
    sessions = RedisSessions(services.redis)
    door = _door(services, sessions, CountingJournal(journal, metrics), background, metrics)

    async def open_line(request: web.Request) -> web.StreamResponse:
        with metrics.line_open():
            return await door.open(request)

    app.router.add_get("/llm-websocket/{call_id}", open_line)
    app.router.add_get("/llm-websocket/{secret}/{call_id}", open_line)
    letterboxes = letterboxes_of(services.settings, services.engine)
    mailbox = Mailbox(Hints(services.engine), services.redis, letterboxes)
    app.router.add_post(PATH, mailbox.receive)
    app.router.add_post(COMPANY_PATH, mailbox.receive)
    add_hooks(app, services)
    app[LOOKOUT] = services.lookout
    if services.core is not None:
        app.add_subapp("/api", build_api(services, services.core))
        app.add_subapp("/admin", build_site(_office(services, services.core)))
        app.router.add_get("/", _to_pages)
    app.router.add_get(METRICS_PATH, _metrics_page(services, metrics, journal).show)
    app.router.add_get("/healthz", _alive)
    app.router.add_get("/readyz", _ready)

    async def shut(_app: web.Application) -> None:
        door.shut()
        await background.drain(timeout_s=FAREWELL_S)

    async def running(app: web.Application) -> AsyncIterator[None]:
        async with sessions, journal:
            tasks = (
                asyncio.create_task(_warm_up(app, services), name="warm-up"),
                asyncio.create_task(metrics.measure_lag(), name="loop-lag"),
            )
            yield
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task

    app.on_shutdown.append(shut)
    app.cleanup_ctx.append(running)
    return app


def _office(services: Services, core: BookingCore) -> Office:
    return Office(
        settings=services.settings,
        core=core,
        salons=services.salons,
        engine=services.engine,
        redis=services.redis,
        clock=services.clock,
        signer=lambda purpose: signer(services.signing, purpose),
        mailer=services.mailer,
        calcom_spent=services.calcom_spent,
    )


def _metrics_page(services: Services, metrics: Metrics, journal: JournalWriter) -> MetricsPage:
    metrics.watch_calcom(services.calcom_figures)
    token = services.settings.metrics_token
    return MetricsPage(
        metrics,
        journal=journal,
        engine=services.engine,
        lookout=services.lookout,
        token=token.get_secret_value() if token else None,
    )


def _door(
    services: Services,
    sessions: Sessions,
    journal: Journal,
    background: Background,
    metrics: Metrics,
) -> Door:
    kit = Equipment(
        script=services.script,
        desk=MeasuredDesk(services.desk, metrics),
        clock=services.clock,
        sessions=sessions,
        journal=journal,
        background=background,
        patience=services.patience,
    )
    secret = services.settings.llm_websocket_secret
    return Door(
        Reception(kit=kit, salons=services.salons),
        background,
        secret=secret.get_secret_value() if secret else None,
        patience=services.patience,
    )


async def _warm_up(app: web.Application, services: Services) -> None:
    """Pay for first uses before the first caller would: words, matchers, templates."""
    try:
        for salon in await services.salons.all():
            services.script.warm_up(salon, services.clock.now())
    except Exception:
        log.exception("warm_up_failed")  # a slow first call is better than no server
    if services.freeze_garbage:
        gc.collect()
        gc.freeze()
        gc.set_threshold(*RARELY)
    app[READINESS].announce()
    log.info("ready")


async def _to_pages(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther("/admin")


async def _alive(_request: web.Request) -> web.Response:
    return web.json_response({"status": "alive"})


async def _ready(request: web.Request) -> web.Response:
    """How old the mirror is is told, and no reason to refuse calls: booking has the last word."""
    is_ready = request.app[READINESS].is_ready
    facts: dict[str, object] = {"status": "ready" if is_ready else "warming up"}
    if (lookout := request.app[LOOKOUT]) is not None:
        facts["calendar_seen_s_ago"] = await _age_s(lookout)
    return web.json_response(facts, status=200 if is_ready else 503)


async def _age_s(lookout: Lookout) -> float | None:
    """None = never, or nobody can say."""
    try:
        age_s = await lookout.age_s()
    except Exception:
        log.exception("calendar_age_unknown")
        return None
    return None if age_s is None or isinf(age_s) else round(age_s, 1)
