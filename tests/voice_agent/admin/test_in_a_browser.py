from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


async def test_signing_in_works_with_the_keyboard_alone(house: Any, browser: Any) -> None:
    page = await browser.new_page(locale="de-DE")
    await page.goto(f"{house.url}/admin/sign-in")

    await page.focus("input[name=password]")
    await page.keyboard.type("correct horse battery")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/admin/day")

    assert await page.inner_text("header .salon") == house.salon.branch.name
    await page.close()


async def test_a_window_speaks_english_and_asks_no_other_machine(
    house: Any, look: Callable[..., Any]
) -> None:
    async with look(house) as page:
        await page.click("details.me summary")
        await page.click("text=English")
        await page.click("details.me summary")

        assert await page.is_visible("text=Sign out")


async def test_the_form_to_sign_in_keeps_nobody_out(
    house: Any, browser: Any, obstacles: Callable[..., Any]
) -> None:
    page = await browser.new_page(locale="de-DE")
    await page.goto(f"{house.url}/admin/sign-in")

    assert await obstacles(page) == []
    await page.close()


async def test_the_frame_keeps_nobody_out_and_asks_the_database_little(
    house: Any,
    look: Callable[..., Any],
    obstacles: Callable[..., Any],
    statements: Callable[..., Any],
) -> None:
    async with look(house) as page:
        with statements() as asked:
            await page.goto(f"{house.url}/admin/day")

        assert await obstacles(page) == []
        assert 0 < len(asked) < 20
