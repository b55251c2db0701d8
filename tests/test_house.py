"""Rules of the house that a newcomer should meet where the red is."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from importlinter.cli import lint_imports

from voice_agent.config import Settings

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[1]
LATER = {"RETELL_BASE_URL"}
"""Accepted already, because it is part of the interface; nothing reads it yet."""


def test_the_layers_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    assert lint_imports(no_cache=True) == 0


def test_the_readme_lists_every_setting() -> None:
    table = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    settings = {
        str(field.validation_alias or name).upper() for name, field in Settings.model_fields.items()
    }

    assert set(table) == settings - LATER


def test_the_package_imports_without_doing_any_work() -> None:
    """No connection, no file and no thread comes into being by importing the whole program."""
    program = (
        "import sys, threading, voice_agent.cli, voice_agent.app, booking_core.bootstrap;"
        "sys.exit(threading.active_count() - 1)"
    )

    done = run("-W", "error", "-c", program)

    assert done == 0


def test_help_needs_none_of_the_heavy_parts() -> None:
    program = (
        "import sys, voice_agent.cli;"
        "sys.exit(any(name in sys.modules for name in ('sqlalchemy', 'aiohttp', 'nlu')))"
    )

    done = run("-c", program)

    assert done == 0


def test_every_locked_package_has_a_hash_and_no_address() -> None:
    lock = (ROOT / "requirements" / "dev.lock").read_text("utf-8")
    pinned = re.findall(r"^[a-z0-9._-]+(?:\[[a-z,]+\])?==", lock, re.MULTILINE)

    assert len(pinned) > len(_declared())
    assert lock.count("--hash=sha256:") >= len(pinned)
    assert "http://" not in lock
    assert "https://" not in lock


def _declared() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]


def run(*arguments: str) -> int:
    """Exit status of a Python program of its own."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, check=False, timeout=240).returncode  # noqa: S603 - our own
