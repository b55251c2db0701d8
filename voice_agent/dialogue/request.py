"""What a caller leaves with the salon: a callback, or a place on the waiting list."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Kind(StrEnum):
    """What the salon is asked to do."""

    CALLBACK = "callback"
    WAITING = "waiting"


class About(StrEnum):
    """Why the call could not settle it."""

    ASKED = "asked"
    """The caller would rather be called."""
    CLOSED = "closed"
    """A person is wanted, and nobody is there."""
    NO_ANSWER = "transfer_no_answer"
    """A person is wanted, and nobody took the call."""
    MEDICAL = "medical"
    NOT_KNOWN = "not_known"
    NOT_OFFERED = "not_offered"
    STUCK = "stuck"
    """The caller was not understood."""
    COMPLAINT = "complaint"
    NOTHING_FREE = "nothing_free"
    TROUBLE = "trouble"
    """Something of ours does not work."""
    LANGUAGE = "language"
    """The caller speaks none of the salon's languages."""
    PARTY = "party"
    """The second person of two who come together."""
    TOO_LATE = "too_late"
    """To cancel or to move by telephone."""
    NOT_VERIFIED = "not_verified"
    """It is about a visit, and nothing shows whose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request on its way into the salon's book."""

    kind: Kind
    about: About
    topics: tuple[str, ...] = ()
    """What it is about, in the caller's own words."""
    stored: bool = False
    """Whether the salon's book says all that is said here."""
    promised: bool = False
    """Whether the caller has been told that it stands."""
    other_number: bool = False
    """Not the number of the call is the one to be called."""
    name_asked: bool = False
    number_asked: int = 0
    number_settled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRequest:
    """Shall the salon call you back, or tell you when a place becomes free?"""

    about: About
    waiting: bool = False
    """The waiting list is offered as well."""
    topic: str = ""
    kind: Literal["offer_request"] = "offer_request"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskNumber:
    """Under which number? Dictated in pieces, if need be."""

    digits: str = ""
    """What was heard of it so far."""
    kind: Literal["ask_number"] = "ask_number"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckNumber:
    """Is this the number?"""

    phone: str
    own: bool = False
    """The one the caller calls from: not read out."""
    kind: Literal["check_number"] = "check_number"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskWho:
    """In whose name shall the request be noted?"""

    kind: Literal["ask_who"] = "ask_who"


class Transferring(StrEnum):
    """How far the caller has been put through."""

    NO = "no"
    TRYING = "trying"
    """Nobody knows yet whether anybody takes the call; if it goes on here, nobody did."""
    FAILED = "failed"


class Met(StrEnum):
    """What a call has met, beside its purpose."""

    BOOKED = "booked"
    """A new visit, in this call."""
    MOVED = "moved"
    CANCELLED = "cancelled"
    INSULT = "insult"
    WRONG_NUMBER = "wrong_number"
    QUESTION = "question"
    """Something was asked and answered."""
    UNSEEN = "unseen"
    """It was said that nobody can look into the salon's own calendar just now."""
    ADDRESS_MISHEARD = "address_misheard"
    """The caller's e-mail address was read back wrong."""
    DECLINED = "declined"
    """What was offered did not suit."""
    NOTHING_FREE = "nothing_free"
