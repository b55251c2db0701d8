"""A request as the salon reads it: who, under which number, what was wished and said so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from booking_core.domain.requests import JoinWaitingList, RequestCallback
from voice_agent.dialogue.request import Kind
from voice_agent.dialogue.wish import spans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from booking_core.domain.interval import Span
    from voice_agent.dialogue.request import Request
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState


def order(
    state: CallState, request: Request, phone: str, scene: Scene
) -> RequestCallback | JoinWaitingList:
    """What the salon is asked to see to; one of each kind a call."""
    if request.kind is Kind.WAITING:
        return JoinWaitingList(
            key=scene.call_id,
            branch_id=scene.salon.branch.id,
            services=state.draft.services,
            staff=state.draft.staff,
            windows=tuple(_windows(state, scene)),
            name=state.draft.name or state.greeted or "",
            phone=phone,
        )
    return RequestCallback(
        key=scene.call_id,
        branch_id=scene.salon.branch.id,
        phone=phone,
        name=state.draft.name or state.greeted or "",
        topic=" / ".join(request.topics),
        reason=request.about.value,
        wish=wish_so_far(state, scene),
    )


def wish_so_far(state: CallState, scene: Scene) -> dict[str, Any]:
    """What the caller wanted, as plain values: for a callback, and for a lead."""
    draft, salon = state.draft, scene.salon
    windows = [
        {"from": span.start.isoformat(), "to": span.end.isoformat()}
        for span in _windows(state, scene)
    ]
    parts = {
        "services": [str(service) for service in draft.services],
        "names": [salon.service(service).spoken_name for service in draft.services],
        "staff": str(draft.staff) if draft.staff else None,
        "times": windows,
    }
    return {key: value for key, value in parts.items() if value}


def lead_of(state: CallState, scene: Scene) -> dict[str, Any]:
    """Who is gone, and what they wanted: the salon may make something of it."""
    phone = state.draft.phone or state.caller_number
    who = {"name": state.draft.name or state.greeted, "phone": phone}
    return {**wish_so_far(state, scene), **{key: value for key, value in who.items() if value}}


def _windows(state: CallState, scene: Scene) -> Iterator[Span]:
    """In which the visit may start; none = at any time."""
    if any(wish.is_open for wish in state.draft.wishes):
        return
    for wish in state.draft.wishes:
        yield from spans(wish, scene)
