"""Cal.com's three shapes of errors, told apart by status and shape first, by words second."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from booking_core.domain.errors import (
    CalendarBusy,
    CalendarError,
    CalendarRefused,
    CalendarSilent,
    CalendarTaken,
)

if TYPE_CHECKING:
    from booking_core.adapters.calcom.transport import Reply

BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, TOO_MANY = 400, 401, 403, 404, 409, 429
GATEWAY_FAULTS = frozenset({502, 503, 504})
FIRST_FAULT = 500
LONGEST_WAIT_S = 60.0  # Cal.com blocks for a minute
TAKEN_WORDS = ("already has booking at this time", "not available", "no_available_users")
CAPABILITY = re.compile(r"\buid=\S+|\b[1-9A-HJ-NP-Za-km-z]{20,24}\b")
LONGEST_MESSAGE = 200
PEEK = 64  # a page begins like one


def refusal(response: Reply, *, booking: bool = False) -> CalendarError:
    """What an answer that is no success means; `booking` = it answers a wish to book.

    Nothing of the body but its message is kept, and no uid of that: whoever knows one may cancel.
    """
    status = response.status
    message, bare = _message(response)
    says = _without_uids(message)
    if status == TOO_MANY:
        return CalendarBusy(status=status, says=says, retry_after_s=_reset_s(response))
    if status >= FIRST_FAULT:
        return CalendarSilent(status=status, says=says)
    if booking and (status == CONFLICT or (status == BAD_REQUEST and _says_taken(message))):
        return CalendarTaken(status=status, says=says)
    # A bare 401 is a rule of the event type ("booking_limit_reached"), not a wrong key.
    keyless = status in {UNAUTHORIZED, FORBIDDEN} and not bare
    return CalendarRefused(status=status, says=says, reason="key" if keyless else "rule")


def is_missing(response: Reply) -> bool:
    """Whether Cal.com says that there is no such thing.

    A 404 of a proxy, or for an address that this version of the API has not, says nothing of it: a
    booking would be taken for cancelled that stands.
    """
    message, bare = _message(response)
    return response.status == NOT_FOUND and not bare and not message.startswith("Cannot ")


def is_outage(response: Reply, *, looked: bool = False) -> bool:
    """Whether an answer shows that Cal.com cannot work at all; `looked` = to a mere question.

    A bare 500 to a change is one request that went wrong, rules of an event type among them:
    Cal.com lives. A page with 200 comes from somebody who stands in its place.
    """
    if response.status in GATEWAY_FAULTS:
        return True
    if response.status >= FIRST_FAULT:
        return looked or not _is_bare(response)
    return response.is_success and response.content[:PEEK].lstrip().startswith(b"<")


def _is_bare(response: Reply) -> bool:
    try:
        body = response.json()
    except ValueError:
        return False
    return isinstance(body, dict) and "error" not in body and "message" in body


def _message(response: Reply) -> tuple[str, bool]:
    """The message, and whether it stood in the bare shape."""
    try:
        body = response.json()
    except ValueError:
        return "", True
    if not isinstance(body, dict):
        return "", True
    error = body.get("error")
    if isinstance(error, dict):
        return str(error.get("message", "")), False
    return str(body.get("message", "")), True


def _says_taken(message: str) -> bool:
    return any(words in message.lower() for words in TAKEN_WORDS)


def _without_uids(message: str) -> str:
    return CAPABILITY.sub("uid", message)[:LONGEST_MESSAGE]


def rate_limit(response: Reply, fact: Literal["limit", "reset"]) -> int | None:
    """What the headers say of the key's limit; their names end in the limit's own name."""
    for name, value in response.headers.items():
        if name.lower().startswith(f"x-ratelimit-{fact}") and value.strip().isdigit():
            return int(value)
    return None


def _reset_s(response: Reply) -> float:
    """There is no Retry-After."""
    reset_s = rate_limit(response, "reset")
    return 1.0 if reset_s is None else min(float(reset_s), LONGEST_WAIT_S)
