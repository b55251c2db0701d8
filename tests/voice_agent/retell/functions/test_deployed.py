"""After a deploy somebody rings, and finds out whether the number leads where it is known."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from voice_agent.retell.agent_settings import Kind, wanted
from voice_agent.retell.deploying import Order, Remote, deploy
from voice_agent.retell.deploying.memory import remembered
from voice_agent.retell.deploying.plan import engine_field
from voice_agent.simulator.line import Patience
from voice_agent.simulator.management import serving
from voice_agent.simulator.probe import probe

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from booking_core.domain.catalogue import Salon

KEY = "key_of_the_probe"
NUMBER, FOREIGN = "+493023125000", "+493099999999"
HOSTED = (Kind.RETELL_LLM, Kind.CONVERSATION_FLOW)
PATIENT = Patience(connect_attempts=2, connect_pause_s=0.01, answer_s=60.0)


@pytest.fixture
async def deployed(demo_salon: Salon, tmp_path: Path) -> AsyncIterator[Any]:
    """Deploys an agent of this kind for a server, and gives what is at Retell then."""

    async def deployed(kind: Kind, url: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
        order = Order(wanted=wanted(demo_salon, kind, public_url=url))
        async with (
            serving() as management,
            Remote(api_key="key_of_nobody", base_url=management.url) as remote,
        ):
            done = await deploy(order, remote, remembered(tmp_path, kind.value))
            agent = await remote.agent(done.agent_id)
            assert agent is not None
            used = agent["response_engine"]
            if kind is Kind.CUSTOM_LLM:
                return agent, None
            return agent, await remote.engine(kind, used[engine_field(kind)], used["version"])

    return deployed


@pytest.fixture
async def guarded(open_office: Any) -> AsyncIterator[Any]:
    async with open_office(retell_api_key=SecretStr(KEY)) as office:
        yield office


async def test_number_that_leads_to_our_server_is_answered(guarded: Any, deployed: Any) -> None:
    for kind in Kind:
        agent, engine = await deployed(kind, guarded.url)
        assert await probe(agent, engine, NUMBER, key=KEY, patience=PATIENT) == [], kind


async def test_number_that_no_salon_has_is_noticed(guarded: Any, deployed: Any) -> None:
    agent, _ = await deployed(Kind.CUSTOM_LLM, guarded.url)

    (problem,) = await probe(agent, None, FOREIGN, key=KEY, patience=PATIENT)

    assert f"no salon of this server has the number {FOREIGN}" in problem


async def test_server_that_is_not_there_is_noticed(unused_tcp_port: int, deployed: Any) -> None:
    agent, _ = await deployed(Kind.CUSTOM_LLM, f"http://127.0.0.1:{unused_tcp_port}")

    (problem,) = await probe(agent, None, NUMBER, key=KEY, patience=PATIENT)

    assert "connection lost" in problem


@pytest.mark.parametrize("kind", HOSTED)
async def test_tool_that_nobody_carries_out_is_noticed(
    guarded: Any, deployed: Any, kind: Kind
) -> None:
    agent, engine = await deployed(kind, guarded.url)
    tools = engine["general_tools" if kind is Kind.RETELL_LLM else "tools"]
    tools[0]["url"] += "_of_last_year"

    (problem,) = await probe(agent, engine, NUMBER, key=KEY)

    assert problem.startswith(f"tool {tools[0]['name']}")
    assert problem.endswith("answers 404")


@pytest.mark.parametrize("kind", HOSTED)
async def test_key_that_the_server_does_not_know_is_noticed(
    guarded: Any, deployed: Any, kind: Kind
) -> None:
    agent, engine = await deployed(kind, guarded.url)

    problems = await probe(agent, engine, NUMBER, key="another")

    assert problems
    assert all(problem.endswith("answers 401") for problem in problems)


async def test_command_deploys_rings_and_tells(
    guarded: Any, tmp_path: Path, database_url: str, redis_url: str
) -> None:
    async with serving() as management:
        management.numbers[FOREIGN] = {"phone_number": FOREIGN, "phone_number_type": "custom"}
        management.numbers[NUMBER] = {"phone_number": NUMBER, "phone_number_type": "custom"}
        settings = {
            "RETELL_API_KEY": KEY,
            "RETELL_BASE_URL": management.url,
            "PUBLIC_URL": guarded.url,
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "VOICE_AGENT_HOME": str(tmp_path),
        }
        good = await _voice_agent(settings, "retell", "deploy", "--number", NUMBER)
        settings["LLM_WEBSOCKET_SECRET"] = "only-retell-knows"
        foreign = await _voice_agent(settings, "retell", "deploy", "--number", FOREIGN)

    assert good[0] == 0, good
    assert "version 0: published" in good[1]
    assert "self-test" not in good[1]
    assert foreign[0] == 1
    assert "self-test: websocket: " in foreign[1]  # the server that runs knows no such secret
    assert "only-retell-knows" not in foreign[1] + foreign[2]


async def test_sandbox_tells_its_address_also_to_a_pipe() -> None:
    sandbox = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "voice_agent", "retell", "sandbox", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert sandbox.stdout is not None
        async with asyncio.timeout(120):
            line = await sandbox.stdout.readline()
    finally:
        sandbox.kill()
        await sandbox.wait()

    assert line.startswith(b"RETELL_BASE_URL=http://127.0.0.1:")


async def _voice_agent(settings: dict[str, str], *args: str) -> tuple[int, str, str]:
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "voice_agent",
        *args,
        env={**os.environ, **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await running.communicate()
    return running.returncode or 0, out.decode(), err.decode()
