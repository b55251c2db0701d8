"""What makes a simulated call one that went wrong, whatever the caller got."""

from __future__ import annotations

from voice_agent.simulator.callers.verdict import Outcome, too_long

SHORT = "Am Montag haben wir geschlossen. Frei wäre am Dienstag um 9 Uhr. Passt Ihnen das?"
LONG = f"Die Balayage kostet 160 Euro. {SHORT}"
TWICE = "Der Rückruf ist notiert. Wie ist Ihr Name? Passt die Nummer, von der Sie anrufen?"


def test_an_answer_that_nobody_can_keep_in_mind_is_found() -> None:
    found = too_long([SHORT, LONG, TWICE])

    assert [words.partition(": ")[0] for words in found] == [
        "3 sentences before the question",
        "2 questions",
    ]


def test_a_call_with_a_long_answer_has_not_passed() -> None:
    outcome = Outcome(number=1, mood="terse", errand="book", too_long=tuple(too_long([LONG])))

    assert not outcome.passed
    assert outcome.complaints == [f"too long: 3 sentences before the question: {LONG}"]
    assert Outcome(number=1, mood="terse", errand="book").passed
