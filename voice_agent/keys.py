"""The secrets this installation signs with: of its settings, or made once and kept in its home."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from itsdangerous import URLSafeTimedSerializer

from voice_agent.embedded import home_of

if TYPE_CHECKING:
    from pathlib import Path

    from voice_agent.config import Settings

KEY_FILE = "secret-key"


def signing_secrets(settings: Settings) -> tuple[str, ...]:
    """Newest first: it signs, all of them verify.

    Without `SECRET_KEY`, one is made and kept where only this user can read it: everybody stays
    signed in when the server is started anew.
    """
    if settings.secret_key:
        parts = settings.secret_key.get_secret_value().split(",")
        return tuple(part.strip() for part in parts if part.strip())
    return (_kept(home_of(settings) / KEY_FILE),)


def signer(keys: tuple[str, ...], purpose: str) -> URLSafeTimedSerializer:
    """Signs values for one purpose; what was signed for another one does not verify."""
    oldest_first = list(reversed(keys))
    return URLSafeTimedSerializer(oldest_first, salt=f"voice-agent/{purpose}")


def _kept(path: Path) -> str:
    """Of two processes that make one at once, both take the first one's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with open(draft, "x", opener=_private, encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text(encoding="ascii").strip()


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
