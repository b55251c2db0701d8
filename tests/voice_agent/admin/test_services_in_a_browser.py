"""Services and the team in a real browser: typing, dragging by keys, narrow screens, obstacles."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from booking_core.adapters.postgres.salons import PostgresSalons

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

PHONE = {"width": 360, "height": 740}


async def sideways(page: Any) -> int:
    """By how much the page is wider than the window."""
    wide: int = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return wide


async def test_the_drawing_follows_what_is_typed(house: Any, look: Callable[..., Any]) -> None:
    service = house.salon.service_numbered(177)
    async with look(house, f"/admin/services/{service.id}") as page:
        drawing = page.locator("#preview")
        await page.fill("input[name='r0.minutes']", "45")
        await expect(drawing).to_contain_text("Zusammen 165 Minuten")
        await page.select_option("select[name=pause_policy]", "never")
        await expect(drawing).to_contain_text("wird nicht verkauft")
        await page.fill("input[name='r0.minutes']", "47")
        await expect(drawing).to_contain_text("nur Schritte von 5 Minuten")
        await page.select_option("select[name=pause_policy]", "flexible")
        await expect(page.locator("select[name='r0.pause_bookable']")).to_be_visible()

        boxes = await page.locator(".timeline li").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect().width)"
        )
        assert boxes[2] == pytest.approx(boxes[4], abs=4)  # 15 minutes each
        assert boxes[3] == pytest.approx(2 * boxes[2], rel=0.2)


async def test_segments_are_added_moved_and_removed_with_the_keyboard(
    house: Any, look: Callable[..., Any], engine: AsyncEngine
) -> None:
    service = house.salon.service_numbered(439)
    async with look(house, f"/admin/services/{service.id}") as page:
        await page.focus("[data-row=r0] [data-move=down]")
        await page.keyboard.press("Enter")
        await page.focus("[data-row=r2] [data-move=remove]")
        await page.keyboard.press("Enter")
        await page.focus("[data-add]")
        await page.keyboard.press("Enter")
        await page.keyboard.type("Pflege")
        row = page.locator("#segments > li").last
        await row.locator("select[name$='.skill']").select_option("treat")
        assert await page.locator("#segments .key").all_inner_texts() == ["A", "B", "C"]
        await page.click("button.save")
        await expect(page.locator("[role=status]").first).to_contain_text("Gespeichert")

    after = (await PostgresSalons(engine).by_id(house.salon.branch.id)).service(service.id)
    assert [one.name for one in after.segments] == ["Schneiden", "Waschen", "Pflege"]


async def test_a_template_asks_before_it_replaces_what_was_typed(
    house: Any, look: Callable[..., Any]
) -> None:
    asked: list[str] = []
    async with look(house, "/admin/services/new") as page:

        async def refuse(dialog: Any) -> None:
            asked.append(dialog.message)
            await dialog.dismiss()

        page.on("dialog", refuse)
        await page.fill("#editor input[name=name]", "Meine eigene")
        await page.click("button[value=spa_wellness]")

        assert "ersetzt alles" in asked[0]
        assert await page.input_value("#editor input[name=name]") == "Meine eigene"


async def test_searching_narrows_the_list_while_typing(
    house: Any, look: Callable[..., Any]
) -> None:
    async with look(house, "/admin/services") as page:
        await page.fill("#q", "dauer")
        await expect(page.locator(".services > li")).to_have_count(1)
        assert await page.input_value("#q") == "dauer"


async def test_a_name_is_checked_while_it_is_typed(house: Any, look: Callable[..., Any]) -> None:
    async with look(house, "/admin/staff/hear") as page:
        await page.fill("#said", "Fabjan")
        await expect(page.locator("tr.is-accept")).to_contain_text("Fabian")
        await page.fill("#said", "Florian")
        await expect(page.locator("tr.is-ask")).to_contain_text("Fabian")


@pytest.mark.parametrize("size", [None, PHONE], ids=["wide", "narrow"])
async def test_the_pages_keep_nobody_out_and_fit_the_window(
    house: Any, look: Callable[..., Any], obstacles: Callable[..., Any], size: Any
) -> None:
    service, member = house.salon.service_numbered(441), house.salon.staff[0]
    paths = [
        "/admin/services",
        f"/admin/services/{service.id}",
        "/admin/services/new?template=beauty_complete",
        "/admin/staff",
        f"/admin/staff/{member.id}",
        "/admin/staff/skills",
        "/admin/staff/places",
        "/admin/staff/hear?said=Gemma",
    ]
    async with look(house, "/admin/services", **({"viewport": size} if size else {})) as page:
        for path in paths:
            await page.goto(house.url + path)
            assert await obstacles(page) == [], path
            assert await sideways(page) <= 0, path
            if folder := os.environ.get("VOICE_AGENT_SCREENSHOTS"):
                name = path.strip("/").replace("/", "-").partition("?")[0]
                await page.screenshot(path=f"{folder}/{name}-{'n' if size else 'w'}.png")
