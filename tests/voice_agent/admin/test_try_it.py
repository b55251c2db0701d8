"""Trying one's own agent: a real conversation over the socket, on a copy of the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from aiohttp import WSServerHandshakeError
from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aiohttp import ClientWebSocketResponse
    from playwright.async_api import Page

SENTENCES = (
    "Ich möchte einen Herrenhaarschnitt, am Donnerstag um 14 Uhr bei Fabian",
    "Peter Sommer",
    "Ja, gern",
)
COUNTS = {
    name: text(f"SELECT count(*) FROM {name}")  # noqa: S608 - names of our tables
    for name in ("appointment", "call", "email_log", "procrastinate_jobs", "audit_entry")
}


@pytest.fixture(autouse=True)
async def fresh(owner: Any, engine: Any) -> AsyncIterator[None]:
    """The copy outlives the tests' tables: each test begins with a new one."""
    await owner.send("/admin/try/reset", {})
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM audit_entry"))
    yield
    await owner.send("/admin/try/mode", {"on": "no"})


def line_of(house: Any, call: str = "") -> str:
    return f"/admin/try/line/try_{house.salon.branch.id.hex}_{call or uuid4()}"


def from_page(house: Any) -> dict[str, str]:
    return {"Origin": house.url}


async def heard(line: ClientWebSocketResponse, response_id: int) -> str:
    """The whole answer to this request."""
    said = ""
    while True:
        frame = await line.receive_json(timeout=60)
        if frame.get("response_type") != "response" or frame["response_id"] != response_id:
            continue
        said += frame["content"]
        if frame["content_complete"]:
            return said


async def talk(owner: Any, house: Any, sentences: tuple[str, ...]) -> list[str]:
    """One call as the page makes it; what the agent said."""
    transcript: list[dict[str, str]] = []
    async with owner.http.ws_connect(owner.url + line_of(house), headers=from_page(house)) as line:
        await line.send_json({"interaction_type": "call_details", "call": {}})
        answers = [await heard(line, 0)]
        for number, sentence in enumerate(sentences, start=1):
            transcript += [
                {"role": "agent", "content": answers[-1]},
                {"role": "user", "content": sentence},
            ]
            await line.send_json(
                {
                    "interaction_type": "response_required",
                    "response_id": number,
                    "transcript": transcript,
                }
            )
            answers.append(await heard(line, number))
    return answers


async def test_a_visit_booked_on_trial_is_nowhere_in_real_life(
    owner: Any, house: Any, engine: Any
) -> None:
    answers = await talk(owner, house, SENTENCES)

    _, page = await owner.get("/admin/try")
    assert "gebucht" in answers[-1]
    assert "Peter Sommer" in page
    async with engine.connect() as connection:
        assert {
            name: (await connection.execute(query)).scalar() for name, query in COUNTS.items()
        } == (dict.fromkeys(COUNTS, 0))
    _, real = await owner.get("/admin/day?date=2026-11-26&view=list")
    assert "Peter Sommer" not in real


async def test_the_day_page_shows_the_copy_once_it_is_asked_to_and_says_so(
    owner: Any, house: Any
) -> None:
    await talk(owner, house, SENTENCES)

    await owner.send("/admin/try/mode", {"on": "yes", "next": "/admin/day"})
    _, copy = await owner.get("/admin/day?date=2026-11-26&view=list")
    await owner.send("/admin/try/mode", {"on": "no"})
    _, real = await owner.get("/admin/day?date=2026-11-26&view=list")

    assert "Peter Sommer" in copy
    assert "trial-bar" in copy
    assert "Peter Sommer" not in real
    assert "trial-bar" not in real


async def test_a_reset_forgets_what_was_tried(owner: Any, house: Any) -> None:
    await talk(owner, house, SENTENCES)

    status, page = await owner.send("/admin/try/reset", {})

    assert status == 200
    assert "Peter Sommer" not in page


async def test_only_our_own_pages_may_open_the_line(owner: Any, house: Any, stranger: Any) -> None:
    elsewhere = {"Origin": "https://elsewhere.example"}
    for who, headers in ((owner, elsewhere), (owner, {}), (stranger, from_page(house))):
        with pytest.raises(WSServerHandshakeError):
            await who.http.ws_connect(who.url + line_of(house), headers=headers)


async def test_nobody_reaches_the_copy_of_a_salon_they_do_not_look_at(
    owner: Any, house: Any
) -> None:
    other = f"/admin/try/line/try_{uuid4().hex}_{uuid4()}"

    with pytest.raises(WSServerHandshakeError) as refused:
        await owner.http.ws_connect(owner.url + other, headers=from_page(house))

    assert refused.value.status == 404


async def test_what_was_understood_and_decided_is_told_turn_by_turn(owner: Any, house: Any) -> None:
    call = str(uuid4())
    async with owner.http.ws_connect(
        owner.url + line_of(house, call), headers=from_page(house)
    ) as line:
        await line.send_json({"interaction_type": "call_details", "call": {}})
        greeting = await heard(line, 0)
        transcript = [
            {"role": "agent", "content": greeting},
            {"role": "user", "content": SENTENCES[0]},
        ]
        await line.send_json(
            {"interaction_type": "response_required", "response_id": 1, "transcript": transcript}
        )
        await heard(line, 1)
        _, turns = await owner.get(
            f"/admin/try/turns?call=try_{house.salon.branch.id.hex}_{call}&response=1"
        )

    assert "Herrenhaarschnitt" in turns
    assert "Fabian" in turns
    assert "Do 26.11., 14:00" in turns
    assert "freie Zeiten gesucht" in turns
    assert "FindSlots" not in turns
    assert "Say" not in turns


async def book_in(page: Page) -> None:
    await page.click("#call")
    await page.wait_for_selector("#said li.agent")
    for number, sentence in enumerate(SENTENCES, start=2):
        await page.fill("#words", sentence)
        await page.click("#send")
        await page.wait_for_selector(f":nth-match(#said li.agent, {number})")
        await page.wait_for_selector(f":nth-match(#turns article, {number})")


async def test_a_visit_booked_by_talking_appears_in_another_window(
    house: Any, look: Callable[..., Any]
) -> None:
    async with look(house, "/admin/try") as page:
        await page.click("text=Tagesseite der Probe zeigen")
        await page.wait_for_url("**/admin/day**")
        window = await page.context.new_page()
        await window.goto(f"{house.url}/admin/day?date=2026-11-26&view=list")
        assert await window.is_visible(".trial-bar")
        await page.goto(f"{house.url}/admin/try")

        await book_in(page)

        await window.wait_for_selector("#day-list >> text=Peter Sommer", timeout=60_000)
        await page.wait_for_selector("#left >> text=Peter Sommer")


async def test_talking_keeps_nobody_out_and_fits_a_telephone(
    house: Any, look: Callable[..., Any], obstacles: Callable[..., Any]
) -> None:
    async with look(house, "/admin/try", viewport={"width": 360, "height": 740}) as page:
        await book_in(page)

        assert await obstacles(page) == []
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= 360
