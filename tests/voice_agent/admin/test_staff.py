"""The team's pages: people, hours, absences, who can what, places, and names as they are heard."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.salon_file import dump, load
from booking_core.domain.appointment import Customer
from booking_core.domain.booking import BookAppointment, Booked
from booking_core.domain.catalogue import WorkingHours
from booking_core.domain.interval import Span
from booking_core.domain.plan import VisitRequest
from booking_core.domain.slots import SlotQuery, SlotsFound, TimeWish
from voice_agent.admin.accounts import Accounts, Role
from voice_agent.admin.passwords import hashed
from voice_agent.admin.staff_form import form_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon, Staff

BERLIN = ZoneInfo("Europe/Berlin")
PHRASE = "a long enough phrase"


def named(salon: Salon, key: str) -> Staff:
    return next(one for one in salon.staff if one.key == key)


def edited(member: Staff, changes: dict[str, str]) -> dict[str, str]:
    """What a browser sends for a person's form."""
    form = form_of(member)
    sent = {name: value for name, value in {**form, **changes}.items() if value or name in changes}
    return {**sent, "base": json.dumps(form)}


async def stored(house: Any, engine: AsyncEngine) -> Salon:
    return await PostgresSalons(engine).by_id(house.salon.branch.id)


async def test_the_team_is_listed_with_hours_and_skills(owner: Any) -> None:
    _, page = await owner.get("/admin/staff")

    for words in ("Emma Lindner", "Azubi", "Di 09:00–13:00, 13:30–17:30", "Balayage"):
        assert words in page


async def test_people_saved_unchanged_stay_as_they_are(
    house: Any, owner: Any, engine: AsyncEngine
) -> None:
    for member in house.salon.staff:
        status, _ = await owner.send(f"/admin/staff/{member.id}", edited(member, {}))
        assert status == 200

    assert await stored(house, engine) == house.salon


async def test_hours_breaks_skills_and_minutes_are_saved_and_written_down(
    house: Any, owner: Any, engine: AsyncEngine
) -> None:
    emma = named(house.salon, "emma")
    changes = {
        "nicknames": "Emmi, Emmchen",
        "h0.from": "10:00",
        "h0.to": "16:00",
        "h0.b0.from": "12:00",
        "h0.b0.to": "12:30",
        "h0.b1.from": "14:00",
        "h0.b1.to": "14:10",
        "skill.perm": "on",
        "extra.color": "+10",
        "least.color": "30",
        "skill.wash": "",
        "new_skill": "Lash Lifting",
    }
    status, _ = await owner.send(f"/admin/staff/{emma.id}", edited(emma, changes))

    salon = await stored(house, engine)
    after = named(salon, "emma")
    stretches = [("10:00", "12:00"), ("12:30", "14:00"), ("14:10", "16:00")]
    assert status == 200
    assert after.nicknames == ("Emmi", "Emmchen")
    assert [one for one in after.hours if one.weekday == 0] == [
        WorkingHours(weekday=0, start=time.fromisoformat(a), end=time.fromisoformat(b))
        for a, b in stretches
    ]
    assert after.skills == (emma.skills - {"wash"}) | {"perm", "lash_lifting"}
    assert (after.extra_minutes, after.extra_from_minutes) == ({"color": 10}, {"color": 30})
    assert after.absences == emma.absences
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT action, before, after FROM audit_entry"))
        entry = rows.one()
    assert entry.action == "staff.changed"
    assert (entry.before["nicknames"], entry.after["nicknames"]) == ("Emmi", "Emmi, Emmchen")


@pytest.mark.parametrize(
    ("field", "value", "beside", "says"),
    [
        ("first_name", "", "first_name", "Bitte ausfüllen."),
        ("nicknames", "Olli, Fabian", "nicknames", "hört man schon für"),
        ("calendar_user", "ä b", "calendar_user", "Buchstaben ohne Umlaute"),
        ("calendar_user", "fabian", "calendar_user", "gehört schon zu"),
        ("level", "king", "level", "Bitte wählen."),
        ("h1.from", "", "h1.from", "Bitte eine Uhrzeit"),
        ("h1.to", "08:00", "h1.to", "Muss nach 13:30 liegen."),
        ("h1.b0.to", "12:00", "h1.b0.to", "Muss nach 13:00 liegen."),
        ("h1.from", "9:02", "h1.from", "Nur Schritte von 5 Minuten."),
        ("extra.color", "+7", "extra.color", "Nur Schritte von 5 Minuten."),
        ("extra.color", "sehr", "extra.color", "Bitte eine Zahl von Minuten."),
        ("least.color", "30", "least.color", "gehören Minuten mehr oder weniger"),
        ("new_skill", "42", "new_skill", "mit einem Buchstaben"),
    ],
)
async def test_a_wrong_entry_is_told_beside_its_field_and_kept(
    house: Any, owner: Any, engine: AsyncEngine, field: str, value: str, beside: str, says: str
) -> None:
    emma = named(house.salon, "emma")
    sent = edited(emma, {"last_name": "Lindner-Vogt", field: value})
    status, page = await owner.send(f"/admin/staff/{emma.id}", sent)

    faults = dict(re.findall(r'<small id="fault-([^"]+)" class="wrong">([^<]+)', page))
    assert status == 422
    assert says in html.unescape(faults[beside.replace(".", "-")])
    assert 'value="Lindner-Vogt"' in page
    assert await stored(house, engine) == house.salon


async def test_somebody_new_works_here_at_once_and_in_the_salon_file(
    house: Any, owner: Any, engine: AsyncEngine
) -> None:
    form = {
        "first_name": "Zoë",
        "last_name": "Ünal",
        "level": "junior",
        "active": "on",
        "skill.wash": "on",
        "h2.from": "09:00",
        "h2.to": "17:00",
    }
    status, page = await owner.send("/admin/staff/new", form)

    salon = await stored(house, engine)
    made = salon.staff[-1]
    assert (status, made.key, made.name) == (200, "zoe", "Zoë Ünal")
    assert "Gespeichert" in page
    assert load(dump(salon), name=salon.branch.key).member(made.id) == made


async def test_the_later_of_two_sees_what_differs_and_decides(
    house: Any, owner: Any, engine: AsyncEngine
) -> None:
    emma = named(house.salon, "emma")
    path = f"/admin/staff/{emma.id}"
    await owner.send(path, edited(emma, {"nicknames": "Emmi, Em"}))

    status, page = await owner.send(path, edited(emma, {"nicknames": "Emmchen"}))

    assert status == 409
    assert "Emmi, Em" in page
    assert 'value="Emmchen"' in page
    assert named(await stored(house, engine), "emma").nicknames == ("Emmi", "Em")
    base = html.unescape(re.search(r'name="base" value="([^"]*)"', page)[1])  # type: ignore[index]
    await owner.send(path, edited(emma, {"nicknames": "Emmchen"}) | {"base": base})
    assert named(await stored(house, engine), "emma").nicknames == ("Emmchen",)


async def book_emma(house: Any) -> Any:
    """A visit with Emma on Wednesday at 14:00."""
    salon = house.salon
    start = datetime(2026, 11, 25, 14, tzinfo=BERLIN)
    visit = VisitRequest(services=(salon.service_numbered(431).id,), staff=named(salon, "emma").id)
    wish = TimeWish(window=Span.of_minutes(start, 5), at=start)
    query = SlotQuery(branch_id=salon.branch.id, visit=visit, owner="call:one", wishes=(wish,))
    found = await house.do(house.runtime.core.offer_slots(query))
    assert isinstance(found, SlotsFound)
    order = BookAppointment(
        branch_id=salon.branch.id,
        key="one",
        owner="call:one",
        plan=found.offers[0].plan,
        customer=Customer(name="Marlene Vogt", phone="+4917139200011"),
    )
    booked = await house.do(house.runtime.core.book(order))
    assert isinstance(booked, Booked)
    return booked


async def test_an_absence_names_the_visits_that_stand_in_it_and_can_be_taken_back(
    house: Any, owner: Any, engine: AsyncEngine
) -> None:
    await book_emma(house)
    emma = named(house.salon, "emma")
    form = {"away_from": "2026-11-25", "away_to": "2026-11-27", "away_reason": "Fortbildung"}

    status, page = await owner.send(f"/admin/staff/{emma.id}/absences", form)

    away = named(await stored(house, engine), "emma").absences
    span = Span(datetime(2026, 11, 25, tzinfo=BERLIN), datetime(2026, 11, 28, tzinfo=BERLIN))
    assert (status, [one.span for one in away]) == (200, [span])
    assert "1 Termine liegen in dieser Zeit" in page
    assert "Marlene Vogt" in page
    name = re.search(r'name="absence" value="([^"]+)"', page)[1]  # type: ignore[index]
    await owner.send(f"/admin/staff/{emma.id}/absences/drop", {"absence": name})
    assert named(await stored(house, engine), "emma").absences == ()


@pytest.mark.parametrize(
    ("form", "beside"),
    [
        ({"away_from": "", "away_to": ""}, "away_from"),
        ({"away_from": "2026-11-27", "away_to": "2026-11-25"}, "away_to"),
        ({"away_from": "2026-11-20", "away_to": "2026-11-21"}, "away_to"),
        ({"away_from": "2026-11-25", "away_to": "2028-11-25"}, "away_to"),
        ({"away_from": "2026-11-25", "away_to_time": "25:00"}, "away_to_time"),
        ({"away_from": "0001-01-01"}, "away_from"),
    ],
)
async def test_an_absence_that_cannot_be_is_told_beside_its_field(
    house: Any, owner: Any, engine: AsyncEngine, form: dict[str, str], beside: str
) -> None:
    emma = named(house.salon, "emma")
    status, page = await owner.send(
        f"/admin/staff/{emma.id}/absences", form | {"away_reason": "Kur"}
    )

    assert status == 422
    assert f'id="fault-{beside}"' in page
    assert 'value="Kur"' in page
    assert await stored(house, engine) == house.salon


async def test_the_matrix_shows_each_person_s_minutes(
    house: Any, owner: Any, engine: AsyncEngine
) -> None:
    staff = tuple(
        replace(one, extra_minutes={"color": 10}) if one.key == "dilara" else one
        for one in house.salon.staff
    )
    await PostgresSalons(engine).save(replace(house.salon, staff=staff))
    _, page = await owner.get("/admin/staff/skills")

    row = page.split("A Ansatzfärbung auftragen")[1].split("</tr>")[0]
    cells = re.findall(r'<td class="is-(\w+)"[^>]*>.*?(\d*)</span></td>', row, re.DOTALL)
    assert cells == [("yes", "30"), ("no", ""), ("yes", "30"), ("yes", "40"), ("no", "")]


@pytest.mark.parametrize(
    ("said", "name", "verdict"),
    [
        ("Fabjan", "Fabian Kröger", "accept"),
        ("zur Emma bitte", "Emma Lindner", "accept"),
        ("Florian", "Fabian Kröger", "ask"),
        ("Dilan", "Dilara Yıldız", "ask"),
        ("Schule", "Jule Brandt", "reject"),  # an everyday word is no name
        ("Gerlinde", "Fabian Kröger", "reject"),
    ],
)
async def test_a_name_is_heard_as_on_the_phone(
    owner: Any, said: str, name: str, verdict: str
) -> None:
    status, page = await owner.get(
        "/admin/staff/hear", params={"said": said}, headers={"HX-Request": "true"}
    )

    rows = re.findall(r'<tr class="is-(\w+)"><th scope="row">([^<]+)', page)
    verdicts = {html.unescape(who): how for how, who in rows}
    assert status == 200
    assert "<html" not in page
    assert len(verdicts) == 5  # everybody is told about
    assert verdicts[name] == verdict


async def test_places_are_added_renamed_and_removed_unless_a_service_needs_the_last(
    house: Any, owner: Any, engine: AsyncEngine
) -> None:
    await owner.send("/admin/staff/places", {"kind": "room", "name": "Ruheraum"})
    room = (await stored(house, engine)).units("room")[0]
    await owner.send(f"/admin/staff/places/{room.id}", {"name": "Kabine"})
    renamed = (await stored(house, engine)).units("room")
    twice, page = await owner.send("/admin/staff/places", {"kind": "room", "name": "Kabine"})
    await owner.send(f"/admin/staff/places/{room.id}", {"gone": "1"})
    basins = (await stored(house, engine)).units("basin")
    await owner.send(f"/admin/staff/places/{basins[0].id}", {"gone": "1"})
    last, why = await owner.send(f"/admin/staff/places/{basins[1].id}", {"gone": "1"})

    salon = await stored(house, engine)
    assert [one.name for one in renamed] == ["Kabine"]
    assert (twice, last) == (422, 422)
    assert "gehört schon" in html.unescape(page)
    assert "es ist der letzte" in why
    assert (len(salon.units("room")), len(salon.units("basin"))) == (0, 1)


async def test_somebody_at_the_desk_reads_but_changes_nothing(
    house: Any, stranger: Any, engine: AsyncEngine
) -> None:
    await Accounts(engine).add(
        company_id=house.salon.company.id,
        email="desk@example.com",
        name="Nele Brandt",
        role=Role.DESK,
        password_hash=await hashed(PHRASE),
    )
    await stranger.sign_in(email="desk@example.com", password=PHRASE)
    emma = named(house.salon, "emma")
    read = [
        (await stranger.get(f"/admin/staff{path}"))[0]
        for path in ("", f"/{emma.id}", "/skills", "/hear", "/places")
    ]
    refused = [
        (await stranger.send(f"/admin/staff{path}", edited(emma, {"last_name": "X"})))[0]
        for path in (
            "/new",
            f"/{emma.id}",
            f"/{emma.id}/absences",
            f"/{emma.id}/absences/drop",
            "/places",
            f"/places/{house.salon.resources[0].id}",
        )
    ]

    assert read == [200] * 5
    assert refused == [403] * 6
    assert await stored(house, engine) == house.salon


async def test_what_is_not_of_this_salon_does_not_exist(owner: Any) -> None:
    strange = "00000000-0000-0000-0000-000000000001"
    looked = [(await owner.get(f"/admin/staff/{path}"))[0] for path in (strange, "none")]
    sent = [
        (await owner.send(f"/admin/staff/{path}", {"base": "{}", "name": "x"}))[0]
        for path in (strange, f"{strange}/absences", f"places/{strange}")
    ]

    assert looked + sent == [404] * 5


async def test_the_number_of_questions_does_not_grow_with_the_team(
    house: Any, owner: Any, engine: AsyncEngine, statements: Callable[..., Any]
) -> None:
    counts = []
    more = tuple(
        replace(
            house.salon.staff[0],
            id=type(house.salon.branch.id)(int=n),
            key=f"p{n}",
            last_name=f"Nummer {n}",
            calendar_user=None,
        )
        for n in range(1, 20)
    )
    for staff in (house.salon.staff, (*house.salon.staff, *more)):
        await PostgresSalons(engine).save(replace(house.salon, staff=staff))
        await owner.get("/admin/staff")
        with statements() as asked:
            for path in ("", "/skills", f"/{house.salon.staff[0].id}"):
                status, _ = await owner.get(f"/admin/staff{path}")
                assert status == 200
        counts.append(len(asked))

    assert counts[0] == counts[1]
