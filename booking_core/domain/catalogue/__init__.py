"""What a salon offers and who works there: services made of segments, staff, resources."""

from booking_core.domain.catalogue.branch import (
    Branch,
    Company,
    Delegate,
    Facts,
    LeadChange,
    OwnSentence,
    SpecialDay,
)
from booking_core.domain.catalogue.grid import GRID_MINUTES
from booking_core.domain.catalogue.salon import Resource, Salon
from booking_core.domain.catalogue.service import (
    SEGMENT_KEYS,
    Gender,
    Pause,
    PausePolicy,
    Role,
    Segment,
    Service,
    Synonyms,
)
from booking_core.domain.catalogue.staff import MIDNIGHT, Absence, Level, Staff, WorkingHours

__all__ = [
    "GRID_MINUTES",
    "MIDNIGHT",
    "SEGMENT_KEYS",
    "Absence",
    "Branch",
    "Company",
    "Delegate",
    "Facts",
    "Gender",
    "LeadChange",
    "Level",
    "OwnSentence",
    "Pause",
    "PausePolicy",
    "Resource",
    "Role",
    "Salon",
    "Segment",
    "Service",
    "SpecialDay",
    "Staff",
    "Synonyms",
    "WorkingHours",
]
