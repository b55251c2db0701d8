"""Agents at Retell are made from code, and what others set there stays."""

from __future__ import annotations

import copy
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from booking_core.adapters.salon_file import read
from nlu.names import sounds_alike
from voice_agent.retell.agent_settings import Kind, Wanted, wanted
from voice_agent.retell.agent_walk import flow_problems
from voice_agent.retell.catalogue import tools
from voice_agent.retell.deploying import DeployRefused, Order, Remote, deploy
from voice_agent.retell.deploying.deploy import verify
from voice_agent.retell.deploying.errors import ChangedAtRetell, NumberUnknown, RetellRefused
from voice_agent.retell.deploying.memory import Memory, remembered
from voice_agent.retell.deploying.plan import plan
from voice_agent.retell.functions import HANDLERS
from voice_agent.simulator.management import Management, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

NUMBER = "+493000000017"
KINDS = list(Kind)


def _wanted(kind: Kind, address: str = "https://bot.example") -> Wanted:
    text = (files("voice_agent") / "salons" / "friseur1.yaml").read_text("utf-8")
    salon = read(text, name="friseur1", sounds_alike=sounds_alike).salon
    return wanted(salon, kind, public_url=address, secret="not-a-secret")


@pytest.fixture
async def management() -> AsyncIterator[Management]:
    async with serving() as running:
        running.numbers[NUMBER] = {
            "phone_number": NUMBER,
            "phone_number_type": "custom",
            "last_modification_timestamp": 1,
        }
        yield running


@pytest.fixture
async def remote(management: Management) -> AsyncIterator[Remote]:
    async with Remote(api_key="key_of_nobody", base_url=management.url) as client:
        yield client


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return remembered(tmp_path, "friseur1")


def _newest(management: Management) -> dict[str, object]:
    (versions,) = management.agents.values()
    return versions[-1]


@pytest.mark.parametrize("kind", KINDS)
async def test_first_deploy_publishes_and_pins_the_number(
    kind: Kind, management: Management, remote: Remote, memory: Memory
) -> None:
    order = Order(wanted=_wanted(kind), number=NUMBER)

    done = await deploy(order, remote, memory)

    assert await verify(remote, done, order) == []
    assert _newest(management)["is_published"] is True
    answering = [{"agent_id": done.agent_id, "agent_version": 0, "weight": 1}]
    assert management.numbers[NUMBER]["inbound_agents"] == answering


@pytest.mark.parametrize("kind", KINDS)
async def test_second_deploy_of_the_same_changes_nothing(
    kind: Kind, management: Management, remote: Remote, memory: Memory
) -> None:
    order = Order(wanted=_wanted(kind), number=NUMBER)
    await deploy(order, remote, memory)
    management.requests.clear()

    done = await deploy(order, remote, memory)

    assert done.plan.changes == ()
    assert [one for one in management.requests if not one.startswith("GET")] == []


@pytest.mark.parametrize("kind", KINDS)
async def test_change_goes_out_as_a_new_version_and_moves_the_number(
    kind: Kind, management: Management, remote: Remote, memory: Memory
) -> None:
    await deploy(Order(wanted=_wanted(kind), number=NUMBER), remote, memory)
    before = copy.deepcopy(_newest(management))
    order = Order(wanted=_wanted(kind, "https://new.example"), number=NUMBER)

    done = await deploy(order, remote, memory)

    assert done.version == 1
    assert await verify(remote, done, order) == []
    assert management.agents[done.agent_id][0] == before


async def test_what_others_added_stays(
    management: Management, remote: Remote, memory: Memory
) -> None:
    await deploy(Order(wanted=_wanted(Kind.RETELL_LLM)), remote, memory)
    agent = _newest(management)
    agent["voice_id"], agent["ambient_sound"] = "another-voice", "coffee-shop"
    (engine,) = (versions[0] for versions in management.engines.values())
    engine["general_tools"].append({"type": "end_call", "name": "hang_up_now"})

    await deploy(Order(wanted=_wanted(Kind.RETELL_LLM, "https://new.example")), remote, memory)

    after = _newest(management)
    assert (after["voice_id"], after["ambient_sound"]) == ("another-voice", "coffee-shop")
    names = [one["name"] for one in (await _engine(remote, after))["general_tools"]]
    assert set(names) == {*HANDLERS, "end_call", "hang_up_now"}


async def _engine(remote: Remote, agent: dict[str, object]) -> dict[str, list[dict[str, str]]]:
    used = agent["response_engine"]
    assert isinstance(used, dict)
    engine = await remote.engine(Kind.RETELL_LLM, used["llm_id"], used["version"])
    assert engine is not None
    return engine


async def test_what_others_changed_of_ours_is_shown_and_kept_unless_forced(
    management: Management, remote: Remote, memory: Memory
) -> None:
    order = Order(wanted=_wanted(Kind.CUSTOM_LLM))
    await deploy(order, remote, memory)
    _newest(management)["timezone"] = "Europe/Vienna"

    with pytest.raises(ChangedAtRetell, match=r"agent\.timezone"):
        await deploy(order, remote, memory)
    assert _newest(management)["timezone"] == "Europe/Vienna"

    await deploy(Order(wanted=order.wanted, force=True), remote, memory)
    assert _newest(management)["timezone"] == "Europe/Berlin"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "broken",
    [
        "POST /create-agent",
        "POST /publish-agent-version",
        "PATCH /update-phone-number",
    ],
)
async def test_broken_off_deploy_goes_on_where_it_stopped(
    kind: Kind, broken: str, management: Management, remote: Remote, memory: Memory
) -> None:
    order = Order(wanted=_wanted(kind), number=NUMBER)
    management.failing[broken] = 422

    with pytest.raises(RetellRefused):
        await deploy(order, remote, memory)
    assert "inbound_agents" not in management.numbers[NUMBER]

    management.failing.clear()
    done = await deploy(order, remote, remembered(memory.file.parents[1], "friseur1"))

    assert await verify(remote, done, order) == []
    assert len(management.agents) == 1
    assert len(management.engines) <= 1


async def test_number_is_not_moved_to_a_server_that_does_not_answer(
    management: Management, remote: Remote, memory: Memory
) -> None:
    async def silent() -> None:
        raise DeployRefused("nobody there")

    with pytest.raises(DeployRefused, match="nobody there"):
        await deploy(
            Order(wanted=_wanted(Kind.CUSTOM_LLM), number=NUMBER), remote, memory, check=silent
        )

    assert "inbound_agents" not in management.numbers[NUMBER]


async def test_number_of_another_agent_is_not_taken_over_unasked(
    management: Management, remote: Remote, memory: Memory
) -> None:
    other = {"agent_id": "agent_other", "agent_version": 0, "weight": 1}
    management.numbers[NUMBER]["inbound_agents"] = [other]

    with pytest.raises(ChangedAtRetell, match="agent_other answers there"):
        await deploy(Order(wanted=_wanted(Kind.CUSTOM_LLM), number=NUMBER), remote, memory)

    assert management.agents == {}


async def test_unknown_number_is_imported_only_with_a_trunk(
    management: Management, remote: Remote, memory: Memory
) -> None:
    number, want = "+493000000018", _wanted(Kind.CUSTOM_LLM)
    with pytest.raises(NumberUnknown, match="--import-number"):
        await deploy(Order(wanted=want, number=number), remote, memory)

    trunk = {"termination_uri": "sip.example"}
    order = Order(wanted=want, number=number, trunk=trunk)
    done = await deploy(order, remote, memory)

    assert await verify(remote, done, order) == []
    assert management.numbers[number]["termination_uri"] == "sip.example"


async def test_diff_changes_nothing(management: Management, remote: Remote, memory: Memory) -> None:
    found = await plan(_wanted(Kind.CUSTOM_LLM), remote, memory, NUMBER)

    assert "agent.timezone" in [change.path for change in found.changes]
    assert management.agents == {}
    assert not memory.file.exists()


def test_every_declared_function_has_a_handler_and_waits_longer_than_it_takes() -> None:
    assert {tool.name for tool in tools()} == set(HANDLERS)
    assert all(5 < tool.timeout_s <= 120 for tool in tools())


def test_flow_can_be_walked_and_broken_ones_are_told() -> None:
    flow = _wanted(Kind.CONVERSATION_FLOW).engine
    assert flow_problems(flow) == []

    broken = copy.deepcopy(flow)
    broken["nodes"][0]["edges"][0]["destination_node_id"] = broken["nodes"][0]["id"]
    broken["nodes"][1]["else_edge"]["transition_condition"]["prompt"] = "Sonst"
    del broken["default_dynamic_variables"]["found_say"]

    told = " / ".join(flow_problems(broken))
    assert "welcome leads to itself" in told
    assert "has to be 'Else'" in told
    assert "{{found_say}} has no value" in told
