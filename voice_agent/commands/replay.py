"""`voice-agent replay`: recorded calls against a fresh system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from voice_agent.commands.running import FAILED, OK, run
from voice_agent.config import Settings
from voice_agent.simulator.replay import replay_files
from voice_agent.telemetry import set_up

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def replay(files: Sequence[Path], *, verbose: bool) -> int:
    """Play them; the exit status says whether all ended as written."""
    set_up(level="critical")
    return run(lambda: _replay(files, verbose=verbose))


async def _replay(files: Sequence[Path], *, verbose: bool) -> int:
    passed = await replay_files(files, Settings(), Console(highlight=False), verbose=verbose)
    return OK if passed else FAILED
