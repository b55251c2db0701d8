"""Retell's management API on loopback: agents with versions, prompts, flows and numbers."""

from __future__ import annotations

import copy
import itertools
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from voice_agent.retell.agent_walk import way_problems
from voice_agent.simulator.management_types import problem_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

Json = dict[str, Any]

_TRUNK = {
    "termination_uri": "termination_uri",
    "sip_trunk_auth_username": "auth_username",
    "sip_trunk_auth_password": "auth_password",
    "transport": "transport",
    "codecs": "codecs",
}
"""What an import calls it, and what an update does."""
_ENGINES = {"retell-llm": "llm_id", "conversation-flow": "conversation_flow_id"}


class Refused(Exception):
    """The request is answered with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class Management:
    """All that a workspace at Retell holds; tests may look into it and change it."""

    agents: dict[str, list[Json]] = field(default_factory=dict)
    """Versions of each, oldest first."""
    engines: dict[str, dict[int, Json]] = field(default_factory=dict)
    """Prompts and flows by version."""
    numbers: dict[str, Json] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    """Of SIP trunks, by number."""
    requests: list[str] = field(default_factory=list)
    """What was asked, as `PATCH /update-agent`."""
    failing: dict[str, int] = field(default_factory=dict)
    """Requests that are refused, by name, with this status."""
    url: str = ""
    _count: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def app(self) -> web.Application:
        """The server."""
        app = web.Application(middlewares=[self._answered])
        add = app.router.add_route
        add("POST", "/create-agent", self._create_agent)
        add("GET", "/get-agent/{id}", self._get_agent)
        add("PATCH", "/update-agent/{id}", self._update_agent)
        add("POST", "/v2/list-agents", self._list_agents)
        add("POST", "/create-agent-version/{id}", self._new_version)
        add("POST", "/publish-agent-version/{id}", self._publish)
        for name, key in (("retell-llm", "llm_id"), ("conversation-flow", "conversation_flow_id")):
            add("POST", f"/create-{name}", self._create_engine(name, key))
            add("GET", f"/get-{name}/{{id}}", self._get_engine)
            add("PATCH", f"/update-{name}/{{id}}", self._update_engine(name))
        add("POST", "/import-phone-number", self._import_number)
        add("GET", "/get-phone-number/{id}", self._get_number)
        add("PATCH", "/update-phone-number/{id}", self._update_number)
        return app

    @web.middleware
    async def _answered(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        name = f"{request.method} {'/'.join(request.path.split('/')[:2])}"
        self.requests.append(name)
        try:
            self._let_in(request, name)
            return await handler(request)
        except Refused as error:
            told = {"status": "error", "message": str(error)}
            return web.json_response(told, status=error.status)

    def _let_in(self, request: web.Request, name: str) -> None:
        if not request.headers.get("Authorization", "").removeprefix("Bearer ").strip():
            raise Refused(401, "Invalid API key")
        if status := self.failing.get(name):
            raise Refused(status, "as the test wants it")

    # --- agents ---------------------------------------------------------------------------------

    async def _create_agent(self, request: web.Request) -> web.Response:
        body = await _body(request, "create-agent")
        self._check_engine(body["response_engine"])
        agent = {
            **body,
            "agent_id": self._id("agent"),
            "version": 0,
            "is_published": False,
            "last_modification_timestamp": next(self._count),
        }
        self.agents[agent["agent_id"]] = [agent]
        return web.json_response(agent, status=201)

    async def _get_agent(self, request: web.Request) -> web.Response:
        return web.json_response(self._agent(request))

    async def _list_agents(self, _: web.Request) -> web.Response:
        newest = [versions[-1] for versions in self.agents.values()]
        return web.json_response({"items": newest, "has_more": False})

    async def _update_agent(self, request: web.Request) -> web.Response:
        body = await _body(request, "update-agent")
        agent = self._agent(request)
        _must_be_draft(agent)
        if engine := body.get("response_engine"):
            self._check_engine(engine)
        agent |= {**body, "last_modification_timestamp": next(self._count)}
        return web.json_response(agent)

    async def _new_version(self, request: web.Request) -> web.Response:
        body = await _body(request, "create-agent-version")
        base = self._version(request.match_info["id"], body["base_version"])
        versions = self.agents[base["agent_id"]]
        fresh = copy.deepcopy(base) | {"version": len(versions), "is_published": False}
        engine = fresh["response_engine"]
        if key := _ENGINES.get(engine["type"]):  # agent and engine count together
            of_engine = self.engines[engine[key]]
            source = of_engine[engine.get("version", max(of_engine))]
            of_engine[fresh["version"]] = copy.deepcopy(source) | {
                "version": fresh["version"],
                "is_published": False,
            }
            engine["version"] = fresh["version"]
        versions.append(fresh)
        return web.json_response(fresh, status=201)

    async def _publish(self, request: web.Request) -> web.Response:
        body = await _body(request, "publish-agent-version")
        agent = self._version(request.match_info["id"], body["version"])
        agent["is_published"] = True
        engine = agent["response_engine"]
        if key := _ENGINES.get(engine["type"]):
            of_engine = self.engines[engine[key]]
            of_engine[engine.get("version", max(of_engine))]["is_published"] = True
        return web.Response()

    def _agent(self, request: web.Request) -> Json:
        wanted = request.query.get("version")
        return self._version(request.match_info["id"], None if wanted is None else int(wanted))

    def _version(self, agent_id: str, version: int | None) -> Json:
        versions = self.agents.get(agent_id)
        if not versions or (version is not None and not 0 <= version < len(versions)):
            raise Refused(404, f"Item {agent_id} not found from agent")
        return versions[-1 if version is None else version]

    def _check_engine(self, engine: Json) -> None:
        key = _ENGINES.get(engine["type"])
        if key and engine[key] not in self.engines:
            raise Refused(422, f"{engine[key]} does not exist")

    # --- prompts and flows ----------------------------------------------------------------------

    def _create_engine(
        self, name: str, key: str
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def create(request: web.Request) -> web.Response:
            body = await _body(request, f"create-{name}")
            made = {
                **body,
                key: self._id(key.removesuffix("_id")),
                "version": 0,
                "is_published": False,
                "last_modification_timestamp": next(self._count),
            }
            self.engines[made[key]] = {0: made}
            return web.json_response(made, status=201)

        return create

    async def _get_engine(self, request: web.Request) -> web.Response:
        return web.json_response(self._engine(request))

    def _update_engine(self, name: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def update(request: web.Request) -> web.Response:
            body = await _body(request, f"update-{name}")
            engine = self._engine(request)
            _must_be_draft(engine)
            after = {**engine, **body, "last_modification_timestamp": next(self._count)}
            if "nodes" in after and (problems := way_problems(after)):
                raise Refused(422, "; ".join(problems))
            engine |= after
            return web.json_response(engine)

        return update

    def _engine(self, request: web.Request) -> Json:
        versions = self.engines.get(request.match_info["id"], {})
        version = int(request.query.get("version", max(versions, default=0)))
        if version not in versions:
            raise Refused(404, f"Item {request.match_info['id']} not found")
        return versions[version]

    # --- numbers --------------------------------------------------------------------------------

    async def _import_number(self, request: web.Request) -> web.Response:
        body = await _body(request, "import-phone-number")
        number = body["phone_number"]
        if number in self.numbers:
            raise Refused(409, f"{number} is imported already")
        self._check_agents(body)
        kept = {key: value for key, value in body.items() if key not in _TRUNK}
        made = {**kept, "phone_number_type": "custom", "last_modification_timestamp": 1}
        self.numbers[number] = made
        self._trunk(made, {_TRUNK[key]: value for key, value in body.items() if key in _TRUNK})
        return web.json_response(made, status=201)

    async def _get_number(self, request: web.Request) -> web.Response:
        return web.json_response(self._number(request))

    async def _update_number(self, request: web.Request) -> web.Response:
        body = await _body(request, "update-phone-number")
        number = self._number(request)
        self._check_agents(body)
        trunk = {key: value for key, value in body.items() if key in _TRUNK.values()}
        plain = {key: value for key, value in body.items() if key not in trunk}
        number |= {**plain, "last_modification_timestamp": next(self._count)}
        self._trunk(number, trunk)
        return web.json_response(number)

    def _trunk(self, number: Json, changes: Json) -> None:
        """How calls leave over SIP; the password goes in and never comes out."""
        if password := changes.pop("auth_password", None):
            self.passwords[number["phone_number"]] = password
        if changes:
            number["sip_outbound_trunk_config"] = {
                **number.get("sip_outbound_trunk_config", {}),
                **changes,
            }

    def _number(self, request: web.Request) -> Json:
        found = self.numbers.get(request.match_info["id"])
        if found is None:
            raise Refused(404, f"Item {request.match_info['id']} not found from phone-number")
        return found

    def _check_agents(self, body: Json) -> None:
        agents = body.get("inbound_agents")
        if agents is None:
            return
        for one in agents:
            version = one.get("agent_version")
            self._version(one["agent_id"], version if isinstance(version, int) else None)
        if agents and abs(sum(one["weight"] for one in agents) - 1) > 1e-9:  # noqa: PLR2004 - a rounding
            raise Refused(422, "weights must sum to 1")

    def _id(self, kind: str) -> str:
        return f"{kind}_{next(self._count):08x}"


def _must_be_draft(what: Json) -> None:
    if what["is_published"]:
        raise Refused(422, f"version {what['version']} is published and cannot be changed")


async def _body(request: web.Request, name: str) -> Json:
    """What was sent, if the SDK's own types agree with it."""
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError:
        raise Refused(400, "no JSON") from None
    if problem := problem_of(name, body):
        raise Refused(422, problem)
    assert isinstance(body, dict), "checked"
    return body


@asynccontextmanager
async def serving(port: int = 0) -> AsyncIterator[Management]:
    """A workspace that answers on loopback."""
    management = Management()
    runner = web.AppRunner(management.app())
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        management.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield management
    finally:
        await runner.cleanup()
