"""`voice-agent replay`: recorded calls against a fresh system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from voice_agent.commands.running import FAILED, OK, USAGE, complain, run
from voice_agent.config import Settings
from voice_agent.simulator.backdrop import BackdropImpossible
from voice_agent.simulator.books import salon_of
from voice_agent.simulator.from_retell import RetellCallInvalid, from_retell
from voice_agent.simulator.replay import replay_files
from voice_agent.telemetry import set_up

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def replay(files: Sequence[Path], *, verbose: bool, repeat: int = 1) -> int:
    """Play them; the exit status says whether all ended as written."""
    set_up(level="critical")
    return run(lambda: _replay(files, verbose=verbose, repeat=repeat))


def convert(path: Path, *, salon: str) -> int:
    """Print a call that Retell has recorded as a replay file."""
    try:
        print(from_retell(path.read_text(encoding="utf-8"), salon_of(salon)), end="")  # noqa: T201 - it is the result
    except (RetellCallInvalid, BackdropImpossible) as error:
        complain("not_converted", f"{path}: {error}")
        return USAGE
    return OK


async def _replay(files: Sequence[Path], *, verbose: bool, repeat: int) -> int:
    console = Console(highlight=False)
    passed = await replay_files(files, Settings(), console, verbose=verbose, repeat=repeat)
    return OK if passed else FAILED
