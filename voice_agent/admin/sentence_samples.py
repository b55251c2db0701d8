"""Values to hear a sentence with, before any caller does."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from prompts import Noun, Option
from prompts.own import variables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from booking_core.domain.catalogue import Salon


def samples(salon: Salon, now: datetime) -> Mapping[str, Any]:
    """A value for every name that previews know, of this salon where it has one."""
    start = (now + timedelta(days=2)).replace(hour=14, minute=0, second=0, microsecond=0)
    later = start + timedelta(days=1, hours=2)
    service = next((one for one in salon.services if one.active), None)
    noun = Noun(
        text=service.spoken_name if service else "Haarschnitt",
        gender=service.gender.value if service else "m",
    )
    staff = next((one.first_name for one in salon.staff if one.active), "Emma")
    minutes = service.total_minutes if service else 60
    return {
        "salon": salon.branch.name,
        "address": salon.branch.address,
        "service": noun,
        "start": start,
        "end": start + timedelta(minutes=minutes),
        "day": start.date(),
        "today": now.date(),
        "staff": staff,
        "minutes": minutes,
        "name": "Sommer",
        "names": [staff],
        "mail": True,
        "callback": True,
        "cents": service.price_cents if service else 3200,
        "opens": time(9),
        "closes": time(18),
        "hours": salon.branch.cancel_limit_hours,
        "options": [Option(start=start, staff=staff), Option(start=later, staff=None)],
        "phone": "+493012345678",
        "email": "sommer@example.org",
        "examples": [noun.text],
    }


def can_be_heard(key: str, language: str) -> bool:
    """Whether a preview knows a value for everything the sentence needs."""
    return variables(key, language) <= KNOWN


KNOWN = frozenset(
    (
        *("salon", "address", "service", "start", "end", "day", "today", "staff", "minutes"),
        *("name", "names", "mail", "callback", "cents", "opens", "closes", "hours", "options"),
        *("phone", "email", "examples"),
    )
)
