from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from nlu import Context, Grain, Intent, Vocabulary, understand

BERLIN = ZoneInfo("Europe/Berlin")


def test_a_whole_wish_in_one_breath_is_understood(
    vocabulary: Vocabulary, monday_morning: Context
) -> None:
    heard = understand(
        "Seidel, guten Tag, Dauerwelle am Freitag um halb elf beim Oliver",
        vocabulary,
        monday_morning,
    )

    assert heard.intent is Intent.BOOK
    assert [mention.accepted for mention in heard.services] == ["441"]
    assert [mention.accepted for mention in heard.staff] == ["Oliver"]
    assert heard.name is not None
    assert heard.name.text == "Seidel"
    assert [e.start for e in heard.times] == [datetime(2026, 11, 27, 10, 30, tzinfo=BERLIN)]
    assert heard.times[0].grain is Grain.MINUTE


def test_nothing_said_means_nothing_understood(
    vocabulary: Vocabulary, monday_morning: Context
) -> None:
    heard = understand("", vocabulary, monday_morning)

    assert heard.intent is Intent.OTHER
    assert (heard.services, heard.staff, heard.times, heard.name) == ((), (), (), None)
    assert heard.yes_no is None
