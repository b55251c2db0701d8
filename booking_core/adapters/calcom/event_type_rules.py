"""What an event type of ours must look like at Cal.com, field by field.

Some fields are asked for when it is made. Others are fine as Cal.com makes them, but a person who
changes them there makes bookings impossible or uncertain: those are put back when they differ. All
else, a description or a colour say, is left to whoever likes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from booking_core.domain.errors import CalendarRefused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from booking_core.adapters.calcom.models import EventType
    from booking_core.domain.event_type import WantedEventType

Fields = dict[str, Any]

SLOT_INTERVAL_MINUTES = 5
OFF, ON = {"disabled": True}, {"disabled": False}

AS_THEY_COME: Fields = {
    "disableRescheduling": ON,
    "bookingRequiresAuthentication": False,
    "requiresBookerEmailVerification": False,
    "offsetStart": 0,
    "bookingWindow": OFF,
    "seats": OFF,
    "recurrence": OFF,
    "bookerActiveBookingsLimit": OFF,
    "bookingLimitsCount": OFF,
    "bookingLimitsDuration": OFF,
}
"""What Cal.com gives an event type by itself; a field that is off may also not be shown at all."""
QUESTIONS = "bookingFields"
OUR_ANSWERS = frozenset({"name", "email", "attendeePhoneNumber", "location", "title", "notes"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A field that is not as it should be."""

    field: str
    found: object
    wish: object


def fields_of(wanted: WantedEventType, schedule_id: int) -> Fields:
    """Everything that is asked for when it is made."""
    fields: Fields = {
        "title": wanted.title,
        "slug": wanted.slug,
        "lengthInMinutes": wanted.minutes,
        "hidden": True,
        "slotInterval": SLOT_INTERVAL_MINUTES,
        "minimumBookingNotice": 0,
        "beforeEventBuffer": 0,
        "afterEventBuffer": 0,
        "disableGuests": True,
        "scheduleId": schedule_id,
        "locations": [{"type": "address", "address": wanted.address, "public": True}],
        "confirmationPolicy": OFF,
        "disableCancelling": ON,
    }
    if wanted.other_minutes:
        fields["lengthInMinutesOptions"] = sorted(wanted.lengths)
    return fields


def differences(there: EventType, fields: Fields, *, others: bool = True) -> tuple[Difference, ...]:
    """The fields to be changed; without `others` only among those that are named."""
    shown = there.model_dump(by_alias=True)
    different = [
        Difference(field=name, found=shown.get(name), wish=wish)
        for name, wish in {**fields, **(AS_THEY_COME if others else {})}.items()
        if not _is(shown.get(name), wish, field=name)
    ]
    asked = _unanswered(shown.get(QUESTIONS)) if others else ()
    if asked:
        different.append(Difference(field=QUESTIONS, found=asked, wish=[]))
    return tuple(different)


def as_asked(there: EventType, fields: Fields) -> EventType:
    """A field that Cal.com does not take is dropped without a word: only the answer tells."""
    shown = there.model_dump(by_alias=True)
    dropped = [name for name, wish in fields.items() if not _took(shown, name, wish)]
    if dropped:
        says = f"Cal.com did not take {', '.join(sorted(dropped))}"
        raise CalendarRefused(reason=says, slug=there.slug)
    return there


def _took(shown: Mapping[str, object], name: str, wish: object) -> bool:
    if name == QUESTIONS:
        return not _unanswered(shown.get(name))
    return _is(shown.get(name), wish, field=name)


def _is(found: object, wish: object, *, field: str) -> bool:
    """Whether a field is as it should be; further facts in objects are fine."""
    if wish == OFF and found is None:
        return True
    if isinstance(wish, dict) and isinstance(found, dict):
        return all(found.get(name) == value for name, value in wish.items())
    if field == "locations" and isinstance(found, list) and isinstance(wish, list):
        places = [{name: item.get(name) for name in ("type", "address")} for item in found]
        return places == [{name: item[name] for name in ("type", "address")} for item in wish]
    return found == wish


def _unanswered(questions: object) -> Sequence[str]:
    """Questions a booking must answer and ours does not: each would be refused."""
    asked = questions if isinstance(questions, list) else []
    return sorted(
        str(one.get("slug"))
        for one in asked
        if one.get("required") and not one.get("hidden") and one.get("slug") not in OUR_ANSWERS
    )
