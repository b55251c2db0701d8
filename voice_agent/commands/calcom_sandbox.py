"""`voice-agent calcom sandbox`: a local Cal.com that runs until it is interrupted."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, cast

from rich.console import Console

from booking_core.adapters.calcom import sandbox as local
from voice_agent.commands.running import OK, USAGE, run

if TYPE_CHECKING:
    from pathlib import Path


def sandbox(
    *,
    port: int,
    seed: str,
    state: Path | None,
    mails: Path | None,
    now: str | None,
    address_file: Path | None,
) -> int:
    """Run the local Cal.com until it is interrupted."""
    errors = Console(stderr=True, highlight=False)
    if seed not in {"empty", "scenario"}:
        errors.print(f"--seed is empty or scenario, not {seed}")
        return USAGE
    moment = datetime.fromisoformat(now) if now else None
    if moment and moment.tzinfo is None:
        errors.print(f"--now needs a zone, as in 2026-11-24T10:00:00+01:00, not {now}")
        return USAGE
    options = local.Options(
        seed=cast("Literal['empty', 'scenario']", seed),
        state_file=state,
        mail_file=mails,
        now=moment,
    )
    return run(lambda: _serve(options, port, address_file))


async def _serve(options: local.Options, port: int, address_file: Path | None) -> int:
    out = Console(highlight=False)
    await local.serve(
        options,
        port=port,
        address_file=address_file,
        started=lambda running: out.print(
            f"Cal.com sandbox: {running.url}/v2, calendars to look at: {running.url}/"
        ),
    )
    return OK
