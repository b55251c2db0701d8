"""Cal.com's webhooks: signed letters that give reason to look, and are never believed themselves.

They come twice, late, in any order or not at all, and carry no number: whoever reads one again
finds the same hint, and the periodic look finds what no letter told.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

if TYPE_CHECKING:
    from datetime import date

    from booking_core.adapters.calcom.client import CalcomClient
    from booking_core.adapters.calcom.letterboxes import Letterbox
    from booking_core.adapters.calcom.workshop import Connections
    from booking_core.domain.catalogue import Salon

log = structlog.get_logger()

SIGNATURE = "X-Cal-Signature-256"
TRIGGERS = (
    "BOOKING_CREATED",
    "BOOKING_RESCHEDULED",
    "BOOKING_CANCELLED",
    "BOOKING_REJECTED",
    "OOO_CREATED",
)
"""What can change who is free when; a request that nobody has confirmed takes no time."""

A_WEEK = 8  # whole days in UTC touch one more day here

Facts = Annotated[dict[str, Any], BeforeValidator(lambda given: given or {})]


class _Letter(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")


class _Person(_Letter):
    username: str | None = None
    time_zone: str = "UTC"


class _Payload(_Letter):
    """What is common to the forms that events have; each lacks something."""

    organizer: _Person | None = None
    user: _Person | None = None
    uid: str | None = None
    start_time: AwareDatetime | None = None
    end_time: AwareDatetime | None = None
    start: AwareDatetime | None = None
    """Of an absence."""
    end: AwareDatetime | None = None
    reschedule_start_time: AwareDatetime | None = None
    reschedule_uid: str | None = None
    metadata: Facts = {}


class _Event(_Letter):
    trigger_event: str
    payload: Facts = {}


class UnreadableLetter(ValueError):
    """Signed, but not what a webhook looks like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """Something may have changed in somebody's calendar."""

    trigger: str
    user: str
    days: frozenset[date]
    """Empty = nobody says when."""
    uids: frozenset[str]
    group: str | None
    """The appointment it says that it belongs to."""


def is_signed(raw: bytes, signature: str | None, secret: str) -> bool:
    """Whether somebody who knows the secret has sent exactly these bytes."""
    wanted = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), (signature or "").strip().lower().encode())


def fingerprint(raw: bytes) -> str:
    """The same for the same letter."""
    return hashlib.sha256(raw).hexdigest()


def hint_of(raw: bytes) -> Hint | None:
    """What a letter gives reason to look at; None when nothing."""
    try:
        event = _Event.model_validate_json(raw)
        if event.trigger_event not in TRIGGERS:
            return None
        # Absences are wrapped once more.
        payload = _Payload.model_validate(event.payload.get("oooEntry") or event.payload)
    except ValidationError as error:
        # The error's own text would quote the letter, names and all.
        raise UnreadableLetter(f"{error.error_count()} faults") from None
    person = payload.organizer or payload.user
    if person is None or not person.username:
        return None
    return Hint(
        trigger=event.trigger_event,
        user=person.username,
        days=_days(payload, person),
        uids=frozenset(uid for uid in (payload.uid, payload.reschedule_uid) if uid),
        group=str(payload.metadata["group"]) if "group" in payload.metadata else None,
    )


def _days(payload: _Payload, person: _Person) -> frozenset[date]:
    times = (payload.start_time, payload.end_time, payload.reschedule_start_time)
    try:
        zone = ZoneInfo(person.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    days = {time.astimezone(zone).date() for time in times if time}
    return frozenset(days | _absent(payload, zone))


def _absent(payload: _Payload, zone: ZoneInfo) -> set[date]:
    """The days of a short absence; a longer one is about every day, which takes fewer requests."""
    if payload.start is None or payload.end is None or payload.end <= payload.start:
        return set()
    first = payload.start.astimezone(zone).date()
    days = (payload.end.astimezone(zone).date() - first).days + 1
    return {first + timedelta(days=ahead) for ahead in range(days)} if days <= A_WEEK else set()


class Boxes(Protocol):
    """Where letters are to be sent."""

    async def of(self, salon: Salon) -> Letterbox | None:
        """None = nowhere."""
        ...


class CalcomSubscriptions:
    """Sees to it that Cal.com writes to us, once for each of its users."""

    def __init__(self, connections: Connections, letterboxes: Boxes) -> None:
        self._connections = connections
        self._letterboxes = letterboxes

    async def ensure(self, salon: Salon) -> int:
        """Subscribe whoever is not, and repair what was changed; how many that were."""
        box = await self._letterboxes.of(salon)
        if box is None:
            return 0
        opened = await self._connections.of(salon)
        keys = opened.accounts.of(salon).values()
        changed = [await _ensured(opened.client, key, box) for key in keys]
        if any(changed):
            log.info("webhooks_subscribed", salon=salon.branch.key, changed=sum(changed))
        return sum(changed)


async def _ensured(client: CalcomClient, key: str, box: Letterbox) -> bool:
    known = [one for one in await client.webhooks(key) if one.subscriber_url == box.url]
    wish = {"active": True, "triggers": list(TRIGGERS), "secret": box.secret}
    if not known:
        await client.create_webhook(key, {**wish, "subscriberUrl": box.url})
        return True
    one = known[0]
    if one.active and set(one.triggers) == set(TRIGGERS) and one.secret == box.secret:
        return False
    await client.change_webhook(key, one.id, wish)
    return True
