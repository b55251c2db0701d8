"""Keeps secrets of others unreadable in our database: whoever has a dump of it has nothing."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Self

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

if TYPE_CHECKING:
    from collections.abc import Sequence

SHORTEST = 32
KEY_BYTES = 32


class SecretUnreadable(Exception):
    """A stored secret does not open with any SECRET_KEY, or belongs to somebody else."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class Cipher:
    """Seals with the first secret, opens with any: the others are on their way out."""

    def __init__(self, secrets: Sequence[str], *, purpose: str) -> None:
        if not secrets or any(len(secret) < SHORTEST for secret in secrets):
            raise ValueError(f"SECRET_KEY has at least {SHORTEST} characters, as in a random text")
        self._fernet = MultiFernet([Fernet(_derived(secret, purpose)) for secret in secrets])

    @classmethod
    def of(cls, setting: str, *, purpose: str) -> Self:
        """From `SECRET_KEY`: one secret, or several separated by commas, the newest first."""
        return cls([part.strip() for part in setting.split(",") if part.strip()], purpose=purpose)

    def seal(self, secret: str, *, owner: str) -> str:
        """Unreadable text; it opens for this owner only, wherever it is copied to."""
        return self._fernet.encrypt(json.dumps([owner, secret]).encode()).decode()

    def unseal(self, sealed: str, *, owner: str) -> str:
        """The secret again; SecretUnreadable when it is not this owner's."""
        try:
            whose, secret = json.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken:
            raise SecretUnreadable from None
        if whose != owner:
            raise SecretUnreadable
        return str(secret)

    def resealed(self, sealed: str) -> str:
        """The same under the first secret, so that the others may go."""
        try:
            return self._fernet.rotate(sealed.encode()).decode()
        except InvalidToken:
            raise SecretUnreadable from None


def _derived(secret: str, purpose: str) -> bytes:
    """A key for this purpose alone: a leak of another one tells nothing about it."""
    hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode())
    return base64.urlsafe_b64encode(hkdf.derive(secret.encode()))
