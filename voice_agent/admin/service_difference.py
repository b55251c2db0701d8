"""Two people changed the same service: what differs, field by field, and what comes of a choice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from voice_agent.admin.service_form import SEGMENTS, TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from voice_agent.admin.service_form import ServiceForm

MINE: Final = "mine"
THEIRS: Final = "theirs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A field in which two forms say different things."""

    name: str
    mine: Any
    theirs: Any
    suggested: str
    """Whoever changed it; mine where both did."""


def differences(base: ServiceForm, mine: ServiceForm, theirs: ServiceForm) -> Sequence[Difference]:
    """What differs now between what is typed and what is stored, in the order of the form."""
    then, here, there = base.plain, mine.plain, theirs.plain
    return [
        Difference(
            name=name,
            mine=here[name],
            theirs=there[name],
            suggested=THEIRS if here[name] == then[name] else MINE,
        )
        for name in (*TEXTS, SEGMENTS)
        if here[name] != there[name]
    ]


def merged(mine: ServiceForm, theirs: ServiceForm, choices: Mapping[str, str]) -> ServiceForm:
    """What is typed, with those fields from what is stored that were chosen to be."""
    taken = {name for name, whose in choices.items() if whose == THEIRS}
    texts = {name: (theirs if name in taken else mine)[name] for name in TEXTS}
    return replace(mine, texts=texts, rows=(theirs if SEGMENTS in taken else mine).rows)


def changes(
    before: ServiceForm | None, after: ServiceForm
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs, for the audit trail: as it was, and as it is."""
    was, now = before.plain if before else {}, after.plain
    names = [name for name in now if was.get(name) != now[name]]
    return {name: was[name] for name in names if name in was}, {name: now[name] for name in names}
