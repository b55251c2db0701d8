"""Who of a salon can do what, and what its words are called on the pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from booking_core.domain.catalogue import LeadChange

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from booking_core.domain.catalogue import Salon, Staff
    from voice_agent.admin.rendering import Texts


def able(salon: Salon, skill: str) -> tuple[Staff, ...]:
    """Everybody who works here and has the skill."""
    return tuple(one for one in salon.staff if one.active and skill in one.skills)


def leads(salon: Salon, skills: AbstractSet[str]) -> bool:
    """Whether a visit that needs these of its lead can be led."""
    if salon.branch.lead_change is LeadChange.IF_NO_OTHER:
        return all(able(salon, skill) for skill in skills)
    return any(one.active and skills <= one.skills for one in salon.staff)


def skills_of(salon: Salon) -> tuple[str, ...]:
    """All that anybody has or any service needs, by name."""
    people = {skill for member in salon.staff for skill in member.skills}
    parts = {part.skill for service in salon.services for part in service.segments}
    return tuple(sorted(people | parts))


def kinds_of(salon: Salon) -> tuple[str, ...]:
    """Kinds of places, those that are there first."""
    there = dict.fromkeys(unit.kind for unit in salon.resources)
    needed = sorted({k for s in salon.services for part in s.segments for k in part.resources})
    return tuple(dict.fromkeys((*there, *needed)))


def word_of(texts: Texts, prefix: str, key: str) -> str:
    """What a skill or kind is called; its key where the salon has made it up itself."""
    return texts.sentences.get(f"svc_{prefix}_{key}", key)


def phrases_of(text: str) -> tuple[str, ...]:
    """One a line, or between commas; each once."""
    parts = (" ".join(part.split()) for part in re.split(r"[\n,;]", text))
    return tuple(dict.fromkeys(part for part in parts if part))
