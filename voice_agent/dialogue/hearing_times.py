"""Times in a sentence: one of the offers, a new wish, an exclusion, or two readings."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from nlu import Grain, Intent, Role
from voice_agent.dialogue.asked import AskTime, ChooseOffer, ChooseTime
from voice_agent.dialogue.readings import NOW_RULE, names_start
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.topics import Topic, touches
from voice_agent.dialogue.wish import Hours, Wish, as_then, on
from voice_agent.dialogue.wishes import Talk, Times, times_of

if TYPE_CHECKING:
    from booking_core.domain.slots import SlotOffer
    from nlu import TimeExpression, Understanding
    from voice_agent.dialogue.asked import Clarification
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState

_MAX_REFUSED = 12
_MOST_WORDS_OF_NOW = 2
_SEVERAL = 2
_QUESTIONS = (Intent.ASK_OTHER, Intent.ASK_PRICE, Intent.ASK_DURATION)


def hear_times(state: CallState, understood: Understanding, scene: Scene) -> CallState:
    """The state with what this sentence says about when to come."""
    times = _new(state, _meant(state, understood, scene), scene)
    understood = replace(understood, times=tuple(_beyond(state, one, scene) for one in times))
    if choice := _open_choice(state):
        return _answer(state, choice, understood, scene)
    if other := _other_offer(state, understood, scene):
        return replace(state, chosen=other)
    is_open = len(state.offers) > 1 or state.chosen is None
    if is_open and (offer := _named(state, understood, scene)):
        return replace(state, chosen=offer.id)
    if state.offer and names_start(understood.times, scene.local(state.offer.plan.start)):
        return state
    return _wish(state, understood, scene)


def _meant(state: CallState, understood: Understanding, scene: Scene) -> tuple[TimeExpression, ...]:
    """The times that are meant as such.

    "Egal" is an answer to the open question and no new wish; "jetzt" beside a yes or no and
    "vorher" in a question are only ways to talk.
    """
    asks = any(understood.has(intent) for intent in _QUESTIONS)
    return tuple(
        time
        for time in understood.times
        if not (time.grain is Grain.ANY and state.draft.wishes)
        and not (
            NOW_RULE in time.rules
            and (understood.yes_no or asks or not _at_once(understood, scene))
        )
        and not (time.grain is Grain.SHIFT and not time.shift_s and asks)
    )


def _at_once(understood: Understanding, scene: Scene) -> bool:
    """Whether "jetzt" is when to come; in "jetzt dachte ich" it is only a way to talk."""
    alone = len(understood.text.split()) <= _MOST_WORDS_OF_NOW
    return alone or touches(understood.text, Topic.RIGHT_NOW, scene.language)


def _new(
    state: CallState, times: tuple[TimeExpression, ...], scene: Scene
) -> tuple[TimeExpression, ...]:
    """Amid a move "von Freitag auf Samstag" wishes for Saturday: where it stands is no wish."""
    if state.moving is None or state.draft.wishes:
        return times
    start = scene.local(state.moving.plan.start)
    new = tuple(time for time in times if not names_start((time,), start)) or times
    return tuple(_shifting(state, time, scene) for time in new)


def _shifting(state: CallState, time: TimeExpression, scene: Scene) -> TimeExpression:
    """A length of time is by how much, where the visit was to be put back or forward."""
    said = state.concern.said.text if state.concern else ""
    if time.grain is not Grain.DURATION or not time.duration_s:
        return time
    if touches(said, Topic.FORWARD, scene.language):
        return replace(time, grain=Grain.SHIFT, shift_s=-time.duration_s, duration_s=None)
    if touches(said, Topic.BACK, scene.language):
        return replace(time, grain=Grain.SHIFT, shift_s=time.duration_s, duration_s=None)
    return time


def _beyond(state: CallState, time: TimeExpression, scene: Scene) -> TimeExpression:
    """Neun ist mir zu früh: later than what is being agreed on, where that is at nine."""
    early, late = "too_early" in time.rules, "too_late" in time.rules
    if state.offer is None or time.role is not Role.REJECT or not (early or late):
        return time
    start, named = scene.local(state.offer.plan.start), time.end if early else time.start
    clock = named.time() if isinstance(named, datetime) else named
    if clock is None or clock.replace(tzinfo=None) != start.time():
        return time
    return replace(time, role=Role.WANT, grain=Grain.SHIFT, direction=1 if early else -1)


def _other_offer(state: CallState, understood: Understanding, scene: Scene) -> str | None:
    """Of two, the one that is not being agreed on: "nein, lieber den anderen"."""
    others = [offer.id for offer in state.offers if offer.id != state.chosen]
    if state.chosen is None or len(others) != 1 or understood.times:
        return None
    return others[0] if touches(understood.text, Topic.OTHER_ONE, scene.language) else None


def _named(state: CallState, understood: Understanding, scene: Scene) -> SlotOffer | None:
    """The offer an answer picks: by its place, or by a time that fits only this one."""
    if understood.choice and understood.choice.index <= len(state.offers):
        return state.offers[understood.choice.index - 1]
    said = understood.times
    fitting = [o for o in state.offers if names_start(said, scene.local(o.plan.start))]
    return fitting[0] if len(fitting) == 1 else None


def _wish(state: CallState, understood: Understanding, scene: Scene) -> CallState:
    times = times_of(understood.times, _talk(state, scene), scene)
    if touches(understood.text, Topic.LATEST, scene.language):
        times = replace(times, wishes=_latest(times.wishes or state.draft.wishes))
    if not times.wishes and _follows(state, understood, scene):
        times = replace(times, wishes=_behind_booked(state, scene))
    if not times.wishes and _lets_go(state, understood):
        times = replace(times, wishes=(Wish(),))
    if not (times.wishes or times.avoid):
        return state
    if _repeats_offers(state, understood, scene):
        return state
    wishes = _as_wished(state, understood.times, times.wishes)
    if touches(understood.text, Topic.SAME_TIME, scene.language):
        wishes = _as_it_stands(state, wishes, scene)
    times = replace(times, wishes=wishes)
    strict = touches(understood.text, Topic.STRICT, scene.language)
    if strict != state.draft.strict:  # another wish is as strict as it is said to be
        state = replace(state, draft=replace(state.draft, strict=strict))
    shifted = any(time.grain is Grain.SHIFT for time in understood.times)
    amended = _amend(state, times, scene, refuses=shifted)
    return _insisted(amended) if amended.draft == state.draft else amended


def _latest(wishes: tuple[Wish, ...]) -> tuple[Wish, ...]:
    """Of the days and parts of days that are wished for, the last start."""
    hours = [replace(wish.hours or Hours(), at=None, latest=True) for wish in wishes]
    return tuple(replace(wish, hours=late) for wish, late in zip(wishes, hours, strict=True))


def _follows(state: CallState, understood: Understanding, scene: Scene) -> bool:
    """Whether the visit is to begin when the one that was just booked is over."""
    open_yet = state.booked is not None and not state.draft.wishes
    return open_yet and touches(understood.text, Topic.AFTERWARDS, scene.language)


def _behind_booked(state: CallState, scene: Scene) -> tuple[Wish, ...]:
    assert state.booked is not None
    end = scene.local(state.booked.appointment.plan.end)
    return (on(end.date(), Hours(at=end.time(), after=end.time())),)


def _insisted(state: CallState) -> CallState:
    """Who names the start they had wished for once more does not want the one they are read."""
    wishes = state.draft.wishes
    exact = all(w.days and w.days.single and w.hours and w.hours.at for w in wishes)
    if state.offer is None or not wishes or not exact:
        return state
    return replace(state, offers=(), chosen=None, obstacle=None)


def _as_wished(
    state: CallState, said: tuple[TimeExpression, ...], wishes: tuple[Wish, ...]
) -> tuple[Wish, ...]:
    """Of several wishes one is picked by its day alone: it keeps its hours."""
    days = {wish.days.single for wish in wishes if wish.days}
    plain = all(time.grain is Grain.DAY and time.pod is None for time in said)
    if len(days) != 1 or None in days or not plain or len(state.draft.wishes) < _SEVERAL:
        return wishes
    same = [w for w in state.draft.wishes if w.days and w.days.single in days and w.hours]
    return (same[0],) if len(same) == 1 else wishes


def _as_it_stands(state: CallState, wishes: tuple[Wish, ...], scene: Scene) -> tuple[Wish, ...]:
    """Next week at the same time: the weekday and the hour of the visit that is to move."""
    if state.moving is None:
        return wishes
    old = scene.local(state.moving.plan.start)
    return tuple(as_then(wish, old) for wish in wishes)


def _amend(state: CallState, times: Times, scene: Scene, *, refuses: bool = False) -> CallState:
    draft = state.draft
    changed = replace(
        draft,
        wishes=times.wishes or _without(draft.wishes, times.avoid),
        stretch=times.stretch,
        avoid=tuple(dict.fromkeys((*_still_out(draft.avoid, times.wishes), *times.avoid))),
        refused=_refused(state, times, scene, refuses=refuses),
    )
    return _ask_about(replace(state, refusals=0), times).amend(changed)


def _ask_about(state: CallState, times: Times) -> CallState:
    others = _others(state)
    if times.readings is None:
        return replace(state, unclear=others)
    point = ChooseTime(readings=times.readings, conflict=times.conflict)
    return replace(state, unclear=(*others, point))


def _refused(
    state: CallState, times: Times, scene: Scene, *, refuses: bool
) -> tuple[datetime, ...]:
    """Asking for another time refuses what was offered; naming a time takes it back."""
    refused = state.draft.refused
    if refuses:
        refused = (*refused, *(scene.local(offer.plan.start) for offer in state.offers))
    exact = {(w.days.single, w.hours.at) for w in times.wishes if w.days and w.hours and w.hours.at}
    kept = (start for start in refused if (start.date(), start.time()) not in exact)
    return tuple(kept)[-_MAX_REFUSED:]


def _without(wishes: tuple[Wish, ...], avoid: tuple[Wish, ...]) -> tuple[Wish, ...]:
    """A day that was ruled out is no wish any more."""
    out = {wish.days for wish in avoid if wish.hours is None}
    return tuple(wish for wish in wishes if wish.days not in out)


def _still_out(avoid: tuple[Wish, ...], wishes: tuple[Wish, ...]) -> tuple[Wish, ...]:
    """What was ruled out and is not wished for by name now: "dann doch den Donnerstag"."""
    named = {wish.days.single for wish in wishes if wish.days} - {None}
    return tuple(out for out in avoid if out.days is None or out.days.single not in named)


def _lets_go(state: CallState, understood: Understanding) -> bool:
    """Any time will do: said so, or the next free one asked for."""
    if understood.has(Intent.FIND_NEXT) and not state.draft.wishes:
        return True
    return isinstance(state.question, AskTime) and understood.has(Intent.NO_PREFERENCE)


def _repeats_offers(state: CallState, understood: Understanding, scene: Scene) -> bool:
    """A day on which all offers lie anyway changes nothing: the choice is still open."""
    if not isinstance(state.question, ChooseOffer):
        return False
    starts = [scene.local(offer.plan.start) for offer in state.offers]
    return bool(starts) and all(names_start(understood.times, start) for start in starts)


def _open_choice(state: CallState) -> ChooseTime | None:
    return next((p for p in state.unclear if isinstance(p, ChooseTime)), None)


def _answer(
    state: CallState, choice: ChooseTime, understood: Understanding, scene: Scene
) -> CallState:
    """One of the two readings; whatever else is said takes the likelier one."""
    settled = replace(state, unclear=_others(state))
    picked = [reading for reading in choice.readings if _names_reading(understood.times, reading)]
    if understood.choice and understood.choice.index <= len(choice.readings):
        picked = [choice.readings[understood.choice.index - 1]]
    if picked:
        return _amend(settled, Times(wishes=(picked[0],), stretch=state.draft.stretch), scene)
    if any(time.role is Role.WANT for time in understood.times):
        return _wish(settled, understood, scene)
    return settled if understood.name else state


def _names_reading(said: tuple[TimeExpression, ...], reading: Wish) -> bool:
    day = reading.days.first if reading.days else None
    if day is None:
        return False
    days = [time.start.date() for time in said if isinstance(time.start, datetime)]
    weekdays = [weekday for time in said for weekday in time.weekdays]
    return day in days or day.weekday() in weekdays


def _talk(state: CallState, scene: Scene) -> Talk:
    table = tuple(scene.local(offer.plan.start) for offer in state.offers)
    agreed = (scene.local(state.offer.plan.start),) if state.offer else table
    if state.moving and not (state.draft.wishes or table):
        old = scene.local(state.moving.plan.start)
        return Talk(wishes=(on(old.date(), Hours(at=old.time())),), starts=(old,))
    return Talk(wishes=state.draft.wishes, starts=agreed, table=table, stretch=state.draft.stretch)


def _others(state: CallState) -> tuple[Clarification, ...]:
    return tuple(p for p in state.unclear if not isinstance(p, ChooseTime))
