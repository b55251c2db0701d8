"""Rules ask for words by the name of their list: every language must have all of them."""

from __future__ import annotations

import pytest

from nlu.talk import talk

LANGUAGES = ["de", "en"]


@pytest.mark.parametrize("section", ["acts", "words", "staff", "names", "party", "audience"])
def test_all_languages_have_the_same_lists(section: str) -> None:
    lists = [set(talk(language).raw[section]) for language in LANGUAGES]

    assert lists[0] == lists[1]
    assert all(isinstance(name, str) for name in lists[0])
