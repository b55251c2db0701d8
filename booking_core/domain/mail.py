"""What a mail to a customer is about."""

from __future__ import annotations

from enum import StrEnum


class MailKind(StrEnum):
    """Each at most once per appointment and version."""

    CONFIRMATION = "confirmation"
    CHANGE = "change"
    CANCELLATION = "cancellation"
