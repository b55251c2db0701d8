"""Collects replay files as tests, so that a salon's own repository can keep its calls.

Files named `*.call.yaml` are found everywhere, other `.yaml` files in the folders of the setting
`voice_agent_calls`. All of them share one system, which is brought up by the first and reset before
each; a call that does not end as written is shown with what was understood and done at each turn.
`pending:` in a file is an expected failure, and an error once the call passes.
"""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pytest import Config, ExceptionInfo, Parser  # noqa: PT013 - types only

    from voice_agent.simulator.replay_file import ReplayFile
    from voice_agent.simulator.report import Verdict
    from voice_agent.simulator.stage import Stage

SUFFIX = ".call.yaml"
FOLDERS = "voice_agent_calls"
WIDTH = 120


def pytest_addoption(parser: Parser) -> None:
    """Add the setting."""
    about = "folders in which every .yaml file is a phone call that must end as it is written"
    parser.addini(FOLDERS, about, type="paths", default=[])


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> CallFile | None:
    """Take the files that are calls."""
    if not _is_call(file_path, parent.config):
        return None
    file: CallFile = CallFile.from_parent(parent, path=file_path)
    return file


def pytest_unconfigure(config: Config) -> None:
    """Take the system down, if a call brought it up."""
    system = config.stash.get(_SYSTEM, None)
    if system is not None:
        system.close()


class CallFile(pytest.File):
    """A replay file."""

    def collect(self) -> Iterable[CallItem]:
        """The one test it is."""
        name = self.path.name.removesuffix(SUFFIX).removesuffix(".yaml")
        yield CallItem.from_parent(self, name=name)


class CallNotAsWritten(Exception):
    """A call that did not end as its file says."""


class CallItem(pytest.Item):
    """A phone call that must end as it is written."""

    def runtest(self) -> None:
        """Play and grade it."""
        from voice_agent.simulator.replay_yaml import read_replay

        file = read_replay(self.path)
        verdict = _system(self.config).play(file, self.path)
        if file.pending is not None:
            self._is_pending(verdict, file.pending)
        elif not verdict.passed:
            raise CallNotAsWritten(_shown(verdict))

    def repr_failure(self, excinfo: ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401 - as in pytest
        """The conversation, or what is wrong with the file: no traceback of ours."""
        from voice_agent.simulator.backdrop import BackdropImpossible
        from voice_agent.simulator.replay_yaml import ReplayFileInvalid

        if isinstance(excinfo.value, CallNotAsWritten | ReplayFileInvalid):
            return str(excinfo.value)
        if isinstance(excinfo.value, BackdropImpossible):
            return f"{self.path}: {excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it is written."""
        return self.path, None, f"call: {self.name}"

    def _is_pending(self, verdict: Verdict, why: str) -> None:
        if not verdict.passed:
            pytest.xfail(why)
        raise CallNotAsWritten(f"the call ends as written: take `pending` away\n{_shown(verdict)}")


class System:
    """One running system for all calls, on a loop of its own."""

    def __init__(self) -> None:
        from asyncio import Runner
        from contextlib import AsyncExitStack

        self._runner = Runner()
        self._stack = AsyncExitStack()
        self._stage = self._runner.run(self._open())

    def play(self, file: ReplayFile, path: Path) -> Verdict:
        """The call, graded."""
        playing = self._stage.replay(file, name=path.name, folder=path.parent)
        return self._runner.run(playing)

    def close(self) -> None:
        """Leave nothing behind."""
        self._runner.run(self._stack.aclose())
        self._runner.close()

    async def _open(self) -> Stage:
        from voice_agent.config import Settings
        from voice_agent.embedded import servers
        from voice_agent.simulator.ground import own_ground
        from voice_agent.simulator.stage import open_stage
        from voice_agent.telemetry import set_up

        set_up(level="critical")
        settings = Settings()
        endpoints = await self._stack.enter_async_context(servers(settings))
        ground = await self._stack.enter_async_context(own_ground(endpoints))
        return await self._stack.enter_async_context(open_stage(settings, ground))


_SYSTEM = pytest.StashKey[System]()


def _system(config: Config) -> System:
    if _SYSTEM not in config.stash:
        config.stash[_SYSTEM] = System()
    return config.stash[_SYSTEM]


def _is_call(path: Path, config: Config) -> bool:
    if path.name.endswith(SUFFIX):
        return True
    folders = config.getini(FOLDERS)
    return path.suffix == ".yaml" and any(path.is_relative_to(folder) for folder in folders)


def _shown(verdict: Verdict) -> str:
    from rich.console import Console

    from voice_agent.simulator.report import print_verdict

    page = StringIO()
    print_verdict(Console(file=page, width=WIDTH), verdict)
    return page.getvalue()
