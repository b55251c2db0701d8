"""Settings of the booking core, from the environment; nothing else reads environment variables."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from booking_core.domain.mail import Delivery


class CoreSettings(BaseSettings):
    """Where the core's parts are. Unset = embedded servers, the sandbox, mails as files."""

    model_config = SettingsConfigDict(env_prefix="", extra="ignore", env_ignore_empty=True)

    database_url: str | None = None
    """PostgreSQL; None = embedded."""
    redis_url: str | None = None
    """Redis or Valkey; None = embedded."""
    calendar: Literal["calcom", "local"] = "calcom"
    """`local` works without Cal.com."""
    calcom_api_url: str | None = None
    """Base of Cal.com API v2, without `/v2`; None = the sandbox."""
    calcom_api_key: SecretStr | None = None
    """One key, or `user=key,user=key`: Cal.com's availability is per user, so every staff member
    who works at the same time as another needs a user of their own."""
    calcom_timeout_s: float = Field(default=30.0, gt=0)
    """How long an answer may take; the caller hears the truth before that."""
    calcom_requests_per_minute: int | None = Field(default=None, ge=4)
    """Of each key, all processes together; None = as many as Cal.com says that it allows."""
    calcom_api_versions: dict[str, str] = Field(default_factory=dict)
    """JSON: `{"bookings": "2026-02-25"}`; what is left out is spoken to as recorded."""
    calcom_webhook_secret: SecretStr | None = None
    booking_lease_s: float = Field(default=12.0, ge=3)
    """How long a silent process keeps a booking before another one carries it on; a living one
    renews it. Longer than the locks are waited for before the work begins."""
    smtp_url: SecretStr | None = None
    """smtp://user:password@host:port; None = mails are written to `mail_dir`."""
    mail_dir: Path | None = None
    mail_delivery: Delivery = Delivery.AT_LEAST_ONCE
    """What is done about a mail that the mail server may have taken without our hearing of it."""
    secret_key: SecretStr | None = None
    """Seals what is stored of others' secrets; several, separated by commas: the first one seals,
    all of them open."""
    now: AwareDatetime | None = Field(default=None, validation_alias="VOICE_AGENT_NOW")
    """Where the clock starts; None = the real time."""
    home: Path | None = Field(default=None, validation_alias="VOICE_AGENT_HOME")
    """Data of the embedded servers, mails and logs."""
