"""What a caller truly wants; the call is judged by it, and the agent is told in words only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from booking_core.domain.catalogue import Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from booking_core.domain.catalogue import Salon, Staff
    from voice_agent.simulator.callers.when import When
    from voice_agent.simulator.replay_before import BookedBefore, BusyBefore


class Errand(StrEnum):
    """Why somebody calls."""

    BOOK = "book"
    TWO_SERVICES = "two services"
    AS_USUAL = "as usual"
    CANCEL = "cancel"
    MOVE = "move"
    LOOK_UP = "look up"
    LATE = "late"
    CALLBACK = "callback"
    WAIT = "waiting list"
    ASK = "ask"
    TWO_REQUESTS = "two requests"
    WRONG_NUMBER = "wrong number"


SHARES = {
    Errand.BOOK: 44, Errand.TWO_SERVICES: 6, Errand.AS_USUAL: 6, Errand.CANCEL: 9, Errand.MOVE: 11,
    Errand.LOOK_UP: 5, Errand.LATE: 4, Errand.CALLBACK: 4, Errand.WAIT: 2, Errand.ASK: 4,
    Errand.TWO_REQUESTS: 4, Errand.WRONG_NUMBER: 1,
}  # fmt: skip
"""What a salon's telephone rings for, of a hundred calls."""
BOOKINGS = frozenset({Errand.BOOK, Errand.TWO_SERVICES, Errand.AS_USUAL})
"""After these there is an appointment more."""
CHANGES = frozenset({Errand.CANCEL, Errand.MOVE, Errand.LOOK_UP, Errand.LATE})
"""These are about a visit that stands."""


class Slot(StrEnum):
    """A piece of what the agent has to know."""

    SERVICE = "service"
    STAFF = "staff"
    WHEN = "when"
    NAME = "name"
    EMAIL = "email"
    VISIT = "visit"
    """Which of one's visits is meant."""
    NUMBER = "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What somebody wants from this call."""

    errand: Errand
    services: tuple[int, ...] = ()
    """Numbers of the catalogue."""
    staff: str | None = None
    """First name of whom they want; None = anybody."""
    whens: tuple[When, ...] = ()
    """The wish, and what would do if that is impossible."""
    name: str = ""
    male: bool = False
    letters: str | None = None
    """How the surname is spelled, by those who have to."""
    phone: str | None = None
    """The number they call from."""
    mobile: str | None = None
    """Where they can be called, if they call without showing a number."""
    email: str | None = None
    question: str | None = None
    """What they want to know besides."""
    visit: BookedBefore | None = None
    """The visit of theirs that this is about."""
    others: tuple[BookedBefore, ...] = ()
    """Further visits of theirs."""
    standing: bool = False
    """The visit was in the books before the day began: nothing has to be made ready for it."""
    busy: tuple[BusyBefore, ...] = ()
    """Who has no time at all, so that nothing fits."""
    minutes: int | None = None
    """How late they will be."""
    then: Goal | None = None
    """What they want once this is settled."""

    @property
    def known(self) -> bool:
        """Whether the salon can tell by the number who is calling."""
        return self.visit is not None and self.visit.phone == self.phone

    @property
    def chain(self) -> Iterator[Goal]:
        """This, and what comes after it."""
        yield self
        if self.then:
            yield from self.then.chain

    @property
    def visits(self) -> tuple[BookedBefore, ...]:
        """All visits of theirs."""
        return (*((self.visit,) if self.visit else ()), *self.others)


def able_staff(services: Sequence[int], salon: Salon) -> list[Staff]:
    """Who can do all that is not assistance."""
    needed = {
        segment.skill
        for number in services
        for segment in salon.service_numbered(number).segments
        if segment.role is Role.LEAD
    }
    return [member for member in salon.staff if member.active and needed <= set(member.skills)]
