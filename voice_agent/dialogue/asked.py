"""What the agent asked last: the newest question, the only one an answer belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from voice_agent.dialogue.request import AskNumber, AskWho, CheckNumber, OfferRequest

if TYPE_CHECKING:
    from uuid import UUID

    from voice_agent.dialogue.events import Work
    from voice_agent.dialogue.wish import Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class AskWhat:
    """What can I do for you?"""

    kind: Literal["ask_what"] = "ask_what"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskService:
    """What would you like done?"""

    kind: Literal["ask_service"] = "ask_service"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseService:
    """Which of these did you mean? One option = did you mean this?"""

    options: tuple[UUID, ...]
    adds: bool = False
    """Said to come besides what is wanted already."""
    kind: Literal["choose_service"] = "choose_service"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddService:
    """Does this come besides the other service, or in its place?"""

    services: tuple[UUID, ...]
    kind: Literal["add_service"] = "add_service"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskStaff:
    """With whom? Asked only when the wished person is not here or was ruled out."""

    excluded: UUID | None = None
    heard: str | None = None
    """The name nobody here has."""
    woman_or_man: bool = False
    """The caller wants one or the other: nobody here is entered so, but everybody has a name."""
    kind: Literal["ask_staff"] = "ask_staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseStaff:
    """Which of these two people?"""

    options: tuple[UUID, ...]
    kind: Literal["choose_staff"] = "choose_staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskTime:
    """When would you like to come?"""

    rounds: int = 0
    """Refused rounds of offers before this question; the question gets wider with them."""
    perhaps: bool = False
    """Only something was asked so far: whether an appointment is wanted at all is asked, too."""
    kind: Literal["ask_time"] = "ask_time"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseTime:
    """Which of these two readings of what you said?"""

    readings: tuple[Wish, Wish]
    conflict: bool = False
    """Weekday and date contradict each other."""
    kind: Literal["choose_time"] = "choose_time"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseOffer:
    """Which of the offered times?"""

    kind: Literal["choose_offer"] = "choose_offer"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskName:
    """In whose name?"""

    heard: str | None = None
    """What was answered and did not look like a name; said again, it is one."""
    explained: bool = False
    """Whether it was said what the name is for."""
    kind: Literal["ask_name"] = "ask_name"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckName:
    """Is that really your own name? Asked when it is a staff member's."""

    name: str
    kind: Literal["check_name"] = "check_name"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskEmail:
    """Where may the confirmation go? Asked once, never a condition."""

    kind: Literal["ask_email"] = "ask_email"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckEmail:
    """Is this the address? Read back before anything is sent to it."""

    email: str
    kind: Literal["check_email"] = "check_email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """May I book this very offer, in this very version of the draft?"""

    version: int
    offer_id: str
    kind: Literal["consent"] = "consent"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskChange:
    """What should be different?"""

    kind: Literal["ask_change"] = "ask_change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Something failed: shall I try again?"""

    work: Work
    kind: Literal["retry"] = "retry"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskProof:
    """The number is not on file: the booking code, or a number to call back?"""

    kind: Literal["ask_proof"] = "ask_proof"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseVisit:
    """Which of your visits?"""

    options: tuple[UUID, ...]
    kind: Literal["choose_visit"] = "choose_visit"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckVisit:
    """There is only this one: is it the one you mean?"""

    visit: UUID
    kind: Literal["check_visit"] = "check_visit"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmCancel:
    """May I cancel this very visit?"""

    visit: UUID
    kind: Literal["confirm_cancel"] = "confirm_cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondVisit:
    """You have an equal visit already: shall it be a second one?"""

    visit: UUID
    kind: Literal["second_visit"] = "second_visit"


@dataclass(frozen=True, slots=True, kw_only=True)
class SameAgain:
    """Service and person of the last visit: the same again?"""

    services: tuple[UUID, ...]
    staff: UUID
    offered: bool = False
    """The caller had not asked for it."""
    kind: Literal["same_again"] = "same_again"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnythingElse:
    """Anything else?"""

    kind: Literal["anything_else"] = "anything_else"


Question = Annotated[
    AskWhat
    | AskService
    | ChooseService
    | AddService
    | AskStaff
    | ChooseStaff
    | AskTime
    | ChooseTime
    | ChooseOffer
    | AskName
    | CheckName
    | AskEmail
    | CheckEmail
    | Consent
    | AskChange
    | Retry
    | AskProof
    | ChooseVisit
    | CheckVisit
    | ConfirmCancel
    | SecondVisit
    | SameAgain
    | OfferRequest
    | AskNumber
    | CheckNumber
    | AskWho
    | AnythingElse,
    Field(discriminator="kind"),
]
"""What the agent asked last: the newest question, the only one an answer belongs to."""

Clarification = Annotated[
    ChooseService | AddService | AskStaff | ChooseStaff | ChooseTime,
    Field(discriminator="kind"),
]
"""A question about something the caller has said already; asked before anything new."""
