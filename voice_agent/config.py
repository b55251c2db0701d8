"""Settings of the running server, from the environment."""

from __future__ import annotations

from pydantic import Field, SecretStr

from booking_core.config import CoreSettings


class Settings(CoreSettings):
    """The core's settings and the server's own."""

    retell_api_key: SecretStr | None = None
    """Signs Retell's webhooks; several with commas between, while one is replaced.

    Refused as unset unless the server listens on loopback only.
    """
    retell_reject_unknown: bool = False
    """Whether a call to a number that no salon has is turned away before it is answered."""
    retell_base_url: str | None = None
    llm_websocket_secret: SecretStr | None = None
    """Path segment that protects the websocket: /llm-websocket/{secret}/{call_id}."""
    public_url: str | None = None
    api_requests_per_minute: int = Field(default=600, ge=1)
    """Of each token of the REST API."""
    admin_password: SecretStr | None = None
    metrics_token: SecretStr | None = None
    """Whoever reads `/metrics` shows it as a bearer token; None = only this machine may."""
