"""`voice-agent replay` without the command line around it."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from voice_agent.config import Settings
from voice_agent.simulator.replay import replay_files

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
call: Ein Anruf, der nichts will
salon: friseur1
at: 2026-04-14T09:00:00+02:00
from: "+493023125071"
turns:
  - agent: {says: [Morgenrot]}
  - caller: "Auf Wiederhören."
    agent: {says: [Wiederhören], never: [gebucht]}
expect: {appointments: [], calcom: {accepted: 0, cancelled: 0}, mails: 0}
"""


@pytest.fixture
def settings(database_url: str, redis_url: str) -> Settings:
    return Settings(database_url=database_url, redis_url=redis_url)


async def replayed(paths: list[Path], settings: Settings) -> tuple[bool, str]:
    page = StringIO()
    fine = await replay_files(paths, settings, Console(file=page, width=300, highlight=False))
    return fine, page.getvalue()


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


async def test_each_file_gets_its_verdict_and_one_failure_fails_all(
    tmp_path: Path, settings: Settings
) -> None:
    good = written(tmp_path, "good.yaml", GOOD)
    impossible = written(
        tmp_path,
        "impossible.yaml",
        GOOD + "before: {appointments: [{service: 1, start: 2026-04-15T09:00}]}",
    )
    bad = written(tmp_path, "bad.yaml", GOOD.replace("[Morgenrot]", "[Abendrot]"))

    fine, page = await replayed([good, impossible, bad], settings)

    assert not fine
    assert [line.split()[0] for line in page.splitlines() if line[:1].isalpha()] == [
        "ok",
        "FAIL",
        "FAIL",
    ]
    assert "friseur1 has no service 1" in page
    assert '"Abendrot" was not said' in page
    assert page.splitlines()[-1] == "1 of 3 calls are as written"


async def test_files_with_mistakes_are_named_before_anything_is_started(tmp_path: Path) -> None:
    nowhere = Settings(
        database_url="postgresql://nobody@127.0.0.1:1/none", redis_url="redis://127.0.0.1:1"
    )
    good = written(tmp_path, "good.yaml", GOOD)
    mistaken = written(tmp_path, "mistaken.yaml", GOOD.replace("agent:", "agnt:"))
    elsewhere = written(tmp_path, "elsewhere.yaml", GOOD.replace("friseur1", "friseur9"))

    fine, page = await replayed([good, mistaken, elsewhere], nowhere)

    assert not fine
    assert "mistaken.yaml:7: turn 1, agnt: unknown key; did you mean `agent`?" in page
    assert "elsewhere.yaml: there is no salon file friseur9" in page
    assert "ok " not in page
