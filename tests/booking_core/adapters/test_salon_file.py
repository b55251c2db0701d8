from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_core.adapters.salon_file import dump, load, read
from booking_core.domain.catalogue import Gender, PausePolicy, Role
from booking_core.domain.errors import SalonFileInvalid
from booking_core.domain.gap_rules import EmptyDay, GapRules
from nlu.names import sounds_alike
from voice_agent.salons import salon_text

if TYPE_CHECKING:
    from collections.abc import Callable

DEMO = salon_text("friseur1")

SMALL = """\
company: {key: nordlicht, code: NORD, name: Nordlicht}

branch:
  code: KIE
  name: Salon Nordlicht
  address: Hafenweg 3, Kiel
  timezone: Europe/Berlin
  land: SH
  language: de
  phone_numbers: ["+49431555010"]
  opening_hours:
    mon: [09:00-18:00]
  holidays_closed: true
  lead_minutes: 30
  horizon_days: 60
  step_minutes: 15
  cancel_limit_hours: 12
  delegate: never
  elastic_pauses: true

resources:
  - {key: stuhl, kind: chair, name: Stuhl}

staff:
  - key: mia
    first_name: Mia
    last_name: Thomsen
    level: junior
    skills: [cut, dye]
    hours:
      mon: [09:00-12:00, 13:00-18:00]

  - key: ole
    first_name: Ole
    last_name: Petersen
    level: master
    skills: [cut, dye, shave]
    extra_minutes: {dye: -5}
    hours:
      mon: [09:00-12:00]

services:
  - number: 7
    code: FARBE
    name: Farbe
    spoken_name: Farbe
    gender: f
    price: 50.00
    pause_policy: free
    segments:
      - {key: A, name: Auftragen, minutes: 20, skill: dye, role: lead, resources: [chair],
         pause_after: {min: 10, max: 15, keeps_chair: false}}
      - {key: B, name: Schneiden, minutes: 25, skill: cut, role: lead, resources: [chair]}
    synonyms:
      sure: [Farbe auffrischen]
      weak: [bunt]

  - number: 8
    code: RASUR
    name: Rasur
    spoken_name: Rasur
    gender: f
    price: 12.50
    segments:
      - {key: A, name: Rasieren, minutes: 15, skill: shave, role: lead, resources: [chair]}
"""


@pytest.fixture
def problems() -> Callable[..., tuple[str, ...]]:
    """The errors of the small salon after some words were replaced, without line numbers."""

    def find(*changes: tuple[str, str]) -> tuple[str, ...]:
        text = SMALL
        for old, new in changes:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the file"
            text = text.replace(old, new)
        try:
            load(text, name="nordlicht", sounds_alike=sounds_alike)
        except SalonFileInvalid as error:
            return tuple(re.sub(r" \(line \d+\)$", "", problem) for problem in error.problems)
        return ()

    return find


def test_the_demo_salon_is_the_one_of_the_design() -> None:
    salon = load(DEMO, name="friseur1")

    assert salon.company.code == "MORG"
    assert salon.branch.code == "BER"
    assert salon.branch.phone_numbers == ("+493023125000",)
    assert salon.branch.transfer_number == "+493023125999"
    assert [person.name for person in salon.staff] == [
        "Emma Lindner",
        "Fabian Kröger",
        "Oliver Petersen",
        "Dilara Yıldız",
        "Jule Brandt",
    ]
    assert [person.calendar_user for person in salon.staff] == [
        "emma",
        "fabian",
        "oliver",
        "dilara",
        "jule",
    ]
    assert (len(salon.units("chair")), len(salon.units("basin"))) == (4, 2)


@pytest.mark.parametrize(
    ("number", "total", "claimed", "cents"),
    [
        (42, 55, 55, 3200),
        (434, 30, 30, 2000),
        (435, 30, 30, 2800),
        (436, 45, 45, 4500),
        (439, 60, 60, 5800),
        (437, 40, 40, 2800),
        (430, 20, 20, 1800),
        (431, 30, 30, 3200),
        (433, 45, 45, 0),
        (177, 150, 105, 8500),
        (178, 170, 125, 10500),
        (432, 60, 40, 4200),
        (443, 195, 145, 16000),
        (444, 220, 160, 17500),
        (441, 135, 110, 9500),
        (41, 30, 30, 2500),
        (43, 45, 45, 3500),
        (44, 35, 35, 3000),
    ],
)
def test_the_catalogue_has_the_lengths_and_prices_of_the_price_list(
    number: int, total: int, claimed: int, cents: int
) -> None:
    service = load(DEMO, name="friseur1").service_numbered(number)
    pauses = [segment.pause_after for segment in service.segments if segment.pause_after]

    assert service.total_minutes == total
    assert service.price_cents == cents
    assert claimed == sum(segment.minutes for segment in service.segments) + sum(
        pause.min_minutes for pause in pauses if service.occupies(pause)
    )


def test_the_root_colour_has_its_four_segments_two_pauses_and_an_article() -> None:
    service = load(DEMO, name="friseur1").service_numbered(177)

    assert (service.code, service.gender) == ("ANSAT", Gender.FEMININE)
    assert service.pause_policy is PausePolicy.FREE
    assert [(s.key, s.minutes, s.skill, s.role) for s in service.segments] == [
        ("A", 30, "color", Role.LEAD),
        ("B", 15, "wash", Role.ASSIST),
        ("C", 30, "cut_w", Role.LEAD),
        ("D", 30, "style", Role.LEAD),
    ]
    assert [s.pause_after and s.pause_after.min_minutes for s in service.segments] == [
        30,
        None,
        15,
        None,
    ]


def test_the_demo_salon_gives_no_warning() -> None:
    assert read(DEMO, name="friseur1", sounds_alike=sounds_alike).warnings == ()


def test_export_of_the_demo_salon_is_its_file_byte_by_byte() -> None:
    assert dump(load(DEMO, name="friseur1")) == DEMO


def test_gap_rules_and_deviations_from_a_length_on_survive_the_file() -> None:
    gaps = '  gaps: {flush: true, idle_minutes: 60, empty_day: anchors, anchors: ["09:00"]}\n'
    text = SMALL.replace("  elastic_pauses: true\n", "  elastic_pauses: true\n" + gaps)
    text = text.replace("{dye: -5}\n", "{dye: -5}\n    extra_from_minutes: {dye: 20}\n")

    salon = load(text, name="nordlicht")

    assert salon.branch.gaps == GapRules(
        flush=True, idle_minutes=60, empty_day=EmptyDay.ANCHORS, anchors=(time(9),)
    )
    ole = next(member for member in salon.staff if member.key == "ole")
    assert ole.extra_from_minutes == {"dye": 20}
    assert load(dump(salon), name="nordlicht") == salon


def test_every_yaml_reader_takes_the_exported_file_the_same_way() -> None:
    salon = load(DEMO, name="friseur1")

    plain = yaml.safe_load(dump(salon))

    assert plain["branch"]["phone_numbers"] == [*salon.branch.phone_numbers]
    assert plain["branch"]["special_days"][0] == {"date": "12-24", "hours": "09:00-13:00"}
    assert [service["name"] for service in plain["services"]] == [
        service.name for service in salon.services
    ]


def test_a_file_in_another_form_exports_to_one_that_means_the_same() -> None:
    written_otherwise = yaml.safe_dump(yaml.safe_load(SMALL), allow_unicode=True)

    salon = load(written_otherwise, name="nordlicht")

    assert load(dump(salon), name="nordlicht") == salon == load(SMALL, name="nordlicht")


def test_ids_follow_from_keys_and_do_not_change_with_the_order() -> None:
    salon = load(SMALL, name="nordlicht")
    document = yaml.safe_load(SMALL)
    document["staff"].reverse()
    turned = load(yaml.safe_dump(document), name="nordlicht")

    assert {person.key: person.id for person in salon.staff} == {
        person.key: person.id for person in turned.staff
    }
    assert salon.branch.id != load(SMALL, name="nordlicht2").branch.id


def test_absences_are_told_in_the_salons_own_time() -> None:
    text = SMALL.replace(
        "    level: junior\n",
        "    level: junior\n    absences:\n      - {starts: 2026-12-21, ends: 2026-12-28T12:00}\n",
    )

    salon = load(text, name="nordlicht")

    (away,) = salon.staff[0].absences
    assert away.span.start == datetime(2026, 12, 20, 23, tzinfo=UTC)
    assert away.span.end == datetime(2026, 12, 28, 11, tzinfo=UTC)
    assert load(dump(salon), name="nordlicht") == salon


def test_the_small_salon_is_in_order(problems: Callable[..., tuple[str, ...]]) -> None:
    assert problems() == ()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        # D1: keys in order, distinct names
        ("{key: B, name: Schneiden", "{key: C, name: Schneiden", "services[7].segments[C].key"),
        ("name: Schneiden, min", "name: Auftragen, min", "services[7].segments[B].name"),
        # D2: lengths on the grid and within limits, no pause at the end
        ("minutes: 25", "minutes: 24", "services[7].segments[B].minutes"),
        ("minutes: 25", "minutes: 0", "services[7].segments[B].minutes"),
        ("minutes: 25", "minutes: 485", "services[7].segments[B].minutes"),
        ("min: 10", "min: 0", "services[7].segments[A].pause_after.min"),
        ("max: 15", "max: 245", "services[7].segments[A].pause_after.max"),
        ("max: 15", "max: 5", "services[7].segments[A].pause_after.max"),
        (
            "skill: cut, role: lead, resources: [chair]}",
            "skill: cut, role: lead, resources: [], pause_after: {min: 5, max: 5, keeps_chair: 1}}",
            "services[7].segments[B].pause_after",
        ),
        # D3: a stated total is the sum
        ("number: 7\n", "number: 7\n    total_minutes: 60\n", "services[7].total_minutes"),
        # D4: skills somebody has
        ("skill: shave", "skill: perm", "services[8].segments[A].skill"),
        # D5: unknown and missing fields
        ("    gender: f\n    price: 50", "    price: 50", "services[7].gender"),
        ("minutes: 25, ", "", "services[7].segments[B].minutes"),
        ("min: 10, ", "", "services[7].segments[A].pause_after.min"),
        ("code: FARBE\n", "code: FARBE\n    colour: red\n", "services[7].colour"),
        ("  lead_minutes: 30\n", "", "branch.lead_minutes"),
        ("company:", "firma: {}\ncompany:", "firma"),
        # D6, the policies
        ("pause_policy: free", "pause_policy: half", "services[7].pause_policy"),
        ("    pause_policy: free\n", "", "services[7].pause_policy"),
        ("price: 12.50\n", "price: 12.50\n    pause_policy: free\n", "services[8].pause_policy"),
        ("policy: free", "policy: flexible", "services[7].pause_free_from_minutes"),
        ("max: 15,", "max: 15, bookable: true,", "services[7].segments[A].pause_after.bookable"),
        # resources, duplicates
        ("{key: stuhl, kind: chair,", "{key: stuhl, kind: sofa,", "services[8].segments[A].resou"),
        ("number: 8", "number: 7", "services[7].number"),
        ("code: RASUR", "code: FARBE", "services[8].code"),
        ("    name: Rasur", "    name: Farbe", "services[8].name"),
        ("key: ole", "key: mia", "staff[mia].key"),
        ('["+49431555010"]', '["+49431555010", "+49431555010"]', "branch.phone_numbers[#2]"),
        ('["+49431555010"]', "[0431 555010]", "branch.phone_numbers[#1]"),
        ("  opening", "  transfer_number: +49431555010\n  opening", "branch.transfer_number"),
        ("[Farbe auffrischen]", "[Rasur]", "services[7].synonyms.sure[#1]"),
        ("weak: [bunt]", "weak: [farbe  Auffrischen]", "services[7].synonyms.weak[#1]"),
        # hours
        ("[09:00-12:00, 13:00-18:00]", "[09:00-12:00, 11:30-18:00]", "staff[mia].hours.mon[#2]"),
        ("[09:00-12:00, 13:00-18:00]", "[12:00-09:00]", "staff[mia].hours.mon[#1]"),
        ("[09:00-12:00, 13:00-18:00]", "[09:00-25:00]", "staff[mia].hours.mon[#1]"),
        ("[09:00-12:00, 13:00-18:00]", "[09:02-12:00]", "staff[mia].hours.mon[#1]"),
        ("[09:00-12:00, 13:00-18:00]", "[vormittags]", "staff[mia].hours.mon[#1]"),
        (
            "  opening_hours:\n    mon:",
            "  opening_hours:\n    montag:",
            "branch.opening_hours.mont",
        ),
        # the branch
        ("Europe/Berlin", "Europe/Kiel", "branch.timezone"),
        ("land: SH", "land: KI", "branch.land"),
        ("language: de", "language: fr", "branch.language"),
        ("step_minutes: 15", "step_minutes: 7", "branch.step_minutes"),
        ("horizon_days: 60", "horizon_days: 0", "branch.horizon_days"),
        ("delegate: never", "delegate: sometimes", "branch.delegate"),
        ("  holidays", '  special_days: [{date: "31-12", hours: closed}]\n  holidays', "branch.sp"),
        ("code: KIE", "code: kiel", "branch.code"),
        # people
        ("level: junior", "level: boss", "staff[mia].level"),
        ("{dye: -5}", "{dye: -20}", "staff[ole].extra_minutes.dye"),
        ("{dye: -5}", "{perm: 5}", "staff[ole].extra_minutes.perm"),
        ("{dye: -5}", "{dye: -5}\n    extra_from_minutes: {cut: 20}", "staff[ole].extra_from_min"),
        ("{dye: -5}", "{dye: -5}\n    extra_from_minutes: {dye: 7}", "staff[ole].extra_from_min"),
        (
            "elastic_pauses: true",
            "elastic_pauses: true\n  gaps: {flash: true}",
            "branch.gaps.flash",
        ),
        ("elastic_pauses: true", "elastic_pauses: true\n  gaps: {idle_minutes: 7}", "branch.gaps"),
        (
            "elastic_pauses: true",
            "elastic_pauses: true\n  gaps: {empty_day: anchors}",
            "branch.gaps: anchor times",
        ),
        ("price: 12.50", "price: umsonst", "services[8].price"),
        ("price: 12.50", "price: 12.505", "services[8].price"),
        ("price: 12.50", "price: -1.00", "services[8].price"),
        ("key: mia", "key: Mia", "staff[Mia].key"),
    ],
)
def test_a_fault_is_reported_at_its_place(
    problems: Callable[..., tuple[str, ...]], old: str, new: str, problem: str
) -> None:
    found = problems((old, new))

    assert any(text.startswith(problem) for text in found), found


def test_all_faults_are_reported_at_once_in_the_order_of_the_file() -> None:
    broken = (
        SMALL.replace("Europe/Berlin", "Europe/Kiel")
        .replace("key: mia", "key: Mia")
        .replace("number: 7\n", "number: 7\n    total_minutes: 60\n    colour: red\n")
        .replace("minutes: 25", "minutes: 24")
        .replace("{key: A, name: Rasieren", "{key: A, nmae: Rasieren")
        .replace("skill: shave, role", "skill: perm, role")
    )

    with pytest.raises(SalonFileInvalid) as refusal:
        load(broken, name="nordlicht")

    assert refusal.value.problems == (
        "branch.timezone: there is no time zone 'Europe/Kiel' (line 7)",
        "staff[Mia].key: 'Mia' is not a key: small letters, digits, - and _ (line 25)",
        "services[7].total_minutes: the segments and pauses make 54 minutes, not 60 (line 44)",
        "services[7].colour: is not a field of a salon file (line 45)",
        "services[7].segments[B].minutes: is a multiple of 5 between 5 and 480, not 24 (line 55)",
        "services[8].segments[A].name: is missing (line 67)",
        "services[8].segments[A].nmae: is not a field of a salon file (line 67)",
    )


def test_a_fault_in_one_entry_of_the_staff_does_not_look_like_missing_skills(
    problems: Callable[..., tuple[str, ...]],
) -> None:
    assert problems(("level: master", "level: boss")) == (
        "staff[ole].level: is not one of apprentice, junior, regular, senior or master: 'boss'",
    )


def test_skills_of_people_who_left_do_not_count(problems: Callable[..., tuple[str, ...]]) -> None:
    gone = ("    extra_minutes: {dye: -5}\n", "    active: false\n")

    assert problems(gone) == ("services[8].segments[A].skill: nobody has the skill shave",)


def test_a_service_that_nobody_can_do_alone_is_an_error(
    problems: Callable[..., tuple[str, ...]],
) -> None:
    assert problems(("[cut, dye]", "[cut]"), ("[cut, dye, shave]", "[dye, shave]")) == (
        "services[7].segments: nobody can do all of it: cut, dye",
    )


def test_it_may_be_handed_over_where_the_salon_allows_that(
    problems: Callable[..., tuple[str, ...]],
) -> None:
    allowed = ("  delegate: never\n", "  delegate: never\n  lead_change: if_no_other\n")

    assert problems(("[cut, dye]", "[cut]"), ("[cut, dye, shave]", "[dye, shave]"), allowed) == ()


def test_the_same_field_twice_is_an_error(problems: Callable[..., tuple[str, ...]]) -> None:
    twice = problems(("gender: f\n    price: 12.50", "gender: f\n    price: 1.00\n    price: 2.00"))

    assert twice == ("services[8].price: stands here a second time",)


@pytest.mark.parametrize(
    ("first_name", "last_name", "errors", "warnings"),
    [
        ("Mia", "Thomsen", 1, 0),
        ("Mia", "Brodersen", 0, 1),
        ("Miah", "Brodersen", 0, 1),
        ("Ole", "Brodersen", 0, 0),
    ],
)
def test_names_that_sound_alike_are_an_error_or_at_least_a_warning(
    first_name: str, last_name: str, errors: int, warnings: int
) -> None:
    text = SMALL.replace("first_name: Ole", f"first_name: {first_name}").replace(
        "last_name: Petersen", f"last_name: {last_name}"
    )

    found = _findings(text)

    assert (len(found[0]), len(found[1])) == (errors, warnings)


def test_a_nickname_that_is_a_colleagues_name_is_an_error(
    problems: Callable[..., tuple[str, ...]],
) -> None:
    assert problems(("last_name: Petersen\n", "last_name: Petersen\n    nicknames: [mia]\n")) == (
        "staff[ole].nicknames[#1]: Mia is called mia, too",
    )


@pytest.mark.parametrize(
    ("old", "new", "warning"),
    [
        ("min: 10, max: 15", "min: 60, max: 60", "services[7].segments: 60 minutes of pauses"),
        ("minutes: 25", "minutes: 480", "services[7].segments: takes 510 minutes"),
        ("[09:00-12:00]", "[08:00-12:00]", "staff[ole].hours.mon[#1]: 08:00-12:00 is not inside"),
    ],
)
def test_strange_but_possible_things_are_warned_about(old: str, new: str, warning: str) -> None:
    errors, warnings = _findings(SMALL.replace(old, new))

    assert errors == ()
    assert [text for text in warnings if text.startswith(warning)] == [*warnings]
    assert len(warnings) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just words",
        "- a\n- list",
        "company: [unclosed",
        "a: &x [*x]",
        "services: {}",
        "staff: [1, [2], {key: {}}]",
        "services: [{number: [], segments: 7}, ~, {segments: [~, 3, {}]}]",
        "branch: {opening_hours: {mon: 09:00-12:00}, special_days: 3}",
        "\x00",
    ],
)
def test_what_is_no_salon_file_at_all_is_refused_with_reasons(text: str) -> None:
    with pytest.raises(SalonFileInvalid) as refusal:
        load(text, name="nordlicht")

    assert refusal.value.problems


@pytest.mark.parametrize("name", ["", "Friseur 1", "../friseur1", "friseur1.yaml"])
def test_a_salon_needs_a_plain_name(name: str) -> None:
    with pytest.raises(SalonFileInvalid):
        load(SMALL, name=name)


NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1
).filter(lambda text: text == text.strip() and len(text) <= 100)


@settings(deadline=None)
@given(name=NAMES, spoken=NAMES, synonym=NAMES, category=NAMES)
def test_whatever_a_service_is_called_comes_back_from_the_file(
    name: str, spoken: str, synonym: str, category: str
) -> None:
    salon = load(SMALL, name="nordlicht")
    service = salon.services[1]
    words = replace(service.synonyms, weak=(synonym,))
    named = replace(service, name=name, spoken_name=spoken, synonyms=words, category=category)
    renamed = replace(salon, services=(named,))

    assert load(dump(renamed), name="nordlicht") == renamed


def _findings(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    try:
        return (), read(text, name="nordlicht", sounds_alike=sounds_alike).warnings
    except SalonFileInvalid as error:
        return error.problems, ()
