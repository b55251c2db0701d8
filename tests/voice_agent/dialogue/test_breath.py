"""Several requests in one breath: told apart in the order they were said, or left as one."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from nlu import Context, understand
from voice_agent.dialogue.breath import requests_in
from voice_agent.dialogue.scene import Scene
from voice_agent.dialogue.vocabulary import vocabulary_of

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Salon

NOW = datetime(2026, 11, 24, 10, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.fixture
def scene(demo_salon: Salon) -> Scene:
    return Scene(salon=demo_salon, now=NOW, call_id="call_1")


@pytest.mark.parametrize(
    ("sentence", "aims"),
    [
        (
            (
                "Den Termin am Donnerstag muss ich absagen, und am Samstag um elf bräuchte ich "
                "eine Tönung bei Dilara."
            ),
            ["cancel", "book"],
        ),
        (
            (
                "Ich brauche am Mittwoch um drei eine Intensivpflege und meinen Termin am Freitag "
                "möchte ich absagen."
            ),
            ["book", "cancel"],
        ),
        (
            (
                "Können Sie meinen Termin auf Donnerstag verlegen, und was kostet bei Ihnen eine "
                "Dauerwelle?"
            ),
            ["move", "ask"],
        ),
        (
            "Wann ist mein Termin, und haben Sie am Samstag geöffnet?",
            ["tell", "ask"],
        ),
        (
            (
                "Für mich einen Damenhaarschnitt am Donnerstag um elf, und dann noch einen Termin "
                "für meine Tochter, einen Kinderhaarschnitt am Samstag um zehn."
            ),
            ["book", "book"],
        ),
        (
            (
                "Ich hätte gern einen Herrenhaarschnitt, und noch einen Kinderhaarschnitt für "
                "meinen Sohn."
            ),
            ["book", "book"],
        ),
        (
            (
                "Ich komme zehn Minuten später, und für nächste Woche Mittwoch um elf hätte ich "
                "gern einen Trockenschnitt."
            ),
            ["late", "book"],
        ),
    ],
)
def test_requests_are_told_apart_in_their_order(
    sentence: str, aims: list[str], scene: Scene
) -> None:
    assert [one.aim.value for one in requests_in(_heard(sentence, scene), scene)] == aims


@pytest.mark.parametrize(
    "sentence",
    [
        "Ich hätte gern einen Damenhaarschnitt und eine Ansatzfärbung am Freitag um zehn.",
        "Damenhaarschnitt morgen um elf, was kostet das denn?",
        "Ich habe am Freitag um zehn eine Ansatzfärbung und muss die leider absagen.",
        "Den Termin am Freitag bitte absagen und lieber am Mittwoch um elf.",
        "Ich wollte morgen zum Föhnen kommen und muss das verschieben.",
        "Verschieben Sie bitte meinen Termin am Freitag, am liebsten auf Samstag oder Dienstag.",
        "Meine Tochter und ich, Samstag um zehn, ein Damen- und ein Kinderhaarschnitt.",
        "Ich brauche einen Haarschnitt, und zwar für meinen Sohn einen Kinderhaarschnitt.",
        "Waschen, schneiden und föhnen am Mittwoch um zehn oder elf bei Emma, und zwar auf Berg.",
        "Haben Sie am Freitag noch einen Termin frei für eine Balayage und einen Trockenschnitt?",
    ],
)
def test_one_request_stays_one_however_long_it_is(sentence: str, scene: Scene) -> None:
    assert requests_in(_heard(sentence, scene), scene) == ()


def test_a_name_goes_with_the_first_request(scene: Scene) -> None:
    first, second = requests_in(
        _heard(
            "Hier ist Jutta Rieger, den Termin am Freitag bitte absagen, und am Mittwoch um elf "
            "hätte ich gern einen Trockenschnitt.",
            scene,
        ),
        scene,
    )

    assert first.said.name is not None
    assert first.said.name.text == "Jutta Rieger"
    assert second.said.name is None


def test_a_time_said_once_is_meant_for_both_visits(scene: Scene) -> None:
    first, second = requests_in(
        _heard(
            "Am Samstag um zehn hätte ich gern einen Damenhaarschnitt, und noch einen "
            "Kinderhaarschnitt für meinen Sohn.",
            scene,
        ),
        scene,
    )

    assert first.said.times == second.said.times != ()


def _heard(sentence: str, scene: Scene):  # type: ignore[no-untyped-def]  # noqa: ANN202 - nlu's own
    context = Context(now=scene.local_now, language="de")
    return understand(sentence, vocabulary_of(scene.salon), context)
