"""Retell's webhooks about the calls of a file, in whatever order and as often as the file says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import ClientSession
from yarl import URL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_agent.simulator.caller import Caller
    from voice_agent.simulator.replay_file import Webhook

PATH = "/retell/webhook"


async def send_webhooks(
    events: Sequence[Webhook], callers: Sequence[Caller], base_url: str
) -> list[str]:
    """Send each of them for each call; what the server did not take is complained about."""
    if not events:
        return []
    refused = []
    async with ClientSession() as session:
        for event in events:
            for caller in callers:
                body = {"event": event.value, "call": caller.call.phone.details()}
                async with session.post(URL(base_url).origin() / PATH[1:], json=body) as answer:
                    if not answer.ok:
                        refused.append(f"{event.value}: the server answered {answer.status}")
    return refused
