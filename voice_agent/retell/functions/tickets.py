"""Signed references to what was offered or named in a call: what a model makes up opens nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from itsdangerous import BadData, SignatureExpired

from voice_agent.keys import signer

if TYPE_CHECKING:
    from itsdangerous import URLSafeTimedSerializer

OFFER_S = 15 * 60
"""Longer than anybody thinks about an offer on the telephone."""
VISIT_S = 2 * 3600
"""As long as the longest call."""


class Stale(Exception):
    """It was signed in this call, too long ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferTicket:
    """An offer of this call."""

    offer_id: str
    salon_version: int
    """The configuration it was found under."""


@dataclass(frozen=True, slots=True)
class Tickets:
    """Signs for one call of one salon: neither another call nor another salon can use them."""

    secrets: tuple[str, ...]
    branch_id: UUID
    call_id: str

    def for_offer(self, offer_id: str, salon_version: int) -> str:
        """What the model passes on to book this offer."""
        return self._signer("offer").dumps([offer_id, salon_version])

    def offer(self, text: str) -> OfferTicket | None:
        """The offer; None when it is none of this call, Stale when it was made too long ago."""
        match self._loaded("offer", text, OFFER_S):
            case [str(offer_id), int(version)]:
                return OfferTicket(offer_id=offer_id, salon_version=version)
            case _:
                return None

    def for_visit(self, visit_id: UUID) -> str:
        """What the model passes on to change this visit."""
        return self._signer("visit").dumps(visit_id.hex)

    def visit(self, text: str) -> UUID | None:
        """The visit that was named to this caller; None when it was not."""
        try:
            found = self._loaded("visit", text, VISIT_S)
        except Stale:
            return None
        return UUID(hex=found) if isinstance(found, str) else None

    def _loaded(self, purpose: str, text: str, max_age_s: int) -> Any:  # noqa: ANN401 - JSON
        try:
            return self._signer(purpose).loads(text, max_age=max_age_s)
        except SignatureExpired:
            raise Stale from None
        except (BadData, ValueError):
            return None

    def _signer(self, kind: str) -> URLSafeTimedSerializer:
        return signer(self.secrets, f"{kind}:{self.branch_id.hex}:{self.call_id}")
