"""Health: what works, what does not, and what to do about it, in plain words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from voice_agent.admin.health_queries import read_health
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.showing import show
from voice_agent.admin.wall_time import moment_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from booking_core.adapters.redis_allowance import Spent
    from voice_agent.admin.health_queries import Health
    from voice_agent.admin.office import Visitor

OLD_S = 120.0
"""A mirror is read every minute: one this old has been missed."""
SILENT_S = 60.0
"""A worker shows itself every ten seconds."""
MANY_JOBS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One thing that is looked at."""

    name: str
    is_well: bool
    value: str
    advice: str = ""
    """What to do, if there is something."""


async def health(request: web.Request) -> web.StreamResponse:
    """The page."""
    office, visitor = office_of(request), visitor_of(request)
    found = await read_health(office.engine, visitor.salon.branch.id)
    age_s = await office.core.lookout.age_s() if office.core.lookout else None
    spent = await office.calcom_spent(visitor.salon) if office.calcom_spent else ()
    looked_at = signs(found, visitor, mirrored=office.core.lookout is not None, age_s=age_s)
    return show(
        request,
        "health/health.html",
        signs=[*looked_at, *budget(spent, visitor)],
        health=found,
        when=lambda moment: moment_words(visitor.texts, moment, visitor.salon.branch),
    )


def signs(found: Health, visitor: Visitor, *, mirrored: bool, age_s: float | None) -> list[Sign]:
    """What is looked at, in the order of how much it hurts."""
    return [
        _changes(found, visitor),
        _differences(found, visitor),
        _mails(found, visitor),
        _worker(found, visitor),
        _jobs(found, visitor),
        *([_mirror(age_s, visitor), _event_types(found, visitor)] if mirrored else []),
    ]


def budget(spent: Sequence[Spent], visitor: Visitor) -> list[Sign]:
    """Of the key that has the least left of what Cal.com lets through in a minute."""
    if not spent:
        return []
    worst = max(spent, key=lambda one: (one.blocked_s, one.used / one.limit))
    value = visitor.texts("health_budget_value", used=worst.used, limit=worst.limit)
    if worst.blocked_s:
        value = visitor.texts("health_budget_blocked", seconds=math.ceil(worst.blocked_s))
    return [_sign(visitor, "budget", value, is_well=not worst.is_tight)]


def _sign(visitor: Visitor, key: str, value: str, *, is_well: bool) -> Sign:
    texts = visitor.texts
    advice = "" if is_well else texts(f"health_{key}_advice")
    return Sign(name=texts(f"health_{key}"), is_well=is_well, value=value, advice=advice)


def _changes(found: Health, visitor: Visitor) -> Sign:
    number = len(found.sagas)
    return _sign(visitor, "changes", str(number), is_well=not number)


def _differences(found: Health, visitor: Visitor) -> Sign:
    number = len(found.attention)
    return _sign(visitor, "differences", str(number), is_well=not number)


def _mails(found: Health, visitor: Visitor) -> Sign:
    bad = sum(found.mails.get(state, 0) for state in ("refused", "dropped", "unsure"))
    waiting = sum(found.mails.get(state, 0) for state in ("due", "sending"))
    value = visitor.texts("health_mails_value", waiting=waiting, bad=bad)
    return _sign(visitor, "mails", value, is_well=not bad)


def _worker(found: Health, visitor: Visitor) -> Sign:
    ago = found.figures["worker_s_ago"]
    if ago is None:
        return _sign(visitor, "worker", visitor.texts("health_never"), is_well=False)
    value = visitor.texts("health_seconds_ago", seconds=max(0, round(ago)))
    return _sign(visitor, "worker", value, is_well=ago < SILENT_S)


def _jobs(found: Health, visitor: Visitor) -> Sign:
    due, again, failed = (found.figures[key] for key in ("jobs_due", "jobs_again", "jobs_failed"))
    value = visitor.texts("health_jobs_value", due=due, again=again, failed=failed)
    return _sign(visitor, "jobs", value, is_well=not failed and due < MANY_JOBS)


def _mirror(age_s: float | None, visitor: Visitor) -> Sign:
    if age_s is None or age_s == float("inf"):
        return _sign(visitor, "mirror", visitor.texts("health_never"), is_well=age_s is None)
    value = visitor.texts("health_seconds_ago", seconds=round(age_s))
    return _sign(visitor, "mirror", value, is_well=age_s < OLD_S)


def _event_types(found: Health, visitor: Visitor) -> Sign:
    whole, missing = found.figures["event_types"], found.figures["event_types_open"]
    value = visitor.texts("health_event_types_value", number=whole, missing=missing)
    return _sign(visitor, "event_types", value, is_well=not missing)


ROUTES: Sequence[web.RouteDef] = (web.get("/health", health),)
