"""Retell's webhooks about the calls of a file, in whatever order and as often as the file says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import ClientSession
from yarl import URL

from voice_agent.simulator.post import Post
from voice_agent.simulator.records import Letter, Record
from voice_agent.simulator.signing import Signer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_agent.simulator.caller import Caller
    from voice_agent.simulator.replay_file import Webhook

PATH = "retell/webhook"


async def send_webhooks(
    events: Sequence[Webhook], callers: Sequence[Caller], base_url: str
) -> list[str]:
    """Send each of them for each call; what the server did not take is complained about."""
    if not events:
        return []
    refused = []
    async with ClientSession() as session:
        post = Post(session=session, signer=Signer(key=None))
        for event in events:
            for caller in callers:
                letter = _letter(event.value, Record.of(caller.call))
                url = str(URL(base_url).origin() / PATH)
                delivery = await post.send(url, letter.raw, name=letter.event)
                if not delivery.taken:
                    refused.append(f"{event.value}: the server answered {delivery.last.status}")
    return refused


def _letter(event: str, record: Record) -> Letter:
    return next(letter for letter in record.letters() if letter.event == event)
