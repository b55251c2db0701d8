"""Questions that are told by their words: who does it, who is in when, the pause, the end.

From the salon's own data, one row a topic. No answer = no such question, or nothing on record.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from booking_core.adapters.public_holidays import public_holidays
from booking_core.domain.rules import opening_on
from nlu import Grain, Intent, StaffWish, YesNo
from voice_agent.dialogue import offering, sentences, visit
from voice_agent.dialogue.side_by_side import difference, in_question, who_can, who_does_each
from voice_agent.dialogue.topics import Topic, touches

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, time

    from booking_core.domain.catalogue import Staff
    from nlu import Understanding
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.plain import Plain
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState

    Answer = Callable[[CallState, Understanding, Scene], Sentence | None]

_MOST_NAMES = 3
_FACTS = (Topic.PARKING, Topic.PAYMENT, Topic.PREPARATION, Topic.ARRIVAL)
"""What a salon answers in a sentence of its own; the values name the fields of its `facts`."""
_ABOUT_VISITS = (Intent.QUERY_APPOINTMENT, Intent.CANCEL, Intent.RESCHEDULE, Intent.LATE)


def topical(state: CallState, understood: Understanding, scene: Scene) -> tuple[Sentence, ...]:
    """The answer to such a question; nothing when it is none."""
    if any(understood.has(intent) for intent in _ABOUT_VISITS):
        return ()
    for topic, answer in _ANSWERS.items():
        if touches(understood.text, topic, scene.language) and (
            told := answer(state, understood, scene)
        ):
            return (told,)
    return ()


def asks_who_is_in(understood: Understanding, scene: Scene) -> bool:
    """Whether a person is only asked about, and not wished for."""
    if understood.has(Intent.BOOK) or understood.services:
        return False
    return touches(understood.text, Topic.WORKS, scene.language)


def asks_by_whom(understood: Understanding, scene: Scene) -> bool:
    """Whether it is asked who would do what is on the table: "Ist das bei Emma?"."""
    wishes = touches(understood.text, Topic.FREE, scene.language) or understood.services
    return not wishes and touches(understood.text, Topic.BY_WHOM, scene.language)


def asks_which_day(state: CallState, understood: Understanding, scene: Scene) -> bool:
    """Whether it is asked when that is which is on the table: "Ist das der 27.?"."""
    wishes = understood.services or understood.yes_no is YesNo.NO or understood.has(Intent.BOOK)
    wishes = wishes or any(time.grain is Grain.EARLIEST for time in understood.times)
    others = any(touches(understood.text, t, scene.language) for t in (Topic.FREE, Topic.ALSO_THEN))
    if not state.offers or wishes or others:
        return False
    return touches(understood.text, Topic.ON_WHICH_DAY, scene.language)


def only_asks(state: CallState, understood: Understanding, scene: Scene) -> bool:
    """Whether nothing of the sentence is meant for the visit: not its names, nor its days."""
    if asks_which_day(state, understood, scene):
        return True
    if asks_who_is_in(understood, scene):
        return True
    if asks_by_whom(understood, scene):
        return True
    named = any(mention.accepted for mention in understood.services)
    asks = understood.text.rstrip().endswith("?") and not named
    facts = (Topic.PAUSE, Topic.ENDING, *_FACTS)
    return asks and any(touches(understood.text, topic, scene.language) for topic in facts)


def _pause(state: CallState, _: Understanding, scene: Scene) -> Sentence | None:
    services = _talked_about(state)
    if not services:
        return None
    minutes = sum(
        segment.pause_after.min_minutes
        for service in visit.services_of(services, scene.salon)
        for segment in service.segments
        if segment.pause_after
    )
    if not minutes:
        return sentences.plain("no_pause")
    return sentences.plain("pause", minutes=minutes)


def _by_whom(state: CallState, understood: Understanding, scene: Scene) -> Sentence | None:
    if not state.offers or not asks_by_whom(understood, scene):
        return None
    return offering.who(state.offers if state.offer is None else (state.offer,), scene)


def _on_which_day(state: CallState, understood: Understanding, scene: Scene) -> Sentence | None:
    if not asks_which_day(state, understood, scene):
        return None
    return offering.on_which_day(state.offers if state.offer is None else (state.offer,), scene)


def _ending(state: CallState, _: Understanding, scene: Scene) -> Sentence | None:
    if state.offer is not None:
        return offering.ends(state.offer.plan, scene)
    plan = visit.plan_told(state)
    return offering.ends(plan, scene) if plan else None


def _who_can(state: CallState, understood: Understanding, scene: Scene) -> Sentence | None:
    named = tuple(dict.fromkeys(UUID(m.accepted) for m in understood.services if m.accepted))
    if not named and (open_ones := in_question(state)):
        return who_does_each(open_ones, scene)
    services = named or _talked_about(state)
    if not services or (state.offer is not None and not named):  # who does it is known: see `_who`
        return None
    return who_can(services, scene)


def _works(state: CallState, understood: Understanding, scene: Scene) -> Sentence | None:
    if not asks_who_is_in(understood, scene):
        return None
    named = [m for m in understood.staff if m.wish is StaffWish.NAMED and m.accepted]
    if len(named) != 1:
        return None if named else _who_is_in(state, understood, scene)
    member = scene.salon.member(UUID(named[0].accepted or ""))
    who, day = visit.called(member, scene.salon), day_in(understood, scene)
    if day is not None:
        key: Plain = "works_that_day" if visit.works_on(member, day) else "not_there_that_day"
        return sentences.plain(key, staff=who, day=day, today=scene.today)
    return sentences.plain("works_when", staff=who, stretches=_stretches(member))


def _who_is_in(state: CallState, understood: Understanding, scene: Scene) -> Sentence | None:
    """Wer ist am Freitag da? - of those who do what is being talked about."""
    day = day_in(understood, scene)
    if day is None or not touches(understood.text, Topic.WHO_IS_IN, scene.language):
        return None
    able = visit.able(_talked_about(state), scene.salon)
    there = [visit.called(each, scene.salon) for each in able if visit.works_on(each, day)]
    doors = opening_on(scene.salon, day, public_holidays(scene.salon.branch.land))
    if not there or doors.opens is None:
        return sentences.closed_day(day, scene)
    more = len(there) > _MOST_NAMES
    names = there[:_MOST_NAMES]
    return sentences.plain("who_is_in", names=names, more=more, day=day, today=scene.today)


def _stretches(member: Staff) -> list[tuple[list[int], time, time]]:
    """From the first to the last working hour; days with the same hours in one breath."""
    days: dict[tuple[time, time], list[int]] = {}
    for weekday in sorted({hours.weekday for hours in member.hours}):
        hours = [each for each in member.hours if each.weekday == weekday]
        whole = (min(each.start for each in hours), max(each.end for each in hours))
        days.setdefault(whole, []).append(weekday)
    return [(weekdays, *whole) for whole, weekdays in days.items()]


def _fact(_: CallState, understood: Understanding, scene: Scene) -> Sentence | None:
    """In the salon's own words, which are in its own language; that is said to others."""
    facts = scene.salon.branch.facts
    asked = (t for t in _FACTS if touches(understood.text, t, scene.language))
    told = next((fact for topic in asked if (fact := getattr(facts, topic.value))), None)
    if told and scene.language != scene.salon.branch.language:
        return sentences.plain("fact_elsewhere", text=told)
    return sentences.verbatim(told) if told else None


def _talked_about(state: CallState) -> tuple[UUID, ...]:
    return state.draft.services or visit.told_of(state)


def day_in(understood: Understanding, scene: Scene) -> date | None:
    """The day a question is about; of "samstags" the next one."""
    for said in understood.times:
        if isinstance(said.start, datetime):
            return said.start.date()
        if len(said.weekdays) == 1:
            ahead = (said.weekdays[0] - scene.today.weekday()) % 7
            return scene.today + timedelta(days=ahead)
    return None


def _cancelling(_: CallState, understood: Understanding, scene: Scene) -> Sentence | None:
    """Until when one may cancel, by the salon's rule."""
    if not understood.has(Intent.ASK_OTHER):
        return None
    hours = scene.salon.branch.cancel_limit_hours
    return sentences.plain("cancel_until", hours=hours)


_ANSWERS: dict[Topic, Answer] = {
    Topic.CANCELLING: _cancelling,
    Topic.PAUSE: _pause,
    Topic.ENDING: _ending,
    Topic.BY_WHOM: _by_whom,
    Topic.ON_WHICH_DAY: _on_which_day,
    Topic.DIFFERENCE: difference,
    Topic.WHO_CAN: _who_can,
    Topic.WORKS: _works,
    **dict.fromkeys(_FACTS, _fact),
}
