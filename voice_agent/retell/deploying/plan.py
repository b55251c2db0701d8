"""What a deploy would change at Retell, found out without changing anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from voice_agent.retell.agent_settings import Kind
from voice_agent.retell.agent_walk import way_problems
from voice_agent.retell.deploying.errors import RetellRefused
from voice_agent.retell.deploying.merging import differences, merged, strayed

if TYPE_CHECKING:
    from voice_agent.retell.agent_settings import Wanted
    from voice_agent.retell.deploying.memory import Memory
    from voice_agent.retell.deploying.remote import Remote

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One setting that differs."""

    path: str
    now: object
    then: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is there, and what of it would be written."""

    agent_now: Json | None
    number_now: Json | None
    """None also when no number is asked for."""
    engine_now: Json | None
    engine_fits: bool
    """Whether there is an engine of the right kind; else a new one is made."""
    agent: Json
    """Only what differs, whole top-level fields, as Retell replaces those."""
    engine: Json
    number: Json
    changes: tuple[Change, ...]
    strange: tuple[str, ...]
    """What of ours was changed by others since the last deploy."""

    @property
    def touches_agent(self) -> bool:
        """Whether a new version is needed."""
        return self.agent_now is None or bool(self.agent or self.engine) or not self.engine_fits

    def flow_problems(self, kind: Kind) -> list[str]:
        """What could not be walked in the flow that would come of it: ours, and what was added."""
        if kind is not Kind.CONVERSATION_FLOW or self.engine_now is None:
            return []
        return way_problems({**self.engine_now, **self.engine})


async def plan(wanted: Wanted, remote: Remote, memory: Memory, number: str | None) -> Plan:
    """Look at what is there; the number may be missing, the agent too."""
    agent = await _agent(wanted, remote, memory)
    used = (agent or {}).get("response_engine", {})
    fits = used.get("type") == wanted.kind.value
    engine_now = await _engine(wanted.kind, used, remote) if agent and fits else None
    ours = {"agent": _agent_wanted(wanted, used if fits else {}), "engine": {}}
    if wanted.kind is not Kind.CUSTOM_LLM:
        ours["engine"] = wanted.engine
    last = memory.written_for(number)
    number_now = await remote.number(number) if number else None
    agent_to = _laid(ours["agent"], agent or {}, last.get("agent"))
    engine_to = _laid(ours["engine"], engine_now or {}, last.get("engine"))
    number_to = _laid(wanted.number, number_now or {}, last.get("number")) if number else {}
    pairs = (
        ("agent", agent or {}, agent_to),
        ("engine", engine_now or {}, engine_to),
        ("number", number_now or {}, number_to),
    )
    return Plan(
        agent_now=agent,
        number_now=number_now,
        engine_now=engine_now,
        engine_fits=fits,
        agent=agent_to,
        engine=engine_to,
        number=number_to,
        changes=tuple(
            Change(path=f"{what}.{path}", now=before, then=after)
            for what, now, to in pairs
            for key, value in to.items()
            for path, before, after in differences(now.get(key), value, key)
        ),
        strange=tuple(_strange(memory, agent, engine_now, number_now, ours, wanted, last)),
    )


async def _agent(wanted: Wanted, remote: Remote, memory: Memory) -> Json | None:
    if memory.agent_id is not None:
        found = await remote.agent(memory.agent_id)
        if found is not None:
            return found
    return await remote.agent_named(wanted.agent["agent_name"])


async def _engine(kind: Kind, used: Json, remote: Remote) -> Json | None:
    if kind is Kind.CUSTOM_LLM:
        return None
    engine_id = used[engine_field(kind)]
    found = await remote.engine(kind, engine_id, used.get("version"))
    if found is None:
        raise RetellRefused(f"the agent at Retell uses {engine_id}, which is not there any more")
    return found


def engine_field(kind: Kind) -> str:
    """Where an agent says which prompt or flow it uses."""
    return "llm_id" if kind is Kind.RETELL_LLM else "conversation_flow_id"


def _agent_wanted(wanted: Wanted, used: Json) -> Json:
    if wanted.kind is not Kind.CUSTOM_LLM:
        return wanted.agent
    return wanted.agent | {"response_engine": {**used, "type": wanted.kind.value, **wanted.engine}}


def _laid(ours: Json, theirs: Json, last: object) -> Json:
    """Only top-level fields that differ from what is there."""
    to = cast("Json", merged(ours, {key: theirs[key] for key in ours if key in theirs}, last))
    return {key: value for key, value in to.items() if theirs.get(key) != value}


def _strange(
    memory: Memory,
    agent: Json | None,
    engine: Json | None,
    number: Json | None,
    ours: Json,
    wanted: Wanted,
    last: Json,
) -> list[str]:
    """What others did to ours: neither as it was left, nor as it was about to be written."""
    found: list[str] = []
    now = {"agent": agent, "engine": engine, "number": number}
    want = {**ours, "number": wanted.number}
    for what, there in now.items():
        if there is None:
            continue
        known = last.get(what)
        left = set(strayed(known or _present(want[what], there), there, what))
        if pending := memory.pending.get(what):
            left &= set(strayed(pending, there, what))
        found += sorted(left & set(strayed(want[what], there, what)) if known else left)
    return found + _strange_version(memory, agent) + _strange_answer(agent, number)


def _present(want: Json, there: Json) -> Json:
    """Of something never seen before, only what it already has a value for can be overwritten."""
    return {key: value for key, value in want.items() if there.get(key) not in (None, [], "")}


def _strange_version(memory: Memory, agent: Json | None) -> list[str]:
    if agent is None or agent.get("is_published") or agent["version"] == memory.draft:
        return []
    return [
        f"agent.version: {agent['version']} is a draft of somebody else's, and would go out too"
    ]


def _strange_answer(agent: Json | None, number: Json | None) -> list[str]:
    """Another agent answers at the number; a first deploy may not take it over unasked."""
    ours = (agent or {}).get("agent_id")
    others = [one for one in (number or {}).get("inbound_agents") or [] if one["agent_id"] != ours]
    return [f"number.inbound_agents: {one['agent_id']} answers there" for one in others]
