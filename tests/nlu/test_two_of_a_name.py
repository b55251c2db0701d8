"""Two people of one name in the team: only what tells them apart decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nlu import StaffWish, StaffWords, Vocabulary, understand

if TYPE_CHECKING:
    from nlu import Context

TEAM = Vocabulary(
    staff=(
        StaffWords(id="lindner", first_name="Emma", last_name="Lindner"),
        StaffWords(id="sommer", first_name="Emma", last_name="Sommer"),
        StaffWords(id="fabian", first_name="Fabian", last_name="Kröger"),
    )
)


@pytest.mark.parametrize("text", ["bei Emma bitte", "einen Termin zur Emma", "nicht bei Emma"])
def test_the_first_name_alone_is_asked_about(text: str, monday_morning: Context) -> None:
    (mention,) = understand(text, TEAM, monday_morning).staff

    assert {candidate.id for candidate in mention.candidates} == {"lindner", "sommer"}
    assert mention.accepted is None


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("bei Emma Sommer", "sommer"),
        ("bei der Emma Lindner bitte", "lindner"),
        ("zu Frau Sommer", "sommer"),
        ("gern bei Fabian", "fabian"),
    ],
)
def test_what_tells_them_apart_decides(text: str, who: str, monday_morning: Context) -> None:
    (mention,) = understand(text, TEAM, monday_morning).staff

    assert (mention.wish, mention.accepted) == (StaffWish.NAMED, who)


def test_a_customer_of_that_name_is_no_wish_for_her(monday_morning: Context) -> None:
    heard = understand("Hier ist Emma Sommer, ich möchte zu Fabian", TEAM, monday_morning)

    assert heard.name is not None
    assert heard.name.text == "Emma Sommer"
    assert [mention.accepted for mention in heard.staff] == ["fabian"]
