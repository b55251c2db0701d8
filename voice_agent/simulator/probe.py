"""Follows an agent at Retell to the server behind it: rings there, and tries its functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import aiohttp

from booking_core.adapters.postgres.call_tables import PROBE_PREFIX
from voice_agent.simulator.functions import FunctionCaller, Payload
from voice_agent.simulator.habits import Habits
from voice_agent.simulator.line import Patience
from voice_agent.simulator.phone import PhoneCall
from voice_agent.simulator.post import Effort
from voice_agent.simulator.records import Record
from voice_agent.simulator.retell import RetellCall
from voice_agent.simulator.signing import Signer, wall_ms

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]
QUICK = Patience(connect_attempts=2, connect_pause_s=1.0, answer_s=10.0)


async def probe(
    agent: Json, engine: Json | None, number: str | None, *, key: str, patience: Patience = QUICK
) -> list[str]:
    """What is wrong on the way from a number to whoever answers; none = callers are welcome.

    The call is a real one to the server: somebody with a withheld number who hangs up at once.
    """
    used = agent["response_engine"]
    if used["type"] == "custom-llm":
        return await _rung(used["llm_websocket_url"], number, patience)
    tools = (engine or {}).get("general_tools") or (engine or {}).get("tools") or []
    return await _tried([tool for tool in tools if tool.get("type") == "custom"], key, number)


async def _rung(url: str, number: str | None, patience: Patience) -> list[str]:
    phone = PhoneCall(base_url=url, to_number=number, call_id=PROBE_PREFIX + uuid4().hex[:20])
    async with RetellCall(phone, Habits(patience=patience)) as call:
        greeting = call.answers[0]
        hangs_up = "end_call" in greeting.actions
    problems = [f"websocket: {finding}" for finding in call.findings]
    if not call.sockets:
        return problems
    if not call.asked_for.call_details:
        problems.append("websocket: the server asks for no call details, and so knows no number")
    if hangs_up:
        problems.append(f"websocket: no salon of this server has the number {number or 'of this'}")
    elif not greeting.text and not problems:
        problems.append("websocket: nobody is greeted")
    return problems


async def _tried(tools: list[Mapping[str, Any]], key: str, number: str | None) -> list[str]:
    """Without a call nothing is done, and still it shows whether somebody is there to do it."""
    record = Record(
        phone=PhoneCall(base_url="ws://probe.invalid", to_number=number),
        ending="user_hangup",
        ended_ms=wall_ms(),
    )
    problems = []
    async with aiohttp.ClientSession() as session:
        caller = FunctionCaller(
            session=session,
            signer=Signer(key=key),
            effort=Effort(timeout_s=10.0, retries=1),
            payload=Payload.AT_ROOT,
        )
        for tool in tools:
            answer = await caller.call(tool["url"], tool["name"], {}, record)
            if not answer.succeeded:
                status = answer.delivery.last.status or "nothing"
                problems.append(f"tool {tool['name']}: {tool['url']} answers {status}")
    return problems
