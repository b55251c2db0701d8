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
        ("Das sind 30 Minuten. Soll ich suchen, und wann ginge es bei Ihnen?", Asked.WHEN),
        ("Gern. Auf wann darf ich die Tönung am Freitag um 9 Uhr legen?", Asked.NEW_TIME),
        ("Dann lege ich die Tönung auf morgen um 9 Uhr. Ist das so richtig?", Asked.MOVE_CONSENT),
        ("Tönung morgen um 9 Uhr bei Emma: Soll ich diesen Termin absagen?", Asked.CANCEL_CONSENT),
        ("Geht es um die Tönung am Freitag oder um die Balayage morgen?", Asked.WHICH_VISIT),
        ("Nennen Sie mir bitte den Buchungscode, oder möchten Sie einen Rückruf?", Asked.PROOF),
        ("Zuletzt war es die Tönung bei Emma. Soll es wieder so sein?", Asked.SAME_AGAIN),
        ("Unter welcher Nummer erreicht der Salon Sie?", Asked.NUMBER),
        ("Erreicht der Salon Sie unter der Nummer, von der Sie anrufen?", Asked.OWN_NUMBER),
        ("Ich habe die Nummer null eins sieben. Stimmt das?", Asked.CHECK_NUMBER),
        ("Soll ich Sie auf die Warteliste setzen, oder soll er anrufen?", Asked.WAITING_LIST),
        ("Soll der Salon Sie zurückrufen?", Asked.CALLBACK),
        ("Das ist frei. Auf welchen Namen darf ich den Termin eintragen?", Asked.NAME),
        ("Zu wem möchten Sie: Emma oder Oliver?", Asked.WHICH_STAFF),
        ("Zur Wahl steht morgen um 9 Uhr. Was darf es sein?", Asked.OFFER),
        ("Das dauert 45 Minuten, soll ich es so eintragen?", Asked.CONSENT),
        ("Das dauert eine Stunde, soll ich auch das eintragen?", Asked.CONSENT),
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


def test_a_visit_that_is_told_is_heard_as_one(ears: Ears) -> None:
    heard = ears.hear("Ihr Termin ist am Freitag, den 27. November, um 9 Uhr: Tönung bei Emma.")

    assert heard.told == (Spot(day=date(2026, 11, 27), at=time(9), staff="Emma"),)


def test_whoever_it_was_before_is_not_who_it_will_be(ears: Ears) -> None:
    (spot,) = ears.spots("Tönung morgen um 9 Uhr dann bei Oliver statt bei Emma.")

    assert spot.staff == "Oliver"


@pytest.mark.parametrize(
    ("words", "claim"),
    [
        ("Ihr Termin am Freitag um 9 Uhr ist abgesagt.", "cancelled"),
        ("Ihr Termin ist verlegt: morgen um 9 Uhr, Tönung bei Emma.", "moved"),
        ("Ich habe notiert, dass der Salon Sie zurückruft.", "noted"),
        ("Ich habe notiert, dass Sie etwa 10 Minuten später kommen.", "late_noted"),
        ("Sie stehen jetzt auf der Warteliste.", "listed"),
        ("Absagen geht hier nur bis 24 Stunden vorher.", "too_late"),
    ],
)
def test_each_claim_about_a_visit_or_a_wish_is_one(ears: Ears, words: str, claim: str) -> None:
    own = {"cancelled", "moved", "noted", "late_noted", "listed", "too_late", "booked"}

    assert ears.hear(words).says & own == {claim}
