"""The caller hears German sentences, not our templates: these here are written by hand."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING

import pytest

from voice_agent.simulator.callers.ears import Asked, Spot

if TYPE_CHECKING:
    from voice_agent.simulator.callers.ears import Ears


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("Guten Tag, hier ist der Salon. Was kann ich für Sie tun?", Asked.WHAT),
        ("Gern. Was dürfen wir für Sie machen?", Asked.SERVICE),
        ("Gern, eine Tönung. Wann möchten Sie kommen?", Asked.WHEN),
        ("Da geht es leider nicht. Welcher andere Tag ginge denn?", Asked.OTHER_WHEN),
        ("Das ist frei. Auf welchen Namen darf ich den Termin eintragen?", Asked.NAME),
        ("Zu wem möchten Sie: Emma oder Oliver?", Asked.WHICH_STAFF),
        ("Zur Wahl steht morgen um 9 Uhr. Was darf es sein?", Asked.OFFER),
        ("Das dauert 45 Minuten, soll ich es so eintragen?", Asked.CONSENT),
        ("Soll die Tönung zum Damenhaarschnitt dazukommen?", Asked.ADD_SERVICE),
        ("Das hat nicht geklappt. Soll ich es noch einmal versuchen?", Asked.RETRY),
        ("Ihr Termin ist gebucht. Kann ich sonst noch etwas für Sie tun?", Asked.OTHER),
        ("Hauptstraße 1, Berlin.", None),
    ],
)
def test_a_question_is_known_by_its_words(ears: Ears, words: str, asked: Asked | None) -> None:
    assert ears.hear(words).asked is asked


def test_two_offers_on_one_day_with_one_person(ears: Ears) -> None:
    heard = ears.hear(
        "Kommen Sie lieber am Freitag, den 4. Dezember, um 9 Uhr oder um 11 Uhr 30 bei Emma?"
    )

    assert heard.asked is Asked.OFFER
    assert heard.spots == (
        Spot(day=date(2026, 12, 4), at=time(9), staff="Emma"),
        Spot(day=date(2026, 12, 4), at=time(11, 30), staff="Emma"),
    )


def test_each_offer_has_its_own_day_and_person(ears: Ears) -> None:
    heard = ears.hear(
        "Frei wäre morgen, Mittwoch, den 25. November, um 9 Uhr bei Oliver, oder "
        "am Samstag, den 28. November, um 12 Uhr bei Emma. Was passt Ihnen besser?"
    )

    assert heard.spots == (
        Spot(day=date(2026, 11, 25), at=time(9), staff="Oliver"),
        Spot(day=date(2026, 11, 28), at=time(12), staff="Emma"),
    )


def test_the_reason_before_an_offer_offers_nothing(ears: Ears) -> None:
    heard = ears.hear(
        "Am Mittwoch um 13 Uhr macht Emma Pause, bis 13 Uhr 30. "
        "Frei wäre am Mittwoch, den 2. Dezember, um 13 Uhr 30 bei Emma. Passt Ihnen das?"
    )

    assert [spot.at for spot in heard.spots] == [time(13, 30)]
    assert heard.is_said("refusal") is True


def test_a_read_back_is_heard_whole(ears: Ears) -> None:
    heard = ears.hear(
        "Ansatzfärbung am Freitag, den 27. November, um 14 Uhr bei Emma, auf den Namen Vera "
        "Hollmann. Mit Einwirkzeit sind Sie zweieinhalb Stunden bei uns, bis 16 Uhr 30. "
        "Soll ich es so eintragen?"
    )

    assert heard.asked is Asked.CONSENT
    assert heard.spots == (Spot(day=date(2026, 11, 27), at=time(14), staff="Emma"),)
    assert heard.services == ("Ansatzfärbung",)
    assert heard.name == "Vera Hollmann"


def test_a_date_that_is_over_is_that_of_next_year(ears: Ears) -> None:
    (spot,) = ears.spots("am Dienstag, den 5. Januar, um 10 Uhr")

    assert spot.day == date(2027, 1, 5)


def test_what_is_booked_is_not_what_is_free(ears: Ears) -> None:
    heard = ears.hear("Ihr Termin ist gebucht: morgen um 9 Uhr, Tönung bei Emma. Auf Wiederhören!")

    assert {"booked", "farewell"} <= heard.says
    assert "free" not in heard.says
