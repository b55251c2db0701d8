"""Pieces that belong together become one wish: merged, bounded, listed, corrected or rejected."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from nlu.days import DayWords, unify
from nlu.meaning import Open, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.clock import Clock
    from nlu.lexicon import Atom, Kinds
    from nlu.meaning import PartOfDay
    from nlu.pieces import Piece

_TIGHT = frozenset(
    {"joint", "filler", "at", "about", "exact", "in", "from", "until", "before", "after",
     "between", "of", "to", "not", "except", "fix", "or", "ranked", "and", "but", "instead",
     "dash", "again", "comma", "instead_of"}
)  # fmt: skip
_SEPARATORS = frozenset(
    {"or", "fix", "but", "instead", "until", "dash", "from", "before", "after", "between", "not",
     "except", "to", "ranked", "of"}
)  # fmt: skip
_CLAUSE_ENDS = frozenset({"comma", "stop", "but", "instead"})
_WITHIN_CLAUSE = frozenset({"not", "except", "before", "after"})
_UNABLE_WITHIN = 6  # words between a time and its "geht nicht"


@dataclass(slots=True, kw_only=True)
class Group:
    """One time expression in the making."""

    first: int
    last: int
    gap: frozenset[str]
    """Kinds of the words between the piece before and this one."""
    tight: frozenset[str]
    """Kinds of the words right before it."""
    words: int
    """Other words in the gap."""
    day: DayWords | None = None
    day_end: DayWords | None = None
    clock: Clock | None = None
    until: Clock | None = None
    pod: PartOfDay | None = None
    alone: Piece | None = None
    bound: Open | None = None
    role: Role = Role.WANT
    about: bool = False
    end_group: Group | None = None
    """The other end, where both ends have a day."""
    linked: bool = False
    """Joined to the one before by "oder", "und" or a comma."""
    ranked: bool = False
    of_end: bool = False
    clock_first: bool = False
    """The clock time was said before its day: "um neun am Dienstag"."""
    after_move: bool = False
    """The sentence speaks of moving an appointment: "vom dritten auf den vierten"."""
    rules: list[str] = field(default_factory=list)

    @property
    def has_clock(self) -> bool:
        """Whether a clock time was said."""
        return self.clock is not None

    @property
    def is_day_only(self) -> bool:
        """Only days, no clock time."""
        return self.day is not None and self.clock is None and self.alone is None

    @property
    def is_clock_only(self) -> bool:
        """A clock time or part of day without a day."""
        return (
            self.day is None
            and self.alone is None
            and (self.clock is not None or self.pod is not None)
        )


def groups_of(atoms: Sequence[Atom], pieces: Sequence[Piece]) -> list[Group]:
    """The wishes of a sentence, in order."""
    found: list[Group] = []
    behind = 0
    moves = any("move" in atom.kinds or "appointment" in atom.kinds for atom in atoms)
    for piece in pieces:
        group = _group(atoms, piece, behind)
        group.after_move = moves
        behind = piece.last
        if not found or not _joined(found[-1], group):
            _bind(group)
            found.append(group)
    for group in found:
        if "busy" in group.gap and group.bound is Open.UNTIL:  # "ich arbeite bis vier"
            group.role = Role.REJECT
        _bind_behind(atoms, group)
        _reject_behind(atoms, group, found)
    return _listed(found)


def _group(atoms: Sequence[Atom], piece: Piece, behind: int) -> Group:
    gap = [atom.kinds for atom in atoms[behind : piece.first]]
    tight = _kinds_right_before(gap)
    return Group(
        first=piece.first,
        last=piece.last,
        gap=frozenset(kind for kinds in gap for kind in kinds),
        tight=frozenset(tight),
        words=sum(1 for kinds in gap if not kinds),
        day=piece.day,
        day_end=piece.day_end,
        clock=piece.clock,
        until=piece.until,
        pod=piece.pod,
        alone=piece if piece.stands_alone else None,
        bound=Open(piece.bound) if piece.bound else None,
        about="about" in tight or (piece.clock is not None and piece.clock.about),
        clock_first=piece.clock is not None,
        rules=[piece.rule],
    )


def _kinds_right_before(gap: Sequence[Kinds]) -> set[str]:
    """What the words right before a piece are; a "nicht" of an earlier clause does not count."""
    tight: set[str] = set()
    in_clause = True
    for kinds in reversed(gap):
        if not kinds or not _TIGHT.intersection(kinds):
            break
        in_clause = in_clause and not _CLAUSE_ENDS.intersection(kinds)
        tight.update(kinds if in_clause else kinds.keys() - _WITHIN_CLAUSE)
    return tight


# --- bounds -------------------------------------------------------------------------------------


def _bind(group: Group) -> None:
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
    elif group.tight & {"until", "before"}:
        group.bound = Open.UNTIL
        _step_over(group)


def _step_over(group: Group) -> None:
    """Nach Ostern begins the day after; bis Samstag includes the Saturday."""
    if group.is_day_only and not group.pod:
        if "after" in group.tight and "from" not in group.tight:
            group.rules.append("after_day")
        if "until" in group.tight:
            group.rules.append("until_day_included")


def _bind_behind(atoms: Sequence[Atom], group: Group) -> None:
    """14 Uhr frühestens."""
    if group.last >= len(atoms) or group.bound or group.alone or group.until:
        return
    kinds = atoms[group.last].kinds
    if "from_behind" in kinds:
        group.bound = Open.FROM
    elif "until_behind" in kinds:
        group.bound = Open.UNTIL


def _reject_behind(atoms: Sequence[Atom], group: Group, all_groups: list[Group]) -> None:
    """Freitag kann ich nicht; vormittags geht bei mir gar nicht; Montag nicht, aber Dienstag."""
    if group.role is not Role.WANT or (group.alone and not group.alone.weekdays):
        return
    starts = {other.first for other in all_groups}
    limit = min(group.last + _UNABLE_WITHIN + 1, len(atoms))
    for place in range(group.last, limit):
        kinds = atoms[place].kinds
        if (
            place in starts
            or _CLAUSE_ENDS.intersection(kinds)
            or ("or" in kinds and "unable" not in kinds)
        ):
            return
        if "unable" in kinds or ("not" in kinds and _is_final(atoms, place + 1)):
            group.role = Role.REJECT
            _reject_linked(group, all_groups)
            return


def _is_final(atoms: Sequence[Atom], place: int) -> bool:
    """Whether a "nicht" ends its clause."""
    if place >= len(atoms):
        return True
    kinds = atoms[place].kinds
    return bool(_CLAUSE_ENDS.intersection(kinds)) or atoms[place].folded in {"mehr", "da", "so"}


def _reject_linked(group: Group, all_groups: list[Group]) -> None:
    """Montag und Dienstag geht nicht: both."""
    place = all_groups.index(group)
    while (
        place
        and all_groups[place].words == 0
        and all_groups[place].gap <= {"and", "joint", "comma", "filler", "or"}
    ):
        place -= 1
        all_groups[place].role = Role.REJECT


# --- merging ------------------------------------------------------------------------------------


def _joined(before: Group, group: Group) -> bool:
    """Makes both one wish, if they are."""
    if before.alone or group.alone:
        return False
    if "fix" in group.gap and not group.gap & {"or"} and _corrects(before, group):
        return True
    return _makes_range(before, group) or _merges(before, group)


def _merges(before: Group, group: Group) -> bool:  # noqa: PLR0911 - one way of saying it a line
    """A day with its clock time, a weekday with its date, a part of day with both."""
    if group.gap & {"or", "but", "instead"}:
        return False
    if "not" in group.tight and before.role is Role.WANT and "from" not in group.tight:
        return False
    if before.role is Role.REJECT and group.gap & {"comma", "and", "stop"}:
        return False
    if group.day is not None and (before.day is not None or group.words or group.gap & _SEPARATORS):
        if before.day is not None:
            return _unifies(before, group)
        if group.gap & (_SEPARATORS - {"of"}) or before.day_end:
            return False
    if group.clock is not None and (before.clock is not None or before.day_end is not None):
        return False
    if group.pod is not None and before.pod is not None and group.pod != before.pod:
        return False
    if "and" in group.gap and group.day is not None and before.day is not None:
        return False
    _absorb(before, group)
    return True


def _unifies(before: Group, group: Group) -> bool:
    """Two sayings of one day: Freitag, den dreizehnten; nächste Woche Dienstag."""
    if before.day is None or group.day is None or before.day_end or group.day_end:
        return False
    if group.gap & (_SEPARATORS - {"of"}) or "and" in group.gap or "stop" in group.gap:
        return False
    if group.words > (2 if before.clock is None else 0) or (group.words and "comma" in group.gap):
        return False
    if group.clock is not None and before.clock is not None:
        return False
    merged = unify(before.day, group.day)
    if merged is None:
        return False
    before.day = merged
    group.day = None
    _absorb(before, group)
    return True


def _absorb(before: Group, group: Group) -> None:
    """Takes over what the later piece says."""
    before.day = before.day or group.day
    before.day_end = before.day_end or group.day_end
    if group.clock is not None:
        before.clock, before.until = group.clock, group.until
    before.pod = before.pod or group.pod
    _take_bound(before, group)
    before.about = before.about or group.about
    before.last = group.last
    before.rules += group.rules


def _take_bound(before: Group, group: Group) -> None:
    _bind(group)
    if group.bound is not None and (group.clock is not None or group.day is not None):
        before.bound = group.bound
    if group.clock is not None and before.bound is None and group.until is None:
        before.bound = group.bound


def _makes_range(before: Group, group: Group) -> bool:
    """Von Montag bis Mittwoch; Donnerstag nach neun, aber vor elf."""
    overnight = "to" in group.tight and "of" in before.tight and not group.after_move
    joins = (
        "until" in group.tight
        or "dash" in group.tight
        or ("and" in group.tight and "between" in before.tight)
        or (overnight and before.is_day_only and group.day is not None)
    )
    if group.words or group.gap & {"or", "fix", "ranked", "stop"}:
        return False
    if (
        before.bound is Open.FROM
        and before.has_clock
        and "before" in group.tight
        and group.is_clock_only
    ):
        before.until, before.bound, before.last = group.clock, None, group.last
        return True
    if not joins or before.until or before.day_end or before.end_group:
        return False
    if before.is_day_only and group.day is not None:
        before.bound = None
        before.day_end, before.last = group.day, group.last
        if group.has_clock or before.pod or group.pod:
            before.end_group = group
        before.rules.append("range_of_days")
        return True
    return _makes_range_of_times(before, group)


def _makes_range_of_times(before: Group, group: Group) -> bool:
    if not before.has_clock:
        return False
    before.bound = None
    if group.day is None and group.has_clock:
        before.until, before.last = group.clock, group.last
        before.pod = before.pod or group.pod
        before.rules.append("range_of_times")
        return True
    if group.day is not None:
        before.end_group, before.last = group, group.last
        before.rules.append("range_of_days")
        return True
    return False


def _corrects(before: Group, group: Group) -> bool:
    """The later value replaces the earlier one of the same kind, the rest stays."""
    if before.role is not Role.WANT or "instead" in group.gap:
        return False
    same = (
        (group.day is not None and before.day is not None)
        or (group.clock is not None and before.clock is not None)
        or (group.pod is not None and before.pod is not None)
        or (group.pod is not None and before.clock is not None)
        or (group.clock is not None and before.pod is not None and before.day is None)
    )
    if not same:
        return False
    _bind(group)
    if group.role is Role.REJECT:
        return False
    if group.day is not None:
        before.day, before.day_end, before.end_group = group.day, group.day_end, None
        before.bound = group.bound
    if group.clock is not None or group.pod is not None:
        before.clock, before.until, before.pod = group.clock, group.until, group.pod
        before.bound, before.about = group.bound, group.about
    before.last = group.last
    before.rules = [*before.rules, "correction", *group.rules]
    return True


# --- lists --------------------------------------------------------------------------------------


def _listed(found: list[Group]) -> list[Group]:
    """A day said once holds for the later clock times; a part of day for both days of a choice."""
    found = _with_conditions(found)
    for before, group in pairwise(found):
        ranked = "ranked" in group.gap
        group.linked = bool(group.gap & {"or", "and", "comma", "dash"}) and not group.alone
        group.ranked = ranked
        if before.alone or group.alone:
            continue
        if before.role is not group.role:
            _keep_day_after_refusal(before, group)
            continue
        if group.day is None and before.day is not None and group.words <= 2 and group.linked:  # noqa: PLR2004 - "oder vielleicht auch um elf"
            group.day = before.day
        if before.is_clock_only and group.day and group.clock_first and "or" in group.gap:
            before.day = group.day
        if (
            before.is_day_only
            and group.day is not None
            and "or" in group.gap
            and not ranked
            and not group.words
        ):
            _spread(before, group)
    return found


def _keep_day_after_refusal(before: Group, group: Group) -> None:
    """Dienstag um zehn passt nicht, aber um elf: still on Tuesday."""
    refused_time = before.role is Role.REJECT and before.has_clock and before.day is not None
    if refused_time and group.is_clock_only and group.role is Role.WANT:
        group.day = before.day


def _with_conditions(found: list[Group]) -> list[Group]:
    """Montag oder Mittwoch, aber nicht vor zehn: the condition holds for all days before it."""
    kept: list[Group] = []
    for group in found:
        conditions = group.is_clock_only and "but" in group.gap and (group.bound or group.until)
        days = _days_before(kept) if conditions else []
        for day in days:
            day.clock, day.until, day.bound = group.clock, group.until, group.bound
            day.rules.append("condition")
        if days:
            days[-1].last = group.last
        else:
            kept.append(group)
    return kept


def _days_before(found: list[Group]) -> list[Group]:
    """The wished days at the end of what was said so far."""
    days: list[Group] = []
    for group in reversed(found):
        if not group.is_day_only or group.role is not Role.WANT or group.bound:
            break
        days.insert(0, group)
        if not group.gap & {"or", "and", "comma"}:
            break
    return days


def _spread(before: Group, group: Group) -> None:
    """Montag oder Dienstag vormittag; Montag oder Dienstag um drei."""
    if before.pod is None and before.clock is None and before.bound is None and not before.day_end:
        before.pod, before.clock, before.until, before.bound = (
            group.pod,
            group.clock,
            group.until,
            group.bound,
        )
        if before.pod or before.clock:
            before.rules.append("holds_for_both")
