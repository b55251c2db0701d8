"""What a mail to a customer is about, and what can become of it.

OSError
├── MailNotAccepted         surely not taken: again later
│   ├── MailServerAway      nor would any other mail be at the moment
│   └── MailRefused         nor will it ever be
└── MailUnsure              perhaps taken: the connection broke before the answer
"""

from __future__ import annotations

from enum import StrEnum


class MailKind(StrEnum):
    """Each at most once per appointment and version."""

    CONFIRMATION = "confirmation"
    CHANGE = "change"
    CANCELLATION = "cancellation"


class Delivery(StrEnum):
    """What is done about a mail of which nobody knows whether the mail server took it."""

    AT_LEAST_ONCE = "at_least_once"
    """It is sent again, as the same bytes: never lost, perhaps there twice."""
    AT_MOST_ONCE = "at_most_once"
    """It is left alone: never there twice, perhaps lost, and then shown to the salon."""


class MailNotAccepted(OSError):
    """The mail server did not take the message."""


class MailServerAway(MailNotAccepted):
    """The mail server takes no mails from us at the moment."""


class MailRefused(MailNotAccepted):
    """The mail server will never take this message for this recipient."""


class MailUnsure(OSError):
    """The connection broke before the mail server said whether it took the message."""


class UnusableAddress(ValueError):
    """No mail can be sent to this address, now or later."""

    def __init__(self, reason: str = "unusable_address") -> None:
        super().__init__(self.__doc__)
        self.reason = reason
        """One word for logs; never the address."""
