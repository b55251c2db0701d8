from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from voice_agent.cli import app
from voice_agent.commands.serve import insecure
from voice_agent.config import Settings
from voice_agent.salons import salon_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncEngine

VERBS = ("serve", "work", "demo", "chat", "replay", "understand", "salon", "db", "calcom", "bench")


@pytest.fixture
def runner() -> CliRunner:
    return CliRunner()


@pytest.fixture
def servers(database_url: str, redis_url: str, tmp_path: Path) -> dict[str, str]:
    """Environment of a command that finds its servers running."""
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "VOICE_AGENT_HOME": str(tmp_path / "home"),
    }


@pytest.fixture
def salon_file(tmp_path: Path) -> Path:
    file = tmp_path / "friseur1.yaml"
    file.write_text(salon_text("friseur1"), encoding="utf-8")
    return file


def test_help_names_every_verb_with_one_sentence(runner: CliRunner) -> None:
    result = runner.invoke(app, ["--help"])

    assert result.exit_code == 0
    for verb in VERBS:
        assert verb in result.output


def test_a_salon_comes_back_as_the_file_it_was(
    runner: CliRunner,
    servers: dict[str, str],
    salon_file: Path,
    emptied: None,  # noqa: ARG001 - a clean database
) -> None:
    first = runner.invoke(app, ["salon", "import", str(salon_file)], env=servers)
    second = runner.invoke(app, ["salon", "import", str(salon_file)], env=servers)
    exported = runner.invoke(app, ["salon", "export", "friseur1"], env=servers)

    assert "imported" in first.output
    assert "unchanged" in second.output
    assert exported.output == salon_file.read_text(encoding="utf-8")


@pytest.fixture
def emptied(database_url: str, empty_database: Callable[[AsyncEngine], Awaitable[None]]) -> None:
    """A database without a salon; the commands under test bring their own event loop."""
    from booking_core.adapters.postgres.engine import make_engine

    async def empty() -> None:
        engine = make_engine(database_url)
        await empty_database(engine)
        await engine.dispose()

    asyncio.run(empty())


def test_an_import_lists_all_errors_with_their_place_and_imports_nothing(
    runner: CliRunner, servers: dict[str, str], salon_file: Path
) -> None:
    broken = salon_file.read_text(encoding="utf-8").replace("skill: color", "skill: colour")
    salon_file.write_text(broken.replace("price: 32", "price: -32"), encoding="utf-8")

    result = runner.invoke(app, ["salon", "import", str(salon_file)], env=servers)

    assert result.exit_code == 1
    assert "services[177].segments[A].skill" in result.output
    assert "services[42].price" in result.output
    assert "(line " in result.output


def test_an_unknown_salon_is_said_in_one_line(runner: CliRunner, servers: dict[str, str]) -> None:
    result = runner.invoke(app, ["salon", "export", "nowhere"], env=servers)

    assert result.exit_code == 1
    assert "no such salon" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", "garbage"),
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing"),
        ("VOICE_AGENT_NOW", "yesterday"),
        ("CALENDAR", "paper"),
    ],
)
def test_a_wrong_setting_is_named_without_a_traceback(
    runner: CliRunner, servers: dict[str, str], variable: str, value: str
) -> None:
    result = runner.invoke(app, ["db", "upgrade"], env=servers | {variable: value})

    assert result.exit_code in {1, 2}
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert len(result.output.strip().splitlines()) == 1


def test_json_lines_are_answered_one_by_one_and_a_broken_one_says_why(runner: CliRunner) -> None:
    questions = [
        {"id": "a", "text": "morgen um halb drei", "now": "2026-11-24T10:00:00+01:00"},
        {"id": "b", "text": 5},
    ]
    lines = "\n".join(json.dumps(question) for question in questions) + "\nnonsense\n"

    result = runner.invoke(app, ["understand", "--jsonl"], input=lines)

    told = [json.loads(line) for line in result.output.splitlines()]
    assert told[0]["times"][0]["start"] == "2026-11-25T14:30:00"
    assert told[1] == {"id": "b", "error": "text: Input should be a valid string"}
    assert told[2]["id"] is None
    assert "JSON" in told[2]["error"]


def test_a_vocabulary_can_be_a_plain_list_of_services_and_people(
    runner: CliRunner, tmp_path: Path
) -> None:
    words = {
        "services": [{"name": "Bartpflege", "synonyms": ["Bart trimmen"]}],
        "staff": ["Ida Ott"],
    }
    file = tmp_path / "words.json"
    file.write_text(json.dumps(words), encoding="utf-8")
    question = json.dumps({"id": "a", "text": "einmal Bart trimmen bei Ida"})

    result = runner.invoke(
        app, ["understand", "--jsonl", "--vocabulary", str(file)], input=question
    )

    answer = json.loads(result.output)
    assert (answer["service"], answer["staff"]) == ("Bartpflege", "Ida Ott")


def test_an_open_address_wants_every_secret() -> None:
    nothing, everything = (
        Settings(),
        Settings.model_validate(
            {"llm_websocket_secret": "a", "retell_api_key": "b", "admin_password": "c"}
        ),
    )

    assert insecure(nothing, "127.0.0.1") is None
    assert insecure(nothing, "::1") is None
    assert insecure(everything, "0.0.0.0") is None  # noqa: S104 - that is the question
    complaint = insecure(nothing, "0.0.0.0")  # noqa: S104 - that is the question
    assert complaint is not None
    assert "LLM_WEBSOCKET_SECRET, RETELL_API_KEY, ADMIN_PASSWORD" in complaint
