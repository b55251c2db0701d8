"""One deploy: diff, draft, publish, pin; callers notice nothing before the number is moved.

Whatever breaks off in between leaves the number with the version it had; the next deploy goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voice_agent.retell.agent_settings import Kind
from voice_agent.retell.deploying.errors import ChangedAtRetell, DeployRefused, NumberUnknown
from voice_agent.retell.deploying.memory import Memory
from voice_agent.retell.deploying.plan import engine_field, plan

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from voice_agent.retell.agent_settings import Wanted
    from voice_agent.retell.deploying.plan import Plan
    from voice_agent.retell.deploying.remote import Remote

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be deployed, and how far."""

    wanted: Wanted
    number: str | None = None
    trunk: Json | None = None
    """Import the number over this SIP trunk, if Retell does not have it."""
    force: bool = False
    title: str = "voice-agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Who answers now."""

    agent_id: str
    version: int
    plan: Plan = field(repr=False)


async def deploy(
    order: Order,
    remote: Remote,
    memory: Memory,
    *,
    check: Callable[[], Awaitable[None]] | None = None,
) -> Done:
    """Bring Retell to what is wanted; `check` is asked before the number is moved."""
    found = await plan(order.wanted, remote, memory, order.number)
    if found.strange and not order.force:
        raise ChangedAtRetell(found.strange)
    if order.number and found.number_now is None and order.trunk is None:
        raise NumberUnknown(order.number)
    wanted = order.wanted
    if problems := found.flow_problems(wanted.kind):
        raise DeployRefused("the flow with what others added to it: " + "; ".join(problems))
    memory.pending = {"agent": wanted.agent, "number": wanted.number}
    memory.pending["engine"] = {} if wanted.kind is Kind.CUSTOM_LLM else wanted.engine
    memory.kind = wanted.kind.value
    memory.save()
    agent_id, version = await _drafted(found, wanted, remote, memory)
    if not await _is_published(remote, agent_id):
        await remote.publish(agent_id, version, order.title)
    memory.draft, memory.published = None, version
    memory.save()
    if check is not None:
        await check()
    if order.number:
        await _pin(order, order.number, found, remote, agent_id, version)
    memory.written, memory.pending = {**memory.pending, "number_of": order.number}, {}
    memory.save()
    return Done(agent_id=agent_id, version=version, plan=found)


async def verify(remote: Remote, done: Done, order: Order) -> list[str]:
    """What does not lead where it should: number, agent, version, tools."""
    agent = await remote.agent(done.agent_id)
    if agent is None:
        return [f"the agent {done.agent_id} is not at Retell"]
    problems = []
    if agent["version"] != done.version or not agent.get("is_published"):
        problems.append(f"version {done.version} of the agent is not the newest published one")
    if order.number:
        there = await remote.number(order.number) or {}
        answering = [
            (one["agent_id"], one.get("agent_version")) for one in there.get("inbound_agents") or []
        ]
        if answering != [(done.agent_id, done.version)]:
            problems.append(f"{order.number} leads to {answering or 'nobody'}")
    after = await plan(order.wanted, remote, _as_written(done, order), order.number)
    return problems + [f"{change.path} is not as it was sent" for change in after.changes]


def _as_written(done: Done, order: Order) -> Memory:
    """As if all had been written: what is compared, and never saved."""
    return Memory(file=Path(), agent_id=done.agent_id, kind=order.wanted.kind.value)


async def _drafted(found: Plan, wanted: Wanted, remote: Remote, memory: Memory) -> tuple[str, int]:
    """The agent, and a version of it that is as wanted."""
    now = found.agent_now
    if now is None:
        return await _created(wanted, remote, memory)
    memory.agent_id = now["agent_id"]
    if not found.touches_agent:
        return now["agent_id"], now["version"]
    if now.get("is_published"):
        now = await remote.new_version(now["agent_id"], now["version"])
    agent_id, version = str(now["agent_id"]), int(now["version"])
    memory.draft = version
    memory.save()
    changes = dict(found.agent)
    if not found.engine_fits and wanted.kind is not Kind.CUSTOM_LLM:
        changes["response_engine"] = await _new_engine(wanted, remote, memory)
    elif found.engine:
        used = now["response_engine"]
        engine_id = used[engine_field(wanted.kind)]
        await remote.update_engine(
            wanted.kind, engine_id, used.get("version", version), found.engine
        )
    if changes:
        await remote.update_agent(agent_id, version, changes)
    return agent_id, version


async def _created(wanted: Wanted, remote: Remote, memory: Memory) -> tuple[str, int]:
    if wanted.kind is Kind.CUSTOM_LLM:
        engine: Json = {"type": wanted.kind.value, **wanted.engine}
    else:
        engine = await _new_engine(wanted, remote, memory)
    body = {**wanted.initial_agent, **wanted.agent, "response_engine": engine}
    made = await remote.create_agent(body)
    memory.agent_id, memory.draft = made["agent_id"], made["version"]
    memory.save()
    return made["agent_id"], made["version"]


async def _new_engine(wanted: Wanted, remote: Remote, memory: Memory) -> Json:
    """A new prompt or flow, or the one that a broken-off deploy made."""
    name = engine_field(wanted.kind)
    made = None
    if memory.engine_id:
        made = await remote.engine(wanted.kind, memory.engine_id, None)
    if made is None:
        made = await remote.create_engine(wanted.kind, {**wanted.initial_engine, **wanted.engine})
        memory.engine_id = made[name]
        memory.save()
    return {"type": wanted.kind.value, name: made[name], "version": made.get("version", 0)}


async def _is_published(remote: Remote, agent_id: str) -> bool:
    agent = await remote.agent(agent_id)
    if agent is None:
        raise DeployRefused(f"the agent {agent_id} has vanished from Retell; deploy again")
    return bool(agent.get("is_published"))


async def _pin(
    order: Order, number: str, found: Plan, remote: Remote, agent_id: str, version: int
) -> None:
    """Publishing moves no number: it is told which version answers."""
    agents = [{"agent_id": agent_id, "agent_version": version, "weight": 1}]
    if found.number_now is None:
        trunk = order.trunk or {}
        await remote.import_number(
            number, {**trunk, **order.wanted.number, "inbound_agents": agents}
        )
        return
    changes = dict(found.number)
    if found.number_now.get("inbound_agents") != agents:
        changes["inbound_agents"] = agents
    if changes:
        await remote.update_number(number, changes)
