"""The smallest things a sentence says about time, and how a sentence is searched for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nlu.clock_rules import clock_at
from nlu.lexicon import EMPTY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nlu.clock import Clock
    from nlu.days import DayWords
    from nlu.lexicon import Atom
    from nlu.meaning import Grain, PartOfDay

LOOKAHEAD = 6
"""Rules look at most this far ahead without asking for the end of the sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One thing that the words from `first` up to, not including, `last` mean."""

    first: int
    last: int
    rule: str
    day: DayWords | None = None
    day_end: DayWords | None = None
    """Last day of a range said in one go."""
    clock: Clock | None = None
    until: Clock | None = None
    """End of a range of clock times said in one go."""
    pod: PartOfDay | None = None
    grain: Grain | None = None
    """DURATION, SHIFT, EARLIEST, ANY, WEEKDAY_SET: a piece that stands for itself."""
    seconds: int | None = None
    """Length of a duration; of a shift signed."""
    nearest_s: int | None = None
    """Of a shift between two lengths, the shorter one: zwei, drei Tage vorher."""
    direction: int | None = None
    weekdays: tuple[int, ...] = ()
    elapsed_s: int | None = None
    """Seconds from now: in einer halben Stunde."""
    lasting_s: int | None = None
    """From now on for so long: in den nächsten drei Stunden."""
    bound: str | None = None
    """from or until, where the words themselves say so: nach den Feiertagen."""

    @property
    def stands_alone(self) -> bool:
        """It never merges with a day or clock time beside it."""
        return self.grain is not None or self.elapsed_s is not None or self.lasting_s is not None


Rule = "Callable[[Sequence[Atom], int], Piece | None]"

_LICENCES = ("at", "about", "exact", "from", "until", "before", "after", "between", "of")
_TIME_LICENCES = ("at", "about", "exact")
_KEEPS_LICENCE = ("joint", "filler", "comma")
_ENDS = ("stop", "comma", "or", "filler", "title", "but", "and", "joint")
_DAYS = ("weekday", "offset", "tomorrow", "which")
_BEFORE_AN_END = frozenset({"at", "about", "filler"})
"""Little words of the later end: zwischen neun und höchstens elf."""
_JUDGED_WITHIN = 5  # words: zehn ist mir leider zu früh
_CLAUSES = frozenset({"comma", "stop", "but", "fix", "filler"})
_POINTING = ("joint", "which")
_PLAIN_CLOCKS = frozenset({"full_hour", "hour_and_minutes", "clock_in_figures"})


class Scan:
    """One pass over a sentence that collects its pieces."""

    def __init__(
        self,
        atoms: Sequence[Atom],
        rules: Mapping[str, Sequence[Callable[[Sequence[Atom], int], Piece | None]]],
        *,
        bare_hours: bool = False,
        sole_hour: bool = False,
    ) -> None:
        self.atoms = (*atoms, *(EMPTY,) * LOOKAHEAD)
        self._rules = rules
        self._bare_hours = bare_hours
        self._unlicensed = "at" if sole_hour else ""
        self._count = len(atoms)
        self._told_a_time = False
        self._moves = any("move" in atom.kinds for atom in atoms)

    def pieces(self) -> list[Piece]:
        """The pieces in order, without overlaps."""
        found: list[Piece] = []
        first = "bare" if self._bare_hours else ""
        place, licence, after_clock = 0, self._unlicensed or first, False
        while place < self._count:
            kinds = self.atoms[place].kinds
            if not kinds:
                place, licence, after_clock = place + 1, self._unlicensed, False
                continue
            if "title" in kinds or "present" in kinds or "courtesy" in kinds:
                place, licence, after_clock = self._skip(place), "", False
                continue
            piece = self._piece(place, licence, found[-1] if found else None)
            if piece:
                found.append(piece)
                place = piece.last
                after_clock = piece.clock is not None
                self._told_a_time = self._told_a_time or after_clock
                licence = "" if after_clock or piece.stands_alone else "day"
                continue
            licence = self._licence(place, licence, after_clock=after_clock)
            place += 1
        return found

    def _skip(self, place: int) -> int:
        """Behind a name that looks like a day, or behind the time that is now."""
        kinds = self.atoms[place].kinds
        after = place + 1
        if "courtesy" in kinds:
            return after
        if "present" in kinds:
            return self._behind_present(after)
        named = self.atoms[after].kinds
        is_name = any(
            kind in named
            for kind in ("weekday", "month", "feast", "pod", "cardinal", "tomorrow", "ordinal")
        )
        return after + 1 if is_name else after

    def _behind_present(self, place: int) -> int:
        """Skips the time or day that is said to be now."""
        here = place
        while any(kind in self.atoms[here].kinds for kind in ("filler", "joint", "about", "at")):
            here += 1
        piece = self._piece(here, "at")
        if piece is None:
            return place
        nearby = self._piece(piece.last, "") if self.atoms[piece.last].kinds else None
        return nearby.last if nearby and nearby.pod else piece.last

    def _licence(self, place: int, licence: str, *, after_clock: bool) -> str:
        """Whether a bare number may be an hour at the next place."""
        kinds = self.atoms[place].kinds
        if after_clock and (
            "or" in kinds or "comma" in kinds or "until" in kinds or "fix" in kinds
        ):
            return "list"
        if "and" in kinds and licence == "day":
            return "day"  # "Freitag und zehn" is "um zehn", misheard
        for kind in _LICENCES:
            if kind in kinds:
                return kind
        if "to" in kinds and self._told_a_time:
            return "to"
        if any(kind in kinds for kind in _KEEPS_LICENCE) and licence != "day":
            return licence
        return self._unlicensed

    def _piece(self, place: int, licence: str, before: Piece | None = None) -> Piece | None:
        kinds = self.atoms[place].kinds
        if "or_time" in kinds and (
            licence in _TIME_LICENCES or self._continues_date(place, before)
        ):
            return self._clock(place, "at")
        for kind in kinds:
            for rule in self._rules.get(kind, ()):
                piece = rule(self.atoms, place)
                if piece:
                    return piece
        return self._clock(place, licence)

    def _continues_date(self, place: int, before: Piece | None) -> bool:
        """Right behind a date the figures are a time: 6. August 11.05."""
        if before is None or before.day is None or before.day.month is None:
            return False
        between = self.atoms[before.last : place]
        return all("comma" in atom.kinds or "stop" in atom.kinds for atom in between)

    def _clock(self, place: int, licence: str) -> Piece | None:
        if not licence and self._is_proposed(place):
            licence = "list"
        found = clock_at(self.atoms, place, licensed=bool(licence))
        if found is None:
            return self._first_of_several(place, licence)
        clock, end, rule = found
        stands = (
            bool(self.atoms[end - 1].kinds.keys() & {"meridiem"}) or "pod" in self.atoms[end].kinds
        )
        if rule == "bare_hour" and not stands and not self._bare_hour_stands(place, licence):
            return self._first_of_several(place, licence)
        piece = Piece(first=place, last=end, rule=rule, clock=clock)
        return self._with_end(piece, licence)

    def _is_proposed(self, place: int) -> bool:
        """Neun Uhr ist blöd, zehn wäre besser: another hour, once one was named."""
        begins = place > 0 and not _CLAUSES.isdisjoint(self.atoms[place - 1].kinds)
        named = self._told_a_time and begins and "proposes" in self.atoms[place + 1].kinds
        opens = place == 0 or begins or "and" in self.atoms[place - 1].kinds
        return named or (opens and self._is_judged(place))

    def _is_judged(self, place: int) -> bool:
        """Neun ist mir zu früh; zwölf zu spät."""
        if "cardinal" not in self.atoms[place].kinds:
            return False
        for atom in self.atoms[place + 1 : place + _JUDGED_WITHIN]:
            if atom.kinds.keys() & {"too_early", "too_late"}:
                return True
            if atom.kinds.keys() & {*_ENDS, "unit", "measure"} - {"filler"}:
                return False
        return False

    def _with_end(self, piece: Piece, licence: str) -> Piece:
        """The end of a range of clock times, if it follows at once."""
        kinds = self.atoms[piece.last].kinds
        joins = "until" in kinds or "dash" in kinds or ("and" in kinds and licence == "between")
        if not joins or "slash" in kinds or (self._moves and {"until", "to"} <= kinds.keys()):
            return piece
        place = piece.last + 1
        while not _BEFORE_AN_END.isdisjoint(self.atoms[place].kinds):
            place += 1
        found = clock_at(self.atoms, place, licensed=True)
        if found is None or (
            found[2] == "bare_hour" and not self._bare_hour_stands(place, "until")
        ):
            return piece
        return replace(piece, until=found[0], last=found[1], rule="range_of_times")

    def _bare_hour_stands(self, place: int, licence: str) -> bool:
        """What follows a bare number decides whether it was an hour."""
        following = self.atoms[place + 1]
        if licence in {"day", "bare"}:
            if self._is_pronoun(place):
                return False
            return following is EMPTY or any(kind in following.kinds for kind in _ENDS)
        if licence in {"at", "exact", "about"}:
            return True
        if licence == "of":  # "von sechs" alone is a share; "von sechs bis sieben" a time
            return any(k in following.kinds for k in ("until", "dash", "to"))
        is_noun = not following.kinds and following.raw[:1].isupper() and len(following.raw) > 1
        return not is_noun

    def _is_pronoun(self, place: int) -> bool:
        """The one on Friday, that one please: no hour."""
        before = self.atoms[place - 1].kinds if place else {}
        if "pronoun" not in self.atoms[place].kinds or before.keys().isdisjoint(_POINTING):
            return False
        return self.atoms[place + 1] is not EMPTY

    def _first_of_several(self, place: int, licence: str) -> Piece | None:
        """A bare number whose neighbour shows that it is an hour: zehn oder elf Uhr, 10-12 Uhr.

        Behind a day a range needs no more: Monday 11-4.
        """
        kinds, between = self.atoms[place].kinds, self.atoms[place + 1].kinds
        if "cardinal" not in kinds:
            return None
        if "slash" in between:
            return None
        is_range = "dash" in between or "until" in between
        if not is_range and "or" not in between and "comma" not in between and "and" not in between:
            return None
        behind_day = licence == "day" and is_range
        told = behind_day or (is_range and self._ends_clause(place + 3))
        other = clock_at(self.atoms, place + 2, licensed=told)
        if other is None or (other[2] not in _PLAIN_CLOCKS and "comma" in between):
            return None
        found = clock_at(self.atoms, place, licensed=True)
        if found is None or found[1] != place + 1:
            return None
        piece = Piece(first=place, last=place + 1, rule="bare_hour", clock=found[0])
        return self._with_end(piece, "") if is_range else piece

    def _ends_clause(self, place: int) -> bool:
        """Nine to five, please; 9-11 tomorrow: what follows is nothing that is counted."""
        following = self.atoms[place]
        in_figures = "dash" in self.atoms[place - 2].kinds and following is EMPTY
        ends = following is EMPTY or any(kind in following.kinds for kind in (*_ENDS, *_DAYS))
        return ends and not in_figures
