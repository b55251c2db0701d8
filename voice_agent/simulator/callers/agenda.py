"""What a caller does next, given what they want and what they have just heard."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from voice_agent.simulator.callers.ears import Asked
from voice_agent.simulator.callers.goals import Errand, Slot, able_staff, another_when
from voice_agent.simulator.callers.when import When

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from random import Random

    from booking_core.domain.catalogue import Salon
    from voice_agent.simulator.callers.ears import Heard, Spot
    from voice_agent.simulator.callers.memory import Memory
    from voice_agent.simulator.callers.moods import Manner
    from voice_agent.simulator.callers.voice import Voice

PATIENCE = 3
"""Turns that lead nowhere, before somebody gives up."""
NEAR_MINUTES = 150
ALIKE = 0.6
RETRIES = 2
_AFTERWARDS = frozenset({Asked.OTHER, Asked.PRESENCE, Asked.RETRY, None})
"""What may still be asked once everything is booked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What the caller does."""

    words: str = ""
    tells: frozenset[Slot] = frozenset()
    consents: bool = False
    """The yes after which the visit is to be booked."""
    ends: bool = False
    """Nothing more to say: the phone is put down after this, or after the farewell."""


@dataclass(slots=True, kw_only=True)
class Agenda:
    """Somebody with a goal, who answers what is asked and sees that they get what they want."""

    memory: Memory
    voice: Voice
    manner: Manner
    chance: Random
    salon: Salon
    now: datetime
    _last: Act = field(default_factory=Act)

    # -- the first sentence -----------------------------------------------------------------

    def opening(self) -> Act:
        """What they say to the greeting."""
        goal = self.memory.goal
        if goal.errand is Errand.WRONG_NUMBER:
            return self._done(Act(words=self.voice.say("wrong_number", goal), ends=True))
        if goal.errand is Errand.ASK:
            self.memory.asked = True
            return self._done(Act(words=self._with_hello(self._question())))
        return self._done(self._wish())

    def _wish(self) -> Act:
        goal, tells = self.memory.goal, {Slot.SERVICE} if self._opens() else set[Slot]()
        parts = [self.voice.part("hello", goal)] if self._luck(self.manner.greets) else []
        if self._opens(0.6):
            parts.append(self.voice.part("who", goal))
            tells.add(Slot.NAME)
        parts.append(self.voice.part("want_service" if tells - {Slot.NAME} else "want_any", goal))
        if self._opens():
            parts.append(self.voice.part("when_when", goal, when=self._when))
            tells.add(Slot.WHEN)
        if goal.staff and self._opens():
            parts.append(self.voice.part("with_whom", goal))
            tells.add(Slot.STAFF)
        return Act(words=self.voice.together(parts), tells=frozenset(tells))

    def blurt(self) -> Act:
        """What they add without waiting for the answer."""
        rule = "say_when" if self.memory.goal.whens else "hello_again"
        if self.memory.goal.errand is not Errand.BOOK:
            return Act(words=self.voice.say("hello_again", self.memory.goal))
        return self._done(self._tell(rule, Slot.WHEN))

    # -- everything after it ----------------------------------------------------------------

    def answer(self, heard: Heard) -> Act:
        """What they say to this."""
        memory = self.memory
        memory.booked = memory.booked or heard.is_said("booked")
        memory.failed = memory.failed or heard.is_said("not_booked")
        if heard.is_said("farewell") and heard.asked is not Asked.OTHER:
            return Act(ends=True)
        if memory.goal.errand is not Errand.BOOK:
            return self._done(self._bye("bye"))
        if memory.booked and heard.asked not in _AFTERWARDS:
            memory.misread.append(f"after all was booked: {heard.text}")
            return self._done(self._bye("thanks_bye"))
        if self._may_ask(heard):
            memory.asked = True
            return self._done(Act(words=self._question()))
        return self._done(self._react(heard))

    def _react(self, heard: Heard) -> Act:
        asked = heard.asked
        if asked is None and heard.question and heard.services:
            asked = Asked.WHICH_SERVICE
        if asked is None:
            return self._at_a_loss(heard)
        act = self._replies[asked](heard)
        if not heard.is_said("pardon"):
            self.memory.lost = 0
        return act

    @property
    def _replies(self) -> Mapping[Asked, Callable[[Heard], Act]]:
        return {
            Asked.RETRY: self._retry,
            Asked.CONSENT: self._consent,
            Asked.CANCEL_CONSENT: self._no,
            Asked.ADD_SERVICE: self._add_service,
            Asked.EMAIL: self._email,
            Asked.OTHER: self._other,
            Asked.CHECK_NAME: self._yes,
            Asked.NAME: self._name,
            Asked.CHANGE: self._change,
            Asked.WHICH_STAFF: self._which_staff,
            Asked.WHICH_SERVICE: self._which_service,
            Asked.SERVICE: self._service,
            Asked.CALLBACK: self._no,
            Asked.SECOND: self._no,
            Asked.WAITING_LIST: self._no,
            Asked.OFFER: self._offer,
            Asked.OTHER_WHEN: self._other_when,
            Asked.WHEN: self._when_asked,
            Asked.MEANING: self._meaning,
            Asked.PRESENCE: self._again,
            Asked.WHAT: self._from_the_start,
            Asked.WRONG_LINE: lambda _: Act(ends=True),
        }

    # -- answers to questions ---------------------------------------------------------------

    def _service(self, heard: Heard) -> Act:
        self._note_repetition(Slot.SERVICE, heard)
        return self._tell("say_service", Slot.SERVICE)

    def _which_service(self, _: Heard) -> Act:
        return self._tell("pick_service", Slot.SERVICE)

    def _add_service(self, _: Heard) -> Act:
        if len(self.memory.goal.services) > 1:
            return self._tell("both", Slot.SERVICE)
        return self._tell("fix_service", Slot.SERVICE)

    def _which_staff(self, heard: Heard) -> Act:
        goal = self.memory.goal
        if goal.staff is None or heard.is_said("refusal"):
            self.memory.goal = replace(goal, staff=None)
            return self._tell("any_staff", Slot.STAFF)
        self._note_repetition(Slot.STAFF, heard)
        return self._tell("say_staff", Slot.STAFF)

    def _when_asked(self, heard: Heard) -> Act:
        if not heard.is_said("refusal"):
            self._note_repetition(Slot.WHEN, heard)
        return self._tell("say_when", Slot.WHEN)

    def _other_when(self, _: Heard) -> Act:
        return self._next_wish()

    def _meaning(self, heard: Heard) -> Act:
        if heard.services:
            return self._yes(heard) if self._is_mine(heard.services) else self._fix(Slot.SERVICE)
        return self._tell("say_when", Slot.WHEN)

    def _name(self, heard: Heard) -> Act:
        if heard.spots and not self._would_do(heard.spots[0], heard):
            return self._refuse(heard)
        self._note_repetition(Slot.NAME, heard)
        if heard.spots:
            self.memory.accepted = heard.spots[0].start
        goal = self.memory.goal
        rule = "spell_name" if goal.letters else "say_name_male" if goal.male else "say_name"
        return self._tell(rule, Slot.NAME)

    def _email(self, _: Heard) -> Act:
        return self._tell("say_email" if self.memory.goal.email else "no_email", Slot.EMAIL)

    def _offer(self, heard: Heard) -> Act:
        fitting = [spot for spot in heard.spots if self._would_do(spot, heard)]
        if not fitting:
            return self._refuse(heard)
        wished = [spot for spot in fitting if spot.start and self._fits(spot.start)]
        return self._take((wished or fitting)[0], heard)

    def _take(self, spot: Spot, heard: Heard) -> Act:
        goal = self.memory.goal
        self.memory.accepted = spot.start
        if goal.staff and spot.staff and spot.staff != goal.staff:
            self.memory.goal = goal = replace(goal, staff=None)
        if len(heard.spots) == 1:
            return self._yes(heard)
        place = heard.spots.index(spot)
        if place < 2 and self._luck(0.3):  # noqa: PLR2004 - the first or the second
            return Act(words=self.voice.say(("pick_first", "pick_second")[place], goal))
        assert spot.start is not None
        same_clock = [other for other in heard.spots if other.at == spot.at]
        if len(same_clock) > 1:
            same_day = all(other.day == spot.day for other in same_clock)
            if same_day and spot.staff:
                return Act(words=self.voice.say("pick_staff", replace(goal, staff=spot.staff)))
            return Act(words=self.voice.at("say_when", goal, spot.start))
        return Act(words=self.voice.at("pick_time", goal, spot.start))

    def _consent(self, heard: Heard) -> Act:
        wrong = self._wrong(heard)
        if wrong is not None:
            self.memory.misread.append(f"{wrong}: {heard.text}")
            return self._fix(wrong)
        if not self.memory.changed and self._luck(self.manner.changes):
            self.memory.changed = True
            return self._change_mind()
        if heard.spots:
            self.memory.agreed = heard.spots[0].start
            self.memory.agreed_staff = heard.spots[0].staff or self.memory.agreed_staff
        return replace(self._yes(heard), consents=True)

    def _change(self, heard: Heard) -> Act:
        return self._fix(self._wrong(heard) or Slot.WHEN)

    def _retry(self, _: Heard) -> Act:
        self.memory.retries += 1
        if self.memory.retries > RETRIES:
            return self._leave()
        return Act(words=self.voice.say("say_yes", self.memory.goal))

    def _other(self, heard: Heard) -> Act:
        if self.memory.booked:
            return self._bye("thanks_bye")
        if self.memory.failed or self.memory.gave_up:
            return self._leave()
        return self._from_the_start(heard)

    def _from_the_start(self, heard: Heard) -> Act:
        """The agent has no idea: all over again, in one breath."""
        self.memory.lost += 1
        if self.memory.lost > PATIENCE:
            return self._leave()
        self._note_repetition(Slot.SERVICE, heard)
        goal = self.memory.goal
        parts = [self.voice.part("want_service", goal)]
        parts.append(self.voice.part("when_when", goal, when=self._when))
        parts += [self.voice.part("with_whom", goal)] if goal.staff else []
        tells = {Slot.SERVICE, Slot.WHEN, *([Slot.STAFF] if goal.staff else [])}
        return Act(words=self.voice.together(parts), tells=frozenset(tells))

    def _again(self, heard: Heard) -> Act:
        self.memory.lost += 1
        if self.memory.lost > PATIENCE:
            return self._leave()
        if self._last.words:
            return self._last
        return self._from_the_start(heard)

    def _at_a_loss(self, heard: Heard) -> Act:
        return self._again(heard)

    def _yes(self, _: Heard) -> Act:
        return Act(words=self.voice.say("say_yes", self.memory.goal))

    def _no(self, _: Heard) -> Act:
        return Act(words=self.voice.say("say_no", self.memory.goal))

    # -- judging what is offered ------------------------------------------------------------

    @property
    def _when(self) -> When:
        return self.memory.goal.whens[self.memory.wish]

    def _fits(self, start: datetime) -> bool:
        return any(when.fits(start) for when in self.memory.goal.whens[: self.memory.wish + 1])

    def _would_do(self, spot: Spot, heard: Heard) -> bool:
        """Whether they would come then: as wished, else near it once that is impossible."""
        if spot.start is None:
            return True
        if self._is_elsewhere(spot) and not self.memory.refused:
            return False
        if self._fits(spot.start) or spot.start in {self.memory.agreed, self.memory.accepted}:
            return True
        when = self._when
        possible = heard.is_said("refusal") or self.memory.refused > 0
        if not possible or when.day is None:
            return False
        if when.at is None or self.memory.refused:
            return spot.start.date() == when.day or self.memory.refused > 1
        wished = replace_time(spot.start, when)
        return spot.start.date() == when.day and abs(minutes(spot.start, wished)) <= NEAR_MINUTES

    def _is_elsewhere(self, spot: Spot) -> bool:
        """Whether it would be with somebody else than they want."""
        wanted = self.memory.goal.staff
        return bool(wanted and spot.staff and spot.staff != wanted)

    def _wrong(self, heard: Heard) -> Slot | None:
        """The first thing in a read-back that is not what they want."""
        goal = self.memory.goal
        if heard.services and not self._is_mine(heard.services, whole=True):
            return Slot.SERVICE
        if heard.spots:
            spot = heard.spots[0]
            if self._is_elsewhere(spot):
                return Slot.STAFF
            if not self._would_do(spot, heard):
                return Slot.WHEN
        if heard.name and not alike(heard.name, goal.name):
            return Slot.NAME
        return None

    def _is_mine(self, named: tuple[str, ...], *, whole: bool = False) -> bool:
        mine = {
            self.salon.service_numbered(number).spoken_name.casefold()
            for number in self.memory.goal.services
        }
        said = {name.casefold() for name in named}
        return mine == said if whole else bool(mine & said)

    # -- saying what one wants --------------------------------------------------------------

    def _tell(self, rule: str, slot: Slot) -> Act:
        when = self._when if slot is Slot.WHEN else None
        words = self.voice.say(rule, self.memory.goal, when=when)
        return Act(words=words, tells=frozenset({slot}))

    def _fix(self, slot: Slot) -> Act:
        self.memory.lost += 1
        if self.memory.lost > PATIENCE + 1:
            return self._leave()
        rule = {
            Slot.WHEN: "fix_when",
            Slot.SERVICE: "fix_service",
            Slot.STAFF: "fix_staff",
            Slot.NAME: "fix_name",
        }[slot]
        return self._tell(rule, slot)

    def _refuse(self, heard: Heard) -> Act:
        """None of it: another wish, or a plain no; some time enough is enough."""
        self.memory.refused += 1
        if self.memory.refused > PATIENCE:
            return self._leave()
        elsewhere = [spot for spot in heard.spots if self._is_elsewhere(spot)]
        if len(elsewhere) == len(heard.spots) and Slot.STAFF not in self.memory.told:
            return self._tell("change_staff", Slot.STAFF)
        if not heard.is_said("refusal") and Slot.WHEN in self.memory.told and self._when.day:
            self.memory.misread.append(f"when: {heard.text}")
            return self._fix(Slot.WHEN)
        return self._next_wish() if self._luck(0.6) else self._no(heard)

    def _next_wish(self) -> Act:
        memory = self.memory
        if memory.wish + 1 >= len(memory.goal.whens):
            return self._leave()
        memory.wish += 1
        return self._tell("another_day" if self._when.day else "say_when", Slot.WHEN)

    def _change_mind(self) -> Act:
        """Something else after all, now that everything was read back."""
        goal = self.memory.goal
        able = able_staff(goal.services, self.salon)
        others = [member for member in able if member.first_name != goal.staff]
        if goal.staff and others and self._luck(0.3):
            self.memory.goal = replace(goal, staff=self.chance.choice(others).first_name)
            return self._tell("change_staff", Slot.STAFF)
        staff = next((member for member in able if member.first_name == goal.staff), None)
        new = another_when(goal.services, staff, self.salon, self.now, self.chance)
        self.memory.goal = replace(goal, whens=(new, *goal.whens[1:]))
        self.memory.wish = 0
        return self._tell("change_when", Slot.WHEN)

    def _may_ask(self, heard: Heard) -> bool:
        if self.memory.asked or heard.asked in {None, Asked.CONSENT, Asked.WHAT}:
            return False
        return bool(self.memory.told) and self._luck(self.manner.asks)

    def _question(self) -> str:
        goal = self.memory.goal
        return self.voice.say(goal.question or "ask_hours", goal, when=When(), on_day="morgen")

    def _with_hello(self, words: str) -> str:
        if not self._luck(self.manner.greets):
            return words
        return f"{self.voice.part('hello', self.memory.goal)}. {words}"

    def _leave(self) -> Act:
        self.memory.gave_up = True
        return Act(words=self.voice.say("leave", self.memory.goal), ends=True)

    def _bye(self, rule: str) -> Act:
        return Act(words=self.voice.say(rule, self.memory.goal), ends=True)

    def _note_repetition(self, slot: Slot, heard: Heard) -> None:
        """Asked for something they have said already; not being understood is another matter."""
        if slot in self.memory.told and not heard.is_said("pardon"):
            self.memory.asked_again.append(f"{slot}: {heard.text}")

    def _done(self, act: Act) -> Act:
        self.memory.told |= act.tells
        self._last = act
        return act

    def _opens(self, weight: float = 1.0) -> bool:
        return self._luck(self.manner.opens_with * weight) or self.manner.opens_with >= 1

    def _luck(self, share: float) -> bool:
        return self.chance.random() < share


def alike(one: str, other: str) -> bool:
    """Whether two names can be the same for somebody who only hears them.

    >>> alike("Hollmann", "Vera Hollmann"), alike("Vera", "Vera Hollmann"), alike("Uwe", "Gerd")
    (True, True, False)
    """
    said, meant = one.casefold(), other.casefold()
    if set(said.split()) & set(meant.split()):
        return True
    return SequenceMatcher(None, said.split()[-1], meant.split()[-1]).ratio() >= ALIKE


def replace_time(start: datetime, when: When) -> datetime:
    """The wished time on the day of the offer."""
    assert when.at is not None
    return start.replace(hour=when.at.hour, minute=when.at.minute)


def minutes(one: datetime, other: datetime) -> float:
    """How far apart two moments are."""
    return (one - other).total_seconds() / 60
