"""As usual: service and person of the last visit are proposed, and the spoken word wins."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from nlu import StaffWish, YesNo
from voice_agent.dialogue import sentences, visit
from voice_agent.dialogue.asked import AskStaff, SameAgain
from voice_agent.dialogue.hearing import take_in
from voice_agent.dialogue.progress import proceed
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.steps import ask
from voice_agent.dialogue.topics import Topic, touches
from voice_agent.dialogue.wish import Days, Hours, Wish, as_then, on

if TYPE_CHECKING:
    from uuid import UUID

    from booking_core.domain.appointment import Appointment
    from nlu import Understanding
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step

_COUNTED = "in_calendar_length"
"""The parser's name for "in vier Wochen"."""
_WEEK = 7


def propose(state: CallState, found: tuple[Appointment, ...], scene: Scene) -> Step:
    """Service and person of the last visit in one sentence; a yes to it is no consent yet."""
    assert state.concern is not None
    said = replace(state.concern.said, name=None)
    heard = take_in(replace(state, concern=None), said, scene).state
    past = [one for one in found if one.plan.end <= scene.now]
    same = touches(said.text, Topic.SAME_VISIT, scene.language)
    last = next(iter((*found, *past) if same else (*past, *found)), None)
    if last is None or not _can_be_had(last, scene):
        return proceed(heard, scene, sentences.plain("same_unknown"))
    services = heard.draft.services or last.plan.services
    staff = heard.draft.staff or visit.lead(last.plan, scene.salon).id
    if _wants_another(heard, said, scene):
        return proceed(_with_another(heard, services, visit.lead(last.plan, scene.salon).id), scene)
    if same:  # which one is beyond doubt, and it is read back whole
        both = heard.amend(replace(heard.draft, services=services, staff=staff))
        return proceed(_as_it_was(both, last, said, scene), scene)
    return ask(heard, SameAgain(services=services, staff=staff), scene)


def offer(state: CallState, found: tuple[Appointment, ...], scene: Scene) -> Step | None:
    """What a known caller had last, in place of an open question; None = nothing to offer."""
    last = next((one for one in found if one.plan.end <= scene.now), None)
    if last is None or not _can_be_had(last, scene):
        return None
    staff = visit.lead(last.plan, scene.salon).id
    return ask(state, SameAgain(services=last.plan.services, staff=staff, offered=True), scene)


def same_too(state: CallState, understood: Understanding, scene: Scene) -> Step | None:
    """What was booked in this call once more, for somebody else; that day, unless one is said.

    The same visit again is also with the same person, in another week on the same weekday.
    """
    if state.booked is None or state.draft.services or understood.services:
        return None
    same = touches(understood.text, Topic.SAME_VISIT, scene.language)
    if not (same or touches(understood.text, Topic.SAME_TOO, scene.language)):
        return None
    plan = state.booked.appointment.plan
    start = scene.local(plan.start)
    wishes = (on(start.date(), Hours(at=start.time())), on(start.date()))
    again = replace(state, seconds=(*state.seconds, state.booked.appointment.id), question=None)
    again = again.amend(replace(again.draft, services=plan.services, wishes=wishes))
    heard = take_in(again, understood, scene)
    if not same:
        return proceed(heard.state, scene, *heard.notes)
    as_before = _as_it_was(heard.state, state.booked.appointment, understood, scene)
    staff = as_before.draft.staff or visit.lead(plan, scene.salon).id
    wanted = as_before.amend(replace(as_before.draft, staff=staff))
    return proceed(wanted, scene, *heard.notes)


def _as_it_was(
    state: CallState, before: Appointment, said: Understanding, scene: Scene
) -> CallState:
    """In a week that was said, on the weekday and at the hour of the visit before."""
    start = scene.local(before.plan.start)
    weeks = any(_COUNTED in time.rules and not time.bare_weekday for time in said.times)
    wishes = [_week_of(one, scene) if weeks else one for one in state.draft.wishes]
    then = dict.fromkeys(as_then(wish, start) for wish in wishes)
    return state.amend(replace(state.draft, wishes=tuple(then)))


def _week_of(wish: Wish, scene: Scene) -> Wish:
    """In vier Wochen: any day of that week."""
    day = wish.days.single if wish.days else None
    if day is None or (day - scene.today).days % _WEEK:
        return wish
    monday = day - timedelta(days=day.weekday())
    return Wish(days=Days(first=monday, last=monday + timedelta(days=_WEEK - 1)))


def answered(state: CallState, understood: Understanding, scene: Scene) -> Step | None:
    """A yes takes both; whatever else is said is taken instead."""
    question = state.question
    assert isinstance(question, SameAgain)
    if _wants_another(state, understood, scene) and not understood.services:
        heard = take_in(replace(state, question=None), understood, scene)
        other = _with_another(heard.state, question.services, question.staff)
        return proceed(other, scene, *heard.notes)
    named = understood.services or understood.staff
    if understood.yes_no is YesNo.NO and not named:
        return proceed(replace(state, question=None), scene)
    if understood.services and _wants_same(understood, scene):
        heard = take_in(replace(state, question=None), understood, scene)
        same = heard.state.amend(replace(heard.state.draft, staff=question.staff))
        return proceed(same, scene, *heard.notes)
    agrees = understood.yes_no is YesNo.YES or _goes_on(question, understood)
    if not agrees and not named:
        return None
    if agrees or not understood.services:
        both = replace(state.draft, services=question.services, staff=question.staff)
        state = state.amend(both)
    heard = take_in(replace(state, question=None), understood, scene)
    return proceed(heard.state, scene, *heard.notes)


def _wants_another(state: CallState, understood: Understanding, scene: Scene) -> bool:
    """The same, but not with the same person."""
    if any(mention.wish is StaffWish.NAMED for mention in understood.staff):
        return False
    refuses = any(isinstance(point, AskStaff) and point.excluded for point in state.unclear)
    return refuses or touches(understood.text, Topic.OTHER_PERSON, scene.language)


def _with_another(state: CallState, services: tuple[UUID, ...], last: UUID) -> CallState:
    """These services with anybody but the last one: with whom is asked."""
    others = tuple(point for point in state.unclear if not isinstance(point, AskStaff))
    asking = replace(state, unclear=(*others, AskStaff(excluded=last)))
    return asking.amend(replace(asking.draft, services=services, staff=None))


def _wants_same(understood: Understanding, scene: Scene) -> bool:
    """Another service perhaps, but with her again."""
    return not understood.staff and touches(understood.text, Topic.SAME_PERSON, scene.language)


def _goes_on(question: SameAgain, understood: Understanding) -> bool:
    """Who asked for the usual and now says when to come has agreed to what it was."""
    return not question.offered and understood.yes_no is None and bool(understood.times)


def _can_be_had(last: Appointment, scene: Scene) -> bool:
    """Whether the salon still has these services and this person."""
    services = {service.id: service for service in scene.salon.services}
    known = all(one in services and services[one].active for one in last.plan.services)
    return known and visit.lead(last.plan, scene.salon).active
