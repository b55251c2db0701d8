"""Takes the pictures of the salon's pages for the README: `make screenshots`.

A day of the demo salon, in a database of its own that is gone afterwards: visits booked through
the workflow, calls held over the real socket, and the system's Chromium that looks at them.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from base64 import b64decode, b64encode
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from playwright.async_api import Browser, Page, async_playwright
from sqlalchemy import text

from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.migrate import upgrade
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.domain.appointment import Appointment, Customer, Mark
from booking_core.domain.booking import BookAppointment, Booked
from booking_core.domain.interval import Span
from booking_core.domain.plan import VisitRequest
from booking_core.domain.slots import SlotQuery, SlotsFound, TimeWish
from booking_core.workflows.mark_visit import MarkVisit
from booking_core.workflows.note_late import NoteLateness
from voice_agent.commands.serve import listening
from voice_agent.config import Settings
from voice_agent.embedded import Endpoints, servers
from voice_agent.runtime import Runtime, open_runtime
from voice_agent.simulator.books import packaged_salon
from voice_agent.simulator.ground import own_ground
from voice_agent.simulator.phone import PhoneCall
from voice_agent.simulator.retell import RetellCall
from voice_agent.telemetry import set_up

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SALON = "friseur1"
BERLIN = ZoneInfo("Europe/Berlin")
EVE = datetime(2026, 11, 24, 9, 5, tzinfo=BERLIN)  # a Tuesday
DAY = datetime(2026, 11, 25, 11, 10, tzinfo=BERLIN)
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 780}
VISITS = [
    ("09:00", 42, "oliver", "Ole Falk"),
    ("09:00", 178, "emma", "Greta Holm"),
    ("09:30", 436, "dilara", "Nele Prinz"),
    ("10:00", 434, "fabian", "Tilda Kern"),
    ("10:00", 433, "oliver", "Ida Winter"),
    ("11:00", 42, None, "Lasse Brom"),
    ("13:00", 441, "oliver", "Ronja Saal"),
    ("14:00", 439, "dilara", "Marta Lenz"),
    ("16:30", 42, "fabian", "Bo Ahrens"),
    ("15:30", 435, "fabian", "Svea Thoms"),
]
CALLS = [
    (
        "+493023125061",
        "Henrike Brinkmann, guten Tag. Ansatzfärbung morgen um 14 Uhr bei Emma, geht das?",
        "Ja, sehr gern.",
        "Nein danke, das war alles.",
    ),
    (
        "+493023125062",
        "Hallo, hier ist Jannis Quast. Hat Emma morgen um halb drei Zeit für einen Trockenschnitt?",
        "Ja, passt.",
        "Nein danke, das war's.",
    ),
    (
        "+493023125063",
        "Guten Morgen, was kostet denn ein Herrenhaarschnitt?",
        "Gut, danke. Dann melde ich mich noch einmal. Tschüss!",
    ),
    (
        "+493023125064",
        "Paula Wirth, guten Tag. Können Sie mich bitte zurückrufen? Es geht um meine Hochzeit.",
        "Ja, bitte.",
        "Nein danke, das war alles.",
    ),
]
EARLIER_CALLS = """
    INSERT INTO call (id, branch_id, caller_number, started_at, ended_at, outcome)
    SELECT 'earlier-' || n, branch.id, '+4930231250' || lpad((n % 90)::text, 2, '0'),
      CAST(:now AS timestamptz) - make_interval(hours => n * 5 - n % 3),
      CAST(:now AS timestamptz) - make_interval(hours => n * 5 - n % 3, mins => -2),
      (ARRAY['booked', 'booked', 'information', 'booked', 'callback', 'changed', 'booked',
        'nothing_free', 'cancelled', 'abandoned', 'booked'])[1 + (n * 7) % 11]
    FROM branch, generate_series(1, 140) AS n
"""
EARLIER_TURNS = """
    INSERT INTO call_turn (call_id, turn, at, response_id, kind, ended, caller_text, agent_text,
      understanding, actions, first_ms, total_ms)
    SELECT call.id, n, call.started_at + make_interval(secs => n * 12), n, 'speech', 'answered',
      '', '', '{}', ARRAY[]::text[], 4, 9
    FROM call, generate_series(1, 2 + abs(hashtext(call.id)) % 5) AS n
    WHERE call.id LIKE 'earlier-%'
"""
AS_WEBP = """async (png) => {
  const bytes = Uint8Array.from(atob(png), (one) => one.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const canvas = document.createElement("canvas");
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL("image/webp", 0.92).split(",")[1];
}"""


@dataclass(frozen=True)
class Shot:
    """One picture."""

    name: str
    path: str
    size: dict[str, int]
    ready: str = "main"
    """What is waited for."""
    is_dark: bool = False


async def main(folder: Path) -> None:
    """Take them all."""
    set_up(level="critical")
    async with AsyncExitStack() as stack:
        endpoints = await stack.enter_async_context(servers(Settings()))
        ground = await stack.enter_async_context(own_ground(endpoints))
        home = stack.enter_context(TemporaryDirectory(prefix="voice-agent-pictures-"))
        await _open_salon(ground)
        async with _served(ground, home, EVE) as (runtime, url):
            await _day_before(runtime, url)
        runtime, url = await stack.enter_async_context(_served(ground, home, DAY))
        shots = await _this_day(runtime)
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        me = await _signed_in(browser, url)
        for shot in shots:
            await _taken(browser, me, f"{url}{shot.path}", shot, folder / f"{shot.name}.webp")
        await browser.close()


async def _open_salon(ground: Endpoints) -> None:
    await upgrade(ground.database_url)
    engine = make_engine(ground.database_url, pool_size=1)
    await PostgresSalons(engine).save(packaged_salon(SALON))
    await engine.dispose()


@asynccontextmanager
async def _served(
    ground: Endpoints, home: str, now: datetime
) -> AsyncIterator[tuple[Runtime, str]]:
    settings = Settings.model_validate(
        {
            "database_url": ground.database_url,
            "redis_url": ground.redis_url,
            "calendar": "local",
            "mail_dir": Path(home, "mails"),
            "VOICE_AGENT_HOME": home,
            "VOICE_AGENT_NOW": now,
        }
    )
    async with (
        open_runtime(settings, ground) as runtime,
        listening(runtime, "127.0.0.1", 0) as url,
        runtime.working(),
    ):
        yield runtime, url


async def _day_before(runtime: Runtime, url: str) -> None:
    salon = await runtime.salons.by_key(SALON)
    for number, *sentences in CALLS:
        phone = PhoneCall(
            base_url=f"{url}/llm-websocket",
            to_number=salon.branch.phone_numbers[0],
            from_number=number,
        )
        async with RetellCall(phone) as call:
            for sentence in sentences:
                if call.ending is None:
                    await call.say(sentence)
                    await call.listen()
    for at, service, who, name in VISITS:
        await _booked(runtime, service, f"2026-11-25T{at}", who, name)
    for day in (26, 27, 28):
        for number, (at, service, who, name) in enumerate(VISITS[2:]):
            if (number + day) % 3:
                await _booked(runtime, service, f"2026-11-{day}T{at}", who, name, lenient=True)
    async with runtime.engine.begin() as connection:
        await connection.execute(text(EARLIER_CALLS), {"now": EVE})
        await connection.execute(text(EARLIER_TURNS))


async def _booked(
    runtime: Runtime, number: int, at: str, who: str | None, name: str, *, lenient: bool = False
) -> Appointment | None:
    salon = await runtime.salons.by_key(SALON)
    owner = f"call:{name}-{at}"
    found = await runtime.core.offer_slots(_query(salon, number, at, who, owner))
    if lenient and not isinstance(found, SlotsFound):
        return None
    assert isinstance(found, SlotsFound), (name, found)
    order = BookAppointment(
        key=owner,
        owner=owner,
        branch_id=salon.branch.id,
        plan=found.offers[0].plan,
        customer=Customer(name=name, email="gast@example.org" if len(name) % 2 else None),
        anyone=who is None,
    )
    result = await runtime.core.book(order)
    assert isinstance(result, Booked), result
    return result.appointment


def _query(salon: Any, number: int, at: str, who: str | None, owner: str) -> SlotQuery:
    start = datetime.fromisoformat(at).replace(tzinfo=BERLIN)
    member = next((one.id for one in salon.staff if one.key == who), None)
    service = salon.service_numbered(number).id
    return SlotQuery(
        branch_id=salon.branch.id,
        visit=VisitRequest(services=(service,), staff=member),
        owner=owner,
        wishes=(TimeWish(window=Span.of_minutes(start, 5), at=start),),
        strict=True,
        limit=1,
    )


async def _this_day(runtime: Runtime) -> list[Shot]:
    """Somebody came, somebody did not, somebody is late, and somebody is on the phone."""
    salon = await runtime.salons.by_key(SALON)
    ids = await _ids(runtime)
    for name, mark in (("Greta Holm", Mark.ARRIVED), ("Tilda Kern", Mark.MISSED)):
        await runtime.core.mark_visit(
            MarkVisit(branch_id=salon.branch.id, appointment_id=ids[name], version=1, mark=mark)
        )
    await runtime.core.note_lateness(
        NoteLateness(
            key="pictures",
            branch_id=salon.branch.id,
            appointment_id=ids["Lasse Brom"],
            minutes=10,
        )
    )
    await runtime.core.offer_slots(_query(salon, 42, "2026-11-25T16:30", "oliver", "call:now"))
    call = await _booking_call(runtime)
    day = f"?date={DAY:%Y-%m-%d}"
    service = salon.service_numbered(177).id
    return [
        Shot("day", f"/admin/day{day}", WIDE | {"height": 1010}, "#calendar .b-segment"),
        Shot(
            "day-dark",
            f"/admin/day{day}",
            WIDE | {"height": 1010},
            "#calendar .b-segment",
            is_dark=True,
        ),
        Shot("day-phone", f"/admin/day{day}", PHONE, "#day-list .visit"),
        Shot("visit", f"/admin/visits/{ids['Henrike Brinkmann']}", WIDE),
        Shot("call", f"/admin/calls/{call}", WIDE),
        Shot("service", f"/admin/services/{service}", WIDE | {"height": 1200}),
        Shot("team", "/admin/staff/skills", WIDE),
        Shot("statistics", "/admin/statistics?days=30", WIDE),
        Shot("try", "/admin/try", WIDE, "#call"),
    ]


async def _ids(runtime: Runtime) -> dict[str, Any]:
    query = text(
        "SELECT DISTINCT ON (customer_name) customer_name, id FROM appointment"
        " WHERE starts_at >= :start AND starts_at < :end ORDER BY customer_name, starts_at"
    )
    start = DAY.replace(hour=0)
    async with runtime.engine.connect() as connection:
        rows = await connection.execute(query, {"start": start, "end": start + timedelta(days=1)})
        return {row.customer_name: row.id for row in rows}


async def _booking_call(runtime: Runtime) -> str:
    query = text("SELECT call_id FROM appointment WHERE call_id IS NOT NULL ORDER BY created_at")
    async with runtime.engine.connect() as connection:
        return str((await connection.execute(query)).scalars().first())


async def _signed_in(browser: Browser, url: str) -> Any:
    context = await browser.new_context(locale="de-DE")
    page = await context.new_page()
    await page.goto(f"{url}/admin/sign-in")
    await page.click("button[name=alone]")
    await page.wait_for_url("**/admin/day")
    me = await context.storage_state()
    await context.close()
    return me


async def _taken(browser: Browser, me: Any, address: str, shot: Shot, file: Path) -> None:
    context = await browser.new_context(
        locale="de-DE",
        storage_state=me,
        timezone_id="Europe/Berlin",
        color_scheme="dark" if shot.is_dark else "light",
        viewport=shot.size,  # type: ignore[arg-type]
    )
    page = await context.new_page()
    await page.goto(address)
    await page.wait_for_selector(shot.ready)
    if shot.name == "try":
        await _talked(page)
    await page.evaluate("document.fonts.ready")
    png = await page.screenshot(animations="disabled", caret="hide")
    packed = await page.evaluate(AS_WEBP, b64encode(png).decode())
    await asyncio.to_thread(file.write_bytes, b64decode(packed))
    await context.close()


async def _talked(page: Page) -> None:
    await page.click("#call")
    await page.wait_for_selector("#said li.agent")
    said = ("Ich möchte einen Herrenhaarschnitt, am Freitag um 15 Uhr bei Fabian", "Mia Roth")
    for number, sentence in enumerate(said, start=2):
        await page.fill("#words", sentence)
        await page.click("#send")
        await page.wait_for_selector(f":nth-match(#said li.agent, {number})")
        await page.wait_for_selector(f":nth-match(#turns article, {number})")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
