"""What may not be said aloud."""

from __future__ import annotations

import pytest

from prompts import problems


@pytest.mark.parametrize(
    "sentence",
    [
        "Ihr Termin ist am Dienstag um 14 Uhr 30.",
        "Wann passt es Ihnen?",
        "Morgen, Mittwoch, den 29. Oktober, um 9 Uhr oder um 11 Uhr.",
        "Die Balayage kostet 160 Euro.",
    ],
)
def test_a_good_sentence_has_no_problems(sentence: str) -> None:
    assert problems(sentence) == ()


@pytest.mark.parametrize(
    ("sentence", "problem"),
    [
        ("Guten Tag, {{ name }}.", "braces"),
        ("Ihr Termin [Pause] ist am Dienstag.", "braces"),
        ("Das ist *sehr* gut.", "braces"),
        ("Das ist GUT.", "capitals"),
        ("Am 2025-10-28 geht es.", "date or time"),
        ("Um 14:30 Uhr geht es.", "date or time"),
        ("Es dauert 1.5 Stunden.", "decimal"),
        ("Um 8 Uhr 50 Uhr geht es.", "doubled Uhr"),
        ("Das das geht.", "doubled word"),
        ("Das geht am morgen.", "preposition"),
        ("Das geht um um 9 Uhr.", "preposition"),
        ("Das geht ,ja.", "stray"),
        ("Bei None ist frei.", "not there"),
        ("Das System antwortet nicht.", "technical"),
        ("Schön 😀.", "emoji"),
        ("Das geht", "no end"),
        ("", "no end"),
        ("Ja " * 60 + ".", "too long"),
    ],
)
def test_each_fault_is_named(sentence: str, problem: str) -> None:
    assert any(problem in found for found in problems(sentence))
