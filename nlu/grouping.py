"""Pieces that belong together become one wish: merged, listed, bounded, corrected or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu.bounds import CLAUSE_ENDS, bind, bind_behind, free_from, is_busy
from nlu.groups import Group
from nlu.lists import apart, listed
from nlu.meaning import Open, Role
from nlu.merging import joined
from nlu.refusals import reject_behind, until_then, with_return

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.lexicon import Atom, Kinds
    from nlu.pieces import Piece

_TIGHT = frozenset(
    {"joint", "filler", "at", "about", "exact", "in", "from", "until", "before", "after",
     "between", "of", "to", "not", "except", "fix", "or", "ranked", "and", "but", "instead",
     "dash", "again", "comma", "instead_of", "neither"}
)  # fmt: skip
_VERBS = frozenset({"proposes", "ends"})
"""Kinds that join nothing: such words part two times like any other."""
_GOES_ON = frozenset({"and", "or", "joint", "comma", "filler", "again"})
_WITHIN_CLAUSE = frozenset({"not", "except", "before", "after"})


def groups_of(atoms: Sequence[Atom], pieces: Sequence[Piece]) -> list[Group]:
    """The wishes of a sentence, in order."""
    found: list[Group] = []
    behind = 0
    moves = any("move" in atom.kinds for atom in atoms)
    about_one = moves or any("appointment" in atom.kinds for atom in atoms)
    for piece in pieces:
        group = _group(atoms, piece, behind)
        group.after_move, group.moves = about_one, moves
        behind = piece.last
        if not found or not joined(found[-1], group):
            bind(group)
            if found and _goes_on_refusing(found[-1], group):
                group.role = Role.REJECT
            found.append(group)
    for group in found:
        if group.bound is Open.UNTIL and is_busy(atoms, group):
            free_from(group)
        if group.until is not None and "busy" in group.gap:  # "ich arbeite von neun bis fünf"
            group.role = Role.REJECT
        bind_behind(atoms, group)
        reject_behind(atoms, group, found)
    found = with_return(atoms, until_then(atoms, _without_now(found)))
    return [one for group in listed(found) for one in apart(group)]


def _without_now(found: list[Group]) -> list[Group]:
    """Jetzt am Freitag; ich bräuchte jetzt einen in sechs Wochen: the other time is meant."""
    others = [group for group in found if group.rules != ["now"]]
    is_choice = any("or" in group.gap for group in found)
    return others if others and not is_choice else found


def _goes_on_refusing(before: Group, group: Group) -> bool:
    """Except Mondays and Tuesdays, neither Monday nor Tuesday: both."""
    refused = before.role is Role.REJECT and before.tight & {"except", "neither"}
    return bool(refused) and not group.words and group.gap <= _GOES_ON


def _group(atoms: Sequence[Atom], piece: Piece, behind: int) -> Group:
    gap = [atom.kinds for atom in atoms[behind : piece.first]]
    tight = _kinds_right_before(gap)
    return Group(
        first=piece.first,
        last=piece.last,
        gap=frozenset(kind for kinds in gap for kind in kinds),
        tight=frozenset(tight),
        words=sum(1 for kinds in gap if kinds.keys() <= _VERBS),
        day=piece.day,
        day_end=piece.day_end,
        clock=piece.clock,
        until=piece.until,
        pod=piece.pod,
        alone=piece if piece.stands_alone else None,
        bound=Open(piece.bound) if piece.bound else None,
        about="about" in tight or (piece.clock is not None and piece.clock.about),
        clock_first=piece.clock is not None,
        day_words=(piece.first, piece.last) if piece.day else None,
        clock_words=(piece.first, piece.last) if piece.clock else None,
        rules=[piece.rule, *(["until_day_included"] if piece.bound == "until" else [])],
    )


def _kinds_right_before(gap: Sequence[Kinds]) -> set[str]:
    """What the words right before a piece are; a "nicht" of an earlier clause does not count."""
    tight: set[str] = set()
    in_clause = True
    for kinds in reversed(gap):
        if not kinds or not _TIGHT.intersection(kinds):
            break
        in_clause = in_clause and not CLAUSE_ENDS.intersection(kinds)
        tight.update(kinds if in_clause else kinds.keys() - _WITHIN_CLAUSE)
    return tight
