"""A plan as plain JSON and back: what an appointment keeps of its service for ever."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from booking_core.domain.interval import Span
from booking_core.domain.plan import Claim, ClaimKind, Plan, PlannedPause, PlannedSegment

if TYPE_CHECKING:
    from datetime import tzinfo

    from booking_core.domain.booking import BookAppointment
    from booking_core.domain.orders import CancelAppointment, RescheduleAppointment
    from booking_core.domain.override import Override

Json = dict[str, Any]


def dump_plan(plan: Plan) -> Json:
    """Everything of the plan, with the name of its zone where it has one."""
    return {
        "zone": getattr(plan.start.tzinfo, "key", None),
        "services": [str(service) for service in plan.services],
        "segments": [_dump_segment(segment) for segment in plan.segments],
        "claims": [_dump_claim(claim) for claim in plan.claims],
    }


def load_plan(snapshot: Json) -> Plan:
    """The plan as it was; its times in the zone in which they were planned."""
    zone = ZoneInfo(snapshot["zone"]) if snapshot["zone"] else None
    return Plan(
        services=tuple(UUID(service) for service in snapshot["services"]),
        segments=tuple(_load_segment(segment, zone) for segment in snapshot["segments"]),
        claims=tuple(_load_claim(claim, zone) for claim in snapshot["claims"]),
    )


def fingerprint(order: BookAppointment) -> str:
    """Equal for two orders that ask for the same thing, whoever holds the times."""
    customer = order.customer
    asked = {
        "branch": str(order.branch_id),
        "plan": _whatever_zone(order.plan),
        "customer": [customer.name, customer.phone, customer.email],
        **_overriding(order.override),
    }
    return _digest(asked)


def cancel_fingerprint(order: CancelAppointment) -> str:
    """The same for orders to cancel, whatever the reason."""
    return _digest({"branch": str(order.branch_id), "cancel": str(order.appointment_id)})


def reschedule_fingerprint(order: RescheduleAppointment) -> str:
    """The same for orders to move."""
    return _digest(
        {
            "branch": str(order.branch_id),
            "move": str(order.appointment_id),
            "version": order.version,
            "plan": _whatever_zone(order.plan),
            **_overriding(order.override),
        }
    )


def same_plan(one: Plan, other: Plan) -> bool:
    """Whether two plans lay out the same visit, whatever zone their times are in."""
    return _whatever_zone(one) == _whatever_zone(other)


def _overriding(override: Override | None) -> Json:
    return {"override": [override.author, override.reason]} if override else {}


def _digest(asked: Json) -> str:
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _whatever_zone(plan: Plan) -> Json:
    return dump_plan(plan) | {"zone": "UTC"}


def _dump_segment(segment: PlannedSegment) -> Json:
    return {
        "index": segment.index,
        "of": segment.of,
        "key": segment.key,
        "name": segment.name,
        "service": str(segment.service_id),
        "staff": str(segment.staff_id),
        "span": _dump_span(segment.span),
        "pause": _dump_pause(segment.pause) if segment.pause else None,
        **({"local": True} if segment.local else {}),
    }


def _load_segment(data: Json, zone: tzinfo | None) -> PlannedSegment:
    return PlannedSegment(
        index=data["index"],
        of=data["of"],
        key=data["key"],
        name=data["name"],
        service_id=UUID(data["service"]),
        staff_id=UUID(data["staff"]),
        span=_load_span(data["span"], zone),
        pause=_load_pause(data["pause"], zone) if data["pause"] else None,
        local=data.get("local", False),
    )


def _dump_pause(pause: PlannedPause) -> Json:
    return {"span": _dump_span(pause.span), "occupied": pause.occupied, "rest": pause.rest}


def _load_pause(data: Json, zone: tzinfo | None) -> PlannedPause:
    span = _load_span(data["span"], zone)
    return PlannedPause(span=span, occupied=data["occupied"], rest=data["rest"])


def _dump_claim(claim: Claim) -> Json:
    return {
        "resource": str(claim.resource_id),
        "span": _dump_span(claim.span),
        "kind": claim.kind.value,
    }


def _load_claim(data: Json, zone: tzinfo | None) -> Claim:
    return Claim(
        resource_id=UUID(data["resource"]),
        span=_load_span(data["span"], zone),
        kind=ClaimKind(data["kind"]),
    )


def _dump_span(span: Span) -> list[str]:
    # In UTC, because the hour that comes twice in October has two readings as a local time.
    return [span.start.astimezone(UTC).isoformat(), span.end.astimezone(UTC).isoformat()]


def _load_span(data: list[str], zone: tzinfo | None) -> Span:
    start, end = (datetime.fromisoformat(moment).astimezone(zone or UTC) for moment in data)
    return Span(start, end)
