"""What people read in the external calendar: "Ansatzfärbung: Auswaschen (2 von 4)"."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.plan import PlannedSegment

OF = {"de": "von", "en": "of"}
UNDONE = {
    "de": "Der Termin kam nicht vollständig zustande.",
    "en": "The appointment could not be booked completely.",
}

CANCELLED = {"de": "Der Termin wurde abgesagt.", "en": "The appointment was cancelled."}
MOVED = {"de": "Der Termin wurde verlegt.", "en": "The appointment was moved."}


def segment_label(salon: Salon, segment: PlannedSegment) -> str:
    """The service, what is done, and which part of the visit it is; one part needs no count."""
    service = salon.service(segment.service_id).name
    if segment.of == 1:
        return service
    of = OF.get(salon.branch.language, OF["en"])
    return f"{service}: {segment.name} ({segment.index} {of} {segment.of})"


def undone_reason(salon: Salon) -> str:
    """Why a part of a visit is cancelled whose other parts could not be booked."""
    return UNDONE.get(salon.branch.language, UNDONE["en"])


def cancelled_reason(salon: Salon) -> str:
    """Why the parts of a visit go that somebody has cancelled."""
    return CANCELLED.get(salon.branch.language, CANCELLED["en"])


def moved_reason(salon: Salon) -> str:
    """Why the parts of a visit go, or move, that takes place at another time."""
    return MOVED.get(salon.branch.language, MOVED["en"])
