"""What is thought about before Retell asks for it, and that it stays a thought until then."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession

from booking_core.domain.appointment import Customer

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_agent.app import Services


@dataclass
class Listening:
    """A script that tells what it was asked to understand, in order."""

    script: Any
    heard: list[str] = field(default_factory=list)

    def understand(self, text: str, *rest: Any) -> Any:
        self.heard.append(text)
        return self.script.understand(text, *rest)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.script, name)


@pytest.fixture
def listening(services: Services) -> Listening:
    return Listening(services.script)


@pytest.fixture
async def server(start: Any, services: Services, listening: Listening) -> Any:
    """A server that thinks about what it hears as soon as it hears it."""
    patience = replace(services.patience, quiet_s=0.0, known_callers_s=0.01, filler_s=0.05)
    script: Any = listening
    return await start(replace(services, script=script, patience=patience))


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.005)


async def _until_counted(server: Any, *, ahead: int, answered: int) -> None:
    """Until the figures say so: a turn is noted right after its last word."""
    wanted = {
        f"voice_agent_turns_ahead_total {ahead}.0",
        f'voice_agent_turn_seconds_count{{kind="answer"}} {answered}.0',
    }
    async with asyncio.timeout(60), ClientSession() as session:
        told = set[str]()
        while not wanted <= told:
            async with session.get(f"http://127.0.0.1:{server.port}/metrics") as page:
                told = set((await page.text()).splitlines())


async def _overhear(phone: Any, listening: Listening, words: str) -> None:
    """The caller says this, and it has been thought about."""
    before = len(listening.heard)
    phone.says(words)
    await phone.send(interaction_type="update_only", transcript=phone.transcript)
    await _until(lambda: len(listening.heard) > before)


async def test_what_was_overheard_is_not_worked_out_again_when_it_is_asked_for(
    server: Any, listening: Listening
) -> None:
    async with server.call() as phone:
        await phone.greeted()
        await _overhear(phone, listening, "eins")
        await phone.ask(1)
        answer = await phone.answer(1)
        phone.hears(answer.text)
        after = await phone.exchange(2, "zwei")

        await _until_counted(server, ahead=1, answered=2)

    assert answer.text == "Gehört eins."
    assert after.text == "Gehört eins / zwei."
    assert listening.heard == ["eins", "zwei"]


async def test_nothing_is_said_or_done_about_words_that_are_only_overheard(
    server: Any, listening: Listening, desk: Any
) -> None:
    async with server.call() as phone:
        await phone.greeted()
        await phone.exchange(1, "suche")
        await _overhear(phone, listening, "ja")
        await phone.nothing()
        ordered_before = list(desk.orders)
        await phone.ask(2)
        answer = await phone.answer(2)

    assert ordered_before == []
    assert answer.text.endswith("Der Termin steht.")
    assert len(desk.orders) == 1


async def test_a_caller_who_goes_on_is_answered_to_all_of_it(
    server: Any, listening: Listening
) -> None:
    async with server.call() as phone:
        await phone.greeted()
        await _overhear(phone, listening, "ja")
        phone.transcript[-1]["content"] = "ja nein doch nicht"
        await phone.ask(1)
        answer = await phone.answer(1)

    assert answer.text == "Gehört ja nein doch nicht."
    assert listening.heard == ["ja", "ja nein doch nicht"]


async def test_words_added_to_an_unheard_answer_are_thought_about_with_those_before(
    server: Any, listening: Listening
) -> None:
    async with server.call() as phone:
        await phone.greeted()
        phone.says("eins")
        await phone.ask(1)
        await phone.answer(1)
        await _overhear(phone, listening, "und zwei")
        await phone.ask(2)
        answer = await phone.answer(2)

    assert answer.text == "Gehört eins und zwei."
    assert listening.heard == ["eins", "eins und zwei"]


async def test_an_interruption_is_known_as_one_beforehand(
    server: Any, listening: Listening
) -> None:
    async with server.call() as phone:
        await phone.greeted()
        await phone.exchange(1, "eins")
        phone.transcript[-1]["content"] = "Gehört"
        await _overhear(phone, listening, "halt")
        await phone.ask(2)
        answer = await phone.answer(2)

    assert answer.text == "Gehört unterbrochen eins / halt."
    assert listening.heard == ["eins", "halt"]


async def test_words_that_cannot_be_dealt_with_are_apologised_for_once_and_when_asked(
    server: Any, listening: Listening
) -> None:
    async with server.call() as phone:
        await phone.greeted()
        await _overhear(phone, listening, "kaputt")
        await phone.nothing()
        await phone.ask(1)
        answer = await phone.answer(1)
        phone.hears(answer.text)
        after = await phone.exchange(2, "eins")

    assert answer.text == "Hinweis technical_failure."
    assert after.text == "Gehört eins."


async def test_a_thought_does_not_outlive_what_becomes_known_meanwhile(
    server: Any, listening: Listening, desk: Any
) -> None:
    desk.recognising.clear()
    desk.customers = [Customer(name="Wiebke Jansen", phone="+491713333333")]
    async with server.call() as phone:
        await phone.greeted()
        await _overhear(phone, listening, "wer bin ich")
        desk.recognising.set()
        await phone.nothing(0.1)
        await phone.ask(1)
        answer = await phone.answer(1)

    assert answer.text == "Sie sind Wiebke Jansen."


async def test_what_is_overheard_during_a_search_changes_nothing_of_it(
    server: Any, listening: Listening, desk: Any
) -> None:
    desk.searching.clear()
    async with server.call() as phone:
        await phone.greeted()
        phone.says("suche")
        await phone.ask(1)
        filler = await phone.frame()
        phone.says("bitte bald")
        await phone.send(interaction_type="update_only", transcript=phone.transcript)
        await phone.nothing(0.05)
        desk.searching.set()
        answer = await phone.answer(1)

    assert filler["content"] == "Hinweis filler_search. "
    assert answer.text == "Um zwölf wäre Platz."
    assert listening.heard == ["suche"]


async def test_what_the_agent_says_is_no_reason_to_think_again(
    server: Any, listening: Listening
) -> None:
    async with server.call() as phone:
        await phone.greeted()
        phone.says("eins")
        await phone.ask(1)
        answer = await phone.answer(1)
        for turn in ("agent_turn", "user_turn"):
            await phone.send(
                interaction_type="update_only", transcript=phone.transcript, turntaking=turn
            )
        phone.hears(answer.text)
        await phone.send(interaction_type="update_only", transcript=phone.transcript)
        await phone.nothing(0.05)

    assert listening.heard == ["eins"]


async def test_an_update_that_cannot_be_read_is_passed_over(
    server: Any, listening: Listening
) -> None:
    async with server.call() as phone:
        await phone.greeted()
        await phone.socket.send('{"interaction_type": "update_only", "transcript": [')
        await phone.nothing(0.05)
        answer = await phone.exchange(1, "eins")

    assert answer.text == "Gehört eins."
    assert listening.heard == ["eins"]
