"""Signing in: with a password, with a link that comes by mail, or on one's own machine without."""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import replace
from email.message import EmailMessage
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from redis.exceptions import RedisError

from voice_agent.admin import session as sessions
from voice_agent.admin.accounts import LINK_MINUTES, OPERATOR, Accounts
from voice_agent.admin.guard import language_of, operator_epoch, secure
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.passwords import is_right
from voice_agent.admin.rendering import page, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_agent.admin.accounts import User
    from voice_agent.admin.office import Office
    from voice_agent.admin.rendering import Texts

log = structlog.get_logger(__name__)

TRIES, WINDOW_S = 10, 600
FRONT: Final = "/admin/day"
_TOO_MANY = 429


async def to_front(_request: web.Request) -> web.StreamResponse:
    """The page one wants to see first."""
    return web.Response(status=303, headers={"Location": FRONT})


async def form(request: web.Request) -> web.StreamResponse:
    """The form; a link from a mail shows a button, so that no mail scanner uses it up."""
    language = texts(language_of(request))
    return _form(request, language, token=request.query.get("token"))


async def enter(request: web.Request) -> web.StreamResponse:
    """Sign in with what the form says."""
    office, language = office_of(request), texts(language_of(request))
    given = await request.post()
    email, password = str(given.get("email", "")), str(given.get("password", ""))
    if not await _may_try(office, request, email):
        return _form(request, language, status=_TOO_MANY, wrong="too_many_tries", given=given)
    if token := str(given.get("token", "")):
        user = await Accounts(office.engine).use_link(token)
        wrong = "link_expired"
    elif "alone" in given:
        user, wrong = (_operator(office) if is_alone(request) else None), "password_wrong"
    else:
        user, wrong = await _with_password(office, email, password), "password_wrong"
    if user is None:
        log.warning("sign_in_refused")
        return _form(request, language, status=422, wrong=wrong, given=given)
    return _let_in(request, user, str(given.get("next", "")))


async def send_link(request: web.Request) -> web.StreamResponse:
    """Mail a link to whoever has an account; the answer is the same for everybody else."""
    office, language = office_of(request), texts(language_of(request))
    given = await request.post()
    email = str(given.get("email", ""))
    if not await _may_try(office, request, email):
        return _form(request, language, status=_TOO_MANY, wrong="too_many_tries", given=given)
    known = await Accounts(office.engine).by_email(email)
    if known and office.mailer:
        await mail_link(office, request, known[0])
    return _form(request, language, told="link_sent", given=given)


async def leave(_request: web.Request) -> web.StreamResponse:
    """Sign out."""
    response = web.Response(status=303, headers={"Location": "/admin/sign-in"})
    sessions.forget(response)
    return response


async def switch(request: web.Request) -> web.StreamResponse:
    """Look at another salon, or in another language."""
    office, visitor = office_of(request), visitor_of(request)
    signer = office.signer(sessions.PURPOSE)
    session = sessions.read(request, signer)
    assert session is not None, "the guard has read it"
    given = await request.post()
    branch, language = str(given.get("branch", "")), str(given.get("language", ""))
    if any(str(salon.branch.id) == branch for salon in visitor.salons):
        session = replace(session, branch_id=branch)
    if language in {"de", "en"}:
        session = replace(session, language=language)
        if visitor.user.id != OPERATOR.id:
            await Accounts(office.engine).set_language(visitor.user.id, language)
    response = web.Response(status=303, headers={"Location": _inside(str(given.get("next", "")))})
    sessions.write(response, session, signer, secure=secure(request))
    return response


def is_alone(request: web.Request) -> bool:
    """Whether there is no password and nobody else can be asking.

    The server listens on loopback only, then; a proxy in front of it, or another name for this
    machine that leads a browser here, would let strangers in.
    """
    if office_of(request).settings.admin_password is not None:
        return False
    if "Forwarded" in request.headers or "X-Forwarded-For" in request.headers:
        return False
    host = urlsplit(f"//{request.host}").hostname or ""
    return _is_loopback(request.remote or "") and (host == "localhost" or _is_loopback(host))


async def _with_password(office: Office, email: str, password: str) -> User | None:
    """Without an address it is the operator's password."""
    wanted = office.settings.admin_password
    if not email.strip():
        secret = wanted.get_secret_value() if wanted else None
        right = secret is not None and hmac.compare_digest(password.encode(), secret.encode())
        return _operator(office) if right else None
    known = await Accounts(office.engine).by_email(email)
    user, stored = known or (None, None)
    return user if await is_right(password, stored) else None


def _operator(office: Office) -> User:
    return replace(OPERATOR, epoch=operator_epoch(office))


def _let_in(request: web.Request, user: User, wish: str) -> web.StreamResponse:
    response = web.Response(status=303, headers={"Location": _inside(wish)})
    session = sessions.new_session(user)
    if user.id == OPERATOR.id:
        session = replace(session, language=language_of(request))
    signer = office_of(request).signer(sessions.PURPOSE)
    sessions.write(response, session, signer, secure=secure(request))
    log.info("signed_in", user=str(user.id))
    return response


def _inside(wish: str) -> str:
    """Never to another site: only to a page of ours."""
    inside = wish.startswith(f"{sessions.PATH}/") and not wish.startswith("/admin/sign-in")
    return wish if inside and "\\" not in wish and "//" not in wish else FRONT


async def _may_try(office: Office, request: web.Request, email: str) -> bool:
    """So many tries in ten minutes, by address of the machine and by address of the user."""
    tried = f"admin-tries:{request.remote}", f"admin-tries:{email.strip().lower()}"
    try:
        for name in tried if email else tried[:1]:
            count = await office.redis.incr(name)
            if count == 1:
                await office.redis.expire(name, WINDOW_S)
            if count > TRIES:
                return False
    except RedisError:
        log.warning("tries_not_counted")  # the desk can work while Redis is away
    return True


async def mail_link(office: Office, request: web.Request, user: User) -> None:
    """Mail a link that signs this user in, once."""
    assert office.mailer is not None, "asked before"
    token = await Accounts(office.engine).new_link(user.id)
    base = (office.settings.public_url or f"{request.scheme}://{request.host}").rstrip("/")
    language = texts(user.language)
    message = EmailMessage()
    message["Subject"] = language("link_subject")
    message["To"] = user.email
    message["From"] = "voice-agent@localhost"
    address = f"{base}/admin/sign-in?token={token}"
    message.set_content(
        language("link_mail", name=user.name, address=address, minutes=LINK_MINUTES)
    )
    try:
        await office.mailer.send(message)
    except OSError:
        log.exception("link_not_sent")


def _form(
    request: web.Request,
    language: Texts,
    *,
    status: int = 200,
    wrong: str | None = None,
    told: str | None = None,
    given: Mapping[str, object] | None = None,
    token: str | None = None,
) -> web.Response:
    """With what was filled in before, but for the password."""
    typed = given or request.query
    return page(
        "sign_in.html",
        language,
        status=status,
        wrong=wrong,
        told=told,
        email=str(typed.get("email", "")) if given else "",
        token=token,
        next=str(typed.get("next", "")),
        alone=is_alone(request),
        links=office_of(request).mailer is not None,
    )


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
