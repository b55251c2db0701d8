"""`voice-agent calcom sandbox`: a local Cal.com that runs until it is interrupted."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, cast

from rich.console import Console

from booking_core.adapters.calcom import sandbox as local
from voice_agent import loops

if TYPE_CHECKING:
    from pathlib import Path

FAILED, USAGE, INTERRUPTED = 1, 2, 130  # as elsewhere, without what the servers there load
SEEDS = ("empty", "scenario")


def sandbox(  # noqa: PLR0913 - one for each option
    *,
    port: int,
    seed: str,
    state: Path | None,
    mails: Path | None,
    now: str | None,
    limit: int,
    hosted: bool,
    address_file: Path | None,
) -> int:
    """Run the local Cal.com until it is interrupted."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    if seed not in SEEDS:
        errors.print(f"--seed is {' or '.join(SEEDS)}, not {seed}")
        return USAGE
    try:
        moment = _moment(now)
    except ValueError as error:
        errors.print(str(error))
        return USAGE
    options = local.Options(
        seed=cast("Literal['empty', 'scenario']", seed),
        state_file=state,
        mail_file=mails,
        now=moment,
        requests_per_minute=limit,
        hosted=hosted,
    )
    return _run(options, port, address_file, errors)


def _moment(now: str | None) -> datetime | None:
    """The instant an option names; ValueError tells how one looks."""
    example = "--now is a time with a zone, as in 2026-11-24T10:00:00+01:00"
    try:
        moment = datetime.fromisoformat(now) if now else None
    except ValueError as error:
        raise ValueError(f"{example}, not {now}") from error
    if moment and moment.tzinfo is None:
        raise ValueError(f"{example}, not {now}")
    return moment


def _run(options: local.Options, port: int, address_file: Path | None, errors: Console) -> int:
    try:
        loops.run(local.serve(options, port=port, address_file=address_file, started=_introduce))
    except KeyboardInterrupt:
        return INTERRUPTED
    except (ValueError, OSError) as error:
        errors.print(f"the sandbox cannot run: {error}")
    return FAILED


def _introduce(running: local.Sandbox) -> None:
    out = Console(highlight=False, soft_wrap=True)
    out.print(f"Cal.com sandbox: {running.url}/v2, calendars to look at: {running.url}/")
    out.print(f"  back door      {running.url}/_control (GET lists what it can do)")
    for one in running.control("keys")["keys"]:
        about = " (expired)" if one["expired"] else ""
        out.print(f"  key            {one['key']} of {one['username']}{about}")
