"""What the caller does with a sentence: rules from the plainest act to the vaguest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu import errands
from nlu.errands import CHOOSING, UNASKED
from nlu.learned import second_opinion
from nlu.meaning import Grain, Intent, IntentScore, Open, Role, StaffWish, YesNo
from nlu.vocabulary import Expecting

if TYPE_CHECKING:
    from collections.abc import Callable

    from nlu.facts import Facts

_MAIN, _ALSO = 0.9, 0.7
_SHORT = 4
_VALUES = frozenset(
    {Expecting.DATE, Expecting.TIME, Expecting.DATETIME, Expecting.SERVICE, Expecting.NAME,
     Expecting.PHONE, Expecting.EMAIL, Expecting.STAFF}
)  # fmt: skip


def intents(facts: Facts) -> tuple[IntentScore, ...]:
    """The intents of a sentence, the main one first."""
    found: dict[Intent, str] = {}
    for intent, holds in _RULES:
        if intent in found or not _EXCLUDED.get(intent, frozenset()).isdisjoint(found):
            continue
        if intent is Intent.BOOK and not _ASKING.isdisjoint(found) and not facts.uses("wishing"):
            continue
        if holds(facts):
            found[intent] = holds.__name__.strip("_")
    if learned := second_opinion(facts, tuple(found)):
        found = {learned: "learned", **{i: rule for i, rule in found.items() if i is not learned}}
    if not found:
        found = {_otherwise(facts): "otherwise"}
    return tuple(
        IntentScore(intent=intent, score=_ALSO if place else _MAIN, rule=rule)
        for place, (intent, rule) in enumerate(found.items())
    )


# --- questions ----------------------------------------------------------------------------------


def _asks_hours(f: Facts) -> bool:
    if not (f.says("ask_hours") or _is_about_open(f)):
        return False
    return bool(f.is_question or f.says("ask_frame") or f.uses("hours")) and not f.says("ask_price")


def _is_about_open(f: Facts) -> bool:
    """Haben Sie am Montag auf? What is said between the halves of the verb is a day."""
    tags = f.language.words["tags"]
    spoken = [w.folded for w in f.words if w.folded.isalnum() and w.folded not in tags]
    return (
        bool(f.times)
        and bool(spoken)
        and f.uses("keeps")
        and spoken[-1] in f.language.words["open_up"]
    )


def _asks_price(f: Facts) -> bool:
    return f.says("ask_price") and not f.says("time_needed")


def _asks_duration(f: Facts) -> bool:
    return f.says("ask_duration") and not f.says("complaint") and not _asks_hours(f)


def _asks_date(f: Facts) -> bool:
    return f.says("ask_date")


def _asks_why(f: Facts) -> bool:
    return f.says("why") and not f.has_slots and f.yes_no is None


def _asks_first(f: Facts) -> bool:
    """Kann man auch ohne Termin kommen; bis wann muss ich absagen?"""
    return f.says("ask_first") or _asks_how_late(f)


def _asks_how_late(f: Facts) -> bool:
    """How late can I cancel, what if I have to move it? - nothing is to be changed yet."""
    changes = f.says("cancel", "reschedule") and f.expecting is not Expecting.DATETIME
    return changes and f.says("how_late") and (f.is_question or not f.wishes)


def _asks_about(f: Facts) -> bool:
    """A question that names a service and nothing to book: is it harmless, does it last?"""
    if f.says("what_is") and f.services:
        return True
    marked = bool(f.words) and f.words[-1].raw == "?" and len(f.words) > _SHORT + 1
    asked = _opens_question(f) and len(f.words) > _SHORT and not f.says("find_next")
    marked = marked or asked
    return marked and bool(f.services) and not f.wishes and not f.says("book", "available")


def _opens_question(f: Facts) -> bool:
    first = f.words[0].folded if f.words else ""
    return first in f.language.words["question_openers"]


def _asks_services(f: Facts) -> bool:
    if not f.says("ask_services") or (f.offered and f.says("available")):
        return False
    return f.is_question or bool(f.services) or not f.has_slots


# --- answers ------------------------------------------------------------------------------------


def _affirms(f: Facts) -> bool:
    if f.says("book") and f.expecting is not Expecting.CONFIRM:
        return False
    if f.yes_no is not YesNo.YES:
        return _affirms_by_words(f)
    if f.says("thanks") and f.expecting is Expecting.NONE:
        return False
    if f.expecting is Expecting.CHOICE or (f.offered and f.choice):
        return f.choice is None and not f.has_clock
    return not f.has_slots or f.says("if_free") or f.expecting is Expecting.CONFIRM


def _affirms_by_words(f: Facts) -> bool:
    """A short "genau" or "gern" agrees also where no yes was asked for."""
    if f.expecting is Expecting.CONFIRM:  # there a yes is a yes, or it is none
        return False
    if f.has_slots or f.is_question or f.says("no", "greeting", "thanks"):
        return False
    return f.says("yes") and f.uses("answering_yes") and len(f.words) <= 2 * _SHORT


def _selects(f: Facts) -> bool:
    if f.choice is not None and (f.offered or f.expecting in CHOOSING):
        return True
    if f.expecting is not Expecting.CHOICE or all(e.role is Role.REJECT for e in f.wishes):
        return False
    return (
        f.has_clock
        and not f.says("ask_frame", "available")
        and not f.is_question
        and not f.says("correct")
    )


def _corrects(f: Facts) -> bool:
    if f.services and f.wishes and f.expecting is not Expecting.CONFIRM:
        return False
    if f.says("correct") and f.expecting is not Expecting.CHOICE and not f.says("book"):
        return True
    if (f.says("correct") and f.says("but")) or (f.wishes and f.says("said_otherwise")):
        return True
    if f.expecting is Expecting.CONFIRM and f.dropped:
        return True
    if f.expecting is Expecting.CONFIRM and f.yes_no is YesNo.NO and f.has_slots:
        return True
    starts_with_no = bool(f.words) and f.words[0].folded in f.language.words["plain_no"]
    return starts_with_no and f.has_slots and f.expecting not in {Expecting.CHOICE, Expecting.OPEN}


def _denies(f: Facts) -> bool:
    if f.yes_no is not YesNo.NO or f.expecting is Expecting.CHOICE or f.offered:
        return False
    return not f.has_slots


def _rejects(f: Facts) -> bool:
    if f.says("reject") and not f.says("book"):
        return True
    if f.says("refused_hour") and (f.expecting is Expecting.CHOICE or f.offered):
        return True
    return (
        f.yes_no is YesNo.NO and (f.expecting is Expecting.CHOICE or f.offered) and not f.has_slots
    )


def _indifferent(f: Facts) -> bool:
    any_time = any(e.grain is Grain.ANY for e in f.times)
    any_staff = any(m.wish is StaffWish.ANY for m in f.staff)
    return (any_time or any_staff or f.says("indifferent")) and not f.says("book") and not f.wishes


# --- wishes -------------------------------------------------------------------------------------


def _finds_next(f: Facts) -> bool:
    if f.says("find_next") and not (f.has_clock or f.says("query") or _asks_how_late(f)):
        return True
    return any(e.grain is Grain.EARLIEST for e in f.wishes) and not f.has_clock


def _checks(f: Facts) -> bool:
    asks = f.says("available") and (f.says("ask_frame") or f.is_question or not f.uses("wishing"))
    if asks and f.says("book") and not _asks_in_own_words(f):
        return False
    if asks and (f.wishes or f.services):
        return True
    asks = _verb_asks(f) or (f.is_question and f.says("ask_frame"))
    return bool(f.wishes) and asks and not f.says("book")


def _verb_asks(f: Facts) -> bool:
    """Ist Emma am Freitag da; geht morgen um neun: the verb stands first."""
    first = f.words[0].folded if f.words else ""
    free = bool(f.staff) or f.expecting in UNASKED
    return free and first in f.language.words["asking_verbs"]


def _asks_in_own_words(f: Facts) -> bool:
    """Haben Sie ... einen Termin frei? - "einen Termin" alone is no order."""
    return not f.uses("wishing")


def _finds_any(f: Facts) -> bool:
    asks = f.says("available") and (f.says("ask_frame") or f.is_question)
    if f.says("if_free", "reject") or f.uses("whom"):
        return False
    return asks and not f.wishes and not any(m.wish is StaffWish.ANY for m in f.staff)


def _books(f: Facts) -> bool:
    if _hangs(f) or (f.yes_no is not None and not f.services and not f.wishes):
        return False
    if any(e.role is Role.EXISTING for e in f.times) and not f.wishes:
        return False
    if f.says("book") and not _only_answers(f):
        return True
    if f.expecting in _VALUES and not (
        f.services and f.has_clock and f.expecting is not Expecting.DATETIME
    ):
        return False
    if f.services and f.wishes:
        return True
    wished = bool(f.services) or f.says("as_usual")
    return wished and f.expecting in {Expecting.OPEN, Expecting.NONE}


def _only_answers(f: Facts) -> bool:
    """Am besten wäre ..., "Termin" in an answer: not a new order."""
    words = f.own - {"termin", "einen"}
    if not words.isdisjoint(f.language.words["ordering"]):
        return f.expecting in _VALUES and f.uses("gladly") and len(f.words) <= _SHORT
    return f.expecting in _VALUES


def _informs(f: Facts) -> bool:
    if _takes_leave(f):
        return False
    return f.has_slots or bool(f.times) or f.says("refers")


# --- courtesies ---------------------------------------------------------------------------------


def _complains(f: Facts) -> bool:
    return f.says("complaint") and not f.says("goodbye")


def _takes_leave(f: Facts) -> bool:
    """Tschüss; dann bis Freitag, tschüss."""
    until = all(e.open is Open.UNTIL and e.grain is Grain.DAY for e in f.wishes)
    return f.says("goodbye") and until and not f.services


def _thanks(f: Facts) -> bool:
    return f.says("thanks") and not f.has_slots


def _greets(f: Facts) -> bool:
    return f.says("greeting") and not f.has_slots


def _asks_other(f: Facts) -> bool:
    return f.says("ask_other") and (f.is_question or not f.has_slots) and f.yes_no is None


_RULES: tuple[tuple[Intent, Callable[[Facts], bool]], ...] = (
    (Intent.ASK_OTHER, _asks_first),
    (Intent.STOP, errands.stops),
    (Intent.CALLBACK, errands.calls_back),
    (Intent.LATE, errands.is_late),
    (Intent.CANCEL, errands.cancels),
    (Intent.RESCHEDULE, errands.moves),
    (Intent.QUERY_APPOINTMENT, errands.queries),
    (Intent.COMPLAINT, errands.is_unhappy),
    (Intent.ASK_PRICE, _asks_price),
    (Intent.ASK_HOURS, _asks_hours),
    (Intent.ASK_DURATION, _asks_duration),
    (Intent.ASK_DATE, _asks_date),
    (Intent.ASK_SERVICES, _asks_services),
    (Intent.ASK_OTHER, _asks_why),
    (Intent.ASK_OTHER, _asks_about),
    (Intent.SELECT, _selects),
    (Intent.AFFIRM, _affirms),
    (Intent.REPEAT, errands.repeats),
    (Intent.CORRECT, _corrects),
    (Intent.FIND_NEXT, _finds_next),
    (Intent.CHECK_AVAILABILITY, _checks),
    (Intent.FIND_NEXT, _finds_any),
    (Intent.REJECT, _rejects),
    (Intent.BOOK, _books),
    (Intent.AS_USUAL, errands.as_usual),
    (Intent.NO_PREFERENCE, _indifferent),
    (Intent.INFORM, _informs),
    (Intent.GOODBYE, _takes_leave),
    (Intent.COMPLAINT, _complains),
    (Intent.ASK_OTHER, _asks_other),
    (Intent.DENY, _denies),
    (Intent.THANKS, _thanks),
    (Intent.PING, errands.pings),
    (Intent.GREETING, _greets),
)
"""In this order: the first that holds is the main intent."""
_ASKING = frozenset({Intent.FIND_NEXT, Intent.CHECK_AVAILABILITY})
_OTHER_BUSINESS = frozenset(
    {
        Intent.STOP,
        Intent.CALLBACK,
        Intent.CANCEL,
        Intent.RESCHEDULE,
        Intent.QUERY_APPOINTMENT,
        Intent.LATE,
    }
)
_INFORMATION = frozenset(
    {Intent.ASK_PRICE, Intent.ASK_HOURS, Intent.ASK_DURATION, Intent.ASK_DATE, Intent.ASK_SERVICES}
)
_EXCLUDED: dict[Intent, frozenset[Intent]] = {
    Intent.CANCEL: frozenset({Intent.ASK_OTHER}),
    Intent.RESCHEDULE: frozenset({Intent.ASK_OTHER}),
    Intent.DENY: frozenset({Intent.LATE}),
    Intent.REJECT: frozenset({Intent.LATE}),
    Intent.SELECT: frozenset({Intent.LATE}),
    Intent.COMPLAINT: frozenset({Intent.LATE}),
    Intent.BOOK: _OTHER_BUSINESS | _INFORMATION | {Intent.ASK_OTHER},
    Intent.FIND_NEXT: _OTHER_BUSINESS | _INFORMATION,
    Intent.CHECK_AVAILABILITY: _OTHER_BUSINESS | _INFORMATION,
    Intent.AFFIRM: frozenset({Intent.STOP, Intent.ASK_DATE}),
    Intent.GREETING: frozenset({Intent.PING}),
}
"""What cannot be meant beside something else."""


def _otherwise(f: Facts) -> Intent:
    if not f.words:
        return Intent.OTHER
    if f.says("surprise"):
        return Intent.BACKCHANNEL
    if f.is_question:
        return Intent.ASK_OTHER
    if f.says("yes", "weak_yes", "heard", "if_free", "wait", "no"):
        return Intent.BACKCHANNEL
    if f.only_fillers or len(f.words) <= 2 or f.words[-1].raw == "…" or _breaks_off(f):  # noqa: PLR2004 - two words are a piece of a sentence
        return Intent.FRAGMENT
    return Intent.OTHER


def _hangs(f: Facts) -> bool:
    """Ich wollte eigentlich; der Termin ist am: nothing named yet, and no end of a sentence."""
    last = f.words[-1].folded if f.words else ""
    if f.has_slots or f.times or f.is_question:
        return False
    words, nothing = f.language.words, frozenset[str]()
    if last in words.get("dangling", nothing):
        return not f.uses("ordering")
    return last in words.get("hanging", nothing) and not f.uses("appointment")


def _breaks_off(f: Facts) -> bool:
    """Three full stops at the end, or a word that ends no sentence."""
    if _hangs(f):
        return True
    return len(f.words) > _SHORT - 2 and all(word.raw == "." for word in f.words[-3:])
