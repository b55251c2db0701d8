"""Refusals behind a time: Freitag kann ich nicht; Montag habt ihr ja zu; Samstag, da geht nix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu.bounds import CLAUSE_ENDS, step_over
from nlu.groups import Group
from nlu.meaning import Grain, Open, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.lexicon import Atom, Kinds
    from nlu.pieces import Piece

_WITHIN = 6  # words between a time and its "geht nicht"
_NEEDS = frozenset({"proposes", "filler"})
_TAG = 2  # the "oder" of a question and its mark
_PRAISE_WITHIN = 4  # words between a time and "aber da": Donnerstag wäre mir recht, aber da ...


def reject_behind(atoms: Sequence[Atom], group: Group, all_groups: list[Group]) -> None:
    """Freitag kann ich nicht; vormittags geht bei mir gar nicht; Montag nicht, aber Dienstag."""
    if group.role is not Role.WANT or (group.alone and not _can_be_refused(group.alone)):
        return
    starts = {other.first for other in all_groups}
    place, limit, verb = group.last, group.last + _WITHIN, False
    while place <= limit and place < len(atoms):
        kinds = atoms[place].kinds
        if place in starts or ("or" in kinds and "unable" not in kinds):
            return
        if CLAUSE_ENDS.intersection(kinds) and not _closes_apposition(atoms, group, place):
            if not _goes_on(atoms, group, place):
                return
            limit = place + _WITHIN
        elif _refuse_side(group, kinds):
            return
        elif _is_refusal(atoms, place) or (verb and _is_obstacle(atoms, place, group, all_groups)):
            group.role = Role.REJECT
            _reject_linked(group, all_groups)
            return
        verb = verb or not kinds
        place += 1


def with_return(atoms: Sequence[Atom], groups: list[Group]) -> list[Group]:
    """Am vierzehnten bin ich im Urlaub, danach gern: from the day behind it on."""
    last = groups[-1]
    if last.role is not Role.REJECT or not last.is_day_only or last.pod:
        return groups
    behind = range(last.last, len(atoms))
    place = next((i for i in behind if "from_then" in atoms[i].kinds), None)
    if place is None:
        return groups
    back = Group(
        first=place,
        last=place + 1,
        gap=frozenset(),
        tight=frozenset(),
        words=1,
        day=last.day_end or last.day,
        bound=Open.FROM,
        rules=["after_day"],
    )
    return [*groups, back]


def until_then(atoms: Sequence[Atom], groups: list[Group]) -> list[Group]:
    """Ich fliege am dritten April, davor müsste es sein: the last time is the latest one."""
    last = groups[-1]
    behind = atoms[last.last : last.last + _WITHIN]
    place = next((i for i, atom in enumerate(behind) if "before_then" in atom.kinds), 0)
    begins = place > 0 and not CLAUSE_ENDS.isdisjoint(behind[place - 1].kinds)
    verbs = _NEEDS | {"must"}
    told = any(not verbs.isdisjoint(atom.kinds) for atom in behind[place + 1 : place + 3])
    if begins and told and last.role is Role.WANT and not (last.alone or last.bound or last.until):
        last.bound = Open.UNTIL
    return groups


def _is_refusal(atoms: Sequence[Atom], place: int) -> bool:
    """Geht nicht; or a "nicht" that ends its clause."""
    kinds = atoms[place].kinds
    return "unable" in kinds or ("not" in kinds and _is_final(atoms, place + 1))


def _is_obstacle(atoms: Sequence[Atom], place: int, group: Group, all_groups: list[Group]) -> bool:
    """Montag habt ihr ja zu; Donnerstag hab ich Training - unless a time of that day follows."""
    kinds, rest = atoms[place].kinds, atoms[place + 1 :]
    if _is_asked(rest):
        return False
    at_end = not rest or bool(rest[0].kinds.keys() & (CLAUSE_ENDS | {"filler"}))
    if "shut" in kinds or ("shut_at_end" in kinds and at_end):
        return _opens_clause(atoms, group)
    if "engaged" not in kinds or group.bound or group.until:
        return False
    following = all_groups[all_groups.index(group) + 1 :]
    return not following or following[0].day is not None or group.pod is not None


def _opens_clause(atoms: Sequence[Atom], group: Group) -> bool:
    """Ach, Montag habt ihr zu; and not: habt ihr montags eigentlich zu."""
    first = group.first
    while first > 0 and CLAUSE_ENDS.isdisjoint(atoms[first - 1].kinds):
        first -= 1
    others = sum(1 for atom in atoms[first : group.first] if not atom.kinds)
    return others <= 1  # a verb and whom it is about are two


def _is_asked(rest: Sequence[Atom]) -> bool:
    """Montag habt ihr zu, oder?"""
    said = [atom for atom in rest if "comma" not in atom.kinds]
    return bool(said) and (said[0].raw == "?" or (len(said) <= _TAG and "or" in said[0].kinds))


def _goes_on(atoms: Sequence[Atom], group: Group, place: int) -> bool:
    """Freitag, da kann ich nicht; Montag wäre schön, aber da habt ihr zu: still about that day."""
    if group.day is None or place > group.last + _PRAISE_WITHIN or "stop" in atoms[place].kinds:
        return False
    behind = atoms[place + 1 : place + 3]
    if behind and "but" in behind[0].kinds:
        behind = behind[1:]
    return bool(behind) and "there" in behind[0].kinds


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
        step_over(group)
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
