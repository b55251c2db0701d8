"""What the pages stand on: one object in the application, and who looks at them in the request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from itsdangerous import URLSafeTimedSerializer
    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.adapters.redis_allowance import Spent
    from booking_core.bootstrap import BookingCore
    from booking_core.domain.catalogue import Salon
    from booking_core.ports import Clock, Mailer
    from voice_agent.admin.accounts import User
    from voice_agent.admin.rendering import Texts
    from voice_agent.config import Settings
    from voice_agent.retell.reception import Directory


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Everything a page may use."""

    settings: Settings
    core: BookingCore
    salons: Directory
    engine: AsyncEngine
    redis: Redis
    clock: Clock
    signer: Callable[[str], URLSafeTimedSerializer]
    """By purpose."""
    mailer: Mailer | None = None
    """Takes one-time links to whoever forgot a password; None = there are none."""
    calcom_spent: Callable[[Salon], Awaitable[Sequence[Spent]]] | None = None
    """What is used up of the allowance that Cal.com grants the keys of a salon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Whoever is signed in, and the salon they look at."""

    user: User
    salon: Salon
    """Only ever one of the user's own company."""
    salons: tuple[Salon, ...]
    """Those they may switch to."""
    texts: Texts
    csrf: str
    trial: bool = False
    """Whether they look at the copy on which things are tried."""

    @property
    def language(self) -> str:
        """`de` or `en`."""
        return self.texts.language

    def now(self, office: Office) -> datetime:
        """The salon's wall clock."""
        return office.clock.now().astimezone(ZoneInfo(self.salon.branch.timezone))


OFFICE = web.AppKey("office", Office)
VISITOR = web.RequestKey("visitor", Visitor)
HERE = web.RequestKey("here", Office)
"""Another office for this request: that of the copy on which things are tried."""


def office_of(request: web.Request) -> Office:
    """The office of the application that serves this request."""
    office: Office = request.get(HERE) or request.config_dict[OFFICE]
    return office


def visitor_of(request: web.Request) -> Visitor:
    """Who asks; the guard has let nobody else through."""
    return request[VISITOR]


def facts(visitor: Visitor) -> Mapping[str, object]:
    """For logs: ids only."""
    return {"user": str(visitor.user.id), "branch": str(visitor.salon.branch.id)}
