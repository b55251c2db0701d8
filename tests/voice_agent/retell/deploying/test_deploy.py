"""Agents at Retell are made from code, and what others set there stays."""

from __future__ import annotations

import copy
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from retell.types import (
    AgentResponse,
    ConversationFlowResponse,
    LlmResponse,
    PhoneNumberResponse,
)

from booking_core.adapters.salon_file import read
from nlu.names import sounds_alike
from voice_agent.retell.agent_settings import Kind, Wanted, wanted
from voice_agent.retell.agent_walk import flow_problems, way_problems
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


async def test_another_number_can_be_led_there_as_well(
    management: Management, remote: Remote, memory: Memory
) -> None:
    second = "+493000000019"
    management.numbers[second] = {**management.numbers[NUMBER], "phone_number": second}
    await deploy(Order(wanted=_wanted(Kind.CUSTOM_LLM), number=NUMBER), remote, memory)
    order = Order(wanted=_wanted(Kind.CUSTOM_LLM), number=second)

    done = await deploy(order, remote, memory)

    assert await verify(remote, done, order) == []
    assert len({str(one["inbound_agents"]) for one in management.numbers.values()}) == 1


async def test_unknown_number_is_imported_only_with_a_trunk(
    management: Management, remote: Remote, memory: Memory
) -> None:
    number, want = "+493000000018", _wanted(Kind.CUSTOM_LLM)
    with pytest.raises(NumberUnknown, match="--import-number"):
        await deploy(Order(wanted=want, number=number), remote, memory)

    trunk = {
        "termination_uri": "sip.example",
        "sip_trunk_auth_username": "salon",
        "sip_trunk_auth_password": "only for the trunk",
    }
    order = Order(wanted=want, number=number, trunk=trunk)
    done = await deploy(order, remote, memory)

    assert await verify(remote, done, order) == []
    sip = {"termination_uri": "sip.example", "auth_username": "salon"}
    assert management.numbers[number]["sip_outbound_trunk_config"] == sip
    assert management.passwords[number] == "only for the trunk"
    assert "only for the trunk" not in memory.file.read_text("utf-8")


@pytest.mark.parametrize("kind", KINDS)
async def test_trunk_of_a_number_stays_as_it_is_whatever_is_deployed(
    kind: Kind, management: Management, remote: Remote, memory: Memory
) -> None:
    trunk = {"termination_uri": "sip.example", "auth_username": "salon", "transport": "TLS"}
    management.numbers[NUMBER]["sip_outbound_trunk_config"] = dict(trunk)
    management.numbers[NUMBER]["nickname"] = "Empfang"
    management.passwords[NUMBER] = "set long ago"

    await deploy(Order(wanted=_wanted(kind), number=NUMBER), remote, memory)
    await deploy(Order(wanted=_wanted(kind, "https://new.example"), number=NUMBER), remote, memory)

    after = management.numbers[NUMBER]
    assert (after["sip_outbound_trunk_config"], after["nickname"]) == (trunk, "Empfang")
    assert management.passwords[NUMBER] == "set long ago"


def _flow(management: Management) -> dict[str, Any]:
    """The flow that is used now, as a person at Retell sees it."""
    (versions,) = management.engines.values()
    return versions[max(versions)]


async def test_flow_changed_by_hand_is_shown_and_kept_unless_forced(
    management: Management, remote: Remote, memory: Memory
) -> None:
    order = Order(wanted=_wanted(Kind.CONVERSATION_FLOW))
    await deploy(order, remote, memory)
    ours = copy.deepcopy(order.wanted.engine["nodes"][0])
    _flow(management)["nodes"][0]["instruction"] = {"type": "static_text", "text": "Na?"}

    found = await plan(order.wanted, remote, memory, None)
    with pytest.raises(ChangedAtRetell, match=f"nodes\\[{ours['id']}\\].instruction"):
        await deploy(order, remote, memory)
    untouched = _flow(management)["nodes"][0]["instruction"]["text"]
    await deploy(Order(wanted=order.wanted, force=True), remote, memory)

    assert [change.path for change in found.changes if "instruction" in change.path]
    assert untouched == "Na?"
    assert _flow(management)["nodes"][0]["instruction"] == ours["instruction"]


async def test_nodes_tools_and_keys_that_others_added_to_the_flow_stay_in_it(
    management: Management, remote: Remote, memory: Memory
) -> None:
    await deploy(Order(wanted=_wanted(Kind.CONVERSATION_FLOW)), remote, memory)
    flow = _flow(management)
    first, last = flow["nodes"][0], next(n for n in flow["nodes"] if n["type"] == "end")
    way = {"type": "prompt", "prompt": "the caller asks for a parking place"}
    first["edges"].append(
        {"id": "edge_parking", "destination_node_id": "parking", "transition_condition": way}
    )
    flow["nodes"].append(
        {
            "id": "parking",
            "type": "conversation",
            "instruction": {"type": "static_text", "text": "Im Hof."},
            "display_position": {"x": 7, "y": 9},
            "edges": [
                {
                    "id": "edge_bye",
                    "destination_node_id": last["id"],
                    "transition_condition": {"type": "prompt", "prompt": "said"},
                }
            ],
        }
    )
    flow["tools"].append({**copy.deepcopy(flow["tools"][0]), "tool_id": "tool_own", "name": "own"})
    flow["model_config"] = {"type": "cascading", "primary": {"model": "gpt-5"}}
    flow["default_dynamic_variables"]["parking"] = "Hof"

    order = Order(wanted=_wanted(Kind.CONVERSATION_FLOW, "https://new.example"))
    done = await deploy(order, remote, memory)

    after = _flow(management)
    assert done.version == 1
    assert flow_problems(after) == []
    assert after["nodes"][-1] == flow["nodes"][-1]
    assert "parking" in [edge["destination_node_id"] for edge in after["nodes"][0]["edges"]]
    assert after["tools"][-1]["name"] == "own"
    assert all("new.example" in tool["url"] for tool in after["tools"][:-1])
    assert after["model_config"] == flow["model_config"]
    assert after["default_dynamic_variables"]["parking"] == "Hof"


async def test_flow_that_others_have_broken_goes_out_to_nobody(
    management: Management, remote: Remote, memory: Memory
) -> None:
    await deploy(Order(wanted=_wanted(Kind.CONVERSATION_FLOW)), remote, memory)
    stray = {
        "id": "stray",
        "type": "conversation",
        "instruction": {"type": "prompt", "prompt": "?"},
    }
    _flow(management)["nodes"].append(stray)
    management.requests.clear()

    with pytest.raises(DeployRefused, match="nothing leads to stray"):
        await deploy(
            Order(wanted=_wanted(Kind.CONVERSATION_FLOW, "https://new.example")), remote, memory
        )

    assert [one for one in management.requests if not one.startswith(("GET", "POST /v2"))] == []


@pytest.mark.parametrize("kind", KINDS)
async def test_sandbox_answers_with_what_the_sdk_expects(
    kind: Kind, management: Management, remote: Remote, memory: Memory
) -> None:
    await deploy(Order(wanted=_wanted(kind), number=NUMBER), remote, memory)

    AgentResponse.model_validate(_newest(management), strict=False)
    PhoneNumberResponse.model_validate(management.numbers[NUMBER], strict=False)
    engine_type = LlmResponse if kind is Kind.RETELL_LLM else ConversationFlowResponse
    for versions in management.engines.values():
        for engine in versions.values():
            engine_type.model_validate(engine, strict=False)
    assert bool(management.engines) is (kind is not Kind.CUSTOM_LLM)


async def test_diff_changes_nothing(management: Management, remote: Remote, memory: Memory) -> None:
    found = await plan(_wanted(Kind.CUSTOM_LLM), remote, memory, NUMBER)

    assert "agent.timezone" in [change.path for change in found.changes]
    assert management.agents == {}
    assert not memory.file.exists()


def test_every_declared_function_has_a_handler_and_waits_longer_than_it_takes() -> None:
    assert {tool.name for tool in tools()} == set(HANDLERS)
    assert all(5 < tool.timeout_s <= 120 for tool in tools())


@pytest.mark.parametrize("kind", KINDS)
def test_agent_knows_the_salons_names_its_webhooks_and_how_long_to_wait(kind: Kind) -> None:
    want = _wanted(kind)

    assert {"Emma", "Lindner", "Ansatzfärbung", "Salon Morgenrot"} <= set(
        want.agent["boosted_keywords"]
    )
    assert (want.agent["language"], want.agent["timezone"]) == ("de-DE", "Europe/Berlin")
    assert want.agent["webhook_url"] == "https://bot.example/retell/webhook"
    assert set(want.agent["webhook_events"]) == {"call_started", "call_ended", "call_analyzed"}
    assert want.agent["webhook_timeout_ms"] == 10_000
    assert want.number == {"inbound_webhook_url": "https://bot.example/retell/inbound"}
    declared = want.engine.get("general_tools", want.engine.get("tools", []))
    tools_of_ours = [tool for tool in declared if tool["type"] == "custom"]
    assert bool(tools_of_ours) is (kind is not Kind.CUSTOM_LLM)
    for tool in tools_of_ours:
        assert 5_000 < tool["timeout_ms"] < 120_000
        assert tool["max_retry"] == 1
        assert (tool["method"], tool["args_at_root"]) == ("POST", False)
        assert tool["speak_after_execution"] is True


def test_flow_may_be_entered_from_anywhere_and_left_to_somebody_else() -> None:
    flow = copy.deepcopy(_wanted(Kind.CONVERSATION_FLOW).engine)
    condition = {"type": "prompt", "prompt": "Transfer failed"}
    end = next(node["id"] for node in flow["nodes"] if node["type"] == "end")
    flow["nodes"] += [
        {
            "id": "person",
            "type": "transfer_call",
            "global_node_setting": {"condition": "the caller wants a person"},
            "edge": {"id": "back", "destination_node_id": end, "transition_condition": condition},
        },
        {
            "id": "lookup",
            "type": "function",
            "tool_type": "shared",
            "tool_id": "tool_of_the_workspace",
            "global_node_setting": {"condition": "the caller asks for the weather"},
            "instruction": {"type": "prompt", "prompt": "look"},
            "else_edge": {
                "id": "weather_told",
                "destination_node_id": end,
                "transition_condition": {"type": "prompt", "prompt": "Else"},
            },
        },
    ]

    assert way_problems(flow) == []


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
