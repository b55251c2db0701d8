"""A yes to a read-back repeats what was read back, or it is no yes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from nlu import Expecting, YesNo, understand

if TYPE_CHECKING:
    from nlu import Context, Vocabulary

READ_BACK = "Trockenschnitt am Mittwoch, den 25. November, um 14 Uhr. Soll ich das so eintragen?"


@pytest.fixture
def asked_for_consent(monday_morning: Context) -> Context:
    return replace(monday_morning, expecting=Expecting.CONFIRM, agent_said=READ_BACK)


@pytest.mark.parametrize(
    "said",
    [
        "Ja, Mittwoch passt.",
        "Ja, Mittwoch um zwei, gern.",
        "Genau, vierzehn Uhr.",
        "Ja, am Nachmittag passt.",
        "Ja, prima, dann bis Mittwoch!",
    ],
)
def test_a_yes_may_repeat_what_was_read_back(
    said: str, vocabulary: Vocabulary, asked_for_consent: Context
) -> None:
    assert understand(said, vocabulary, asked_for_consent).yes_no is YesNo.YES


@pytest.mark.parametrize(
    "said",
    [
        "Ja, Donnerstag passt.",
        "Ja, Mittwoch um drei, gern.",
        "Ja, am Vormittag.",
        "Ja, ab vierzehn Uhr.",
        "Ja, eine Stunde später.",
        "Ja, nicht bei Emma.",
    ],
)
def test_a_yes_to_something_else_is_no_consent(
    said: str, vocabulary: Vocabulary, asked_for_consent: Context
) -> None:
    assert understand(said, vocabulary, asked_for_consent).yes_no is not YesNo.YES
