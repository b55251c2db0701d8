"""What can prevent a booking.

BookingError
├── InvalidRequest          the question itself makes no sense
│   ├── InvalidTime         without a zone, or ending before it starts
│   ├── InvalidVisit        of no services, of too many segments, not laid out in order
│   ├── OverrideUnexplained without who decides it, or why
│   ├── UnknownService
│   ├── UnknownStaff
│   ├── UnknownSalon
│   └── UnknownAppointment
├── InvalidCatalogue        a salon, a service or a person that cannot be
├── SlotTaken               somebody else has that time
│   └── TakenElsewhere      as the external calendar was seen to say
├── CustomerBusy            the customer has another visit at that time
├── SalonOutdated           somebody else has changed the salon since it was read
├── SalonChanged            hours or absences are not what they were when the plan was checked
├── IdempotencyConflict     the same key with another request
├── SagaLost                another process has taken this saga over
├── AppointmentUnderWay     somebody is changing this appointment right now
├── AppointmentOutdated     it is not what it was when it was read
├── CalendarError           the external calendar
│   ├── CalendarRefused     said no, for another reason than "taken"
│   ├── CalendarTaken       said "taken"
│   ├── CalendarSilent      gave no usable answer: the outcome is unknown
│   ├── CalendarDown        cannot be reached, or has been silent lately: nothing was sent
│   └── CalendarBusy        asks us to slow down; nothing was done
└── SalonFileInvalid        a salon file with errors, all of them listed

The docstring of a class is its default message; `facts` carry the values.
"""

from __future__ import annotations


class BookingError(Exception):
    """Something prevents this booking."""

    def __init__(self, message: str | None = None, **facts: object) -> None:
        super().__init__(message or self.__doc__)
        self.facts = facts


class InvalidRequest(BookingError):
    """The request makes no sense as it stands."""


class InvalidTime(InvalidRequest, ValueError):
    """A time has a zone, and a span ends after it starts."""


class InvalidVisit(InvalidRequest, ValueError):
    """A visit consists of services whose segments follow each other."""


class OverrideUnexplained(InvalidRequest):
    """Whoever uses time that is not sold says who they are, and why."""


class UnknownService(InvalidRequest):
    """This salon has no such service."""


class UnknownStaff(InvalidRequest):
    """This salon has no such staff member."""


class UnknownSalon(InvalidRequest):
    """There is no such salon."""


class UnknownAppointment(InvalidRequest):
    """There is no such appointment."""


class InvalidCatalogue(BookingError, ValueError):
    """No salon can be like this."""


class SlotTaken(BookingError):
    """Someone else took this time in the meantime."""


class TakenElsewhere(SlotTaken):
    """Somebody was seen to be busy at that time in the external calendar."""


class CustomerBusy(BookingError):
    """This customer has another visit at that time."""


class SalonChanged(BookingError):
    """The salon is not any more what it was when the plan was checked."""


class SalonOutdated(BookingError):
    """Somebody else has changed the salon since it was read."""


class IdempotencyConflict(BookingError):
    """The same key was used before for another request."""


class SagaLost(BookingError):
    """Another process has taken this saga over."""


class AppointmentUnderWay(BookingError):
    """Somebody is changing this appointment right now."""


class AppointmentOutdated(BookingError):
    """The appointment is not any more what it was when it was read."""


class CalendarError(BookingError):
    """The external calendar did not do what was asked."""


class CalendarRefused(CalendarError):
    """The external calendar refused the request."""


class CalendarTaken(CalendarError):
    """The external calendar says that this time is taken."""


class CalendarSilent(CalendarError):
    """The external calendar gave no usable answer; what happened is unknown."""

    @property
    def nobody_there(self) -> bool:
        """Whether it answers nothing else either: whoever asks on waits in vain."""
        return self.facts.get("nobody_there") is True


class CalendarDown(CalendarError):
    """The external calendar cannot be reached; nothing was sent."""


class CalendarBusy(CalendarError):
    """The external calendar asks for fewer requests; nothing was done."""

    @property
    def retry_after_s(self) -> float:
        """When it is worth another try; 0 when it did not say."""
        wait_s = self.facts.get("retry_after_s")
        return float(wait_s) if isinstance(wait_s, int | float) else 0.0


class SalonFileInvalid(BookingError):
    """The salon file has errors."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems), problems=problems)
        self.problems = problems
