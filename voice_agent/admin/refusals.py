"""Why callers could not have what they wished, in as few kinds as a salon can act upon."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("taken", "taken_until", "taken_from", "nobody_free", "undoing"), "taken"),
    **dict.fromkeys(("resource_full", "full_until"), "place"),
    **dict.fromkeys(("closed_day", "holiday"), "closed"),
    **dict.fromkeys(("opens", "closes", "outside_hours", "too_long_for_day"), "hours"),
    **dict.fromkeys(("staff_off", "break_until", "break_from", "staff_comes"), "away"),
    **dict.fromkeys(("staff_goes", "staff_back", "staff_leaves", "nobody_there"), "away"),
    **dict.fromkeys(("service_inactive", "not_bookable"), "service"),
    "staff_unqualified": "unqualified",
    "lead_time": "soon",
    "past": "soon",
    "horizon": "far",
    "leaves_gap": "gap",
}
"""Names of the sentences `reason_...` that the agent says, and which kind each of them is."""


def kinds(refusals: Mapping[str, int]) -> dict[str, int]:
    """How often there was which kind, the most frequent first; what is new is a kind of its own."""
    found: Counter[str] = Counter()
    for reason, number in refusals.items():
        found[KINDS.get(reason, "other")] += number
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))
