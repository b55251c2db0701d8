"""Scripts and styles: from this package alone, under addresses that change with their contents."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from aiohttp import web

FOLDER: Final = Path(__file__).parent / "static"
PREFIX: Final = "/admin/static"
FOR_EVER: Final = "public, max-age=31536000, immutable"


@cache
def address_of(name: str) -> str:
    """Where a file of the static folder is: `vendor/htmx.js`; FileNotFoundError when it is not."""
    digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
    return f"{PREFIX}/{digest}/{name}"


async def serve(request: web.Request) -> web.StreamResponse:
    """A file of the static folder; its address holds for its contents, so nobody asks twice."""
    name: str = request.match_info["name"]
    if "\0" in name:  # no file system takes it
        raise web.HTTPNotFound
    path = (FOLDER / name).resolve()
    if not path.is_relative_to(FOLDER) or not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={"Cache-Control": FOR_EVER})
