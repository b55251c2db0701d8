"""Where a list goes on: opaque, and of that very list."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from voice_agent.api.reading import invalid

DEFAULT_LIMIT, MOST_PER_PAGE = 50, 200


def whole_number(value: object) -> object:
    """Plain digits: `1.0` and `1_0` are Python's own ways to write a number."""
    if isinstance(value, str) and not (value.isascii() and value.removeprefix("-").isdigit()):
        raise ValueError("a whole number")
    return value


def truth(value: object) -> object:
    """`true` or `false`, and not one of the twenty other spellings."""
    if isinstance(value, str) and value not in {"true", "false"}:
        raise ValueError("true or false")
    return value


Limit = Annotated[int, BeforeValidator(whole_number), Field(ge=1, le=MOST_PER_PAGE)]
Flag = Annotated[bool, BeforeValidator(truth)]
Cursor = Annotated[
    str, Field(max_length=500, description="`next_cursor` of the page before.", min_length=1)
]


def next_of(at: datetime, last_id: str) -> str:
    """Behind this row."""
    raw = json.dumps([at.isoformat(), last_id]).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, str]:
    """The row behind which the page begins; Problem for what is none of ours."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        at, last_id = json.loads(raw)
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not isinstance(last_id, str):
            raise ValueError("not ours")  # noqa: TRY301 - as all that is wrong with it
    except (binascii.Error, ValueError, TypeError):
        raise invalid("query.cursor", "ist kein Zeiger dieser Liste") from None
    return moment, last_id


CURSOR_DOC: Final = "Pages follow `next_cursor`; rows that are added meanwhile move nothing."
