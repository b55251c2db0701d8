"""`voice-agent retell deploy|diff|sandbox`: the salon's agent at Retell."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

import aiohttp
from rich.console import Console

from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.migrate import upgrade
from booking_core.adapters.postgres.salons import PostgresSalons
from voice_agent.commands.running import FAILED, OK, run
from voice_agent.config import Settings
from voice_agent.embedded import home_of, servers
from voice_agent.retell.agent_settings import Kind, wanted
from voice_agent.retell.deploying import DeployRefused, Order, Remote, deploy
from voice_agent.retell.deploying.deploy import Done, verify
from voice_agent.retell.deploying.memory import remembered
from voice_agent.retell.deploying.plan import engine_field, plan
from voice_agent.simulator.management import serving
from voice_agent.simulator.probe import probe

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Salon
    from voice_agent.retell.deploying.plan import Plan

_REACH_S = 10
_LONGEST_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for on the command line."""

    salon: str
    kind: str
    number: str | None = None
    import_over: str | None = None
    """The SIP trunk's host; None = the number is not imported."""
    trunk_user: str | None = None
    trunk_password: str | None = field(default=None, repr=False)
    dry_run: bool = False
    force: bool = False
    reach: bool = True
    """Whether the server has to answer at its public address before callers are led there."""


def retell(wish: Wish) -> int:
    """Deploy, or tell what would change: then exit status 1 says that something would."""
    return run(lambda: _retell(wish))


def sandbox(port: int) -> int:
    """Retell's management API on this machine, until it is interrupted."""
    return run(lambda: _sandbox(port))


async def _retell(wish: Wish) -> int:
    settings = Settings()
    key, public = settings.retell_api_key, settings.public_url
    if key is None or public is None:
        raise DeployRefused("set RETELL_API_KEY and PUBLIC_URL (https://host of this server)")
    salon = await _salon(settings, wish.salon)
    secret = settings.llm_websocket_secret
    hidden = secret.get_secret_value() if secret else None
    order = Order(
        wanted=wanted(salon, Kind(wish.kind), public_url=public, secret=hidden),
        number=wish.number,
        trunk=_trunk(wish) if wish.import_over else None,
        force=wish.force,
    )
    api_key = key.get_secret_value().split(",")[0].strip()
    async with Remote(api_key=api_key, base_url=settings.retell_base_url) as remote:
        memory = remembered(home_of(settings), salon.branch.key)
        if wish.dry_run:
            return _show(await plan(order.wanted, remote, memory, order.number), hidden)
        check = partial(_reach, public) if wish.reach else None
        done = await deploy(order, remote, memory, check=check)
        _show(done.plan, hidden)
        problems = await verify(remote, done, order)
        if wish.reach:
            problems += await _probed(remote, done, order, salon, api_key)
    out = Console(highlight=False, soft_wrap=True, markup=False)
    out.print(f"agent {done.agent_id}, version {done.version}: published")
    for problem in problems:
        out.print(f"  self-test: {_veiled(problem, hidden)}")
    return FAILED if problems else OK


def _trunk(wish: Wish) -> dict[str, str]:
    """What Retell needs to know of the SIP trunk; what is not named here it keeps as it is."""
    named = {
        "termination_uri": wish.import_over,
        "sip_trunk_auth_username": wish.trunk_user,
        "sip_trunk_auth_password": wish.trunk_password,
    }
    return {name: value for name, value in named.items() if value}


async def _probed(
    remote: Remote, done: Done, order: Order, salon: Salon, api_key: str
) -> list[str]:
    """Ring where the agent that is there now would have it ring."""
    agent = await remote.agent(done.agent_id)
    if agent is None:
        return []  # told already
    kind, used, engine = order.wanted.kind, agent["response_engine"], None
    if kind is not Kind.CUSTOM_LLM:
        engine = await remote.engine(kind, used[engine_field(kind)], used.get("version"))
    number = order.number or next(iter(salon.branch.phone_numbers), None)
    return await probe(agent, engine, number, key=api_key)


async def _salon(settings: Settings, key: str) -> Salon:
    async with servers(settings) as endpoints:
        await upgrade(endpoints.database_url)
        engine = make_engine(endpoints.database_url)
        try:
            return await PostgresSalons(engine).by_key(key)
        finally:
            await engine.dispose()


async def _reach(public_url: str) -> None:
    """The server answers where Retell will look for it."""
    address = f"{public_url.rstrip('/')}/healthz"
    timeout = aiohttp.ClientTimeout(total=_REACH_S)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as web, web.get(address) as answer:
            status = answer.status
    except (aiohttp.ClientError, TimeoutError) as error:
        raise DeployRefused(f"{address} does not answer; start the server, then go on") from error
    if status != HTTPStatus.OK:
        raise DeployRefused(f"{address} answers {status}; the number was not moved")


def _show(found: Plan, secret: str | None) -> int:
    out = Console(highlight=False, soft_wrap=True, markup=False)
    for strange in found.strange:
        out.print(f"! {strange} (changed at Retell)")
    for change in found.changes:
        out.print(f"{change.path}: {_short(change.now, secret)} -> {_short(change.then, secret)}")
    if not found.changes:
        out.print("nothing differs")
    return FAILED if found.changes or found.strange else OK


def _short(value: object, secret: str | None) -> str:
    text = _veiled(json.dumps(value, ensure_ascii=False), secret)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _veiled(text: str, secret: str | None) -> str:
    """The address of the websocket is shown without what keeps others away from it."""
    return text.replace(secret, "***") if secret else text


async def _sandbox(port: int) -> int:
    async with serving(port) as management:
        out = Console(highlight=False, soft_wrap=True)
        out.print(f"RETELL_BASE_URL={management.url}")
        out.file.flush()  # whoever started this reads the address from a file or a pipe
        await asyncio.Event().wait()
    return OK
