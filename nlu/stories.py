"""What is told of the past beside a wish: gestern hab ich schon angerufen, wegen Freitag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu.meaning import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.groups import Group


def without_stories(groups: Sequence[Group]) -> list[Group]:
    """The times without those of the past, where another one is wished for.

    A past time alone stays: whoever wishes for it is asked.
    """
    is_choice = any("or" in group.gap for group in groups)
    told = [group for group in groups if _is_past(group)]
    wished = any(group.role is Role.WANT and group not in told for group in groups)
    return [g for g in groups if g not in told] if wished and not is_choice else list(groups)


def _is_past(group: Group) -> bool:
    """Gestern, letzte Woche, vor drei Tagen: as such, not the start or end of anything."""
    if group.role is not Role.WANT or group.bound or group.day_end or group.day is None:
        return False
    day = group.day
    return (day.offset or 0) < 0 or day.which == -1 or (day.week or 0) < 0
