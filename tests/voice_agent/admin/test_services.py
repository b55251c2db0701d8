"""The list of services and the editor, without a browser."""

from __future__ import annotations

import asyncio
import html
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.salon_file import dump, load
from voice_agent.admin.accounts import Accounts, Role
from voice_agent.admin.passwords import hashed
from voice_agent.admin.service_form import form_of
from voice_agent.admin.service_templates import from_template, templates

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon, Service
    from voice_agent.admin.service_form import ServiceForm

PHRASE = "a long enough phrase"


def fields(form: ServiceForm, **changes: str) -> list[tuple[str, str]]:
    """What a browser sends for a form; `base` is what it was shown with."""
    sent = [(name, value) for name, value in form.texts.items() if value or name != "active"]
    for row in form.rows:
        sent.append(("row", row.token))
        sent += [(f"{row.token}.{name}", value) for name, value in row.texts.items() if value]
        sent += [(f"{row.token}.resources", kind) for kind in row.resources]
    sent = [(name, value) for name, value in sent if name not in changes]
    return sent + [(name, value) for name, value in changes.items() if value]


async def send(who: Any, path: str, sent: list[tuple[str, str]]) -> tuple[int, str]:
    token = await who.csrf()
    answer: tuple[int, str] = await who.post(path, [*sent, ("csrf", token)])
    return answer


def edited(service: Service, **changes: str) -> list[tuple[str, str]]:
    form = form_of(service)
    return [*fields(form, **changes), ("base", json.dumps(form.plain))]


async def stored(house: Any, engine: AsyncEngine) -> Salon:
    return await PostgresSalons(engine).by_id(house.salon.branch.id)


async def test_services_are_listed_and_found_by_what_callers_say(owner: Any) -> None:
    _, every = await owner.get("/admin/services")
    _, found = await owner.get("/admin/services?q=ballerlage")

    assert "Herrenhaarschnitt" in every
    assert "Balayage" in found
    assert "Herrenhaarschnitt" not in found


async def test_the_list_asks_as_little_whatever_its_length(
    house: Any, owner: Any, engine: AsyncEngine, statements: Callable[..., Any]
) -> None:
    await owner.get("/admin/services")
    with statements() as few:
        await owner.get("/admin/services")
    many = [
        replace(one, id=type(one.id)(int=one.id.int ^ n), number=n * 1000 + one.number)
        for n in range(1, 6)
        for one in house.salon.services
    ]
    named = [replace(one, code=f"X{one.number}"[:8]) for one in many]
    await PostgresSalons(engine).save(replace(house.salon, services=tuple(named)))
    await owner.get("/admin/services")
    with statements() as more:
        _, page = await owner.get("/admin/services")

    assert page.count('class="numbers"') > 80
    assert len(more) <= len(few)


async def test_the_editor_shows_a_service_with_its_course_to_scale(house: Any, owner: Any) -> None:
    service = house.salon.service_numbered(177)
    _, page = await owner.get(f"/admin/services/{service.id}")

    assert "Zusammen 150 Minuten" in page
    assert "45 Minuten davon frei für andere Kunden" in page
    columns = " ".join(f"minmax(0, {n}fr)" for n in (30, 30, 15, 30, 15, 30))
    assert columns in page
    assert "Ansatzfärbung auftragen" in page


async def test_what_is_saved_unchanged_changes_nothing(
    house: Any, owner: Any, engine: AsyncEngine
) -> None:
    for service in house.salon.services:
        status, _ = await send(owner, f"/admin/services/{service.id}", edited(service))
        assert status == 200, service.name

    assert await stored(house, engine) == house.salon


async def test_a_change_is_saved_and_written_down(
    house: Any, owner: Any, engine: AsyncEngine
) -> None:
    service = house.salon.service_numbered(177)
    sent = edited(service, **{"price": "89,50", "r0.pause_max": "45", "weak": "Farbe\nfärben"})
    status, page = await send(owner, f"/admin/services/{service.id}", sent)

    after = (await stored(house, engine)).service(service.id)
    assert (status, after.price_cents) == (200, 8950)
    assert "Gespeichert" in page
    assert after.segments[0].pause_after is not None
    assert after.segments[0].pause_after.max_minutes == 45
    assert after.synonyms.weak == ("Farbe", "färben")
    async with engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT action, subject, before, after FROM audit_entry")
        )
        entry = rows.one()
    assert (entry.action, entry.subject) == ("service.changed", service.name)
    assert entry.before["price"] == "85,00"
    assert entry.after["price"] == "89,50"
    assert "name" not in entry.after


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "", "Bitte ausfüllen."),
        ("price", "viel", "Bitte einen Betrag"),
        ("price", "-3", "Bitte einen Betrag"),
        ("code", "ä", "2 bis 8 Buchstaben"),
        ("code", "HERREN!", "2 bis 8 Buchstaben"),
        ("name", "Balayage / Ombré", "gehört schon zu"),
        ("sure", "Herrenschnitt", "gehört schon zu"),
        ("weak", "Farbe\nfarbe", "steht hier zweimal"),
        ("r0.minutes", "32", "Nur Schritte von 5 Minuten."),
        ("r0.minutes", "485", "Zwischen 5 und 480 Minuten."),
        ("r0.minutes", "½", "Bitte eine Zahl von Minuten."),
        ("r0.pause_min", "245", "Zwischen 5 und 240 Minuten."),
        ("r0.pause_max", "15", "Nicht kürzer als 30 Minuten."),
        ("r0.skill", "surgery", "gibt es hier nicht"),
        ("r0.name", "auswaschen", "heißt schon ein anderer"),
        ("r0.resources", "spaceship", "Einen solchen Platz gibt es nicht."),
        ("pause_policy", "", "Bitte wählen."),
    ],
)
async def test_a_wrong_entry_is_told_beside_its_field_and_kept(
    house: Any, owner: Any, engine: AsyncEngine, field: str, value: str, says: str
) -> None:
    service = house.salon.service_numbered(177)
    sent = edited(service, **{field: value, "category": "neu sortiert"})
    if not value:
        sent.append((field, ""))
    status, page = await send(owner, f"/admin/services/{service.id}", sent)

    assert status == 422
    place = field.replace(".", "-")
    faults = dict(re.findall(r'<small id="fault-([^"]+)" class="wrong">([^<]+)', page))
    told = faults.get(place) or faults.get("r1-name", "")
    assert says in html.unescape(told)
    assert 'value="neu sortiert"' in page
    if "\n" not in value and field not in {"r0.skill", "pause_policy", "sure"}:
        assert f'value="{html.escape(value)}"' in page
    assert await stored(house, engine) == house.salon


async def test_a_service_that_nobody_can_do_is_not_offered_but_may_be_prepared(
    house: Any, owner: Any, engine: AsyncEngine
) -> None:
    alone = tuple(
        replace(one, active=one.key != "oliver") for one in house.salon.staff
    )  # only Oliver does perms
    await PostgresSalons(engine).save(replace(house.salon, staff=alone))
    service = house.salon.service_numbered(441)
    path = f"/admin/services/{service.id}"

    status, page = await send(owner, path, edited(service))
    prepared, _ = await send(owner, path, edited(service, active=""))

    assert (status, prepared) == (422, 200)
    assert "Das kann niemand." in page
    assert not (await stored(house, engine)).service(service.id).active


@pytest.mark.parametrize("key", [*templates()])
async def test_a_template_makes_a_service_of_its_length_that_can_be_saved_and_exported(
    house: Any, owner: Any, engine: AsyncEngine, key: str
) -> None:
    room = replace(
        house.salon.resources[0],
        id=type(house.salon.branch.id)(int=7),
        key="raum-1",
        kind="room",
        name="Raum 1",
    )
    salon = replace(house.salon, resources=(*house.salon.resources, room))
    await PostgresSalons(engine).save(salon)

    _, shown = await owner.get(f"/admin/services/new?template={key}")
    status, _ = await send(owner, "/admin/services/new", fields(from_template(key, salon)))

    after = await stored(house, engine)
    made = after.services[-1]
    assert status == 200
    assert made.total_minutes == templates()[key]["total"]
    assert f"Zusammen {made.total_minutes} Minuten" in shown
    assert made.name == templates()[key]["name"]
    assert load(dump(after), name=after.branch.key).service(made.id) == made


async def test_a_duplicate_has_a_name_and_number_of_its_own(house: Any, owner: Any) -> None:
    service = house.salon.service_numbered(177)
    _, page = await owner.get(f"/admin/services/{service.id}/copy")

    assert f'value="{service.name} 2"' in page
    assert 'value="445"' in page
    assert "Ansatzwerbung" not in page  # what callers say stays with the first


async def test_a_service_is_taken_off_and_put_back(
    house: Any, owner: Any, engine: AsyncEngine
) -> None:
    service = house.salon.service_numbered(43)
    path = f"/admin/services/{service.id}/active"

    await owner.send(path, {})
    off = (await stored(house, engine)).service(service.id).active
    await owner.send(path, {"active": "on"})

    assert not off
    assert (await stored(house, engine)).service(service.id) == service


async def test_rows_are_moved_without_script(house: Any, owner: Any, engine: AsyncEngine) -> None:
    service = house.salon.service_numbered(439)
    sent = [*edited(service), ("do", "down:r0")]
    status, page = await send(owner, f"/admin/services/{service.id}", sent)

    order = re.findall(r'name="row" value="(r\d)"', page)
    assert (status, order) == (200, ["r1", "r0", "r2"])
    assert await stored(house, engine) == house.salon  # nothing is saved yet


async def test_moved_rows_are_saved_in_their_order(
    house: Any, owner: Any, engine: AsyncEngine
) -> None:
    service = house.salon.service_numbered(177)
    sent = edited(service)
    rows = [pair for pair in sent if pair[0] == "row"]
    others = [pair for pair in sent if pair[0] != "row"]
    moved = [rows[1], rows[0], *rows[2:], *others]
    await send(owner, f"/admin/services/{service.id}", moved)

    after = (await stored(house, engine)).service(service.id)
    assert [one.key for one in after.segments] == ["A", "B", "C", "D"]
    assert [one.name for one in after.segments][:2] == ["Auswaschen", "Ansatzfärbung auftragen"]
    assert after.segments[1].pause_after == service.segments[0].pause_after


async def test_the_pause_of_a_segment_that_is_moved_to_the_end_is_left_out(
    house: Any, owner: Any, engine: AsyncEngine
) -> None:
    service = house.salon.service_numbered(432)
    sent = edited(service)
    rows = [pair for pair in sent if pair[0] == "row"]
    others = [pair for pair in sent if pair[0] != "row"]
    await send(owner, f"/admin/services/{service.id}", [*rows[1:], rows[0], *others])

    after = (await stored(house, engine)).service(service.id)
    assert [one.pause_after for one in after.segments] == [None, None, None]
    assert after.pause_policy is None


async def test_warnings_come_while_somebody_types(house: Any, owner: Any) -> None:
    service = house.salon.service_numbered(177)
    changes = {"r0.minutes": "33", "r0.pause_min": "15", "r1.resources": "room"}
    sent = [*edited(service, **changes), ("known", str(service.id))]
    status, page = await send(owner, "/admin/services/preview", sent)

    said = html.unescape(page)
    assert status == 200
    assert "33 Minuten gehen nicht" in said
    assert "Eine Pause von 15 Minuten lässt sich nicht verkaufen" in said
    assert "(Föhnen & Styling Herren) braucht hier 20 Minuten" in said
    assert "Einen Platz der Art „room“ gibt es nicht" in said


async def test_each_policy_is_explained_and_changes_what_others_can_book(
    house: Any, owner: Any
) -> None:
    service = house.salon.service_numbered(177)
    said = {}
    for policy in ("free", "blocked", "flexible", "never"):
        sent = edited(service, pause_policy=policy)
        _, said[policy] = await send(owner, "/admin/services/preview", sent)

    assert "45 Minuten davon frei" in said["free"]
    assert "30 Minuten davon frei" in said["flexible"]  # 15 minutes stay with the customer
    assert "davon frei" not in said["blocked"] + said["never"]
    assert len(set(re.findall(r'class="policy">([^<]+)', "".join(said.values())))) == 4


async def test_the_later_of_two_is_shown_what_differs_and_nothing_is_lost(
    house: Any, owner: Any, engine: AsyncEngine
) -> None:
    service = house.salon.service_numbered(177)
    path = f"/admin/services/{service.id}"
    await send(owner, path, edited(service, price="90,00", category="Farbe neu"))

    status, page = await send(owner, path, edited(service, price="95,00", **{"r0.minutes": "35"}))

    assert status == 409
    said = html.unescape(page)
    for value in ("90,00", "95,00", "Farbe neu", "35 min"):
        assert value in said
    assert (await stored(house, engine)).service(service.id).price_cents == 9000
    sent = [
        (name, html.unescape(re.search(rf'name="{name}" value="([^"]*)"', page)[1]))  # type: ignore[index]
        for name in ("mine", "theirs")
    ]
    suggested = re.findall(r'name="(take\.[a-z_]+)" value="(\w+)" checked', page)
    assert dict(suggested) == {
        "take.price": "mine",
        "take.category": "theirs",
        "take.segments": "mine",
    }
    await send(owner, f"{path}/merge", [*sent, *suggested])
    after = (await stored(house, engine)).service(service.id)
    assert (after.price_cents, after.category) == (9500, "Farbe neu")
    assert after.segments[0].minutes == 35


async def test_choosing_is_asked_again_when_a_third_has_saved_meanwhile(
    house: Any, owner: Any, engine: AsyncEngine
) -> None:
    service = house.salon.service_numbered(177)
    path = f"/admin/services/{service.id}"
    await send(owner, path, edited(service, price="90,00"))
    second = replace(service, price_cents=9000)
    await send(owner, path, edited(second, price="92,00"))
    plain = [json.dumps(form_of(replace(service, price_cents=n)).plain) for n in (9500, 9000)]

    sent = [("mine", plain[0]), ("theirs", plain[1]), ("take.price", "mine")]
    status, page = await send(owner, f"{path}/merge", sent)

    assert status == 409
    assert "92,00" in page
    assert (await stored(house, engine)).service(service.id).price_cents == 9200


async def test_two_who_change_different_services_in_the_same_moment_both_succeed(
    house: Any, owner: Any, engine: AsyncEngine
) -> None:
    token = await owner.csrf()
    chosen = house.salon.services[:4]
    answers = await asyncio.gather(
        *(
            owner.post(f"/admin/services/{one.id}", [*edited(one, category="neu"), ("csrf", token)])
            for one in chosen
        )
    )

    after = await stored(house, engine)
    assert [status for status, _ in answers] == [200] * 4
    assert [after.service(one.id).category for one in chosen] == ["neu"] * 4


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
    service = house.salon.service_numbered(177)

    looked, page = await stranger.get(f"/admin/services/{service.id}")
    refused = [
        (await send(stranger, f"/admin/services/{path}", edited(service, price="1,00")))[0]
        for path in (
            "new",
            "preview",
            f"{service.id}",
            f"{service.id}/merge",
            f"{service.id}/active",
            f"{service.id}/repair",
        )
    ]

    assert looked == 200
    assert "Speichern</button>" not in page.split('class="save"')[-1] or 'class="save"' not in page
    assert refused == [403] * 6
    assert await stored(house, engine) == house.salon


async def test_what_is_not_of_this_salon_does_not_exist(owner: Any) -> None:
    strange = "00000000-0000-0000-0000-000000000001"
    statuses = [
        (await owner.get(f"/admin/services/{path}"))[0]
        for path in (strange, f"{strange}/calendar", "none", "new?template=none")
    ]

    assert statuses == [404] * 4


async def test_a_form_that_no_page_of_ours_made_is_refused_without_a_trace(
    house: Any, owner: Any, engine: AsyncEngine
) -> None:
    service = house.salon.service_numbered(177)
    path = f"/admin/services/{service.id}"
    statuses = [
        (await send(owner, path, [*fields(form_of(service)), ("base", "{")]))[0],
        (await send(owner, path, [*edited(service), ("row", "r0")]))[0],
    ]

    assert statuses == [400, 400]
    assert await stored(house, engine) == house.salon
