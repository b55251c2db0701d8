"""What the settings pages share: their tabs, who may see them, and how a change is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from voice_agent.admin.showing import show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

UNPROCESSABLE: Final = 422
BASE: Final = "/admin/settings"
TABS: Sequence[tuple[str, str]] = (
    ("branch", BASE),
    ("hours", f"{BASE}/hours"),
    ("sentences", f"{BASE}/sentences"),
    ("users", f"{BASE}/users"),
    ("access", f"{BASE}/access"),
    ("privacy", f"{BASE}/privacy"),
    ("audit", f"{BASE}/audit"),
)
"""Key of the name, and address."""


def settings_page(
    request: web.Request,
    tab: str,
    *,
    status: int = 200,
    **values: Any,  # noqa: ANN401 - what the template wants
) -> web.Response:
    """A page under its tab."""
    saved = request.query.get("saved", "")
    told = f"saved_{saved}" if saved in {"yes", "gone", "sent", "erased"} else None
    values = {"wrong": {}, "told": told, **values}
    return show(request, f"settings/{tab}.html", status=status, tabs=TABS, tab=tab, **values)


def saved(tab_address: str, what: str = "yes") -> web.Response:
    """Back to the page, which says so."""
    return web.Response(status=303, headers={"Location": f"{tab_address}?saved={what}"})


async def texts_of(request: web.Request) -> Mapping[str, str]:
    """The form as texts; files have no business here."""
    given = await request.post()
    return {name: value for name, value in given.items() if isinstance(value, str)}
