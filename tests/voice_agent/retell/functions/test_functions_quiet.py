"""Nothing of a caller gets into the log, whichever way they come in."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from voice_agent import telemetry

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """The log as it is written in production."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    telemetry.set_up(as_json=True, to=stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


async def test_the_log_knows_what_happened_and_not_to_whom(
    logged: io.StringIO, agent: Any, office: Any
) -> None:
    agent.hears("Hellwig mein Name, ich hätte gern morgen eine Ansatzfärbung")
    found = await agent("check_availability", service="Ansatzfärbung", when="morgen um 14 Uhr")
    offer_id = found["data"]["options"][0]["offer_id"]
    await agent("book_appointment", offer_id=offer_id, name="Hellwig", email="hell@example.com")
    await agent("book_appointment", offer_id="Hellwig", name="Hellwig")
    await agent("find_appointments", name="Hellwig")
    await agent.post("Hellwig_v2", {"call": agent.call, "args": {"name": "Hellwig"}})
    ended = {
        **agent.call,
        "transcript": "User: Hellwig",
        "recording_url": "https://x.invalid/Hellwig",
    }
    for path, body in {
        "webhook": {"event": "call_analyzed", "call": ended},
        "inbound": {"call_inbound": {"from_number": agent.caller, "to_number": agent.dialled}},
    }.items():
        async with office.session.post(f"{office.url}/retell/{path}", json=body) as answer:
            assert answer.status == 200

    log = logged.getvalue().replace("Hellwig_v2", "")  # the name of a tool is no secret
    for event in ("function_answered", "function_unknown", "call_reported"):
        assert event in log
    for secret in ("Hellwig", agent.caller, "hell@example", "14 Uhr", offer_id, "Ansatz"):
        assert secret not in log
