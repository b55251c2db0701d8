"""The day in a real browser: dragging, booking at a free place, and what appears by itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from playwright.async_api import expect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

DAY = "2026-11-25"
WINDOW = {"viewport": {"width": 1400, "height": 1300}}
SLOT_PX = 20  # a quarter of an hour


def block(visit: Any, index: int = 1) -> str:
    return f'.b-segment[data-visit="{visit.id}"][data-index="{index}"]'


async def take(page: Any, place: str) -> tuple[float, float]:
    """Press the mouse on a block, near its upper edge; where that is."""
    await page.wait_for_selector("body[data-live=on]")
    box = None
    while box is None:  # redrawn in this very moment, it has no place
        box = await page.locator(place).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 6
    await page.mouse.move(x, y)
    await page.mouse.down()
    return x, y


async def drag_down(page: Any, place: str, quarters: int) -> None:
    x, y = await take(page, place)
    await page.mouse.move(x, y + quarters * SLOT_PX / 2, steps=4)
    await page.mouse.move(x, y + quarters * SLOT_PX, steps=4)
    await page.mouse.up()


async def test_a_visit_is_dragged_to_another_time_and_brought_back(
    house: Any, look: Callable[..., Any], book: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(42, f"{DAY}T14:00", staff="oliver")

    async with look(house, f"/admin/day?date={DAY}", **WINDOW) as page:
        await page.wait_for_selector(block(visit))
        await drag_down(page, block(visit), 4)
        await page.wait_for_selector("#notices .undo")
        assert "15:00" in await page.inner_text("#notices")
        await page.wait_for_selector(f'{block(visit)}[aria-label^="15:00"]')
        await page.click("#notices .undo")

        await expect(page.locator(block(visit))).to_have_attribute(
            "aria-label", re.compile("^14:00")
        )


async def test_a_collision_is_told_and_the_block_jumps_back(
    house: Any, look: Callable[..., Any], book: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(42, f"{DAY}T14:00", staff="oliver")
    await book(42, f"{DAY}T15:00", staff="oliver", name="Jan Ohlsen")

    async with look(house, f"/admin/day?date={DAY}", **WINDOW) as page:
        await page.wait_for_selector(block(visit))
        await drag_down(page, block(visit), 4)
        await page.wait_for_selector("#notices .refused")

        assert "Oliver hat bis" in await page.inner_text("#notices .refused")
        await expect(page.locator(block(visit))).to_have_attribute(
            "aria-label", re.compile("^14:00")
        )


async def test_a_drop_that_never_reaches_the_server_is_told_and_the_block_jumps_back(
    house: Any, look: Callable[..., Any], book: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(42, f"{DAY}T14:00", staff="oliver")

    async with look(house, f"/admin/day?date={DAY}", **WINDOW) as page:
        place = block(visit)
        await page.wait_for_selector(place)
        x, y = await take(page, place)
        await page.context.set_offline(True)
        await page.mouse.move(x, y + 4 * SLOT_PX, steps=8)
        await page.mouse.up()
        await page.wait_for_selector("#notices .refused")
        told = await page.inner_text("#notices .refused")
        back = await page.get_attribute(place, "aria-label")

        assert "Der Server ist gerade nicht zu erreichen." in told
        assert back.startswith("14:00")


async def test_what_stands_against_a_place_is_told_before_the_visit_is_dropped_there(
    house: Any, look: Callable[..., Any], book: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(42, f"{DAY}T14:00", staff="oliver")
    await book(42, f"{DAY}T15:00", staff="oliver", name="Jan Ohlsen")

    async with look(house, f"/admin/day?date={DAY}", **WINDOW) as page:
        told = page.locator("#drag-word")
        x, y = await take(page, block(visit))
        await page.mouse.move(x, y + 4 * SLOT_PX, steps=8)
        await expect(told).to_contain_text("Oliver hat bis")
        assert await page.get_attribute("body", "data-drop") == "refused"
        await page.mouse.move(x, y - 12 * SLOT_PX, steps=8)
        await expect(told).to_contain_text("Hier ist frei.")
        assert await page.get_attribute("body", "data-drop") == "free"
        await page.mouse.up()

        await expect(told).to_be_hidden()
        await expect(page.locator(block(visit))).to_have_attribute(
            "aria-label", re.compile("^11:00")
        )


async def test_what_the_phone_holds_and_books_appears_without_reload(
    house: Any,
    look: Callable[..., Any],
    offer: Callable[..., Awaitable[Any]],
    book: Callable[..., Awaitable[Any]],
) -> None:
    async with look(house, f"/admin/day?date={DAY}", **WINDOW) as page:
        await page.wait_for_selector("body[data-live=on]")
        await page.evaluate("window.loadedOnce = true")
        await offer(42, f"{DAY}T10:00", staff="fabian")
        await expect(page.locator(".b-hold").first).to_contain_text("am Telefon")
        visit = await book(177, f"{DAY}T14:00")

        await expect(page.locator(block(visit, 4))).to_contain_text("Petra Sommer")
        assert await page.evaluate("window.loadedOnce") is True  # a reload would have forgotten it


async def test_a_free_place_is_clicked_and_booked(house: Any, look: Callable[..., Any]) -> None:
    async with look(house, f"/admin/day?date={DAY}", **WINDOW) as page:
        await page.wait_for_selector("#calendar .b-off >> nth=0", state="attached")
        await page.keyboard.press("n")
        await page.wait_for_selector("#booking[open] #book-form")
        service = house.salon.service_numbered(42)
        await page.select_option("#booking [name=service]", str(service.id))
        await page.fill("#booking [name=time]", "15:00")
        await page.fill("#booking [name=name]", "Petra Sommer")
        await page.click("#booking button[type=submit]")
        await page.wait_for_selector("#booking:not([open])", state="attached")

        drawn = page.locator(".b-segment").first
        await expect(drawn).to_contain_text("Petra Sommer")
        await expect(drawn).to_have_attribute("aria-label", re.compile("^15:00"))
        await page.reload()
        await expect(drawn).to_contain_text("Petra Sommer")
        assert await drawn.get_attribute("data-visit")  # it is kept, and not only drawn


WATCHED = """
    window.seen = [];
    const boxes = "#calendar [role]:not(.ec-event), #calendar [aria-colindex]:not(.ec-event)";
    const watch = () => {
      document.querySelectorAll(boxes).forEach((one) => window.seen.push(one.className));
      requestAnimationFrame(watch);
    };
    requestAnimationFrame(watch);
"""


async def test_the_calendar_never_calls_itself_a_table_not_even_while_it_is_drawn(
    house: Any, look: Callable[..., Any], book: Callable[..., Awaitable[Any]]
) -> None:
    visit = await book(42, f"{DAY}T14:00", staff="oliver")

    async with look(house, "/admin/health", **WINDOW) as page:
        await page.add_init_script(WATCHED)
        await page.goto(f"{house.url}/admin/day?date={DAY}")
        await drag_down(page, block(visit), 4)
        await expect(page.locator(block(visit))).to_have_attribute(
            "aria-label", re.compile("^15:00")
        )
        await page.evaluate("new Promise(requestAnimationFrame)")

        assert await page.evaluate("window.seen") == []
        assert await page.locator("#calendar .ec-event[role=button]").count() > 0


LIGHT_OF = """(found) => found.map((one) => {
  const colour = getComputedStyle(document.querySelector(one)).backgroundColor;
  return Math.max(...colour.match(/\\d+/g).slice(0, 3).map(Number));
})"""


async def test_a_narrow_screen_shows_the_list(
    house: Any,
    look: Callable[..., Any],
    obstacles: Callable[..., Any],
    book: Callable[..., Awaitable[Any]],
) -> None:
    visit = await book(177, f"{DAY}T14:00")

    async with look(
        house, f"/admin/day?date={DAY}", viewport={"width": 390, "height": 800}
    ) as page:
        assert await page.is_visible(f'#day-list [data-visit="{visit.id}"]')
        assert not await page.is_visible("#calendar")
        assert await obstacles(page) == []
        await page.click(f'#day-list [data-visit="{visit.id}"] a')
        await page.wait_for_url(f"**/admin/visits/{visit.id}")
        assert await obstacles(page) == []


async def test_a_screen_that_wants_it_dark_gets_a_day_in_dark_that_everybody_can_read(
    house: Any,
    look: Callable[..., Any],
    obstacles: Callable[..., Any],
    book: Callable[..., Awaitable[Any]],
) -> None:
    visit = await book(177, f"{DAY}T14:00")
    await book(42, f"{DAY}T10:00", staff="oliver")

    async with look(house, f"/admin/day?date={DAY}", **WINDOW, color_scheme="dark") as page:
        await page.wait_for_selector(block(visit))
        await page.click(".legend summary")
        brightness = await page.evaluate(LIGHT_OF, ["body", block(visit)])
        assert await obstacles(page) == []
        await page.goto(f"{house.url}/admin/visits/{visit.id}")
        assert await obstacles(page) == []

    assert max(brightness) < 80  # of 255: neither the page nor a block shines
