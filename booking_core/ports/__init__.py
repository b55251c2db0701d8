"""What the workflows need from the world, named by role; `adapters` implements it."""

from booking_core.ports.appointments import Appointments, Search
from booking_core.ports.calendar import Calendar, Expectant, Locks, SegmentBooking, Whereabouts
from booking_core.ports.clock import Clock
from booking_core.ports.diary import Diary
from booking_core.ports.mail import DueMail, Mailer, MailLog
from booking_core.ports.sagas import SagaDraft, Sagas
from booking_core.ports.salons import Customers, Salons

__all__ = [
    "Appointments",
    "Calendar",
    "Clock",
    "Customers",
    "Diary",
    "DueMail",
    "Expectant",
    "Locks",
    "MailLog",
    "Mailer",
    "SagaDraft",
    "Sagas",
    "Salons",
    "Search",
    "SegmentBooking",
    "Whereabouts",
]
