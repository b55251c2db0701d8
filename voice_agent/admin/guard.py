"""What every page passes: who asks, whether the form is ours, and what a browser may do with it."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit
from uuid import UUID

import structlog
from aiohttp import web

from voice_agent.admin import session as sessions
from voice_agent.admin.accounts import OPERATOR, Accounts
from voice_agent.admin.office import HERE, VISITOR, Visitor, office_of
from voice_agent.admin.rendering import LANGUAGES, page, texts
from voice_agent.admin.trial import TRIAL

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from booking_core.domain.catalogue import Salon
    from voice_agent.admin.accounts import User
    from voice_agent.admin.office import Office
    from voice_agent.admin.session import Session

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = structlog.get_logger(__name__)

OPEN: Final = ("/admin/sign-in", "/admin/static/")
ALWAYS_REAL: Final = tuple(
    f"/admin/{name}"
    for name in ("try", "switch", "sign-out", "services", "staff", "settings", "health")
)
"""Pages that show and change what the salon is, also while its copy is looked at."""
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "frame-ancestors 'none'; form-action 'self'; base-uri 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""The calendar widget sets style attributes; scripts come from files of ours only."""


@web.middleware
async def with_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say what a browser may do with an answer; pages with customers in them are never kept."""
    response = await handler(request)
    if not response.prepared:
        response.headers.update(HEADERS)
        response.headers.setdefault("Cache-Control", "no-store")
    return response


@web.middleware
async def with_way_back(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what went wrong with a page that says so and leads back."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400 or error.content_type == "text/html":  # noqa: PLR2004 - a status
            raise
        return _sorry(request, error.status)
    except Exception:
        reference = secrets.token_hex(4)
        log.exception("page_broke", path=request.path, reference=reference)
        return _sorry(request, 500, reference=reference)


@web.middleware
async def with_visitor(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let nobody in who is not signed in, and no form that is not ours."""
    _refuse_other_sites(request)
    if request.path.startswith(OPEN):
        return await handler(request)
    office = office_of(request)
    session = sessions.read(request, office.signer(sessions.PURPOSE))
    visitor = await _visitor(office, session) if session else None
    if visitor is None or session is None:
        return _to_sign_in(request)
    await _refuse_forged(request, session)
    if session.trial:
        visitor = replace(visitor, trial=True)
        if not request.path.startswith(ALWAYS_REAL):
            request[HERE] = (await request.config_dict[TRIAL].of(visitor.salon)).office
    request[VISITOR] = visitor
    return await handler(request)


def secure(request: web.Request) -> bool:
    """Whether the browser came over TLS, as far as the public address tells."""
    public = office_of(request).settings.public_url or ""
    return request.secure or public.startswith("https://")


def owners_only(handler: Handler) -> Handler:
    """A page for those who may change what the salon is."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        if not request[VISITOR].user.is_owner:
            raise web.HTTPForbidden
        return await handler(request)

    return guarded


def language_of(request: web.Request) -> str:
    """What the browser prefers, of what we speak; German when it prefers neither."""
    for part in request.headers.get("Accept-Language", "").split(","):
        tag = part.split(";")[0].strip()[:2].lower()
        if tag in LANGUAGES:
            return tag
    return LANGUAGES[0]


async def _visitor(office: Office, session: Session) -> Visitor | None:
    user = await _user(office, session)
    if user is None:
        return None
    salons = _theirs(user, await office.salons.all())
    if not salons:
        return None
    chosen = next((one for one in salons if str(one.branch.id) == session.branch_id), salons[0])
    return Visitor(
        user=user,
        salon=chosen,
        salons=salons,
        texts=texts(session.language or user.language),
        csrf=session.csrf,
    )


async def _user(office: Office, session: Session) -> User | None:
    if session.user == OPERATOR.id:
        epoch = operator_epoch(office)
        return replace(OPERATOR, epoch=epoch) if session.epoch == epoch else None
    user = await Accounts(office.engine).by_id(session.user)
    return user if user and user.epoch == session.epoch else None


def operator_epoch(office: Office) -> int:
    """Changes with ADMIN_PASSWORD: whoever signed in with the old one has to sign in again."""
    password = office.settings.admin_password
    secret = password.get_secret_value() if password else ""
    return int(hmac.new(b"operator", secret.encode(), "sha256").hexdigest()[:8], 16)


def _theirs(user: User, salons: object) -> tuple[Salon, ...]:
    every: tuple[Salon, ...] = tuple(salons)  # type: ignore[arg-type]  # a sequence of salons
    if user.company_id is None:
        return every
    return tuple(salon for salon in every if salon.company.id == user.company_id)


def _to_sign_in(request: web.Request) -> web.Response:
    """Fragments cannot show a form to sign in: htmx is told to load the whole page."""
    place = "/admin/sign-in"
    if request.method in SAFE_METHODS and request.path != sessions.PATH:
        place += f"?next={quote(request.path_qs, safe='')}"
    if request.headers.get("HX-Request"):
        return web.Response(status=401, headers={"HX-Redirect": place})
    return web.Response(status=303, headers={"Location": place})


async def _refuse_forged(request: web.Request, session: Session) -> None:
    if request.method in SAFE_METHODS:
        return
    shown = request.headers.get("X-CSRF-Token", "")
    if not shown and request.content_type in {
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    }:
        shown = str((await request.post()).get("csrf", ""))
    if not hmac.compare_digest(shown.encode(), session.csrf.encode()):
        log.warning("form_refused", path=request.path)
        raise web.HTTPForbidden


def _refuse_other_sites(request: web.Request) -> None:
    """A form or script of another site is not ours, whatever cookie comes along."""
    if request.method in SAFE_METHODS:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site not in {None, "same-origin", "none"}:
        raise web.HTTPForbidden
    if origin and origin != "null" and urlsplit(origin).netloc != request.host:
        public = office_of(request).settings.public_url
        if public is None or urlsplit(origin).netloc != urlsplit(public).netloc:
            raise web.HTTPForbidden


def _sorry(request: web.Request, status: int, *, reference: str | None = None) -> web.Response:
    visitor: Visitor | None = request.get(VISITOR)
    language = visitor.texts if visitor else texts(language_of(request))
    key = f"error_{status}" if f"error_{status}" in language.sentences else "error_other"
    template = "error_fragment.html" if request.headers.get("HX-Request") else "error.html"
    return page(template, language, status=status, message=language(key), reference=reference)


def as_uuid(text: str) -> UUID:
    """An id in an address; 404 when it is none."""
    try:
        return UUID(text)
    except ValueError:
        raise web.HTTPNotFound from None
