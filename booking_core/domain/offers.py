"""Which of the possible starts are offered: few, the best first, and different from each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from booking_core.domain.ranking import Candidate, Ranked
from booking_core.domain.score import MOST_BONUS, Likeness

if TYPE_CHECKING:
    from datetime import date

    from booking_core.domain.ranking import DayPart, Ranking

APART_MINUTES: Final = 30  # two neighbouring quarter hours are one option, not two
WIDE_APART_MINUTES: Final = 60
MOST_LAID_OUT: Final = 6  # a window is full of starts that are all as near; an early one will do

Worth = Callable[[Candidate], int]
"""The points of a start apart from its distance."""

Test = Callable[[Candidate], bool]


def earliest_different(found: Sequence[Candidate], worth: Worth, limit: int) -> list[Candidate]:
    """The best of the earliest half-day, and further starts in other parts of the day or days."""
    if len(found) <= limit:
        return [*found]
    first: dict[tuple[date, DayPart], int] = {}
    for candidate in found:
        first.setdefault((candidate.at.date(), candidate.part), candidate.minute)
    ranked = [
        Ranked(
            candidate=candidate,
            tier=(place := (candidate.at.date(), candidate.part)),
            off=candidate.minute - first[place],
        )
        for candidate in found
    ]
    picks: list[Candidate] = []
    while len(picks) < limit:
        picks.append(_most_different(ranked, picks, worth))
    return sorted(picks, key=lambda candidate: candidate.cell)


def are_different(picks: Sequence[Candidate]) -> bool:
    """Whether each lies in a part of a day of its own, well away from the others."""
    return all(_is_different(pick, picks[:place]) for place, pick in enumerate(picks))


def _is_different(candidate: Candidate, picks: Iterable[Candidate]) -> bool:
    return all(
        (candidate.at.date(), candidate.part) != (pick.at.date(), pick.part)
        and candidate.apart(pick) >= WIDE_APART_MINUTES
        for pick in picks
    )


def _most_different(
    ranked: Sequence[Ranked], picks: Sequence[Candidate], worth: Worth
) -> Candidate:
    tests: tuple[Test, ...] = (
        lambda c: _is_different(c, picks),
        lambda c: is_apart(c, picks, WIDE_APART_MINUTES),
        lambda c: is_apart(c, picks, APART_MINUTES),
        lambda c: c not in picks,
    )
    return best_of(ranked, tests, worth)


def best_of(ranked: Sequence[Ranked], tests: Iterable[Test], worth: Worth) -> Candidate:
    """The best candidate that passes the first of the tests that any of them passes.

    `ranked` is in the order of tier and distance. Within a tier points decide; a start is laid out
    only as long as its distance leaves it a chance, and it is one of the first.
    """
    for test in tests:
        passing = (each for each in ranked if test(each.candidate))
        if (first := next(passing, None)) is None:
            continue
        best, least = first, first.off + worth(first.candidate)
        for each in islice(passing, MOST_LAID_OUT - 1):
            if each.tier != best.tier or each.off - MOST_BONUS >= least:
                break
            points = each.off + worth(each.candidate)
            if points < least:
                best, least = each, points
        return best.candidate
    raise ValueError("none of the candidates passes any test")


def is_apart(candidate: Candidate, picks: Iterable[Candidate], minutes: int) -> bool:
    """Whether it is far enough from all picks to be an option of its own."""
    return all(candidate.apart(pick) >= minutes for pick in picks)


def alternatives(
    found: Iterable[Candidate], ranking: Ranking, worth: Worth, limit: int
) -> list[Candidate]:
    """The best ones, different in kind as far as there are any.

    If a person was wished, one keeps the person and one keeps the time. If the day is kept at
    another part of the day, the next one keeps the part of the day. A third one lies in another
    half-day or is with somebody else.
    """
    ordered = ranking.order(found)
    picks: list[Candidate] = []
    while len(picks) < min(limit, len(ordered)):
        picks.append(_next_best(ordered, picks, ranking, worth))
    return picks


def _next_best(
    ordered: Sequence[Ranked], picks: Sequence[Candidate], ranking: Ranking, worth: Worth
) -> Candidate:
    if not picks:
        return best_of(ordered, (lambda _: True,), worth)
    tests: tuple[Test, ...] = (
        lambda c: len(picks) == 1 and picks[0].own and not c.own and ranking.keeps_time(c),
        lambda c: len(picks) == 1 and not picks[0].own and c.own,
        lambda c: ranking.misses_part(picks) and ranking.likeness(c) is Likeness.SAME_PERSON_NEAR,
        lambda c: len(picks) > 1 and _is_of_another_kind(c, picks),
        lambda c: is_apart(c, picks, APART_MINUTES),
        lambda c: c not in picks,
    )
    return best_of(ordered, tests, worth)


def _is_of_another_kind(candidate: Candidate, picks: Iterable[Candidate]) -> bool:
    """In another half-day than all the others, or with somebody else."""
    halves = {(pick.at.date(), pick.part, pick.own) for pick in picks}
    kind = (candidate.at.date(), candidate.part, candidate.own)
    return kind not in halves and is_apart(candidate, picks, APART_MINUTES)
