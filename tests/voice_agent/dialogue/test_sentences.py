"""A sentence that claims a fact needs the result that proves it; every result has its sentence."""

from __future__ import annotations

from datetime import date, datetime, time
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from booking_core.domain.interval import Span
from booking_core.domain.slots import Cause, NoSlots, Obstacle, Reason
from prompts import keys, problems
from voice_agent.dialogue import offering, sentences
from voice_agent.dialogue.scene import Scene
from voice_agent.dialogue.script import Notice
from voice_agent.dialogue.state import Draft
from voice_agent.dialogue.wish import Hours, Wish, on

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Salon

    Call, Said = Any, Any

BERLIN = ZoneInfo("Europe/Berlin")
WEDNESDAY = datetime(2025, 10, 29, 14, tzinfo=BERLIN)
WISHES = (
    Wish(),
    on(WEDNESDAY.date()),
    on(WEDNESDAY.date(), Hours(at=time(14))),
    on(WEDNESDAY.date(), Hours(start=time(8), end=time(12))),
)


@pytest.fixture
def scene(demo_salon: Salon) -> Scene:
    now = datetime(2025, 10, 27, 9, tzinfo=BERLIN)
    return Scene(salon=demo_salon, now=now, call_id="call_7")


def spoken(sentence: sentences.Sentence | None) -> str:
    return sentences.words(sentence, language="de") if sentence else ""


@pytest.mark.inc(118)
@pytest.mark.inc(124)
@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.REJECTED])
def test_every_reason_has_a_sentence_with_whatever_facts_there_are(
    reason: Reason, wish: Wish, scene: Scene
) -> None:
    emma = next(m.id for m in scene.salon.staff if m.first_name == "Emma")
    facts = {
        "earliest": WEDNESDAY,
        "latest": date(2026, 1, 25),
        "opens": time(9),
        "closes": time(18),
        "holiday": "Neujahr",
        "since": WEDNESDAY,
        "until": WEDNESDAY.replace(hour=15),
        "qualified": tuple(m.id for m in scene.salon.staff[:3]),
    }

    for number, start, who, known in product(
        (177, 42, 433), (None, WEDNESDAY), (None, emma), ({}, facts)
    ):
        draft = Draft(services=(scene.salon.service_numbered(number).id,), wishes=(wish,))
        obstacle = Obstacle(reason=reason, start=start, staff_id=who, **known)
        words = spoken(offering.reason(obstacle, draft, scene))
        assert words
        assert problems(words) == (), words


def test_a_language_nobody_wrote_is_answered_in_german() -> None:
    assert sentences.words(sentences.plain("ask_time"), language="fr").endswith("?")


def test_what_the_caller_refused_needs_no_reason(scene: Scene) -> None:
    draft = Draft(services=(scene.salon.services[0].id,))

    assert offering.reason(Obstacle(reason=Reason.REJECTED), draft, scene) is None


@pytest.mark.parametrize(
    ("start", "wish", "expected"),
    [
        (WEDNESDAY, WISHES[2], "Am Mittwoch um 14 Uhr ist bei Emma leider schon vergeben."),
        (None, WISHES[1], "Am Mittwoch ist bei Emma leider alles vergeben."),
        (None, WISHES[3], "Zu dieser Zeit ist bei Emma leider alles vergeben."),
    ],
)
def test_a_reason_claims_no_more_than_was_asked(
    start: datetime | None, wish: Wish, expected: str, scene: Scene
) -> None:
    emma = next(m for m in scene.salon.staff if m.first_name == "Emma")
    draft = Draft(services=(scene.salon.services[0].id,), wishes=(wish,))
    obstacle = Obstacle(reason=Reason.TAKEN, start=start, staff_id=emma.id)

    assert spoken(offering.reason(obstacle, draft, scene)) == expected


TAKEN, OFF, FULL = Reason.TAKEN, Reason.STAFF_OFF, Reason.RESOURCE_FULL
HALF_PAST_THREE, THURSDAY = (
    WEDNESDAY.replace(hour=15, minute=30),
    WEDNESDAY.replace(day=30, hour=11),
)


@pytest.mark.parametrize(
    ("reason", "facts", "expected"),
    [
        (
            TAKEN,
            {"staff": "Emma", "since": WEDNESDAY, "until": HALF_PAST_THREE},
            "Am Mittwoch um 14 Uhr hat Emma leider bis 15 Uhr 30 einen anderen Termin.",
        ),
        (
            TAKEN,
            {"staff": "Emma", "since": HALF_PAST_THREE, "until": THURSDAY},
            "Emma hat am Mittwoch um 15 Uhr 30 schon einen anderen Termin, das reicht nicht.",
        ),
        (
            TAKEN,
            {"staff": "Emma", "since": WEDNESDAY, "until": THURSDAY},
            "Am Mittwoch um 14 Uhr ist bei Emma leider schon vergeben.",
        ),
        (
            TAKEN,
            {"until": HALF_PAST_THREE},
            "Am Mittwoch ist von 14 Uhr bis 15 Uhr 30 leider alles vergeben.",
        ),
        (TAKEN, {}, "Am Mittwoch um 14 Uhr ist leider schon vergeben."),
        (
            OFF,
            {"staff": "Emma", "cause": Cause.BREAK, "since": WEDNESDAY, "until": HALF_PAST_THREE},
            "Am Mittwoch um 14 Uhr macht Emma Pause, bis 15 Uhr 30.",
        ),
        (
            OFF,
            {"staff": "Emma", "cause": Cause.BREAK, "since": HALF_PAST_THREE},
            "Am Mittwoch macht Emma um 15 Uhr 30 Pause, das reicht leider nicht.",
        ),
        (
            OFF,
            {"staff": "Emma", "cause": Cause.HOURS, "since": WEDNESDAY, "until": HALF_PAST_THREE},
            "Emma ist am Mittwoch erst ab 15 Uhr 30 im Salon.",
        ),
        (
            OFF,
            {"staff": "Emma", "cause": Cause.HOURS, "since": HALF_PAST_THREE, "until": THURSDAY},
            "Emma ist am Mittwoch leider nur bis 15 Uhr 30 im Salon.",
        ),
        (
            OFF,
            {"staff": "Emma", "cause": Cause.ABSENCE, "since": WEDNESDAY, "until": THURSDAY},
            (
                "Emma ist am Mittwoch um 14 Uhr leider nicht im Salon,"
                " aber wieder am Donnerstag, den 30. Oktober."
            ),
        ),
        (
            FULL,
            {"kind": "basin", "since": WEDNESDAY, "until": HALF_PAST_THREE},
            "Am Mittwoch sind von 14 Uhr bis 15 Uhr 30 leider alle Waschplätze belegt.",
        ),
        (
            FULL,
            {"kind": "chair", "since": HALF_PAST_THREE, "until": HALF_PAST_THREE.replace(hour=16)},
            "Am Mittwoch sind von 15 Uhr 30 bis 16 Uhr 30 leider alle Plätze belegt.",
        ),
        (FULL, {"kind": "basin"}, "Am Mittwoch um 14 Uhr ist leider kein Waschplatz frei."),
        (FULL, {"kind": "chair"}, "Am Mittwoch um 14 Uhr ist im Salon leider kein Platz mehr."),
    ],
)
def test_what_is_in_the_way_is_said_with_its_times(
    reason: Reason, facts: dict[str, Any], expected: str, scene: Scene
) -> None:
    facts = dict(facts)
    staff, kind = facts.pop("staff", None), facts.pop("kind", None)
    who = next((m.id for m in scene.salon.staff if m.first_name == staff), None)
    draft = Draft(services=(scene.salon.services[0].id,), wishes=(WISHES[2],))
    obstacle = Obstacle(reason=reason, start=WEDNESDAY, staff_id=who, resource_kind=kind, **facts)

    words = spoken(offering.reason(obstacle, draft, scene))

    assert words == expected
    assert problems(words) == ()


def test_why_somebody_is_away_is_never_said(scene: Scene) -> None:
    emma = next(m.id for m in scene.salon.staff if m.first_name == "Emma")
    draft = Draft(services=(scene.salon.services[0].id,), wishes=(WISHES[2],))
    hours, absence = (
        spoken(
            offering.reason(
                Obstacle(
                    reason=OFF, start=WEDNESDAY, staff_id=emma, cause=cause, since=WEDNESDAY,
                    until=THURSDAY,
                ),
                draft,
                scene,
            )
        )
        for cause in (Cause.HOURS, Cause.ABSENCE)
    )  # fmt: skip

    assert hours == absence


def test_nothing_found_has_a_sentence(scene: Scene) -> None:
    nothing = NoSlots(
        obstacle=Obstacle(reason=Reason.REJECTED),
        searched=Span(scene.now, WEDNESDAY),
    )

    assert spoken(offering.nothing_found(nothing)).endswith("?")


@pytest.mark.parametrize("notice", list(Notice))
def test_the_engine_finds_its_own_sentences(notice: Notice) -> None:
    words = spoken(sentences.plain(notice.value))

    assert problems(words) == ()


@pytest.mark.parametrize(
    ("name", "start", "expected"),
    [
        ("Emma", WEDNESDAY.replace(hour=8), "Emma ist am Mittwoch um 8 Uhr leider nicht im Salon."),
        (
            "Emma",
            WEDNESDAY.replace(hour=12),
            "Am Mittwoch um 12 Uhr ist Emma dafür leider nicht lange genug im Salon.",
        ),
        ("Dilara", WEDNESDAY.replace(day=28), "Dilara ist morgen um 14 Uhr leider nicht im Salon."),
    ],
)
def test_whether_somebody_is_away_or_only_not_there_long_enough_is_said_as_it_is(
    name: str, start: datetime, expected: str, scene: Scene
) -> None:
    member = next(m for m in scene.salon.staff if m.first_name == name)
    draft = Draft(services=(scene.salon.services[0].id,), wishes=(WISHES[2],))
    obstacle = Obstacle(reason=Reason.STAFF_OFF, start=start, staff_id=member.id)

    assert spoken(offering.reason(obstacle, draft, scene)) == expected


def test_every_written_sentence_is_said_somewhere() -> None:
    package = Path(str(files("voice_agent")))
    code = " ".join(file.read_text("utf-8") for file in package.rglob("*.py"))
    reasons = {f"reason_{reason.value}" for reason in Reason}
    unused = {key for key in keys("de") if f'"{key}"' not in code} - reasons

    assert unused == set()
