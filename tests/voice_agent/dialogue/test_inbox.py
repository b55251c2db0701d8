from __future__ import annotations

import asyncio

import pytest

from voice_agent.dialogue.inbox import Inbox, Introduced, Overheard, Request
from voice_agent.dialogue.transcript import Speaker, Utterance


def _said(words: str) -> tuple[Utterance, ...]:
    return (Utterance(speaker=Speaker.CALLER, text=words),)


async def test_what_was_overheard_is_delivered_while_nothing_is_asked() -> None:
    inbox, overheard = Inbox(), Overheard(transcript=_said("eins"))

    inbox.put(overheard)

    assert await inbox.get() is overheard


async def test_what_was_overheard_before_a_request_that_waits_is_passed_over() -> None:
    inbox, request = Inbox(), Request(response_id=1, transcript=_said("eins zwei"))

    inbox.put(Overheard(transcript=_said("eins")))
    inbox.put(request)

    assert await inbox.get() is request


async def test_what_is_overheard_after_a_request_was_taken_is_delivered() -> None:
    inbox, overheard = Inbox(), Overheard(transcript=_said("eins zwei"))

    inbox.put(Request(response_id=1, transcript=_said("eins")))
    await inbox.get()
    inbox.put(overheard)

    assert await inbox.get() is overheard


async def test_only_the_newest_request_is_delivered_and_nothing_else_is_lost() -> None:
    inbox, introduced = Inbox(), Introduced(caller_number=None)
    newest = Request(response_id=2, transcript=_said("eins zwei"))

    for item in (Request(response_id=1, transcript=_said("eins")), introduced, newest):
        inbox.put(item)

    assert [await inbox.get(), await inbox.get()] == [introduced, newest]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await inbox.get()
