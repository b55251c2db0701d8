"""Services and the team in a real browser: typing, dragging by keys, narrow screens, obstacles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from booking_core.adapters.postgres.salons import PostgresSalons

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncEngine


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
        before = await page.locator(".services > li").count()
        await page.fill("#q", "dauer")
        await expect(page.locator(".services > li")).to_have_count(1)

        assert before > 1
        assert "Dauerwelle" in await page.inner_text(".services > li")
        assert await page.input_value("#q") == "dauer"


async def test_a_name_is_checked_while_it_is_typed(house: Any, look: Callable[..., Any]) -> None:
    async with look(house, "/admin/staff/hear") as page:
        await page.fill("#said", "Fabjan")
        await page.wait_for_selector("tr.is-accept")
        accepted = await page.inner_text("tr.is-accept")
        await page.fill("#said", "Florian")
        await page.wait_for_selector("tr.is-ask")
        asked = await page.inner_text("tr.is-ask")

        assert "Fabian" in accepted
        assert "Fabian" in asked
