"""A short run of `make bench-crash`: real processes die, and the world stays in order."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from voice_agent.bench.crash import Terms, crash, stage
from voice_agent.bench.oracle import StoredMail, StoredSaga

if TYPE_CHECKING:
    from voice_agent.config import Settings

ROUNDS = int(os.environ.get("BENCH_CRASH_ROUNDS", "8"))
SEED = int(os.environ.get("BENCH_SEED", "4"))


@pytest.mark.inc(67)
@pytest.mark.timeout(900)
async def test_processes_that_die_anywhere_leave_the_world_in_order(settings: Settings) -> None:
    report = await crash(settings, Terms(rounds=ROUNDS, lanes=4, seed=SEED))

    assert report.complaints == []
    assert report.fine
    assert report.rounds == ROUNDS
    assert report.ends["booked"] > 0
    assert report.struck.total() > 0
    assert report.mails > 0


@pytest.mark.parametrize(
    ("state", "over", "steps", "mail", "told"),
    [
        ("running", False, ["pending"] * 2, None, "book running: 0 of 2"),
        ("running", False, ["done", "intent"], None, "book running: 1 of 2, one asked for"),
        ("compensating", False, ["done", "undone"], None, "book compensating: 1 of 2"),
        ("done", True, ["done", "done"], "sending", "book done: mail sending"),
        ("failed", True, ["undone"] * 2, None, "book failed: no mail"),
    ],
)
def test_where_a_process_died_is_told_by_its_saga_and_its_mail(
    new_saga: Any, state: str, *, over: bool, steps: list[str], mail: str | None, told: str
) -> None:
    mails = (
        [StoredMail(version=1, kind="confirmation", state=mail, message_id=None)] if mail else []
    )

    assert stage(new_saga(state, over=over, steps=steps), mails) == told
    assert stage(None, []) == "before the first transaction"


@pytest.fixture
def new_saga() -> Any:
    def make(state: str, *, over: bool, steps: list[str]) -> StoredSaga:
        return StoredSaga(
            id=uuid4(), key="k", kind="book", state=state, over=over, steps=tuple(steps),
            uncertain=False,
        )  # fmt: skip

    return make
