"""`voice-agent bench turns`: real callers at a real server, told apart by what their turns did."""

from __future__ import annotations

import random
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from voice_agent.bench.calls import Measured, Noted, Terms, kind_of, measure, rows_of
from voice_agent.bench.crowd import Heard, agenda

if TYPE_CHECKING:
    from voice_agent.config import Settings

TODAY = date(2026, 11, 24)


@pytest.mark.timeout(300)
async def test_a_small_crowd_is_answered_and_each_wait_is_known_from_both_ends(
    settings: Settings,
) -> None:
    terms = Terms(callers=3, seconds=8, pace=0.05, arrival_s=0.1)

    measured = await measure(settings, terms)

    assert measured.complaints == []
    assert measured.ahead is not None
    assert 0 <= measured.ahead <= 1
    assert len({heard.call_id for heard in measured.heard}) >= 3
    rows = rows_of(measured)
    assert rows["answers: first words"]
    assert rows["searches and holds: first words"]
    assert len(rows["answers: first words"]) == len(rows["answers: by the server's clock"])
    kinds = [row for name, row in rows.items() if name.endswith("first words")]
    assert 2 * len(rows["all turns: first words"]) == sum(map(len, kinds))


def test_a_turn_is_named_by_the_dearest_thing_it_did() -> None:
    assert kind_of(Noted(actions=frozenset({"Say price"}), first_ms=1.0)) == "answers"
    searched = Noted(actions=frozenset({"FindSlots", "Say offer"}), first_ms=1.0)
    assert kind_of(searched) == "searches and holds"
    booked = Noted(actions=frozenset({"FindSlots", "Book"}), first_ms=1.0)
    assert kind_of(booked) == "books"


def test_what_a_caller_did_not_hear_to_the_end_is_not_counted() -> None:
    heard = [
        Heard(call_id="c", response_id=number, asked_at=0.0, first_ms=2.0, complete_ms=9.0)
        for number in (1, 2)
    ]
    notes = {("c", 1): Noted(actions=frozenset({"FindSlots"}), first_ms=1.5)}
    measured = Measured(
        terms=Terms(callers=1),
        seconds=1.0,
        heard=heard,
        notes=notes,
        processor_s=None,
        complaints=[],
    )

    assert rows_of(measured) == {
        "all turns: by the server's clock": [1.5],
        "all turns: first words": [2.0],
        "searches and holds: by the server's clock": [1.5],
        "searches and holds: first words": [2.0],
        "searches and holds: whole answer": [9.0],
    }


def test_the_same_seed_gives_the_same_caller_and_everybody_says_yes_in_the_end() -> None:
    first, again = (
        list(islice(agenda(TODAY, random.Random(7)), 8))  # noqa: S311 - wishes, not secrets
        for _ in range(2)
    )

    assert first == again
    assert first[0].startswith("Guten Tag, hier ist")
    assert "Ja, bitte." in first[-2:]
