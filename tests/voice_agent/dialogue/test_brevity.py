"""One question a turn and two sentences before it: what stays, and what is left out."""

from __future__ import annotations

import pytest

from voice_agent.dialogue.actions import Action, EndCall, Say, Sentence
from voice_agent.dialogue.brevity import Turn

WORDS = {
    "unknown_service": "Das haben wir nicht im Angebot.",
    "price": "Die Balayage kostet 160 Euro.",
    "duration": "Die Balayage dauert drei Stunden.",
    "thanks": "Gern.",
    "ask_time": "Wann passt es Ihnen?",
    "ask_retry": "Soll ich es noch einmal versuchen?",
    "ask_name": "Das geht. Auf welchen Namen?",
    "silence_1": "Sind Sie noch dran?",
    "work_running": "Ich bin noch dabei.",
    "farewell": "Danke. Bis dann. Auf Wiederhören!",
}
SHORT = {"ask_name": "Auf welchen Namen?"}
"""Where a phrasing has fewer sentences than the one that was chosen."""


def words(sentence: Sentence) -> str:
    said = SHORT.get(sentence.key) if sentence.brief else None
    said = said or WORDS[sentence.key]
    return said if sentence.asks else said.rpartition(". ")[0] + "."


def say(*keys: str, result: bool = False) -> tuple[Action, ...]:
    made = [Sentence(key=key) for key in keys]
    return tuple(Say(sentence=one, uninterruptible=result) for one in made)


def said(actions: tuple[Action, ...], *, spoken: str = "", goes_on: bool = False) -> str:
    turn = Turn(spoken=spoken, words=words, goes_on=goes_on)
    left = turn.to_the_point(actions)
    return " ".join(words(one.sentence) for one in left if isinstance(one, Say))


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        (
            ("unknown_service", "price", "ask_time"),
            "Das haben wir nicht im Angebot. Die Balayage kostet 160 Euro. Wann passt es Ihnen?",
        ),
        (
            ("unknown_service", "price", "duration", "ask_time"),
            "Das haben wir nicht im Angebot. Die Balayage kostet 160 Euro. Wann passt es Ihnen?",
        ),
        (
            ("thanks", "price", "duration", "ask_time"),
            "Die Balayage kostet 160 Euro. Die Balayage dauert drei Stunden. Wann passt es Ihnen?",
        ),
        (("ask_retry", "price", "ask_time"), "Die Balayage kostet 160 Euro. Wann passt es Ihnen?"),
        (("ask_name", "ask_time"), "Das geht. Wann passt es Ihnen?"),
        (("silence_1", "ask_time"), "Sind Sie noch dran? Wann passt es Ihnen?"),
    ],
)
def test_what_is_said_first_stays_and_the_last_question_is_open(
    keys: tuple[str, ...], left: str
) -> None:
    assert said(say(*keys)) == left


def test_a_question_goes_without_its_lead_before_anything_is_left_out() -> None:
    assert said(say("unknown_service", "price", "ask_name")).endswith(
        "Die Balayage kostet 160 Euro. Auf welchen Namen?"
    )


def test_what_was_said_of_the_turn_before_counts() -> None:
    assert said(say("price", "duration", "ask_time"), spoken="Die ist gerade vergeben worden.") == (
        "Die Balayage kostet 160 Euro. Wann passt es Ihnen?"
    )


def test_while_work_runs_nothing_is_asked_and_room_is_left_for_its_result() -> None:
    assert said(say("price", "duration", "ask_time"), goes_on=True) == (
        "Die Balayage kostet 160 Euro."
    )


def test_whoever_says_goodbye_asks_nothing_more() -> None:
    told = (*say("price", "ask_retry", result=True), *say("farewell", result=True), EndCall())

    assert said(told).startswith("Die Balayage kostet 160 Euro. Danke.")


def test_passing_the_time_is_to_say_nothing() -> None:
    turn = Turn(spoken="", words=words, goes_on=True)

    assert turn.heard(say("work_running", "price")) == WORDS["price"]


def test_results_are_told_whatever_else_is_said() -> None:
    told = (*say("price", "duration"), *say("farewell", result=True), EndCall())

    assert said(told) == WORDS["farewell"]
    turn = Turn(spoken="", words=words, goes_on=False)
    assert turn.to_the_point(told)[-1] == EndCall()
