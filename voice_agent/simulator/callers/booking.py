"""A caller who wants to come: what, when, with whom, in whose name, and whether it was heard."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from voice_agent.simulator.callers.ears import Asked
from voice_agent.simulator.callers.goals import Slot, able_staff
from voice_agent.simulator.callers.hours import another_when
from voice_agent.simulator.callers.judgement import at_wished_time, minutes
from voice_agent.simulator.callers.mind import PATIENCE, Act
from voice_agent.simulator.callers.parts import Part

if TYPE_CHECKING:
    from datetime import datetime

    from voice_agent.simulator.callers.ears import Heard, Spot
    from voice_agent.simulator.callers.parts import Replies

NEAR_MINUTES = 150


class Booking(Part):
    """Wants an appointment."""

    def wish(self) -> tuple[list[str], set[Slot]]:
        """As much of it as their mood lets them say at first."""
        mind = self.mind
        tells = {Slot.SERVICE} if mind.opens() else set[Slot]()
        parts: list[str] = []
        if mind.opens(0.6) and Slot.NAME not in mind.memory.told:
            parts.append(mind.part("who"))
            tells.add(Slot.NAME)
        parts.append(mind.part("want_service" if Slot.SERVICE in tells else "want_any"))
        if mind.opens():
            parts.append(mind.part("when_when", mind.when))
            tells.add(Slot.WHEN)
        if mind.goal.staff and mind.opens():
            parts.append(mind.part("with_whom"))
            tells.add(Slot.STAFF)
        return parts, tells

    def all_of_it(self, heard: Heard) -> tuple[list[str], set[Slot]]:
        """What, when and with whom."""
        mind = self.mind
        mind.note_repetition(Slot.SERVICE, heard)
        parts = [mind.part("want_service"), mind.part("when_when", mind.when)]
        parts += [mind.part("with_whom")] if mind.goal.staff else []
        return parts, {Slot.SERVICE, Slot.WHEN, *([Slot.STAFF] if mind.goal.staff else [])}

    def hears(self, heard: Heard) -> None:
        """Whether it is booked."""
        super().hears(heard)
        memory = self.mind.memory
        memory.booked = memory.booked or heard.is_said("booked")

    @property
    def replies(self) -> Replies:
        """Everything that is asked on the way to an appointment."""
        return {
            **super().replies,
            Asked.CONSENT: self.consent,
            Asked.MOVE_CONSENT: lambda _: self.mind.no(),
            Asked.CANCEL_CONSENT: lambda _: self.mind.no(),
            Asked.ADD_SERVICE: self.add_service,
            Asked.EMAIL: self.email,
            Asked.NAME: self.name,
            Asked.CHANGE: self.change,
            Asked.WHICH_STAFF: self.which_staff,
            Asked.WHICH_SERVICE: lambda _: self.mind.say("pick_service", Slot.SERVICE),
            Asked.SERVICE: self.service,
            Asked.OFFER: self.offer,
            Asked.OTHER_WHEN: lambda _: self.next_wish(),
            Asked.WHEN: self.when,
            Asked.MEANING: self.meaning,
            Asked.SAME_AGAIN: self.same_again,
        }

    # -- answers to questions ---------------------------------------------------------------

    def service(self, heard: Heard) -> Act:
        """What is to be done."""
        self.mind.note_repetition(Slot.SERVICE, heard)
        return self.mind.say("say_service", Slot.SERVICE)

    def add_service(self, _: Heard) -> Act:
        """Both, or this one only."""
        several = len(self.mind.goal.services) > 1
        return self.mind.say("both" if several else "fix_service", Slot.SERVICE)

    def same_again(self, heard: Heard) -> Act:
        """What it was the last time, if that is what they want."""
        goal = self.mind.goal
        with_whom = goal.staff is None or goal.staff in heard.people
        if heard.services and self.is_mine(heard.services, whole=True) and with_whom:
            if goal.staff is None and heard.people:
                self.mind.memory.goal = replace(goal, staff=heard.people[0])
            return self.mind.yes()
        if Slot.SERVICE in self.mind.memory.told:
            self.mind.memory.misread.append(f"last time: {heard.text}")
        return self.mind.say("fix_service", Slot.SERVICE)

    def which_staff(self, heard: Heard) -> Act:
        """With whom, or never mind."""
        mind = self.mind
        if mind.goal.staff is None or heard.is_said("refusal"):
            mind.memory.goal = replace(mind.goal, staff=None)
            return mind.say("any_staff", Slot.STAFF)
        mind.note_repetition(Slot.STAFF, heard)
        return mind.say("say_staff", Slot.STAFF)

    def when(self, heard: Heard) -> Act:
        """When they would like to come."""
        if not heard.is_said("refusal"):
            self.mind.note_repetition(Slot.WHEN, heard)
        return self.mind.say("say_when", Slot.WHEN)

    def meaning(self, heard: Heard) -> Act:
        """This service, or that time?"""
        if not heard.services:
            return self.mind.say("say_when", Slot.WHEN)
        return self.mind.yes() if self.is_mine(heard.services) else self.mind.fix(Slot.SERVICE)

    def name(self, heard: Heard) -> Act:
        """In whose name, if the time that is named with it will do."""
        fitting = [spot for spot in heard.spots if self.would_do(spot, heard)]
        if heard.spots and not fitting:
            return self.refuse(heard)
        if heard.spots and heard.spots[0] not in fitting:
            return self.take(fitting[0], heard)
        if heard.spots:
            self.mind.memory.accepted = heard.spots[0].start
        return super().name(heard)

    def email(self, _: Heard) -> Act:
        """Where the confirmation may go."""
        return self.mind.say("say_email" if self.mind.goal.email else "no_email", Slot.EMAIL)

    def offer(self, heard: Heard) -> Act:
        """One of these, the wished one first, or none."""
        fitting = [spot for spot in heard.spots if self.would_do(spot, heard)]
        if not fitting:
            return self.refuse(heard)
        wished = [spot for spot in fitting if spot.start and self.fits(spot.start)]
        return self.take((wished or fitting)[0], heard)

    def take(self, spot: Spot, heard: Heard) -> Act:
        """This one, told from the others that were named with it."""
        mind = self.mind
        mind.memory.accepted = spot.start
        if mind.goal.staff and spot.staff and spot.staff != mind.goal.staff:
            mind.memory.goal = replace(mind.goal, staff=None)
        if len(heard.spots) == 1:
            return mind.yes()
        place = heard.spots.index(spot)
        if place < 2 and mind.luck(0.3):  # noqa: PLR2004 - the first or the second
            return mind.say(("pick_first", "pick_second")[place])
        assert spot.start is not None
        same_clock = [other for other in heard.spots if other.at == spot.at]
        if len(same_clock) > 1:
            same_day = all(other.day == spot.day for other in same_clock)
            if same_day and spot.staff:
                named = replace(mind.goal, staff=spot.staff)
                return Act(words=mind.voice.say("pick_staff", named))
            return Act(words=mind.voice.at("say_when", mind.goal, spot.start))
        return Act(words=mind.voice.at("pick_time", mind.goal, spot.start))

    def consent(self, heard: Heard) -> Act:
        """Yes to what was read back, unless something is wrong or else after all."""
        mind, memory = self.mind, self.mind.memory
        wrong = self.wrong(heard)
        if wrong is not None:
            memory.misread.append(f"{wrong}: {heard.text}")
            return mind.fix(wrong)
        if not memory.changed and mind.luck(mind.manner.changes):
            memory.changed = True
            return self.change_mind()
        if heard.spots:
            memory.agreed = heard.spots[-1].start
            memory.agreed_staff = heard.spots[-1].staff or memory.agreed_staff
        return replace(self.agrees(), consents=True)

    def agrees(self) -> Act:
        """The yes that counts."""
        return self.mind.say("yes_book")

    def change(self, heard: Heard) -> Act:
        """What should be different."""
        return self.mind.fix(self.wrong(heard) or Slot.WHEN)

    # -- judging what is offered ------------------------------------------------------------

    def fits(self, start: datetime) -> bool:
        """Whether they have wished for it."""
        wishes = self.mind.goal.whens[: self.mind.memory.wish + 1]
        return any(when.fits(start) for when in wishes)

    def would_do(self, spot: Spot, heard: Heard) -> bool:
        """Whether they would come then: as wished, else near it once that is impossible."""
        memory = self.mind.memory
        if spot.start is None:
            return True
        if self.is_elsewhere(spot) and not memory.refused:
            return False
        if self.fits(spot.start) or spot.start in {memory.agreed, memory.accepted}:
            return True
        when = self.mind.when
        possible = heard.is_said("refusal") or memory.refused > 0
        if not possible or when.day is None:
            return False
        if when.at is None or memory.refused:
            return spot.start.date() == when.day or memory.refused > 1
        wished = at_wished_time(spot.start, when)
        return spot.start.date() == when.day and abs(minutes(spot.start, wished)) <= NEAR_MINUTES

    def is_elsewhere(self, spot: Spot) -> bool:
        """Whether it would be with somebody else than they want."""
        wanted = self.mind.goal.staff
        return bool(wanted and spot.staff and spot.staff != wanted)

    def wrong(self, heard: Heard) -> Slot | None:
        """The first thing in a read-back that is not what they want."""
        if heard.services and not self.is_mine(heard.services, whole=True):
            return Slot.SERVICE
        if heard.spots:
            spot = heard.spots[-1]
            if self.is_elsewhere(spot):
                return Slot.STAFF
            if not self.would_do(spot, heard):
                return Slot.WHEN
        return Slot.NAME if self.wrong_name(heard) else None

    def is_mine(self, named: tuple[str, ...], *, whole: bool = False) -> bool:
        """Whether these are the services they want."""
        salon = self.mind.salon
        mine = {
            salon.service_numbered(number).spoken_name.casefold()
            for number in self.mind.goal.services
        }
        said = {name.casefold() for name in named}
        return mine == said if whole else bool(mine & said)

    # -- wanting something else -------------------------------------------------------------

    def refuse(self, heard: Heard) -> Act:
        """None of it: another wish, or a plain no; some time enough is enough."""
        mind, memory = self.mind, self.mind.memory
        memory.refused += 1
        if memory.refused > PATIENCE:
            return mind.leave()
        elsewhere = [spot for spot in heard.spots if self.is_elsewhere(spot)]
        if elsewhere and Slot.STAFF not in memory.told:
            return mind.say("change_staff", Slot.STAFF)
        if not heard.is_said("refusal") and Slot.WHEN in memory.told and mind.when.day:
            memory.misread.append(f"when: {heard.text}")
            return mind.fix(Slot.WHEN)
        return self.next_wish() if mind.luck(0.6) else mind.no()

    def next_wish(self) -> Act:
        """What would do as well."""
        mind = self.mind
        if mind.memory.wish + 1 >= len(mind.goal.whens):
            return mind.leave()
        mind.memory.wish += 1
        return mind.say("another_day" if mind.when.day else "say_when", Slot.WHEN)

    def change_mind(self) -> Act:
        """Something else after all, now that everything was read back."""
        mind, goal = self.mind, self.mind.goal
        able = able_staff(goal.services, mind.salon)
        others = [member for member in able if member.first_name != goal.staff]
        if goal.staff and others and mind.luck(0.3):
            mind.memory.goal = replace(goal, staff=mind.chance.choice(others).first_name)
            return mind.say("change_staff", Slot.STAFF)
        staff = next((member for member in able if member.first_name == goal.staff), None)
        new = another_when(goal.services, staff, mind.salon, mind.now, mind.chance)
        mind.memory.goal = replace(goal, whens=(new, *goal.whens[1:]))
        mind.memory.wish = 0
        return mind.say("change_when", Slot.WHEN)


class AsUsual(Booking):
    """Wants what it was the last time, and says no more than that."""

    def wish(self) -> tuple[list[str], set[Slot]]:
        """Who they are, that it is to be as ever, perhaps when."""
        mind = self.mind
        parts, tells = [], set[Slot]()
        if mind.opens(1.4):
            parts.append(mind.part("who"))
            tells.add(Slot.NAME)
        parts.append(mind.part("want_usual"))
        if mind.opens():
            parts.append(mind.part("when_when", mind.when))
            tells.add(Slot.WHEN)
        return parts, tells

    def same_again(self, heard: Heard) -> Act:
        """It was this service, with this person."""
        wrong = not self.is_mine(heard.services, whole=True)
        if wrong or (self.mind.goal.staff not in heard.people):
            self.mind.memory.misread.append(f"last time: {heard.text}")
            return self.mind.say("fix_service", Slot.SERVICE)
        return self.mind.yes()

    def service(self, heard: Heard) -> Act:
        """Whoever is not known by their number has to say what that is."""
        if self.mind.goal.known:
            self.mind.memory.misread.append(f"as usual: {heard.text}")
        self.mind.memory.goal = replace(self.mind.goal, staff=None)
        return self.mind.say("say_service", Slot.SERVICE)
