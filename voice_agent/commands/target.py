"""`voice-agent simulate --target ...`: any custom-LLM server, called as Retell would call it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rich.console import Console

from voice_agent.commands.running import FAILED, OK, USAGE, complain, run
from voice_agent.simulator.life import Number
from voice_agent.simulator.line import Patience
from voice_agent.simulator.target.calling import Target, call_up
from voice_agent.simulator.target.doors import Doors, knock
from voice_agent.simulator.target.judging import Limits
from voice_agent.simulator.target.report import Report, print_call, print_door, print_summary
from voice_agent.simulator.target.sessions import own_sessions, read_session

if TYPE_CHECKING:
    from pathlib import Path

    from voice_agent.simulator.target.sessions import Session

WEB = ("http", "ws")


class BadWish(ValueError):
    """This cannot be called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for on the command line."""

    target: str | None = None
    say: tuple[Path, ...] = ()
    """Calls of one's own, instead of ours."""
    only: tuple[str, ...] = ()
    """Which of our calls; empty = all."""
    language: str = "de"
    pace: float = 0.0
    answer_s: float = 10.0
    limits: Limits = field(default_factory=Limits)
    to_number: str = "+493055500000"
    from_number: str | None = "+493055500001"
    doors: Doors = field(default_factory=Doors)
    verbose: bool = False
    """Whether every word is shown."""
    as_json: bool = False


def arguments(text: str) -> dict[str, Any]:
    """What functions are called with; the command ends where it is no JSON object."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        complain("--args", 'a JSON object is needed, as {"service": "haircut"}')
        raise SystemExit(USAGE)
    return found


def check(wish: Wish) -> int:
    """Call, listen and tell; exit status 1 says that something was found."""
    try:
        sessions = _sessions(wish)
        _look_at(wish)
    except ValueError as error:
        complain("simulate", str(error))
        return USAGE
    return run(lambda: _check(wish, sessions))


def _look_at(wish: Wish) -> None:
    for url in (wish.target, wish.doors.webhooks, wish.doors.inbound, *wish.doors.functions):
        if url is not None and not url.startswith(WEB):
            raise BadWish(f"{url} is no address: ws://host:port/path or http://host:port/path")


async def _check(wish: Wish, sessions: list[Session]) -> int:
    out = Console(highlight=False, soft_wrap=True, markup=False, quiet=wish.as_json)
    target = Target(
        url=wish.target or "",
        to_number=wish.to_number,
        from_number=wish.from_number,
        patience=Patience(answer_s=wish.answer_s),
        limits=wish.limits,
        pace=wish.pace,
        number=Number(inbound=wish.doors.inbound, webhooks=wish.doors.webhooks, key=wish.doors.key),
    )
    calls = await call_up(
        target, sessions, done=lambda heard: print_call(out, heard, verbose=wish.verbose)
    )
    doors = replace(wish.doors, to_number=wish.to_number, from_number=wish.from_number)
    knocked = await knock(doors, done=lambda door: print_door(out, door))
    report = Report(calls=calls, doors=knocked)
    if wish.as_json:
        Console(highlight=False, soft_wrap=True).print_json(json.dumps(report.facts()))
    else:
        print_summary(out, report)
    return OK if report.fine else FAILED


def _sessions(wish: Wish) -> list[Session]:
    if wish.target is None:
        return []
    if wish.say:
        return [read_session(file.read_text("utf-8"), name=file.stem) for file in wish.say]
    sessions = own_sessions(wish.language)
    unknown = set(wish.only) - {one.name for one in sessions}
    if unknown:
        names = ", ".join(one.name for one in sessions)
        raise BadWish(f"there is no call named {', '.join(sorted(unknown))}; there are: {names}")
    return [one for one in sessions if not wish.only or one.name in wish.only]
