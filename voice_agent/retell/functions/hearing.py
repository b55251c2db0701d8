"""Arguments are heard like a caller's words: by the same ears, each with its own question open.

What a model has worked out, a date above all, counts less than what was said. Where the two do not
go together the caller is asked, as after any sentence that may be meant in two ways.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from nlu import Context, Expecting, understand
from voice_agent.dialogue import sentences
from voice_agent.dialogue.asked import (
    AskName,
    AskService,
    AskStaff,
    AskTime,
    CheckName,
    ChooseOffer,
    ChooseTime,
)
from voice_agent.dialogue.hearing_person import hear_person
from voice_agent.dialogue.hearing_services import hear_services
from voice_agent.dialogue.hearing_staff import hear_staff
from voice_agent.dialogue.hearing_times import hear_times
from voice_agent.dialogue.state import Draft
from voice_agent.dialogue.vocabulary import vocabulary_of
from voice_agent.dialogue.wish import Hours, Wish, on
from voice_agent.dialogue.wishes import Talk, times_of
from voice_agent.retell.events import e164

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu import Understanding
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.retell.functions.arguments import Arguments

_NAME = re.compile(r"[^\W\d_]+(?:[-'’. ]+[^\W\d_]+){0,4}")
_LONGEST_NAME = 60
_LOOKED_BACK = 6
"""Sentences of the caller among which the day may have been named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Where the call stands after listening, and what has to be said about it."""

    state: CallState
    notes: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The time that is wished, as it was said, and as the model made it."""

    said: Understanding
    doubt: ChooseTime | None = None
    """The words and the model's date do not go together."""


def hear_wish(state: CallState, given: Arguments, words: Sequence[str], scene: Scene) -> Heard:
    """What is wished: service, person, time; what is not mentioned stays as it was."""
    heard = _hear_service(state, given, scene)
    state = _hear_staff(heard.state, given, scene)
    if when := hear_when(given, words, scene):
        state = _hear_when(state, when, scene)
    return replace(heard, state=state)


def hear_who(state: CallState, given: Arguments, scene: Scene) -> CallState:
    """Who comes: a name, a number, an address; whatever is none is left out."""
    if given.who is not None:
        state = _hear_name(state, given.who, scene)
    draft = state.draft
    if given.phone is not None:
        said = understood(given.phone, Expecting.PHONE, scene)
        draft = replace(draft, phone=said.phone or e164(given.phone) or draft.phone)
    if given.email is not None:
        said = understood(given.email, Expecting.EMAIL, scene)
        draft = replace(draft, email=said.email or draft.email)
    return state.amend(draft)


def understood(text: str, expecting: Expecting, scene: Scene) -> Understanding:
    """The meaning of one argument."""
    context = Context(now=scene.local_now, language=scene.language, expecting=expecting)
    return understand(text, vocabulary_of(scene.salon), context)


def hear_when(given: Arguments, words: Sequence[str], scene: Scene) -> When | None:
    """The time that is wished; None when nothing was said about it."""
    said = understood(given.when, Expecting.DATETIME, scene) if given.when else None
    made = _spelled(given)
    if made is None:
        return None if said is None else When(said=said)
    guess = understood(made, Expecting.DATETIME, scene)
    if said is not None and said.times:
        return _compared(said, guess, scene)
    spoken = _said_by_caller(words, scene)
    compared = None if spoken is None else _compared(spoken, guess, scene)
    return When(said=guess, doubt=compared.doubt if compared else None)


# --- services and people ---------------------------------------------------------------------


def _hear_service(state: CallState, given: Arguments, scene: Scene) -> Heard:
    if given.service is None:
        return Heard(state=state)
    said = understood(given.service, Expecting.SERVICE, scene)
    before = state.draft
    blank = replace(state, draft=replace(before, services=()), question=AskService(), booked=None)
    after, notes = hear_services(blank, said, scene)
    if not (after.draft.services or after.unclear or notes):
        notes = (sentences.plain("unknown_service"),)
    same = before.services in {(), after.draft.services}
    person = Draft(name=before.name, phone=before.phone, email=before.email, version=before.version)
    draft = replace(before if same else person, services=after.draft.services)
    left = replace(state, unclear=after.unclear) if same else _anew(state, after)
    return Heard(state=left.amend(draft), notes=notes)


def _anew(state: CallState, after: CallState) -> CallState:
    """Another visit than before: nothing that was said about that one holds for it."""
    return replace(
        state, unclear=after.unclear, obstacle=None, refusals=0, concern=None, chosen=None
    )


def _hear_staff(state: CallState, given: Arguments, scene: Scene) -> CallState:
    if given.staff is None:
        return state
    others = tuple(p for p in state.unclear if p.kind not in {"ask_staff", "choose_staff"})
    free = replace(state, unclear=others, question=AskStaff())
    if given.anybody:
        return free.amend(replace(free.draft, staff=None))
    said = understood(given.staff, Expecting.STAFF, scene)
    if said.staff:
        return hear_staff(free, said, scene)
    asking = replace(free, unclear=(*others, AskStaff(heard=given.staff[:_LONGEST_NAME])))
    return asking.amend(replace(asking.draft, staff=None))


def _hear_name(state: CallState, text: str, scene: Scene) -> CallState:
    """It was asked for and answered: a name that is not known as one is one all the same."""
    said = understood(text, Expecting.NAME, scene)
    question = state.question if isinstance(state.question, CheckName) else AskName()
    heard = hear_person(replace(state, question=question), said)
    if said.name is None and _NAME.fullmatch(text) and len(text) <= _LONGEST_NAME:
        checked = (*heard.names_checked, text) if question == CheckName(name=text) else ()
        heard = replace(heard, names_checked=checked or heard.names_checked)
        heard = heard.amend(replace(heard.draft, name=text))
    return replace(heard, question=state.question)


# --- times -------------------------------------------------------------------------------------


def _hear_when(state: CallState, when: When, scene: Scene) -> CallState:
    is_choice = len(state.offers) > 1
    asked = replace(state, question=ChooseOffer() if is_choice else AskTime(), chosen=None)
    heard = hear_times(asked, when.said, scene)
    if when.doubt is None:
        return heard
    others = tuple(p for p in heard.unclear if not isinstance(p, ChooseTime))
    return replace(heard, unclear=(*others, when.doubt))


def _spelled(given: Arguments) -> str | None:
    """Date and time as the model made them, in one breath."""
    day, clock = _day(given.date), _clock(given.time)
    pieces = [
        day.isoformat() if day else given.date,
        clock.strftime("%H:%M") if clock else given.time,
    ]
    return " ".join(piece for piece in pieces if piece) or None


def _day(text: str | None) -> date | None:
    try:
        return datetime.fromisoformat(text or "").date()
    except ValueError:
        return None


def _clock(text: str | None) -> time | None:
    try:
        return time.fromisoformat(text or "")
    except ValueError:
        return None


def _said_by_caller(words: Sequence[str], scene: Scene) -> Understanding | None:
    """The last sentence of the caller that names one day: what a bare date has to go with."""
    for text in reversed(words[-_LOOKED_BACK:]):
        said = understood(text, Expecting.DATETIME, scene)
        if _single(times_of(said.times, Talk(), scene).wishes):
            return said
    return None


def _compared(said: Understanding, guess: Understanding, scene: Scene) -> When:
    """What was said, filled up with what the model adds; in doubt where they contradict."""
    mine, made = (times_of(one.times, Talk(), scene) for one in (said, guess))
    if mine.readings or not mine.wishes or not made.wishes:
        return When(said=said)
    first, other = mine.wishes[0], made.wishes[0]
    if first.days is None and first.hours is not None and other.days and other.hours is None:
        return When(said=replace(guess, times=(*guess.times, *said.times)))
    if first.hours is None and other.hours is not None:
        if other.days is None:
            return When(said=replace(said, times=(*said.times, *guess.times)))
        if _same_day(first, other):
            return When(said=guess)
    doubt = _contradiction(mine.wishes, other)
    return When(said=said, doubt=doubt)


def _contradiction(mine: tuple[Wish, ...], other: Wish) -> ChooseTime | None:
    """Another day than any that was said, or another time on the same one."""
    first, day = mine[0], other.days.single if other.days else None
    days = _single(mine)
    if day and days and day not in days:
        return ChooseTime(readings=(first, on(day, first.hours)))
    said, made = first.hours, other.hours
    if said and made and said.at and made.at and said.at != made.at and not said.about:
        return ChooseTime(readings=(first, replace(first, hours=Hours(at=made.at))))
    return None


def _single(wishes: tuple[Wish, ...]) -> set[date]:
    """The days, if they were named one by one."""
    days = [wish.days.single if wish.days else None for wish in wishes]
    return {day for day in days if day} if all(days) else set()


def _same_day(one: Wish, other: Wish) -> bool:
    return bool(one.days and one.days.single and one.days == other.days)
