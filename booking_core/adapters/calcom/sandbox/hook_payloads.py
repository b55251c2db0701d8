"""What a webhook tells: every event has fields, times and people in a form of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from booking_core.adapters.calcom.sandbox.times import stamp

if TYPE_CHECKING:
    from datetime import datetime

    from booking_core.adapters.calcom.sandbox.records import (
        Attendee,
        Booking,
        EventType,
        Json,
        User,
    )

FIRST_QUESTIONS = (("name", "your_name"), ("email", "email_address"))
MORE_QUESTIONS: tuple[tuple[str, str, bool], ...] = (
    ("title", "what_is_this_meeting_about", True),
    ("notes", "additional_notes", False),
    ("guests", "additional_guests", False),
    ("rescheduleReason", "reason_for_reschedule", False),
)


class Payload:
    """The pieces that payloads are put together from."""

    def __init__(self, booking: Booking, event_type: EventType, host: User, web_url: str) -> None:
        self.booking = booking
        self.event_type = event_type
        self.host = host
        self.web_url = web_url

    def created(self) -> Json:
        """A booking was made."""
        return {
            **self._made(),
            "iCalUID": self.booking.ics_uid,
            "iCalSequence": 0,
            "metadata": self.booking.metadata,
            "status": "ACCEPTED",
        }

    def rescheduled(self, old: Booking) -> Json:
        """A booking was moved; `uid` is the new one's."""
        return {
            **self._made(),
            "iCalSequence": self.booking.sequence,
            "appsStatus": [],
            "rescheduleId": old.id,
            "rescheduleUid": old.uid,
            "rescheduleStartTime": _short(old.start),
            "rescheduleEndTime": _short(old.end),
            "metadata": self.booking.metadata,
            "status": "ACCEPTED",
        }

    def cancelled(self) -> Json:
        """A booking was cancelled; our metadata are not told."""
        return {
            **self._common(),
            **self._times(_with_offset),
            "organizer": self._organizer(),
            "attendees": [
                self._person(person, phoneNumber=person.phone) for person in self._people()
            ],
            "responses": self._responses(),
            "location": self.booking.location,
            "destinationCalendar": [],
            "cancellationReason": self.booking.cancellation_reason,
            "schedulingType": None,
            "seatsShowAttendees": False,
            "iCalUID": self.booking.ics_uid,
            "iCalSequence": self.booking.sequence,
            "requiresConfirmation": None,
            "price": None,
            "status": "CANCELLED",
            "requestReschedule": False,
        }

    def requested(self) -> Json:
        """A booking waits for the host."""
        platform = ("ClientId", "RescheduleUrl", "CancelUrl", "BookingUrl")
        return {
            **self._common(),
            **self._hidden(),
            **self._times(stamp),
            **{f"platform{name}": "" for name in platform},
            "organizer": self._organizer(),
            "attendees": [self._requester(person) for person in self._people()],
            "responses": self._responses(),
            "location": self.booking.location,
            "schedulingType": None,
            "seatsShowAttendees": True,
            "seatsShowAvailabilityCount": True,
            "iCalUID": self.booking.ics_uid,
            "iCalSequence": 0,
            "requiresConfirmation": True,
            "oneTimePassword": "00000000-0000-4000-8000-000000000000",
            "organizationId": None,
            "hashedLink": None,
            "assignmentReason": [],
            "destinationCalendar": None,
            "metadata": self.booking.metadata,
            "status": "PENDING",
        }

    def decided(self, **outcome: object) -> Json:
        """A request was confirmed or declined."""
        return {
            **self._common(),
            **self._hidden(),
            **self._times(stamp),
            "organizer": self._organizer(),
            "attendees": [
                self._person(person, phoneNumber=person.phone) for person in self._people()
            ],
            "responses": self._responses(),
            "location": self.booking.location,
            "destinationCalendar": [],
            "requiresConfirmation": True,
            "seatsShowAttendees": False,
            "organizationId": None,
            "assignmentReason": None,
            **outcome,
        }

    def absent(self) -> Json:
        """Somebody did not come, or did after all."""
        people = [{"email": one.email, "noShow": one.absent} for one in self._people()]
        return {"bookingUid": self.booking.uid, "bookingId": self.booking.id, "attendees": people}

    def _made(self) -> Json:
        """What a made and a moved booking share."""
        return {
            **self._common(),
            **self._hidden(),
            **self._times(_short),
            "organizer": self._organizer(),
            "attendees": [self._guest(person) for person in self._people()],
            "responses": self._answered(),
            "location": self.booking.location,
            "destinationCalendar": None,
            "schedulingType": None,
            "seatsShowAttendees": True,
            "seatsShowAvailabilityCount": True,
            "requiresConfirmation": False,
            "oneTimePassword": None,
            "hashedLink": None,
        }

    def _common(self) -> Json:
        return {
            "bookerUrl": self.web_url,
            "title": self.booking.title,
            "type": self.event_type.slug,
            "description": self.booking.description,
            "additionalNotes": self.booking.description,
            "customInputs": {},
            "userFieldsResponses": {},
            "eventTypeId": self.event_type.id,
            "seatsPerTimeSlot": None,
            "customReplyToEmail": None,
            "hideBranding": False,
            "hideOrganizerEmail": False,
            "uid": self.booking.uid,
            "bookingId": self.booking.id,
            "eventTitle": self.event_type.title,
            "eventDescription": None,
            "price": 0,
            "currency": "usd",
            "length": self.booking.minutes,
        }

    def _hidden(self) -> Json:
        return {
            "hideCalendarNotes": self.event_type.flag("hideCalendarNotes"),
            "hideCalendarEventDetails": self.event_type.flag("hideCalendarEventDetails"),
            "disableRescheduling": False,
            "disableCancelling": False,
        }

    def _times(self, written: Form) -> Json:
        return {"startTime": written(self.booking.start), "endTime": written(self.booking.end)}

    def _people(self) -> list[Attendee]:
        return self.booking.attendees

    def _organizer(self) -> Json:
        host = self.host
        return {
            "id": host.id,
            "name": host.name,
            "email": host.email,
            "username": host.username,
            "timeZone": host.time_zone,
            "language": {"locale": host.locale},
            "timeFormat": "HH:mm",
            "utcOffset": self._offset(host.time_zone),
        }

    def _person(self, person: Attendee, **facts: object) -> Json:
        return {
            "name": person.name,
            "email": person.email,
            "timeZone": person.time_zone,
            "language": {"locale": person.language},
            "utcOffset": self._offset(person.time_zone),
            **facts,
        }

    def _guest(self, person: Attendee) -> Json:
        phone = {"phoneNumber": person.phone} if person.phone else {}
        return self._person(person, firstName="", lastName="", **phone)

    def _requester(self, person: Attendee) -> Json:
        first, _, last = person.name.partition(" ")
        names = {"firstName": first, "lastName": last}
        return self._person(person, phoneNumber=person.phone, bookingSeat=None, **names)

    def _offset(self, zone: str) -> int:
        """Minutes ahead of UTC at the start."""
        ahead = self.booking.start.astimezone(ZoneInfo(zone)).utcoffset()
        return int(ahead.total_seconds() // 60) if ahead else 0

    def _responses(self) -> Json:
        given = self.booking.responses
        first = {
            name: {"label": label, "value": given[name], "isHidden": False}
            for name, label in FIRST_QUESTIONS
        }
        more = {
            name: {"label": label, "isHidden": hidden} for name, label, hidden in MORE_QUESTIONS
        }
        return {**first, "location": {"label": "location", "isHidden": False}, **more}

    def _answered(self) -> Json:
        """With the place, and the telephone number if one was given."""
        responses = self._responses()
        place = {"value": self.booking.location, "optionValue": ""}
        responses["location"]["value"] = place
        phone: Json = {"label": "phone_number", "isHidden": True}
        if number := self.booking.responses.get("attendeePhoneNumber"):
            phone["value"] = number
        return {"attendeePhoneNumber": phone, **responses}


def _short(moment: datetime) -> str:
    return stamp(moment).replace(".000Z", "Z")


def _with_offset(moment: datetime) -> str:
    return _short(moment).replace("Z", "+00:00")


if TYPE_CHECKING:
    from collections.abc import Callable

    Form = Callable[[datetime], str]
