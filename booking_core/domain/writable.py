"""Text that databases, mails and calendars can keep: what cannot be written is refused at birth."""

from __future__ import annotations

import re

from booking_core.domain.errors import InvalidRequest

UNWRITABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL keeps no NUL, UTF-8 has no halves


def refuse_unwritable(**texts: str | None) -> None:
    """InvalidRequest that names the field, and never what is in it."""
    for field, text in texts.items():
        if text and UNWRITABLE.search(text):
            raise InvalidRequest(f"the {field} has a character that cannot be written", field=field)
