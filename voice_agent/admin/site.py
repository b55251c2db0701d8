"""All pages in one application, mounted under `/admin`: each module of pages brings its routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from voice_agent.admin import (
    access,
    assets,
    audit_page,
    booking_form,
    callbacks,
    calls,
    day,
    health,
    hours,
    live,
    privacy,
    sentence_page,
    services,
    settings,
    sign_in,
    staff,
    statistics,
    try_it,
    users,
    visit_changes,
    visit_marks,
    visits,
    week,
)
from voice_agent.admin.guard import with_headers, with_visitor, with_way_back
from voice_agent.admin.office import OFFICE
from voice_agent.admin.rendering import environment
from voice_agent.admin.trial import add_trial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_agent.admin.office import Office

PAGES: Sequence[tuple[str, str]] = (
    ("day", "/admin/day"),
    ("calls", "/admin/calls"),
    ("callbacks", "/admin/callbacks"),
    ("waiting", "/admin/waiting"),
    ("statistics", "/admin/statistics"),
    ("health", "/admin/health"),
    ("services", "/admin/services"),
    ("staff", "/admin/staff"),
    ("try", "/admin/try"),
    ("settings", "/admin/settings"),
)
"""What stands in the navigation: key of its name, and address."""

ROUTES: Sequence[web.RouteDef] = (
    web.get("", sign_in.to_front),
    web.get("/", sign_in.to_front),
    web.get("/sign-in", sign_in.form),
    web.post("/sign-in", sign_in.enter),
    web.post("/sign-in/link", sign_in.send_link),
    web.post("/sign-out", sign_in.leave),
    web.post("/switch", sign_in.switch),
    web.get("/static/{digest}/{name:.+}", assets.serve),
    *day.ROUTES,
    *week.ROUTES,
    *live.ROUTES,
    *visits.ROUTES,
    *visit_changes.ROUTES,
    *visit_marks.ROUTES,
    *booking_form.ROUTES,
    *calls.ROUTES,
    *callbacks.ROUTES,
    *health.ROUTES,
    *statistics.ROUTES,
    *try_it.ROUTES,
    *users.ROUTES,
    *settings.ROUTES,
    *sentence_page.ROUTES,
    *privacy.ROUTES,
    *hours.ROUTES,
    *audit_page.ROUTES,
    *access.ROUTES,
    *services.ROUTES,
    *staff.ROUTES,
)


def build_site(office: Office) -> web.Application:
    """The application for `/admin`."""
    site = web.Application(middlewares=[with_headers, with_way_back, with_visitor])
    site[OFFICE] = office
    add_trial(site, office)
    live.add_listener(site)
    site.router.add_routes(ROUTES)
    environment().globals["pages"] = PAGES
    return site
