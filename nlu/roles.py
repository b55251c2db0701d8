"""What a time is to the caller: wished, refused, or the appointment that exists already."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from nlu.bounds import FREE_FROM
from nlu.meaning import Open, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.groups import Group
    from nlu.lexicon import Atom

_DESCRIBED_WITHIN = 8  # words between "mein Termin ist" and its time
_LED_WITHIN = 5  # words: to the same time on Saturday
_LEAVING_WITHIN = 8  # words between a time and "muss ich wieder weg"


def assign_roles(atoms: Sequence[Atom], groups: Sequence[Group]) -> None:
    """Marks existing appointments and times by which the caller must have left."""
    kinds = {kind for atom in atoms for kind in atom.kinds}
    cancels, moves = "cancel" in kinds or _calls_off(atoms), "move" in kinds
    for place, group in enumerate(groups):
        if group.alone:
            continue
        if (
            _is_of_appointment(atoms, group, changes=cancels or moves)
            or _is_described(atoms, group)
            or _is_of_mine(atoms, group)
            or (place and _follows_existing(groups, place))
        ):
            group.role = Role.EXISTING
        elif group.role is Role.WANT and (cancels or moves):
            _mark_old(atoms, groups, place, cancels=cancels and not moves)
        if group.role is Role.EXISTING:
            group.until = None  # when the appointment ends is no other time
        if "must_leave" in kinds and "must" in kinds:
            following = groups[place + 1].first if place + 1 < len(groups) else len(atoms)
            _mark_leaving(atoms, group, following)
    _mark_from_to(atoms, groups)


def _is_of_appointment(atoms: Sequence[Atom], group: Group, *, changes: bool) -> bool:
    """Den Termin vom zehnten; cancel Thursday's appointment."""
    if changes and group.last < len(atoms) and "appointment" in atoms[group.last].kinds:
        return True
    if changes and _is_own_noun(atoms, group):
        return True
    if "of" not in group.tight:
        return False
    return any("appointment" in atom.kinds for atom in atoms[max(0, group.first - 3) : group.first])


def _is_own_noun(atoms: Sequence[Atom], group: Group) -> bool:
    """Swap my Friday slot."""
    behind = atoms[group.last].kinds if group.last < len(atoms) else {}
    before = atoms[group.first - 1].kinds if group.first else {}
    return "own_noun" in behind and "my" in before


def _calls_off(atoms: Sequence[Atom]) -> bool:
    """Ich sage den Termin ab: the second half of the verb ends the sentence."""
    said = [atom for atom in atoms if atom.raw and "stop" not in atom.kinds]
    is_half = bool(said) and "off" in said[-1].kinds
    return is_half and any("calling_off" in atom.kinds for atom in said)


def _is_of_mine(atoms: Sequence[Atom], group: Group) -> bool:
    """Steht mein Termin am Freitag noch: whoever has one speaks of that."""
    place = group.first - 1
    while place > 0 and atoms[place].kinds.keys() & {"joint", "at"}:
        place -= 1
    return place > 0 and "appointment" in atoms[place].kinds and "my" in atoms[place - 1].kinds


def _is_described(atoms: Sequence[Atom], group: Group) -> bool:
    """Mein Termin ist am Montag; der ist aktuell am siebten."""
    before = atoms[max(0, group.first - _DESCRIBED_WITHIN) : group.first]
    words = [atom.folded for atom in before]
    old = next((i for i, atom in enumerate(before) if "old" in atom.kinds), None)
    if old is not None:  # "eigentlich wollte ich lieber Samstag" is a wish
        return not any("wish" in atom.kinds for atom in before[old:])
    after = atoms[group.last : group.last + 4]
    if any("old" in atom.kinds for atom in after) and any(
        a.folded in {"ist", "das"} for a in after
    ):
        return True
    for i, atom in enumerate(before):
        if (
            "appointment" in atom.kinds
            and i
            and "mine" in before[i - 1].kinds
            and "article" not in before[i - 1].kinds
        ):
            rest = words[i + 1 :]
            if rest[:1] in (["ist"], ["war"], ["steht"], ["is"]) and len(rest) <= _DESCRIBED_WITHIN:
                return True
    return False


def _follows_existing(groups: Sequence[Group], place: int) -> bool:
    before, group = groups[place - 1], groups[place]
    return (
        before.role is Role.EXISTING
        and group.words == 0
        and not group.gap & {"to", "but", "fix", "stop", "own_noun"}
    )


def _mark_old(atoms: Sequence[Atom], groups: Sequence[Group], place: int, *, cancels: bool) -> None:
    """With a verb of moving, "auf" leads to the new time; to cancel names only the old one."""
    group = groups[place]
    if cancels:
        group.role = Role.EXISTING
        return
    if "to" in group.tight or "to" in _kinds_before(atoms, group):
        return
    if _before_verb(atoms, group):
        group.role = Role.EXISTING
        return
    words_before = [atom.kinds for atom in atoms[: group.first]]
    behind_appointment = any("appointment" in kinds for kinds in words_before)
    if "of" in group.tight or (behind_appointment and not _to_before(atoms, group)):
        group.role = Role.EXISTING


def _before_verb(atoms: Sequence[Atom], group: Group) -> bool:
    """Ich habe am Mittwoch um drei einen Termin und muss ihn verlegen."""
    verb = next((i for i, atom in enumerate(atoms) if "move" in atom.kinds), 0)
    return group.last <= verb and any(
        "to" not in atom.kinds and "appointment" in atom.kinds for atom in atoms[:verb]
    )


def _kinds_before(atoms: Sequence[Atom], group: Group) -> set[str]:
    return {kind for atom in atoms[max(0, group.first - 2) : group.first] for kind in atom.kinds}


def _to_before(atoms: Sequence[Atom], group: Group) -> bool:
    before = atoms[max(0, group.first - _LED_WITHIN) : group.first]
    return any("to" in atom.kinds for atom in before)


def _mark_from_to(atoms: Sequence[Atom], groups: Sequence[Group]) -> None:
    """Von elf auf vierzehn Uhr: the old time and the new one."""
    for before, group in pairwise(groups):
        if "to" not in group.tight or group.role is not Role.WANT:
            continue
        moved = "from" in before.tight and "until" in group.tight and group.moves
        if moved:
            group.bound = None
        if moved or "of" in before.tight or (_is_pointed_at(atoms, before) and group.has_clock):
            before.role = Role.EXISTING
            before.bound = None


def _is_pointed_at(atoms: Sequence[Atom], group: Group) -> bool:
    """Den um elf."""
    before = atoms[max(0, group.first - 2) : group.first]
    return len(before) > 1 and "joint" in before[0].kinds and "at" in before[1].kinds


def _mark_leaving(atoms: Sequence[Atom], group: Group, following: int) -> None:
    """Um sechs muss ich wieder weg: the visit must be over by then."""
    if group.clock is None or FREE_FROM in group.rules:
        return
    if group.bound is not Open.FROM and group.until is None and _leaves_before(atoms, group):
        group.bound, group.of_end = Open.UNTIL, True
        return
    limit = min(group.last + _LEAVING_WITHIN, following)
    for atom in atoms[group.last : limit]:
        if "must_leave" in atom.kinds:
            group.bound, group.of_end = Open.UNTIL, True
            return
        if atom.kinds.keys() & {"stop", "and", "later"}:
            return


def _leaves_before(atoms: Sequence[Atom], group: Group) -> bool:
    """I have to be out by six; I have to pick up the kids at four."""
    if "at" not in group.tight and group.bound is not Open.UNTIL:
        return False
    for atom in reversed(atoms[max(0, group.first - _LEAVING_WITHIN) : group.first]):
        if atom.kinds.keys() & {"stop", "comma", "and", "but", "or"}:
            return False
        if "must_leave" in atom.kinds:
            return True
    return False
