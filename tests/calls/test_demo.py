"""The demo does what it shows, again and again, also in a pipe."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from voice_agent.demo import run_demo

if TYPE_CHECKING:
    from voice_agent.simulator.stage import Stage

SATURDAY = datetime(2026, 4, 18, 7, tzinfo=UTC)


async def played(stage: Stage) -> tuple[bool, str]:
    page = StringIO()
    console = Console(file=page, width=100, highlight=False)
    async with stage.listening() as base_url:
        fine = await run_demo(
            stage.runtime,
            base_url=base_url,
            addresses={"calls": "http://127.0.0.1:8080"},
            console=console,
        )
    return fine, page.getvalue()


@pytest.mark.asyncio(loop_scope="session")
async def test_the_demo_shows_both_calls_the_day_and_the_mail(stage: Stage) -> None:
    await stage.rewind(SATURDAY)

    fine, page = await played(stage)

    assert fine, page
    assert "am Dienstag, den 21. April, um 14 Uhr" in page
    assert "Henrike Brinkmann   A█████░░░░░░B██C█████░░░D█████" in page
    assert "Jannis Quast" + " " * 14 + "A█████" in page
    assert "henrike.brinkmann@example.org" in page
    assert ".eml" in page
    assert ".ics" in page
    assert page.rstrip().endswith("http://127.0.0.1:8080")
    assert " ms" in page


@pytest.mark.asyncio(loop_scope="session")
async def test_a_second_demo_finds_the_next_free_afternoon(stage: Stage) -> None:
    await stage.rewind(SATURDAY)

    first, _ = await played(stage)
    second, page = await played(stage)

    assert first
    assert second, page
    assert "am Mittwoch, den 22. April, um 14 Uhr" in page
