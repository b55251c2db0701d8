"""Which request a sentence makes about a visit that stands, and where another one begins."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from nlu import Intent, Role, StaffWish
from voice_agent.dialogue.asked import AnythingElse, ConfirmCancel
from voice_agent.dialogue.concern import Act
from voice_agent.dialogue.readings import wanted
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.request import Met
from voice_agent.dialogue.topics import Topic, first_touch, touches

if TYPE_CHECKING:
    from datetime import date

    from nlu import ServiceMention, StaffMention, TimeExpression, Understanding
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState

_SMALL_WORD = 3
"""Letters of an article or of what is left of one."""
Part = TypeVar("Part", "ServiceMention", "StaffMention", "TimeExpression")

_OWN_VISIT = re.compile(r"\b(?:mein|unser)\w*\s+\w+termin\b|\b(?:my|our)\s+\w+\s+appointment\b")
"""Meinen Freitagstermin: a visit of the caller's, told from others by its name."""
ABOUT_A_VISIT = (Intent.ASK_PRICE, Intent.ASK_DURATION)
"""What may be asked of a visit besides when it is."""
_ACTS = {
    Intent.LATE: Act.LATE,
    Intent.CANCEL: Act.CANCEL,
    Intent.RESCHEDULE: Act.MOVE,
    Intent.QUERY_APPOINTMENT: Act.TELL,
    Intent.AS_USUAL: Act.USUAL,
}


def act_of(state: CallState, understood: Understanding, scene: Scene) -> Act | None:
    """What is wanted of a visit that stands; None = nothing of the kind.

    Amid a wish for a new visit "verschieben wir es auf vier" only changes that wish.
    """
    act = said_act(understood, scene)
    if act is None and _asks_about_own(state, understood, scene):
        return Act.TELL
    if not understood.times and _cancels_other(state, understood, scene):
        return Act.CANCEL
    if act is None and (
        _changes_booked(state, understood, scene) or _changes_person(state, understood)
    ):
        return Act.MOVE
    if act is Act.CANCEL and isinstance(state.question, ConfirmCancel) and not understood.times:
        return None  # it is being talked about already
    if act is Act.MOVE and _is_about_the_draft(state, understood):
        return None
    return act


def _asks_about_own(state: CallState, understood: Understanding, scene: Scene) -> bool:
    """What the visit costs that the caller has, or how long it takes."""
    if state.draft.services or state.offers or state.told or understood.services:
        return False
    asks = any(understood.has(intent) for intent in ABOUT_A_VISIT)
    return asks and touches(understood.text, Topic.OWN, scene.language)


def _cancels_other(state: CallState, understood: Understanding, scene: Scene) -> bool:
    """One was called off, and one is left: "und den anderen auch"."""
    if not isinstance(state.question, AnythingElse) or Met.CANCELLED not in state.met:
        return False
    return bool(state.visits) and touches(understood.text, Topic.OTHER_ONE, scene.language)


def _changes_booked(state: CallState, understood: Understanding, scene: Scene) -> bool:
    """Just booked, and already it is to be different: "ach, doch lieber um zwölf"."""
    in_hand = state.booked is not None or state.told is not None
    if not in_hand or not isinstance(state.question, AnythingElse):
        return False
    wished = any(time.role is Role.WANT for time in understood.times)
    topics = (Topic.INSTEAD, Topic.BACK, Topic.FORWARD, Topic.ALSO_THEN)
    instead = any(touches(understood.text, topic, scene.language) for topic in topics)
    differs = instead or understood.has(Intent.CORRECT)
    return wished and differs and not understood.services


def _changes_person(state: CallState, understood: Understanding) -> bool:
    """Statt zu Emma zu Dilara, and nothing else is being talked about: at a visit that stands."""
    talks = state.draft.services or state.unclear or state.concern or understood.services
    return exchanges_person(understood) and not talks and not state.draft.moving


def exchanges_person(understood: Understanding) -> bool:
    """Whether one is named in place of another."""
    wishes = {mention.wish for mention in understood.staff if mention.accepted}
    return {StaffWish.NOT, StaffWish.NAMED} <= wishes


def as_move(understood: Understanding, scene: Scene) -> Understanding:
    """The sentence with its times sorted into the old one and the new one."""
    calls_off = understood.has(Intent.CANCEL)
    cut = _where_replaced(understood, scene) if calls_off else _onto(understood, scene)
    if cut is not None:
        old = _on_side(understood.times, cut, behind=False)
        new = wanted(_on_side(understood.times, cut, behind=True))
        return replace(understood, times=(*old, *new))
    if _changes_own(understood, scene) or exchanges_person(understood):
        return replace(
            understood, times=tuple(replace(t, role=Role.EXISTING) for t in understood.times)
        )
    return understood


def said_act(understood: Understanding, scene: Scene) -> Act | None:
    """What the words by themselves want of a visit that stands."""
    if touches(understood.text, Topic.LATE, scene.language):
        return Act.LATE
    intents = [scored.intent for scored in understood.intents]
    if Intent.CANCEL in intents:
        return Act.MOVE if _replaces(understood, scene) else Act.CANCEL
    if _goes_elsewhere(understood, scene) or _changes_own(understood, scene):
        return Act.MOVE
    if touches(understood.text, Topic.TELL, scene.language):
        return Act.TELL
    return next((_ACTS[intent] for intent in intents if intent in _ACTS), None)


def _replaces(understood: Understanding, scene: Scene) -> bool:
    """Called off, and another time named in its place: no new visit, the same one moved."""
    cut = _where_replaced(understood, scene)
    if cut is None:
        return False
    behind = _part(understood, cut, behind=True)
    return bool(behind.times) and not behind.services


def _where_replaced(understood: Understanding, scene: Scene) -> int | None:
    """Where the new wish begins: at words that say so, else with a second day that is named."""
    cut = first_touch(understood.text, Topic.REPLACE, scene.language)
    if cut is not None:
        return cut
    days = [t for t in understood.times if t.span and _day(t)]
    for before, later in pairwise(days):
        if later.span and _day(later) != _day(before) and _apart(before, later, understood.text):
            return later.span[0]
    return None


def _apart(before: TimeExpression, later: TimeExpression, text: str) -> bool:
    """Two days have words between them; "Mittwoch, dn 30." is one day that was misheard."""
    assert before.span
    assert later.span
    words = text[before.span[1] : later.span[0]].replace(",", " ").split()
    return len(words) > 1 or any(len(word) > _SMALL_WORD for word in words)


def _day(time: TimeExpression) -> date | None:
    return time.start.date() if isinstance(time.start, datetime) else None


def _goes_elsewhere(understood: Understanding, scene: Scene) -> bool:
    """Said in so many words, or with an old and a new time: "den um elf auf zwölf"."""
    roles = {time.role for time in understood.times}
    if {Role.EXISTING, Role.WANT} <= roles or touches(understood.text, Topic.MOVE, scene.language):
        return True
    return _lays(understood) or _onto(understood, scene) is not None


def _onto(understood: Understanding, scene: Scene) -> int | None:
    """Where the new time begins: "den Termin am Freitag auf Samstag"."""
    text = understood.text.casefold()
    begins = [time.span[0] for time in understood.times if time.span]
    if not (begins and _OWN_VISIT.search(text[: begins[0]])):
        if not touches(text, Topic.OWN, scene.language):
            return None
        begins = begins[1:]  # where it stands is told by a time, too
    onto = [at for at in begins if text[:at].split()[-1:] in (["auf"], ["to"])]
    return onto[0] if onto else None


def _changes_own(understood: Understanding, scene: Scene) -> bool:
    """At "mein Termin" something else is to be done, or somebody else is to do it."""
    if not touches(understood.text, Topic.OWN, scene.language):
        return False
    named = understood.services or understood.staff
    instead = touches(understood.text, Topic.INSTEAD, scene.language)
    return bool(named and instead) or _adds_to_own(understood, scene)


def _adds_to_own(understood: Understanding, scene: Scene) -> bool:
    """Zu meinem Termin am Freitag noch Föhnen dazu: another service at the visit that stands."""
    adds = touches(understood.text, Topic.BOTH, scene.language)
    return bool(understood.services) and adds and not understood.party


def _lays(understood: Understanding) -> bool:
    """Whether it is to be "auf Freitag" that something is laid; hair is washed and laid, too."""
    text = understood.text.casefold()
    before = [text[: time.span[0]].split()[-1:] for time in understood.times if time.span]
    return "legen" in text.split("?")[0].split() and ["auf"] in before


def _is_about_the_draft(state: CallState, understood: Understanding) -> bool:
    if state.draft.moving:
        return True
    names_old = any(time.role is Role.EXISTING for time in understood.times)
    in_progress = bool(state.draft.services and (state.draft.wishes or state.offers))
    return in_progress and not names_old


def _part(understood: Understanding, cut: int, *, behind: bool) -> Understanding:
    """What the words before or behind this place mention; times behind it are wishes."""
    times = _on_side(understood.times, cut, behind=behind)
    return replace(
        understood,
        services=_on_side(understood.services, cut, behind=behind),
        staff=_on_side(understood.staff, cut, behind=behind),
        times=wanted(times) if behind else times,
    )


def _on_side(parts: tuple[Part, ...], cut: int, *, behind: bool) -> tuple[Part, ...]:
    return tuple(one for one in parts if ((one.span or (0, 0))[0] >= cut) is behind)
