"""What a sentence means: candidates with scores, never a guess dressed as a fact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Any

ACCEPT_SCORE = 0.85
"""From here on a candidate is used without a question."""
ASK_SCORE = 0.6
"""From here on a candidate is worth a question; below it was not said."""


class Grain(StrEnum):
    """How finely a time was told."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    WEEKEND = "weekend"
    MONTH = "month"
    YEAR = "year"
    DURATION = "duration"
    WEEKDAY_SET = "weekday_set"
    SHIFT = "shift"
    EARLIEST = "earliest"
    ANY = "any"


class Open(StrEnum):
    """A bound without its other end."""

    FROM = "from"
    UNTIL = "until"


class Role(StrEnum):
    """What a time is to the caller."""

    WANT = "want"
    REJECT = "reject"
    EXISTING = "existing"


class PartOfDay(StrEnum):
    """Parts of day; their windows stand in one table, `nlu.parts_of_day`."""

    EARLYMORNING = "earlymorning"
    MORNING = "morning"
    FORENOON = "forenoon"
    LATEMORNING = "latemorning"
    NOON = "noon"
    EARLYAFTERNOON = "earlyafternoon"
    AFTERNOON = "afternoon"
    LATEAFTERNOON = "lateafternoon"
    EARLYEVENING = "earlyevening"
    EVENING = "evening"
    LATEEVENING = "lateevening"
    NIGHT = "night"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeExpression:
    """One time expression of a sentence; what its fields mean is the contract of `to_contract`.

    A `datetime` is aware, in the zone of `now`; a bare `time` is a clock time without a day.
    """

    start: datetime | time | None = None
    end: datetime | time | None = None
    """Exclusive for days, weeks and months; for clock ranges the time that was said."""
    grain: Grain | None = None
    open: Open | None = None
    pod: PartOfDay | None = None
    duration_s: int | None = None
    weekdays: tuple[int, ...] = ()
    """0 is Monday."""
    shift_s: int | None = None
    """Signed seconds, relative to the offer or appointment in question."""
    direction: int | None = None
    """Of a shift: 1 is later, -1 earlier; alone when only a direction was said ("später")."""
    role: Role = Role.WANT
    about: bool = False
    """Said with "gegen", "circa", "so um"."""
    of_end: bool = False
    """The bound is about the end of the visit: "um sechs muss ich wieder weg"."""
    span: tuple[int, int] | None = None
    """Character offsets, half-open."""
    text: str = ""
    alt: tuple[TimeExpression, ...] = ()
    """Further honest readings; the dialogue asks."""
    conflict: bool = False
    """Weekday and date contradict each other; `alt` holds the other reading."""
    bare_weekday: bool = False
    """The day was said by its weekday alone: a conversation about a week means the one in it."""
    rules: tuple[str, ...] = ()
    """Names of the rules that fired."""
    language: str = "de"
    """What it was said in: an English morning lasts until noon."""

    def to_contract(self) -> dict[str, Any]:
        """The plain dict of the contract for date and time answers; keys without a value absent.

        >>> TimeExpression(start=time(14, 30), grain=Grain.MINUTE).to_contract()
        {'start': 'T14:30:00', 'grain': 'minute'}
        """
        answer: dict[str, Any] = {"start": _written(self.start)}
        optional: dict[str, Any] = {
            "end": _written(self.end),
            "grain": self.grain and self.grain.value,
            "open": self.open and self.open.value,
            "pod": self.pod and self.pod.value,
            "duration_s": self.duration_s,
            "weekdays": list(self.weekdays) or None,
            "shift_s": self.shift_s,
            "role": self.role.value if self.role is not Role.WANT else None,
            "span": list(self.span) if self.span else None,
            "text": self.text or None,
            "alt": [reading.to_contract() for reading in self.alt] or None,
        }
        answer |= {key: value for key, value in optional.items() if value is not None}
        return answer


def _written(moment: datetime | time | None) -> str | None:
    match moment:
        case datetime():
            return moment.replace(tzinfo=None).isoformat(timespec="seconds")
        case time():
            return f"T{moment.isoformat(timespec='seconds')}"
        case _:
            return None


class Intent(StrEnum):
    """What the caller does with a sentence: a closed list."""

    BOOK = "book"
    CHECK_AVAILABILITY = "check_availability"
    FIND_NEXT = "find_next"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    QUERY_APPOINTMENT = "query_appointment"
    INFORM = "inform"
    SELECT = "select"
    NO_PREFERENCE = "no_preference"
    REJECT = "reject"
    AFFIRM = "affirm"
    DENY = "deny"
    CORRECT = "correct"
    ASK_SERVICES = "ask_services"
    ASK_PRICE = "ask_price"
    ASK_DURATION = "ask_duration"
    ASK_HOURS = "ask_hours"
    ASK_DATE = "ask_date"
    ASK_OTHER = "ask_other"
    REPEAT = "repeat"
    CALLBACK = "callback"
    COMPLAINT = "complaint"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    GREETING = "greeting"
    PING = "ping"
    BACKCHANNEL = "backchannel"
    FRAGMENT = "fragment"
    STOP = "stop"
    """Wants to drop what is being done: "ach, lassen wir's"."""
    LATE = "late"
    """Will be late for an appointment: "ich verspäte mich zehn Minuten"."""
    AS_USUAL = "as_usual"
    """Wants what was done before: "wie immer", "wie letztes Mal"."""
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentScore:
    """One intent and how sure it is, 0 to 1."""

    intent: Intent
    score: float
    rule: str = ""
    """The rule that fired; "learned" where the classifier was surer, "otherwise" where none did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One possible referent of some words, 0 to 1."""

    id: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceMention:
    """Words that name a service: one sure candidate, or several to ask about."""

    candidates: tuple[Candidate, ...]
    """Best first."""
    span: tuple[int, int]
    text: str

    @property
    def accepted(self) -> str | None:
        """The one service that may be used without a question."""
        best = [c for c in self.candidates if c.score >= ACCEPT_SCORE]
        return best[0].id if len(best) == 1 else None


class StaffWish(StrEnum):
    """What is wished about the person."""

    NAMED = "named"
    ANY = "any"
    NOT = "not"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMention:
    """Words about who should do it."""

    wish: StaffWish
    candidates: tuple[Candidate, ...] = ()
    """Best first; empty for ANY, and for a name nobody here has."""
    span: tuple[int, int]
    text: str
    """The name as it was heard."""

    @property
    def accepted(self) -> str | None:
        """The one person that may be used without a question."""
        best = [c for c in self.candidates if c.score >= ACCEPT_SCORE]
        return best[0].id if len(best) == 1 else None


class YesNo(StrEnum):
    """Consent or refusal; neither is None."""

    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the options on the table."""

    index: int
    """1 is the first one that was spoken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonName:
    """The caller's own name as it was heard."""

    text: str
    score: float
    introduced: bool = False
    """Said with an introduction: "mein Name ist ..."."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Somebody who comes besides the caller, or instead."""

    text: str
    """As the caller calls them: "Tochter"."""
    audience: str
    """For whom services tell themselves apart: men, women or children; "" = not said."""
    span: tuple[int, int]
    name: str | None = None
    """Their first name, or all of it, as the caller said it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who is to be served, where it is not the caller alone."""

    guests: tuple[Guest, ...] = ()
    caller: bool = False
    """The caller comes as well."""
    people: int = 1
    """How many come, as far as it was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """Everything a sentence says. Nothing understood = everything empty; never an error."""

    text: str
    language: str
    intents: tuple[IntentScore, ...] = ()
    """Best first; several when the sentence does several things."""
    services: tuple[ServiceMention, ...] = ()
    dropped: tuple[ServiceMention, ...] = ()
    """Services to leave out: "ohne die Tönung"; hints point to all that are made of it."""
    staff: tuple[StaffMention, ...] = ()
    times: tuple[TimeExpression, ...] = ()
    name: PersonName | None = None
    phone: str | None = None
    email: str | None = None
    yes_no: YesNo | None = None
    choice: Choice | None = None
    condition: str | None = None
    """The words that a yes depends on, "wenn es bei Emma ist"; `yes_no` is None then."""
    party: Party | None = None
    """Who comes, where it is not the caller alone."""
    not_yet: bool = False
    """Somebody has to be asked first: "I need to check with my husband"."""

    @property
    def intent(self) -> Intent:
        """The main intent."""
        return self.intents[0].intent if self.intents else Intent.OTHER

    def has(self, intent: Intent) -> bool:
        """Whether the sentence does this, among other things."""
        return any(scored.intent is intent for scored in self.intents)
