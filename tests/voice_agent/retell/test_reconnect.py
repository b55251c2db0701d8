from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from redis.asyncio import Redis
from sqlalchemy import select

from booking_core.adapters.postgres.call_tables import call

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from voice_agent.app import Services

CONFIG = {
    "response_type": "config",
    "config": {"auto_reconnect": True, "call_details": True},
}


async def _again(phone: Any, before: Any) -> None:
    """The new connection of the same call: configuration again, then nothing by itself."""
    phone.transcript = before.transcript
    assert await phone.frame() == CONFIG
    await phone.introduce()
    await phone.nothing()


async def test_a_reconnected_call_goes_on_without_a_second_greeting(server: Any) -> None:
    async with server.call() as first:
        await first.greeted()
        await first.exchange(1, "eins")
        first.socket.transport.abort()

    async with server.call() as second:
        await _again(second, first)
        answer = await second.exchange(2, "zwei")

    assert answer.text == "Gehört eins / zwei."


async def test_a_greeting_that_broke_off_is_not_said_again(server: Any, redis: Redis) -> None:
    await _break_at_the_greeting(server, redis, "call_greeted")

    async with server.call("call_greeted") as second:
        second.hears("Salon Probe")
        assert await second.frame() == CONFIG
        await second.introduce()
        await second.nothing()
        answer = await second.exchange(1, "eins")

    assert answer.text == "Gehört eins."


async def test_a_greeting_that_nobody_heard_is_the_first_answer_to_silence(
    server: Any, redis: Redis
) -> None:
    await _break_at_the_greeting(server, redis, "call_unheard")

    async with server.call("call_unheard") as second:
        assert await second.frame() == CONFIG
        await second.ask(1, reminder=True)
        greeting = await second.answer(1)
        second.hears(greeting.text)
        await second.ask(2, reminder=True)
        reminder = await second.answer(2)

    assert greeting.text == "Salon Probe"
    assert reminder.text == "Sind Sie noch da?"


async def _break_at_the_greeting(server: Any, redis: Redis, call_id: str) -> None:
    """Leave the session as it stands when the line breaks before the greeting was noted as said."""
    async with server.call(call_id) as first:
        await first.greeted()
        await first.nothing(0.05)
        first.socket.transport.abort()
    key = f"voice-agent:call:{call_id}"
    kept = json.loads(await redis.hget(key, "session")) | {"closed": False, "saved": 99}
    await redis.hset(key, "session", json.dumps(kept))


async def test_ids_that_begin_again_on_a_new_line_are_answered(server: Any) -> None:
    async with server.call() as first:
        await first.greeted()
        await first.exchange(1, "eins")
        first.socket.transport.abort()

    async with server.call() as second:
        await _again(second, first)
        answer = await second.exchange(1, "zwei")

    assert answer.text == "Gehört eins / zwei."


async def test_an_owed_answer_does_not_use_up_the_first_id_of_a_new_line(
    server: Any, desk: Any
) -> None:
    desk.searching.clear()
    async with server.call() as first:
        await first.greeted()
        first.says("suche")
        await first.ask(1)
        await desk.began.wait()
        first.socket.transport.abort()
    desk.searching.set()

    async with server.call() as second:
        await second.frame()
        owed = await second.answer(1)
        second.transcript = first.transcript
        second.hears(owed.text)
        answer = await second.exchange(1, "um drei")

    assert owed.text == "Um zwölf wäre Platz."
    assert answer.text == "Gehört suche / um drei."


async def test_another_process_takes_the_call_over(start: Any, services: Services) -> None:
    here, there = await start(services), await start(services)
    async with here.call() as first:
        await first.greeted()
        await first.exchange(1, "eins")
        await here.stop()

        async with there.call() as second:
            await _again(second, first)
            answer = await second.exchange(2, "zwei")

    assert first.socket.close_code == 1006
    assert answer.text == "Gehört eins / zwei."


async def test_the_newest_of_two_lines_has_the_call_and_the_other_is_broken_off(
    start: Any, services: Services
) -> None:
    here, there = await start(services), await start(services)
    async with here.call() as old:
        await old.greeted()
        async with there.call() as new:
            await _again(new, old)
            old.says("von gestern")
            await old.ask(1)
            await old.socket.wait_closed()
            new.transcript = new.transcript[:1]
            answer = await new.exchange(1, "von heute")

    assert [frame for frame in old.frames if frame.get("response_id") == 1] == []
    assert old.socket.close_code == 1006
    assert answer.text == "Gehört von heute."


async def test_a_search_of_a_line_that_has_lost_the_call_is_called_off(
    start: Any, services: Services, desk: Any
) -> None:
    here, there = await start(services), await start(services)
    desk.searching.clear()
    async with here.call() as old:
        await old.greeted()
        async with there.call() as new:
            await _again(new, old)
            old.says("suche")
            await old.ask(1)
            await old.socket.wait_closed()
            searching = [task for task in asyncio.all_tasks() if task.get_name() == "search"]
            desk.searching.set()
            new.transcript = new.transcript[:1]
            answer = await new.exchange(1, "suche")

    assert searching == []
    assert [frame for frame in old.frames if frame.get("response_id") == 1] == []
    assert answer.text == "Um zwölf wäre Platz."


async def test_an_old_line_that_closes_regularly_does_not_end_the_call_of_the_new_one(
    start: Any, services: Services, engine: AsyncEngine
) -> None:
    server: Any = await start(services)
    desk: Any = services.desk
    async with server.call("call_two") as old:
        await old.greeted()
        await old.exchange(1, "suche")
        async with server.call("call_two") as new:
            await _again(new, old)
            await old.socket.close(code=1000)
            await asyncio.sleep(0.1)
            released = list(desk.released)
            answer = await new.exchange(2, "ja")
    await server.stop()

    async with engine.connect() as connection:
        row = (await connection.execute(select(call).where(call.c.id == "call_two"))).one()
    assert released == []
    assert answer.text.endswith("Der Termin steht.")
    assert desk.released == ["call:call_two"]
    assert row.outcome == "booked"


async def test_an_answer_owed_when_the_line_broke_is_given_on_the_new_one(
    start: Any, services: Services
) -> None:
    server: Any = await start(services)
    desk: Any = services.desk
    desk.searching.clear()
    async with server.call() as first:
        await first.greeted()
        first.says("suche")
        await first.ask(1)
        await desk.began.wait()
        first.socket.transport.abort()
    desk.searching.set()

    async with server.call() as second:
        await second.frame()
        answer = await second.answer(1)

    assert answer.text == "Um zwölf wäre Platz."


async def test_a_booking_under_way_in_a_dead_process_is_asked_for_by_the_same_order(
    start: Any, services: Services
) -> None:
    here: Any = await start(services)
    there: Any = await start(services)
    desk: Any = services.desk
    desk.booking.clear()
    async with here.call() as first:
        await first.greeted()
        await first.exchange(1, "suche")
        first.says("ja")
        await first.ask(2)
        first.hears((await first.frame())["content"])
        first.socket.transport.abort()

    async with there.call() as second:
        await second.frame()
        second.transcript = first.transcript
        second.says("Hallo?")
        await second.ask(3)
        meanwhile = await second.frame()
        desk.booking.set()
        result = await second.answer(3)

    assert meanwhile["content"] == "Nebenbei Hallo?. "
    assert result.text == "Der Termin steht."
    assert desk.orders[0] == desk.orders[1]
    assert len(desk.results) == 1


async def test_a_result_that_came_while_the_line_was_broken_is_told_on_the_new_one(
    server: Any, desk: Any
) -> None:
    desk.booking.clear()
    async with server.call() as first:
        await first.greeted()
        await first.exchange(1, "suche")
        first.says("ja")
        await first.ask(2)
        await first.frame()
        first.socket.transport.abort()
    await asyncio.sleep(0.05)
    desk.booking.set()
    await asyncio.sleep(0.05)

    async with server.call() as second:
        await second.frame()
        result = await second.answer(2)

    assert result.text == "Der Termin steht."
    assert len(desk.orders) == 1


async def test_a_result_that_ends_the_call_ends_it_on_the_new_line_as_well(
    server: Any, desk: Any
) -> None:
    desk.booking.clear()
    async with server.call() as first:
        await first.greeted()
        await first.exchange(1, "suche")
        first.says("ja und tschau")
        await first.ask(2)
        await first.frame()
        first.socket.transport.abort()
    await asyncio.sleep(0.05)
    desk.booking.set()
    await asyncio.sleep(0.05)

    async with server.call() as second:
        await second.frame()
        result = await second.answer(2)

    assert result.text == "Der Termin steht."
    assert result.last["end_call"] is True


async def test_a_goodbye_cut_off_by_a_broken_line_ends_the_call_when_it_is_said_again(
    server: Any,
) -> None:
    async with server.call() as first:
        await first.greeted()
        first.says("tschüss")
        await first.ask(1)
        goodbye = await first.answer(1)
        first.hears(goodbye.text[:5])
        first.socket.transport.abort()

    async with server.call() as second:
        await _again(second, first)
        await second.ask(2)
        again = await second.answer(2)

    assert again.text == "Auf Wiederhören."
    assert again.last["end_call"] is True


async def test_a_call_that_hung_up_and_comes_back_finds_itself_as_it_was(server: Any) -> None:
    async with server.call() as first:
        await first.greeted()
        await first.exchange(1, "eins")
    await asyncio.sleep(0.1)

    async with server.call() as second:
        await _again(second, first)
        answer = await second.exchange(2, "zwei")

    assert answer.text == "Gehört eins / zwei."


async def test_without_redis_a_call_goes_on_and_is_remembered_by_this_process(
    start: Any, services: Services
) -> None:
    nowhere = Redis(host="127.0.0.1", port=1)
    server: Any = await start(replace(services, redis=nowhere))
    async with server.call() as first:
        await first.greeted()
        await first.exchange(1, "eins")
        first.socket.transport.abort()

    async with server.call() as second:
        await _again(second, first)
        answer = await second.exchange(2, "zwei")
    await nowhere.aclose()

    assert answer.text == "Gehört eins / zwei."


async def test_a_redis_that_hangs_for_a_while_delays_nobody_for_long(
    server: Any, redis: Redis
) -> None:
    loop = asyncio.get_running_loop()
    async with server.call("call_slow") as phone:
        await phone.greeted()
        await phone.exchange(1, "eins")
        await redis.execute_command("CLIENT", "PAUSE", "3000", "ALL")
        began = loop.time()
        during = await phone.exchange(2, "zwei")
        waited_s = loop.time() - began
        await redis.ping()
        await asyncio.sleep(2.1)  # after an absence Redis is left alone for two seconds
        after = await phone.exchange(3, "drei")
        await phone.nothing(0.05)

    kept = json.loads(await redis.hget("voice-agent:call:call_slow", "session"))
    assert during.text == "Gehört eins / zwei."
    assert waited_s < 2.5
    assert after.text == "Gehört eins / zwei / drei."
    assert json.loads(kept["state"])[0] == ["eins", "zwei", "drei"]


async def test_a_call_whose_session_is_lost_is_answered_but_not_greeted_again(
    hurried: Any, redis: Redis
) -> None:
    server = await hurried(details_s=0.1)
    async with server.call("call_lost") as phone:
        await phone.frame()
        phone.hears("Guten Tag.")
        phone.says("um drei")
        await phone.ask(5)
        answer = await phone.answer(5)

    assert await redis.exists("voice-agent:call:call_lost") == 1
    assert answer.text == "Gehört um drei."


async def test_what_is_kept_of_a_call_expires_and_holds_the_whole_state(
    server: Any, redis: Redis
) -> None:
    async with server.call("call_kept") as phone:
        await phone.greeted()
        await phone.exchange(1, "eins")
        await phone.nothing(0.05)

    kept = json.loads(await redis.hget("voice-agent:call:call_kept", "session"))
    assert json.loads(kept["state"]) == [["eins"], 0, False, False]
    assert kept["closed"] is True
    assert 3600 < await redis.ttl("voice-agent:call:call_kept") <= 4 * 3600


async def test_a_state_of_another_version_is_begun_anew_without_a_second_greeting(
    server: Any, redis: Redis
) -> None:
    async with server.call("call_old") as first:
        await first.greeted()
        await first.exchange(1, "eins")
        await first.nothing(0.05)
    key = "voice-agent:call:call_old"
    kept = json.loads(await redis.hget(key, "session")) | {"state": "not ours", "saved": 99}
    await redis.hset(key, "session", json.dumps(kept))

    async with server.call("call_old") as second:
        await _again(second, first)
        answer = await second.exchange(2, "zwei")

    assert answer.text == "Gehört zwei."
