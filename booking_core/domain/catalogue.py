"""What a salon offers and who works there: services made of segments, staff, resources."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from booking_core.domain.errors import InvalidCatalogue
from booking_core.domain.gap_rules import GapRules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from uuid import UUID

    from booking_core.domain.interval import Span

GRID_MINUTES = 5
"""All lengths are multiples of this; availability is searched in cells of this size."""

MIDNIGHT = time()


class PausePolicy(StrEnum):
    """What happens to the staff member's time while the customer waits."""

    FREE = "free"
    BLOCKED = "blocked"
    FLEXIBLE = "flexible"
    NEVER = "never"


class Role(StrEnum):
    """Who does a segment: the hairdresser of the visit, or anybody who may assist."""

    LEAD = "lead"
    ASSIST = "assist"


class Delegate(StrEnum):
    """When an assist segment goes to somebody else than the lead."""

    IF_NEEDED = "if_needed"
    PREFER = "prefer"
    NEVER = "never"


class LeadChange(StrEnum):
    """Whether the lead segments of one visit may go to several people."""

    NEVER = "never"
    IF_NO_OTHER = "if_no_other"
    """Only at starts at which nobody can do all of them, and with the fewest hand-overs."""


class Level(StrEnum):
    """Training of a staff member, lowest first."""

    APPRENTICE = "apprentice"
    JUNIOR = "junior"
    REGULAR = "regular"
    SENIOR = "senior"
    MASTER = "master"


class Gender(StrEnum):
    """Grammatical gender of a service's spoken name; decides its article."""

    MASCULINE = "m"
    FEMININE = "f"
    NEUTER = "n"
    PLURAL = "pl"


SEGMENT_KEYS = "ABCDEFGHIJ"
"""What the segments of a service are called, in order; it has no more than these."""


def _on_grid(minutes: int, what: str) -> None:
    if minutes % GRID_MINUTES:
        raise InvalidCatalogue(
            f"{what} is a multiple of {GRID_MINUTES} minutes, not {minutes}", minutes=minutes
        )


def _distinct(values: Iterable[object], what: str) -> None:
    seen = set()
    for value in values:
        if value in seen:
            raise InvalidCatalogue(f"{what} is there twice: {value}", value=value)
        seen.add(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Time after a segment in which the customer waits and colour works."""

    min_minutes: int
    max_minutes: int
    """Equal to `min_minutes` = fixed; otherwise the search may stretch the pause up to here."""
    bookable: bool | None = None
    """Own setting for the policy `flexible`; None = decided by the length of the pause."""
    keeps_chair: bool = True

    def __post_init__(self) -> None:
        _on_grid(self.min_minutes, "the length of a pause")
        _on_grid(self.max_minutes, "the length of a pause")
        if not 0 < self.min_minutes <= self.max_minutes <= 240:  # noqa: PLR2004 - rule D2
            raise InvalidCatalogue(
                f"a pause lasts 5 to 240 minutes with min <= max, "
                f"not {self.min_minutes} to {self.max_minutes}",
                min_minutes=self.min_minutes,
                max_minutes=self.max_minutes,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One piece of work with a length, a skill, a person and resources."""

    key: str
    """A, B, C ... in order."""
    name: str
    minutes: int
    skill: str
    role: Role = Role.LEAD
    resources: tuple[str, ...] = ()
    """Kinds of resource it needs, e.g. `chair` or `basin`."""
    pause_after: Pause | None = None

    def __post_init__(self) -> None:
        _on_grid(self.minutes, "the length of a segment")
        if not 5 <= self.minutes <= 480:  # noqa: PLR2004 - rule D2
            raise InvalidCatalogue(
                f"a segment lasts 5 to 480 minutes, not {self.minutes}", minutes=self.minutes
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Synonyms:
    """What callers say for a service."""

    sure: tuple[str, ...] = ()
    """Accepted without a question."""
    weak: tuple[str, ...] = ()
    """Hints that need a question back."""
    heard: tuple[str, ...] = ()
    """Forms in which speech recognition is known to write it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What the customer buys."""

    id: UUID
    number: int
    """The salon's own number, unique in the branch: 177."""
    code: str
    """Short form in the names of calendar event types: ANSAT."""
    name: str
    spoken_name: str
    """As the agent says it: Ansatzfärbung."""
    gender: Gender
    price_cents: int
    segments: tuple[Segment, ...]
    pause_policy: PausePolicy | None = None
    """None for a service without pauses."""
    pause_free_from_minutes: int = 20
    """Policy `flexible`: pauses without an own setting are free from this length on."""
    category: str = ""
    synonyms: Synonyms = field(default_factory=Synonyms)
    active: bool = True

    def __post_init__(self) -> None:
        facts = {"service": self.number, "segments": len(self.segments)}
        if not 1 <= len(self.segments) <= len(SEGMENT_KEYS):
            raise InvalidCatalogue(
                f"{self.name} needs 1 to {len(SEGMENT_KEYS)} segments, not {len(self.segments)}",
                **facts,
            )
        _distinct((segment.key for segment in self.segments), f"a segment of {self.name}")
        if self.segments[-1].pause_after:
            raise InvalidCatalogue(f"nothing follows the last pause of {self.name}", **facts)
        if self.price_cents < 0:
            raise InvalidCatalogue(
                f"{self.name} costs nothing or more, not {self.price_cents} cents",
                price_cents=self.price_cents,
            )

    @property
    def total_minutes(self) -> int:
        """The customer's stay with every pause at its shortest; computed, never typed in."""
        pauses = (s.pause_after.min_minutes for s in self.segments if s.pause_after)
        return sum(s.minutes for s in self.segments) + sum(pauses)

    def occupies(self, pause: Pause) -> bool:
        """Whether the staff member's time is taken during this pause."""
        match self.pause_policy:
            case PausePolicy.BLOCKED | PausePolicy.NEVER:
                return True
            case PausePolicy.FLEXIBLE if pause.bookable is not None:
                return not pause.bookable
            case PausePolicy.FLEXIBLE:
                return pause.min_minutes < self.pause_free_from_minutes
            case _:
                return False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """One stretch of a weekly plan, in local wall time."""

    weekday: int
    """0 is Monday."""
    start: time
    end: time
    """00:00 is the end of the day."""

    def __post_init__(self) -> None:
        if not 0 <= self.weekday <= 6:  # noqa: PLR2004 - Monday to Sunday
            raise InvalidCatalogue(f"no weekday: {self.weekday}", weekday=self.weekday)
        if self.end <= self.start and self.end != MIDNIGHT:
            raise InvalidCatalogue(
                f"hours end after they start, not {self.start} to {self.end}",
                start=self.start,
                end=self.end,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Time in which a staff member is away; the reason is never spoken."""

    span: Span
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """A person who serves customers."""

    id: UUID
    key: str
    """Stable short name in the salon file: emma."""
    first_name: str
    last_name: str
    skills: frozenset[str]
    hours: tuple[WorkingHours, ...]
    """Weekly plan; breaks are the gaps between two stretches of a day."""
    nicknames: tuple[str, ...] = ()
    level: Level = Level.REGULAR
    extra_minutes: Mapping[str, int] = field(default_factory=dict)
    """Signed deviation per skill: +10 = takes ten minutes longer."""
    extra_from_minutes: Mapping[str, int] = field(default_factory=dict)
    """The deviation of a skill counts for segments of this length on; missing = for all."""
    absences: tuple[Absence, ...] = ()
    calendar_user: str | None = None
    """User name at Cal.com."""
    active: bool = True

    @property
    def name(self) -> str:
        """Full name: Emma Lindner."""
        return f"{self.first_name} {self.last_name}"

    def minutes_for(self, segment: Segment) -> int:
        """How long this person takes, at least one cell."""
        if segment.minutes < self.extra_from_minutes.get(segment.skill, 0):
            return segment.minutes
        return max(GRID_MINUTES, segment.minutes + self.extra_minutes.get(segment.skill, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One unit of a kind: Platz 1 of the kind chair."""

    id: UUID
    key: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialDay:
    """A date that differs from the weekly opening hours, every year or once."""

    month: int
    day: int
    year: int | None = None
    """None = in every year."""
    opens: time | None = None
    """None = closed."""
    closes: time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Owner of one or more branches; the tenant."""

    id: UUID
    key: str
    code: str
    """In the names of event types: MORG."""
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What callers ask about a salon, each answered in a sentence of the salon's own."""

    parking: str | None = None
    payment: str | None = None
    preparation: str | None = None
    """Whether hair is to be washed before, and the like."""
    arrival: str | None = None
    """By bus and train, steps, a lift."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSentence:
    """A sentence in the salon's own words."""

    language: str
    key: str
    phrasing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One salon at one address."""

    id: UUID
    key: str
    code: str
    """In the names of event types: BER."""
    name: str
    """As spoken: Salon Morgenrot."""
    address: str
    timezone: str
    land: str
    """German Land for public holidays: BE."""
    language: str
    opening_hours: tuple[WorkingHours, ...]
    special_days: tuple[SpecialDay, ...] = ()
    phone_numbers: tuple[str, ...] = ()
    """Dialled numbers, E.164."""
    transfer_number: str | None = None
    lead_minutes: int = 60
    horizon_days: int = 90
    step_minutes: int = 15
    """Offers stand on this grid; a wish may stand on any 5 minutes."""
    cancel_limit_hours: int = 24
    delegate: Delegate = Delegate.IF_NEEDED
    lead_change: LeadChange = LeadChange.NEVER
    elastic_pauses: bool = False
    """Whether pauses of services other than `flexible` ones may stretch."""
    holidays_closed: bool = True
    email: str | None = None
    """Sender of confirmations."""
    gaps: GapRules = field(default_factory=GapRules)
    """Which of the possible starts are offered."""
    other_languages: tuple[str, ...] = ()
    """In which callers are served besides `language`."""
    asks_email: bool = False
    """Whether callers are asked once for an address where a visit has several segments."""
    greets_by_name: bool = False
    """Whether a number on file is greeted by its name: numbers are shared, and can be forged."""
    facts: Facts = field(default_factory=Facts)
    sentences: tuple[OwnSentence, ...] = ()
    """What the salon has worded itself; stored beside the salon, and not in its file."""
    """In the branch's `language`."""

    def __post_init__(self) -> None:
        _on_grid(self.step_minutes, "the step of offers")
        if self.step_minutes <= 0 or self.lead_minutes < 0 or self.horizon_days < 0:
            raise InvalidCatalogue(
                f"a step of {self.step_minutes} minutes, {self.lead_minutes} minutes' notice, "
                f"{self.horizon_days} days ahead",
                step_minutes=self.step_minutes,
                lead_minutes=self.lead_minutes,
                horizon_days=self.horizon_days,
            )
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise InvalidCatalogue(
                f"no time zone: {self.timezone}", timezone=self.timezone
            ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Salon:
    """Everything one branch consists of, as one consistent snapshot."""

    company: Company
    branch: Branch
    staff: tuple[Staff, ...]
    resources: tuple[Resource, ...]
    services: tuple[Service, ...]
    version: int = 1
    """Grows with every change of the configuration; stored with each call."""

    def __post_init__(self) -> None:
        # One table holds the claims on people and units: an id means one of them.
        owners = [member.id for member in self.staff] + [unit.id for unit in self.resources]
        _distinct(owners, "a person or unit")
        _distinct((member.key for member in self.staff), "the key of a person")
        _distinct((unit.key for unit in self.resources), "the key of a unit")
        _distinct((service.id for service in self.services), "a service")
        _distinct((service.number for service in self.services), "the number of a service")

    def service(self, service_id: UUID) -> Service:
        """Look up a service; KeyError when it is not of this salon."""
        for service in self.services:
            if service.id == service_id:
                return service
        raise KeyError(service_id)

    def service_numbered(self, number: int) -> Service:
        """Look up a service by the salon's own number; KeyError when there is none."""
        for service in self.services:
            if service.number == number:
                return service
        raise KeyError(number)

    def member(self, staff_id: UUID) -> Staff:
        """Look up a staff member; KeyError when they are not of this salon."""
        for member in self.staff:
            if member.id == staff_id:
                return member
        raise KeyError(staff_id)

    def units(self, kind: str) -> tuple[Resource, ...]:
        """All units of a kind of resource."""
        return tuple(unit for unit in self.resources if unit.kind == kind)

    def special_day(self, day: date) -> SpecialDay | None:
        """The exception for this date, one of that very year first."""
        hits = [s for s in self.branch.special_days if (s.month, s.day) == (day.month, day.day)]
        fitting = [s for s in hits if s.year in {None, day.year}]
        return min(fitting, key=lambda special: special.year is None, default=None)
