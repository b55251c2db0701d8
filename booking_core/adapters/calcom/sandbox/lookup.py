"""Finding the event type a booker means: by id, or by slug and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.adapters.calcom.sandbox.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from booking_core.adapters.calcom.sandbox.records import EventType, Records


def by_id(records: Records, event_type_id: object) -> EventType | None:
    """The one with this id, given as a number or in digits."""
    text = str(event_type_id)
    return records.event_types.get(int(text)) if text.isascii() and text.isdigit() else None


def of_user(records: Records, username: str, slug: str) -> EventType | None:
    """A user's, by slug."""
    user = records.user_named(username)
    if user is None:
        raise ApiError(404, f"User with username {username} not found")
    return next(
        (e for e in records.event_types.values() if e.owner_id == user.id and e.slug == slug), None
    )


def of_team(records: Records, team_slug: str, slug: str) -> EventType | None:
    """A team's, by slug."""
    teams = {team.id for team in records.teams.values() if team.slug == team_slug}
    return next(
        (e for e in records.event_types.values() if e.team_id in teams and e.slug == slug), None
    )


def by_slugs(records: Records, named: Mapping[str, object]) -> EventType | None:
    """By whichever slugs were given."""
    slug = str(named.get("eventTypeSlug"))
    if named.get("username"):
        return of_user(records, str(named["username"]), slug)
    return of_team(records, str(named.get("teamSlug")), slug)
