"""Who is signed in, in one signed cookie: the server keeps nothing."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from itsdangerous import BadData

if TYPE_CHECKING:
    from aiohttp import web
    from itsdangerous import URLSafeTimedSerializer

    from voice_agent.admin.accounts import User

COOKIE: Final = "voice_agent_admin"
PATH: Final = "/admin"
LASTS_S: Final = 14 * 24 * 3600
PURPOSE: Final = "admin-session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What the cookie says."""

    user_id: str
    epoch: int
    csrf: str
    branch_id: str | None = None
    """The salon that is looked at; None = the first."""
    language: str | None = None
    trial: bool = False
    """Whether pages show the copy on which things are tried."""

    @property
    def user(self) -> UUID:
        """Whose it is."""
        return UUID(self.user_id)


def new_session(user: User) -> Session:
    """A session that begins now, with a token of its own against forged forms."""
    return Session(
        user_id=str(user.id),
        epoch=user.epoch,
        csrf=secrets.token_urlsafe(24),
        language=user.language,
    )


def read(request: web.Request, signer: URLSafeTimedSerializer) -> Session | None:
    """The session of the cookie; None when there is none, or it is forged or too old."""
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        return None
    try:
        facts: dict[str, Any] = signer.loads(cookie, max_age=LASTS_S)
        session = Session(**facts)
        UUID(session.user_id)
    except (BadData, TypeError, ValueError):
        return None
    return session


def write(
    response: web.StreamResponse, session: Session, signer: URLSafeTimedSerializer, *, secure: bool
) -> None:
    """Set the cookie; scripts cannot read it, and no other site's form brings it along."""
    response.set_cookie(
        COOKIE,
        signer.dumps(asdict(session)),
        max_age=LASTS_S,
        path=PATH,
        httponly=True,
        samesite="Lax",
        secure=secure,
    )


def forget(response: web.StreamResponse) -> None:
    """Sign out."""
    response.del_cookie(COOKIE, path=PATH)
