"""Bounds: ab fünf, bis Samstag, frühestens um zehn; a "nicht" right before a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu.meaning import Open, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.groups import Group
    from nlu.lexicon import Atom

CLAUSE_ENDS = frozenset({"comma", "stop", "but", "instead"})
"""Kinds of words behind which another clause begins."""
SHORTLY = "shortly"
"""The name of what is heard in "kurz vor Weihnachten"."""
FREE_FROM = "free_from"
"""The name of what is heard in "ich arbeite bis vier"."""
_FEW = 4


def bind(group: Group) -> None:
    """Ab, nach, bis, vor right before it."""
    if group.alone and not group.alone.weekdays:
        return
    if "not" in group.tight or "except" in group.tight:
        group.role = Role.REJECT
    if "instead_of" in group.tight:
        group.role = Role.EXISTING
    if group.alone or group.bound or group.until or group.day_end:
        return
    if group.tight & {"from", "after"} and not group.tight & {"until"}:
        group.bound = Open.FROM
        step_over(group)
    elif group.tight & {"until", "before"} and not _is_destination(group):
        group.bound = Open.UNTIL
        step_over(group)


def _is_destination(group: Group) -> bool:
    """English "to" is a bound, unless an appointment moves: can I move it to Friday."""
    return group.moves and "to" in group.tight


def step_over(group: Group) -> None:
    """Nach Ostern begins the day after; bis Samstag includes the Saturday."""
    if group.is_day_only and not group.pod:
        if "shortly" in group.gap:
            group.rules.append(SHORTLY)
        if "after" in group.tight and "from" not in group.tight:
            group.rules.append("after_day")
        if "until" in group.tight:
            group.rules.append("until_day_included")


def is_busy(atoms: Sequence[Atom], group: Group) -> bool:
    """Ich arbeite bis vier; ich muss bis vier arbeiten."""
    if "busy" in group.gap:
        return True
    within = atoms[group.first : group.last]
    for atom in (*within, *atoms[group.last : group.last + _FEW]):
        if "busy" in atom.kinds:
            return True
        if atom not in within and not CLAUSE_ENDS.isdisjoint(atom.kinds):
            return False
    return False


def free_from(group: Group) -> None:
    """Who is busy till four comes after that; till Friday, not before."""
    if group.has_clock:
        group.bound = Open.FROM
        group.rules.append(FREE_FROM)
    else:
        group.role = Role.REJECT


def bind_behind(atoms: Sequence[Atom], group: Group) -> None:
    """14 Uhr frühestens; two or later on Friday."""
    if group.bound or group.alone or group.until:
        return
    if group.has_clock and _is_open_within(atoms, group):
        group.bound = Open.FROM
    kinds = atoms[group.last].kinds if group.last < len(atoms) else {}
    if "from_behind" in kinds or (
        group.has_clock and (_ends_work(atoms, group.last) or _ends_engagement(atoms, group))
    ):
        group.bound = Open.FROM
    elif "until_behind" in kinds:
        group.bound = Open.UNTIL
        if group.is_day_only:
            group.rules.append("until_day_included")


def _is_open_within(atoms: Sequence[Atom], group: Group) -> bool:
    return any("from_behind" in atom.kinds for atom in atoms[group.first : group.last])


def _ends_work(atoms: Sequence[Atom], place: int) -> bool:
    """Um fünf Feierabend; um fünf hab ich Schluss: from then on."""
    for atom in atoms[place : place + _FEW]:
        if "off_work" in atom.kinds:
            return True
        if not CLAUSE_ENDS.isdisjoint(atom.kinds):
            return False
    return False


def _ends_engagement(atoms: Sequence[Atom], group: Group) -> bool:
    """Meine Schicht endet um zwei; der Kurs ist um vier zu Ende."""
    first = group.first
    while first > 0 and CLAUSE_ENDS.isdisjoint(atoms[first - 1].kinds):
        first -= 1
    clause = {kind for atom in atoms[first : group.last + 1] for kind in atom.kinds}
    return "ends" in clause and bool(clause & {"busy", "engaged"})
