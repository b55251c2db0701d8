from __future__ import annotations

from typing import Any


async def test_a_peer_that_stops_pinging_is_let_go_so_that_it_can_come_back(
    hurried: Any,
) -> None:
    server = await hurried(idle_s=0.2)
    async with server.call() as phone:
        await phone.greeted()
        await phone.send(interaction_type="ping_pong", timestamp=1)
        await phone.frame()
        await phone.socket.wait_closed()

    assert phone.socket.close_code == 1006


async def test_a_peer_that_never_pings_may_be_silent_for_as_long_as_it_likes(
    hurried: Any,
) -> None:
    server = await hurried(idle_s=0.1)
    async with server.call() as phone:
        await phone.greeted()
        await phone.nothing(0.3)
        answer = await phone.exchange(1, "noch da")

    assert answer.text == "Gehört noch da."
