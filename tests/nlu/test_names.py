from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.names import similarity, sounds_alike
from nlu.phonetics import cologne

WORDS = st.text(max_size=30)


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("Wikipedia", "3412"),
        ("Breschnew", "17863"),
        ("Müller-Lüdenscheidt", "65752682"),
        ("Kröger", "4747"),
        ("Xaver", "4837"),
        ("Philipp", "351"),
        ("Chris", "478"),
        ("", ""),
        ("123", ""),
    ],
)
def test_a_word_has_the_code_of_its_sounds(word: str, code: str) -> None:
    assert cologne(word) == code


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("Ema", "Emma"),
        ("Hemma", "Emma"),
        ("Fabjan", "Fabian"),
        ("Oliwer", "Oliver"),
        ("Tilara", "Dilara"),
        ("Krüger", "Kröger"),
        ("Lindener", "Lindner"),
        ("Meyer", "Maier"),
        ("Schmitt", "Schmidt"),
    ],
)
def test_names_that_are_mixed_up_on_the_phone_sound_alike(heard: str, meant: str) -> None:
    assert sounds_alike(heard, meant)
    assert sounds_alike(meant, heard)


@pytest.mark.parametrize(
    ("a", "b"),
    [("Emma", "Anna"), ("Emma", "Oliver"), ("Fabian", "Florian"), ("Jule", "Dilara"),
     ("Emma", "Jule"), ("Lindner", "Brandt")],
)  # fmt: skip
def test_names_of_different_people_do_not_sound_alike(a: str, b: str) -> None:
    assert not sounds_alike(a, b)


@given(WORDS, WORDS)
def test_similarity_is_symmetric_and_between_nothing_and_one(a: str, b: str) -> None:
    assert 0.0 <= similarity(a, b) <= 1.0
    assert similarity(a, b) == pytest.approx(similarity(b, a))


@given(WORDS)
def test_every_name_is_most_like_itself(name: str) -> None:
    assert similarity(name, name) == 1.0
