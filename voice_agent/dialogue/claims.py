"""Which sentences claim something, and the result that proves each of them: nothing else may.

A claim is typed by its proof, so that no sentence below can be made with anything else in hand:

    claim(BOOKED, result, scene, ...)     `result` is a `Booked`, or the type checker objects

`offering`, `confirming` and `telling` say them, the reasons why a time is not possible stand in
`obstacles`; every other sentence is plain (`sentences.plain`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from voice_agent.dialogue.actions import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.booking import AlreadyThere, Booked, Failed, Taken
    from booking_core.domain.orders import (
        Cancelled,
        Cancelling,
        Moved,
        NotBooked,
        Outdated,
        TooLate,
        Unchanged,
        UnderWay,
    )
    from booking_core.domain.plan import Plan
    from booking_core.domain.requests import CallbackNoted, WaitingEntry
    from booking_core.domain.slots import NoSlots, SlotOffer, SlotsFound
    from booking_core.workflows.note_late import LatenessNoted
    from voice_agent.dialogue.asked import SameAgain
    from voice_agent.dialogue.request import Request
    from voice_agent.dialogue.scene import Scene

    Offers = Sequence[SlotOffer]
    Visits = Sequence[Appointment]

P = TypeVar("P")
"""The proof; invariant, so that the type checker takes no wider one for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Generic[P]):
    """A sentence that is said only with a `P` in hand."""

    key: str


def claim(what: Claim[P], _proof: P, scene: Scene | None = None, **values: object) -> Sentence:
    """The sentence that claims this; where days are said, the scene tells which day is today."""
    today = {} if scene is None else {"today": scene.today}
    return Sentence(key=what.key, values={**values, **today})


# --- free time ------------------------------------------------------------------------------------
FREE_ASK_NAME: Final[Claim[SlotOffer]] = Claim(key="free_ask_name")
FREE_ASK_NAME_BOTH: Final[Claim[SlotOffer]] = Claim(key="free_ask_name_both")
CHOSEN_ASK_NAME: Final[Claim[SlotOffer]] = Claim(key="chosen_ask_name")
SOONEST_ASK_NAME: Final[Claim[SlotsFound]] = Claim(key="soonest_ask_name")
OFFER_ONE: Final[Claim[Offers]] = Claim(key="offer_one")
OFFER_SOME: Final[Claim[Offers]] = Claim(key="offer_some")
OFFER_AGAIN: Final[Claim[Offers]] = Claim(key="offer_again")
CHOOSE_ONE_OF: Final[Claim[Offers]] = Claim(key="choose_one_of")
WHO: Final[Claim[Offers]] = Claim(key="who")
ON_WHICH_DAY: Final[Claim[Offers]] = Claim(key="on_which_day")
ENDS: Final[Claim[Plan]] = Claim(key="ends")
UNSEEN: Final[Claim[SlotsFound]] = Claim(key="unseen")
NOTHING_FOUND: Final[Claim[NoSlots]] = Claim(key="nothing_found")
NOTHING_EARLIER: Final[Claim[NoSlots]] = Claim(key="nothing_earlier")
NOTHING_LATER: Final[Claim[NoSlots]] = Claim(key="nothing_later")
NOTHING_AT_ALL: Final[Claim[NoSlots]] = Claim(key="nothing_at_all")
NOT_THIS_TIME: Final[Claim[NoSlots]] = Claim(key="not_this_time")

# --- the one confirmation, and what comes of it ---------------------------------------------------
READ_BACK: Final[Claim[SlotOffer]] = Claim(key="read_back")
READ_BACK_WAITING: Final[Claim[SlotOffer]] = Claim(key="read_back_waiting")
READ_BACK_NEXT: Final[Claim[SlotOffer]] = Claim(key="read_back_next")
READ_BACK_NEXT_WAITING: Final[Claim[SlotOffer]] = Claim(key="read_back_next_waiting")
READ_BACK_BOTH: Final[Claim[SlotOffer]] = Claim(key="read_back_both")
READ_BACK_AGAIN: Final[Claim[SlotOffer]] = Claim(key="read_back_again")
ASK_CONSENT: Final[Claim[SlotOffer]] = Claim(key="ask_consent")
BOOKED: Final[Claim[Booked]] = Claim(key="booked")
BOOKED_BOTH: Final[Claim[Booked]] = Claim(key="booked_both")
BOOKED_BOTH_GOODBYE: Final[Claim[Booked]] = Claim(key="booked_both_goodbye")
BOOKED_GOING_ON: Final[Claim[Booked]] = Claim(key="booked_going_on")
BOOKED_GOODBYE: Final[Claim[Booked]] = Claim(key="booked_goodbye")
FAREWELL_BOOKED: Final[Claim[Booked]] = Claim(key="farewell_booked")
TAKEN: Final[Claim[Taken]] = Claim(key="taken")
NOT_BOOKED_SO: Final[Claim[AlreadyThere]] = Claim(key="not_booked_so")
FAILED: Final[Claim[Failed]] = Claim(key="failed")
FAILED_AGAIN: Final[Claim[Failed]] = Claim(key="failed_again")
FAILED_UNDOING: Final[Claim[Failed]] = Claim(key="failed_undoing")
FAILED_UNDOING_AGAIN: Final[Claim[Failed]] = Claim(key="failed_undoing_again")

# --- what the salon sees to itself: only once it stands in its book -------------------------------
CALLBACK_NOTED: Final[Claim[CallbackNoted]] = Claim(key="callback_noted")
CALLBACK_STANDS: Final[Claim[CallbackNoted]] = Claim(key="callback_stands")
WAITING_NOTED: Final[Claim[WaitingEntry]] = Claim(key="waiting_noted")
REQUEST_STAYS: Final[Claim[Request]] = Claim(key="request_stays")
LATE_NOTED: Final[Claim[LatenessNoted]] = Claim(key="late_noted")

# --- visits that stand ----------------------------------------------------------------------------
NO_VISIT: Final[Claim[Visits]] = Claim(key="no_visit")
VISIT_TOLD: Final[Claim[Appointment]] = Claim(key="visit_told")
VISITS_TOLD: Final[Claim[Visits]] = Claim(key="visits_told")
VISIT_BY_WHOM: Final[Claim[Plan]] = Claim(key="visit_by_whom")
CHOOSE_VISIT: Final[Claim[Visits]] = Claim(key="choose_visit")
CHECK_VISIT: Final[Claim[Appointment]] = Claim(key="check_visit")
VISIT_KEPT: Final[Claim[Appointment]] = Claim(key="visit_kept")
FAREWELL_KEPT: Final[Claim[Appointment]] = Claim(key="farewell_kept")
SECOND_VISIT: Final[Claim[Appointment]] = Claim(key="second_visit")
SAME_AGAIN: Final[Claim[SameAgain]] = Claim(key="same_again")
SAME_OFFERED: Final[Claim[SameAgain]] = Claim(key="same_offered")

# --- calling off ----------------------------------------------------------------------------------
CONFIRM_CANCEL: Final[Claim[Appointment]] = Claim(key="confirm_cancel")
CONFIRM_CANCEL_AGAIN: Final[Claim[Appointment]] = Claim(key="confirm_cancel_again")
CANCELLED: Final[Claim[Cancelled]] = Claim(key="cancelled")
CANCELLING: Final[Claim[Cancelling]] = Claim(key="cancelling")
CANCELLED_BEFORE: Final[Claim[NotBooked]] = Claim(key="cancelled_before")
VISIT_BUSY: Final[Claim[UnderWay]] = Claim(key="visit_busy")
VISIT_BEGUN: Final[Claim[TooLate]] = Claim(key="visit_begun")
TOO_LATE_TO_CANCEL: Final[Claim[TooLate]] = Claim(key="too_late_to_cancel")
TOO_LATE_TO_MOVE: Final[Claim[TooLate]] = Claim(key="too_late_to_move")

# --- moving ---------------------------------------------------------------------------------------
ASK_NEW_TIME: Final[Claim[Appointment]] = Claim(key="ask_new_time")
ASK_NEW_TIME_AGAIN: Final[Claim[Appointment]] = Claim(key="ask_new_time_again")
READ_BACK_MOVE: Final[Claim[SlotOffer]] = Claim(key="read_back_move")
READ_BACK_MOVE_PERSON: Final[Claim[SlotOffer]] = Claim(key="read_back_move_person")
READ_BACK_MOVE_SERVICE: Final[Claim[SlotOffer]] = Claim(key="read_back_move_service")
ASK_MOVE_CONSENT: Final[Claim[SlotOffer]] = Claim(key="ask_move_consent")
MOVED: Final[Claim[Moved]] = Claim(key="moved")
MOVED_ALREADY: Final[Claim[Unchanged]] = Claim(key="moved_already")
MOVE_TAKEN: Final[Claim[Taken]] = Claim(key="move_taken")
MOVE_ONTO_ANOTHER: Final[Claim[Appointment]] = Claim(key="move_onto_another")
NOT_MOVED_SO: Final[Claim[AlreadyThere]] = Claim(key="not_moved_so")
MOVE_FAILED: Final[Claim[Failed]] = Claim(key="move_failed")
MOVE_FAILED_AGAIN: Final[Claim[Failed]] = Claim(key="move_failed_again")
MOVE_UNDOING: Final[Claim[Failed]] = Claim(key="move_undoing")
MOVE_OUTDATED: Final[Claim[Outdated]] = Claim(key="move_outdated")
