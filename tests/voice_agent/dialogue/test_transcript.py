from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_agent.dialogue.transcript import (
    Novelty,
    Seen,
    Speaker,
    Utterance,
    exchanges,
    growth,
    news,
    was_cut,
    was_told,
)


def _talk(*lines: str) -> tuple[Utterance, ...]:
    """Lines that begin with "A:" are the agent's, all others the caller's."""
    return tuple(
        Utterance(speaker=Speaker.AGENT, text=line[2:])
        if line.startswith("A:")
        else Utterance(speaker=Speaker.CALLER, text=line)
        for line in lines
    )


def test_consecutive_lines_of_the_caller_are_one_exchange() -> None:
    done, after = exchanges(_talk("A:Guten Tag", "Ich", "möchte", "A:Ja?", "färben", "A:Gern"))

    assert [(e.agent, e.caller) for e in done] == [("Guten Tag", "Ich möchte"), ("Ja?", "färben")]
    assert after == "Gern"


def test_an_agent_who_was_cut_before_the_first_word_separates_nothing() -> None:
    done, _ = exchanges(_talk("A:Hallo", "Ich", "A:  ", "möchte"))

    assert [e.caller for e in done] == ["Ich möchte"]


def test_words_after_the_agents_are_fresh() -> None:
    first = news(_talk("A:Hallo", "eins"), Seen())
    second = news(_talk("A:Hallo", "eins", "A:Ja?", "zwei"), first.seen)

    assert (second.novelty, second.words, second.heard) == (Novelty.FRESH, "zwei", "Ja?")


def test_words_that_follow_before_the_agent_was_heard_belong_to_the_whole() -> None:
    first = news(_talk("A:Hallo", "um zwei"), Seen())
    second = news(_talk("A:Hallo", "um zwei", "bei Emma"), first.seen)
    third = news(_talk("A:Hallo", "um zwei", "bei Emma bitte"), second.seen)

    assert (second.novelty, second.words) == (Novelty.AGAIN, "um zwei bei Emma")
    assert second.more == "bei Emma"
    assert (third.words, third.more) == ("um zwei bei Emma bitte", "bitte")


def test_a_correction_counts_as_said_anew() -> None:
    first = news(_talk("A:Hallo", "am Dienst tag"), Seen())
    second = news(_talk("A:Hallo", "am Dienstag"), first.seen)

    assert (second.words, second.more) == ("am Dienstag", "am Dienstag")


def test_a_correction_of_long_answered_words_changes_nothing() -> None:
    first = news(_talk("A:Hallo", "eins"), Seen())
    second = news(_talk("A:Hallo", "eins", "A:Ja?", "zwei"), first.seen)
    third = news(_talk("A:Hallo", "einz", "A:Ja?", "zwei", "A:Gut", "drei"), second.seen)

    assert third.words == "drei"


def test_words_that_were_recognised_late_are_not_lost() -> None:
    first = news(_talk("A:Hallo", "um zwei"), Seen())
    second = news(_talk("A:Hallo", "um zwei am Montag", "A:Gern", "bei Emma"), first.seen)

    assert second.words == "am Montag bei Emma"


def test_nothing_new_is_nothing() -> None:
    first = news(_talk("A:Hallo", "eins"), Seen())
    second = news(_talk("A:Hallo", "eins", "A:Was darf es"), first.seen)

    assert (second.novelty, second.words, second.heard) == (Novelty.NOTHING, "", "Was darf es")
    assert second.seen == first.seen


def test_a_transcript_that_lost_a_line_of_the_agent_is_taken_as_a_whole() -> None:
    first = news(_talk("A:Hallo", "eins"), Seen())
    second = news(_talk("A:Hallo", "eins", "A:Ja?", "zwei"), first.seen)
    third = news(_talk("A:Hallo", "eins zwei drei"), second.seen)

    assert (third.novelty, third.words) == (Novelty.AGAIN, "eins zwei drei")


def test_speech_without_words_is_heard_but_says_nothing() -> None:
    found = news(_talk("A:Hallo", "(unintelligible audio)"), Seen())

    assert (found.novelty, found.words) == (Novelty.FRESH, "")


@pytest.mark.parametrize(
    ("old", "new", "added"),
    [
        ("Morgen um zwei", "morgen, um zwei bei Emma.", "bei Emma."),
        ("ja", "ja", ""),
        ("Ja.", "ja", ""),
        ("", "hallo", "hallo"),
        ("ja bitte", "nein", None),
        ("ja bitte", "ja", None),
    ],
)
def test_growth_is_what_comes_after_the_known_words(old: str, new: str, added: str | None) -> None:
    assert growth(old, new) == added


@pytest.mark.parametrize(
    ("said", "heard", "is_cut"),
    [
        ("Um zwölf wäre Platz.", "Um zwölf", True),
        ("Um zwölf wäre Platz.", "Um zwö-", True),
        ("Um zwölf wäre Platz.", "um zwölf wäre platz", False),
        ("Um zwölf wäre Platz.", "", False),
        ("Um zwölf wäre Platz.", "Guten Tag", False),
        ("", "", False),
    ],
)
def test_an_answer_is_cut_when_only_its_beginning_was_heard(
    said: str, heard: str, *, is_cut: bool
) -> None:
    assert was_cut(said, heard) is is_cut


SAID = "Einen Moment bitte. Um 14 Uhr ist leider vergeben."


@pytest.mark.parametrize(
    ("heard", "is_told"),
    [
        ("Einen Moment bitte. Um 14 Uhr ist leider", True),
        ("Einen Moment bitte. Um vierzehn Uhr ist", True),
        ("Um 14 Uhr ist leider vergeben", True),
        ("Einen Moment bitte.", False),
        ("Einen Moment bitte. Um", False),
        ("", False),
    ],
)
def test_a_result_is_told_once_the_voice_has_begun_it(heard: str, *, is_told: bool) -> None:
    assert was_told("Um 14 Uhr ist leider vergeben.", SAID, heard) is is_told


WORDS = st.lists(st.sampled_from(["ja", "nein", "morgen", "um", "zwei", "bei", "Emma"]), min_size=1)


@given(st.lists(WORDS, min_size=1, max_size=6))
def test_told_one_by_one_every_word_is_understood_exactly_once(turns: list[list[str]]) -> None:
    seen, lines, understood = Seen(), [], []
    for turn in turns:
        lines += [f"A:Frage {len(lines)}", " ".join(turn)]
        found = news(_talk(*lines), seen)
        seen = found.seen
        understood.append(found.words.split())

    assert understood == turns


@given(WORDS, st.data())
def test_however_a_sentence_is_cut_into_updates_the_last_one_understands_all_of_it(
    words: list[str], data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(words)), max_size=4)) | {len(words)})
    seen = Seen()
    for cut in cuts:
        found = news(_talk("A:Hallo", " ".join(words[:cut])), seen)
        seen = found.seen

    assert found.words.split() == words
