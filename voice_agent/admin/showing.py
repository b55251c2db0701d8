"""Pages and fragments for whoever is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voice_agent.admin.office import visitor_of
from voice_agent.admin.rendering import page

if TYPE_CHECKING:
    from aiohttp import web


def show(
    request: web.Request,
    template: str,
    *,
    status: int = 200,
    **values: Any,  # noqa: ANN401 - what the template wants
) -> web.Response:
    """The template, which also knows who looks (`visitor`, `salon`), `csrf` and the `path`."""
    visitor = visitor_of(request)
    frame = {
        "visitor": visitor,
        "salon": visitor.salon,
        "csrf": visitor.csrf,
        "path": request.path,
        "path_qs": request.path_qs,
    }
    return page(template, visitor.texts, status=status, **{**frame, **values})
