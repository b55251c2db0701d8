"""Replays call files one after the other on a stage of their own, and says which are as written."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from rich.text import Text

from voice_agent.embedded import servers
from voice_agent.simulator.backdrop import BackdropImpossible
from voice_agent.simulator.books import salon_of
from voice_agent.simulator.ground import own_ground
from voice_agent.simulator.replay_yaml import ReplayFileInvalid, read_replay
from voice_agent.simulator.report import print_verdict
from voice_agent.simulator.stage import open_stage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from voice_agent.config import Settings
    from voice_agent.simulator.replay_file import ReplayFile
    from voice_agent.simulator.stage import Stage


async def replay_files(
    paths: Sequence[Path],
    settings: Settings,
    console: Console,
    *,
    verbose: bool = False,
    repeat: int = 1,
) -> bool:
    """Play all these files; whether every one is as it should be, every time, and ends alike."""
    files = _read(paths, console)
    if files is None:
        return False
    async with AsyncExitStack() as stack:
        with console.status("bringing up a database, Cal.com and the server ..."):
            endpoints = await stack.enter_async_context(servers(settings))
            ground = await stack.enter_async_context(own_ground(endpoints))
            stage = await stack.enter_async_context(open_stage(settings, ground))
        passed = [
            await _play(file, path, stage, console, verbose=verbose, repeat=repeat)
            for path, file in zip(paths, files, strict=True)
        ]
    good = sum(passed)
    console.print(f"{good} of {len(files)} calls are as written", style="bold")
    return good == len(files)


def _read(paths: Sequence[Path], console: Console) -> list[ReplayFile] | None:
    """All files, or none when one of them is wrong: every mistake of every file is listed."""
    files, fine = [], True
    for path in paths:
        try:
            file = read_replay(path)
            salon_of(file.salon, path.parent)
        except ReplayFileInvalid as error:
            fine = False
            for problem in error.problems:
                console.print(Text(problem, "red"), soft_wrap=True)
        except BackdropImpossible as error:
            fine = False
            console.print(Text(f"{path}: {error}", "red"), soft_wrap=True)
        else:
            files.append(file)
    return files if fine else None


async def _play(
    file: ReplayFile, path: Path, stage: Stage, console: Console, *, verbose: bool, repeat: int
) -> bool:
    worlds = []
    for _ in range(repeat):
        try:
            verdict = await stage.replay(file, name=str(path), folder=path.parent)
        except BackdropImpossible as error:
            found = Text(f"{file.call}: {error}", "red")
            console.print(Text("FAIL", "bold red"), found, str(path))
            return False
        print_verdict(console, verdict, verbose=verbose)
        if not verdict.passed:
            return False
        worlds.append(verdict.aftermath)
    alike = all(world == worlds[0] for world in worlds)
    if not alike:
        console.print(Text(f"FAIL {path} does not end alike every time", "bold red"))
    return alike
