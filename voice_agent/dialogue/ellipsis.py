"""Half a sentence: "und an Silvester?" asks again, "dann um zwölf" is on the day asked about."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from typing import TYPE_CHECKING

from nlu import Grain, Intent, IntentScore
from nlu.meaning import ACCEPT_SCORE
from voice_agent.dialogue.topics import Topic, touches

if TYPE_CHECKING:
    from datetime import date

    from nlu import TimeExpression, Understanding
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState

_ABOUT_DAYS = frozenset({Intent.ASK_HOURS})
_ABOUT_SERVICES = frozenset({Intent.ASK_PRICE, Intent.ASK_DURATION})
_SAYS_SO = (
    *(Intent.BOOK, Intent.CHECK_AVAILABILITY, Intent.FIND_NEXT, Intent.CANCEL),
    *(Intent.RESCHEDULE, *_ABOUT_DAYS, *_ABOUT_SERVICES),
)
_CLOCK = frozenset({Grain.HOUR, Grain.MINUTE})


def completed(state: CallState, understood: Understanding, scene: Scene) -> Understanding:
    """The sentence with the question it leaves out, if it is half of one."""
    understood = _about_opening(understood, scene)
    asked = state.asked
    if asked is None or not _continues(understood, scene) or not _fits(asked, understood):
        return understood
    again = IntentScore(intent=asked, score=ACCEPT_SCORE)
    others = tuple(one for one in understood.intents if one.intent is not Intent.INFORM)
    return replace(understood, intents=(again, *others))


def asked_in(understood: Understanding) -> Intent | None:
    """What the next half question would ask again."""
    about = (*_ABOUT_DAYS, *_ABOUT_SERVICES)
    return next((one.intent for one in understood.intents if one.intent in about), None)


def day_in(understood: Understanding) -> date | None:
    """The one day about which something was asked."""
    days = [one.start for one in understood.times if one.grain is Grain.DAY]
    if asked_in(understood) not in _ABOUT_DAYS or len(days) != 1:
        return None
    return days[0].date() if isinstance(days[0], datetime) else None


def on_day_asked_about(state: CallState, understood: Understanding, scene: Scene) -> Understanding:
    """Haben Sie am Samstag offen? Dann hätte ich gern um zwölf ...: that Saturday."""
    day = state.asked_day
    if day is None or state.draft.wishes or not understood.times:
        return understood
    if not all(isinstance(one.start, time) for one in understood.times):
        return understood
    return replace(understood, times=tuple(_on(day, one, scene) for one in understood.times))


def _on(day: date, said: TimeExpression, scene: Scene) -> TimeExpression:
    def moment(clock: object) -> datetime | None:
        if not isinstance(clock, time):
            return None
        return datetime.combine(day, clock, tzinfo=scene.zone)

    others = tuple(_on(day, reading, scene) for reading in said.alt)
    return replace(said, start=moment(said.start), end=moment(said.end), alt=others)


def _about_opening(understood: Understanding, scene: Scene) -> Understanding:
    """Asking how long the salon is open asks for no service's length."""
    opens = touches(understood.text, Topic.OPENING, scene.language)
    if not opens or understood.services or not understood.has(Intent.ASK_DURATION):
        return understood
    others = (
        one for one in understood.intents if one.intent not in {Intent.ASK_DURATION, Intent.BOOK}
    )
    again = IntentScore(intent=Intent.ASK_HOURS, score=ACCEPT_SCORE)
    return replace(understood, intents=(again, *others))


def _continues(understood: Understanding, scene: Scene) -> bool:
    if understood.yes_no or understood.name or understood.choice:
        return False
    return touches(understood.text.strip(), Topic.GOES_ON, scene.language)


def _fits(asked: Intent, understood: Understanding) -> bool:
    """A day asks about hours, a service about price or length; a time of day is a wish."""
    if asked in _ABOUT_DAYS:
        timed = any(time.grain in _CLOCK for time in understood.times)
        says_so = any(understood.has(intent) for intent in _SAYS_SO)
        return bool(understood.times) and not (timed or says_so or understood.services)
    return bool(understood.services or understood.dropped) and not understood.times
