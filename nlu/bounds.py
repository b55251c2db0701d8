"""Bounds and refusals: ab fünf, bis Samstag, nicht am Montag, Freitag kann ich nicht."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu.meaning import Grain, Open, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.groups import Group
    from nlu.lexicon import Atom, Kinds
    from nlu.pieces import Piece

CLAUSE_ENDS = frozenset({"comma", "stop", "but", "instead"})
"""Kinds of words behind which another clause begins."""
SHORTLY = "shortly"
"""The name of what is heard in "kurz vor Weihnachten"."""
FREE_FROM = "free_from"
"""The name of what is heard in "ich arbeite bis vier"."""
_FEW = 4
_UNABLE_WITHIN = 6  # words between a time and its "geht nicht"


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
        _step_over(group)
    elif group.tight & {"until", "before"} and not _is_destination(group):
        group.bound = Open.UNTIL
        _step_over(group)


def _is_destination(group: Group) -> bool:
    """English "to" is a bound, unless an appointment moves: can I move it to Friday."""
    return group.moves and "to" in group.tight


def _step_over(group: Group) -> None:
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
    if group.last >= len(atoms):
        return
    kinds = atoms[group.last].kinds
    if "from_behind" in kinds or (group.has_clock and _ends_work(atoms, group.last)):
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


def reject_behind(atoms: Sequence[Atom], group: Group, all_groups: list[Group]) -> None:
    """Freitag kann ich nicht; vormittags geht bei mir gar nicht; Montag nicht, aber Dienstag."""
    if group.role is not Role.WANT or (group.alone and not _can_be_refused(group.alone)):
        return
    starts = {other.first for other in all_groups}
    limit = min(group.last + _UNABLE_WITHIN + 1, len(atoms))
    for place in range(group.last, limit):
        kinds = atoms[place].kinds
        if _closes_apposition(atoms, group, place):
            continue
        if (
            place in starts
            or CLAUSE_ENDS.intersection(kinds)
            or ("or" in kinds and "unable" not in kinds)
        ):
            return
        if _refuse_side(group, kinds):
            return
        if "unable" in kinds or ("not" in kinds and _is_final(atoms, place + 1)):
            group.role = Role.REJECT
            _reject_linked(group, all_groups)
            return


def _closes_apposition(atoms: Sequence[Atom], group: Group, place: int) -> bool:
    """Am Donnerstag, den dritten, kann ich nicht: its second comma ends no clause."""
    if place != group.last or "comma" not in atoms[place].kinds or group.day is None:
        return False
    inside = any("comma" in atom.kinds for atom in atoms[group.first : group.last])
    return inside and group.day.day is not None and group.day.weekday is not None


def _refuse_side(group: Group, kinds: Kinds) -> bool:
    """Neun ist mir zu früh: neither nine nor anything before it."""
    early, late = "too_early" in kinds, "too_late" in kinds
    if not (early or late) or group.alone:
        return False
    group.role = Role.REJECT
    if not (group.bound or group.until or group.day_end):
        group.bound = Open.UNTIL if early else Open.FROM
        _step_over(group)
        group.rules.append("too_early" if early else "too_late")
    return True


def _can_be_refused(piece: Piece) -> bool:
    """Montags geht nicht; früher geht es nicht."""
    return bool(piece.weekdays) or piece.grain is Grain.SHIFT


def _is_final(atoms: Sequence[Atom], place: int) -> bool:
    """Whether a "nicht" ends its clause."""
    if place >= len(atoms):
        return True
    kinds = atoms[place].kinds
    return bool(CLAUSE_ENDS.intersection(kinds)) or atoms[place].folded in {"mehr", "da", "so"}


def _reject_linked(group: Group, all_groups: list[Group]) -> None:
    """Montag und Dienstag geht nicht: both."""
    place = all_groups.index(group)
    if not group.gap & {"and", "or"}:
        return
    while (
        place
        and all_groups[place].words == 0
        and all_groups[place].gap <= {"and", "joint", "comma", "filler", "or"}
    ):
        place -= 1
        all_groups[place].role = Role.REJECT
