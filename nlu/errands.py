"""What callers want beside a new booking: to cancel, move, look up, be late, be rung back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu.meaning import Grain, Role
from nlu.vocabulary import Expecting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.facts import Facts

_END_OF_CLAUSE = 3  # words: "nicht", "nicht kann", "nicht kommen kann"
_MOST_LATE_S = 3600
UNASKED = frozenset({Expecting.OPEN, Expecting.NONE})
CHOOSING = frozenset(
    {Expecting.CHOICE, Expecting.CONFIRM, Expecting.NONE, Expecting.SERVICE, Expecting.STAFF}
)


def stops(f: Facts) -> bool:
    """Ach, lassen wir es."""
    return f.says("stop")


def is_late(f: Facts) -> bool:
    """Ich verspäte mich; ich komme eine Viertelstunde später."""
    if f.services or f.is_question or f.offered:
        return False
    return f.says("late") or _comes_later(f)


def _comes_later(f: Facts) -> bool:
    """Ich komme eine Viertelstunde später."""
    shifts = [e.shift_s or 0 for e in f.times if e.grain is Grain.SHIFT]
    if not any(shift > 0 for shift in shifts) or f.expecting not in UNASKED:
        return False
    soon = max(shifts) <= _MOST_LATE_S and f.uses("arriving")  # "hätte um zehn, komm später"
    return f.uses("coming") and not f.says("reschedule") and (soon or not f.says("book"))


def as_usual(f: Facts) -> bool:
    """Wie immer."""
    return f.says("as_usual")


def calls_back(f: Facts) -> bool:
    """Kann mich jemand zurückrufen."""
    return f.says("callback")


def cancels(f: Facts) -> bool:
    """Ich muss absagen; ich sage den Termin ab."""
    if f.says("hindered") and not f.says("called_off") and moves(f):
        return False  # why it has to be moved
    if f.dropped or f.offered:  # "streichen Sie die Tönung"
        return f.says("cancel") and not f.dropped
    return f.says("cancel") or _calls_off(f) or _does_not_come(f) or _is_prevented(f)


def _calls_off(f: Facts) -> bool:
    """Ich sage den Termin ab: a verb in two halves, the second ends its clause."""
    verbs = [i for i, word in enumerate(f.words) if word.folded in f.language.words["calling_off"]]
    halves = [i for i, word in enumerate(f.words) if word.folded in f.language.words["split_off"]]
    return any(verb < half and _ends_clause(f, half) for verb in verbs for half in halves)


def _ends_clause(f: Facts, place: int) -> bool:
    return place + 1 == len(f.words) or not f.words[place + 1].folded[0].isalnum()


def _does_not_come(f: Facts) -> bool:
    """Wir kommen am Samstag doch nicht."""
    last = next((word.folded for word in reversed(f.words) if word.folded[0].isalnum()), "")
    refuses = last in f.language.words["not_at_the_end"] and f.uses("arriving")
    return refuses and f.expecting in UNASKED and not f.is_question and not f.offered


def _is_prevented(f: Facts) -> bool:
    """Ich wollte Bescheid sagen, dass ich morgen nicht kann; something's come up."""
    if f.services or f.expecting not in UNASKED:
        return False
    if f.says("prevented") and not f.is_question:
        return True
    if not f.wishes:
        return False
    if f.says("falls_through") and not f.says("book"):
        return True
    return any(_cannot(clause, f) for clause in _told(f))


def _cannot(clause: Sequence[str], f: Facts) -> bool:
    """Ich schaffe es am Freitag nicht; da kann ich leider nicht."""
    said, words = set(clause), f.language.words
    refuses = not words["not_at_the_end"].isdisjoint(clause[-_END_OF_CLAUSE:])
    unable = not (words["prevented"].isdisjoint(said) or words["able"].isdisjoint(said))
    return refuses and (unable or not words["managing"].isdisjoint(said))


def _told(f: Facts) -> list[list[str]]:
    """What is told and not asked, clause by clause: ich schaffe es nicht, wie wäre es am Montag."""
    words = f.language.words
    asking = words["question_openers"] | words["asking_verbs"] | words["getting"]
    clauses: list[list[str]] = [[]]
    for place, word in enumerate(f.words):
        begins = bool(clauses[-1]) and not words["not_at_the_end"].isdisjoint(clauses[-1][-1:])
        asks = word.folded in asking and _goes_on(f, place + 1)
        if begins and asks:  # as recognition writes it, without a comma
            clauses.append([])
        if word.folded[0].isalnum():
            clauses[-1].append(word.folded)
        elif word.raw == "?":
            clauses[-1] = []
        elif begins:
            clauses.append([])
    return [clause for clause in clauses if clause and clause[0] not in asking]


def _goes_on(f: Facts, place: int) -> bool:
    """Dass ich morgen nicht kann: a verb that ends its clause asks nothing."""
    following = f.words[place].folded if place < len(f.words) else ""
    return following.isalnum() and following not in f.language.words["list_joints"]


def moves(f: Facts) -> bool:
    """Ich möchte meinen Termin verlegen; den von Donnerstag auf Freitag legen."""
    roles = {e.role for e in f.times}
    from_to = roles >= {Role.EXISTING, Role.WANT}
    return (f.says("reschedule") and (f.uses("moving") or from_to)) or (
        _shifts_own(f) or _brings_forward(f)
    )


def _brings_forward(f: Facts) -> bool:
    """Bring my Friday appointment forward by an hour: a verb, what is the caller's, and where."""
    words = [word.folded for word in f.words]
    verbs = [i for i, word in enumerate(words) if word in f.language.words["moving_verbs"]]
    along = [i for i, word in enumerate(words) if word in f.language.words["moved_along"]]
    own, noun = f.language.words["own"], f.language.words["appointment"]
    return any(
        verb + 1 < there and words[verb + 1] in own and not noun.isdisjoint(words[verb:there])
        for verb in verbs
        for there in along
    )


def _shifts_own(f: Facts) -> bool:
    """Meinen Termin bitte eine Woche später."""
    shifted = any(e.grain is Grain.SHIFT for e in f.times) and not f.services
    own = f.uses("appointment") and f.uses("own")
    return shifted and own and f.expecting in UNASKED and not f.offered


def queries(f: Facts) -> bool:
    """Wann ist mein Termin; steht er noch?"""
    if f.says("query") or _asks_of_own_entry(f):
        return True
    if f.uses("getting") and (f.services or f.wishes or not f.uses("having")):
        return False  # "ob ich einen Termin haben könnte" asks for a new one
    if f.says("would_like"):
        return False  # "einen Termin hätte ich gern"
    return f.says("own_appointment") and f.uses("appointment") and not f.says("complaint")


def _asks_of_own_entry(f: Facts) -> bool:
    """Bin ich für Freitag eingetragen; hab ich nächste Woche was stehen?"""
    hesitation, words = f.language.words["hesitation"], f.language.words
    said = [w.folded for w in f.words if w.folded.isalnum() and w.folded not in hesitation]
    asks = " ".join(said[:2]) in words.get("asks_of_self", ())
    return asks and not f.services and not words.get("entered", frozenset()).isdisjoint(said[-2:])


def is_unhappy(f: Facts) -> bool:
    """Ich bin mit der Farbe nicht zufrieden."""
    return f.says("unhappy") and not f.offered and f.expecting not in CHOOSING - {Expecting.NONE}


def pings(f: Facts) -> bool:
    """Hallo, sind Sie noch dran?"""
    if f.says("ping"):
        return True
    only_hello = f.says("greeting") and f.own <= f.language.words["hello"] and "hallo" in f.own
    asks = bool(f.words) and f.words[-1].raw == "?"
    return only_hello and (asks or f.expecting is not Expecting.OPEN)


def repeats(f: Facts) -> bool:
    """Wie bitte; was war noch mal das zweite?"""
    if f.says("recall") and (f.offered or f.expecting in CHOOSING):
        return True
    if f.has_slots or f.says("complaint"):
        return False
    return f.says("repeat") or _only_asks_what(f)


def _only_asks_what(f: Facts) -> bool:
    """Ähm, was? - nothing else is asked."""
    said = {word for word in f.own if word[0].isalnum()} - f.language.fillers
    return bool(said) and said <= f.language.words["pardon"]
