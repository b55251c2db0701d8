from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from booking_core.domain.requests import JoinWaitingList, RequestCallback

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine


async def ask(house: Any, **changes: Any) -> None:
    values: dict[str, Any] = {
        "key": "call:one",
        "branch_id": house.salon.branch.id,
        "phone": "+491715550142",
        "name": "Wiebke Jansen",
        "topic": "Verträglichkeit der Farbe",
        "reason": "medical",
        "wish": {"services": [str(house.salon.service_numbered(177).id)]},
    }
    await house.do(house.runtime.core.call_back(RequestCallback(**{**values, **changes})))


async def test_open_callbacks_say_who_why_and_until_when(house: Any, owner: Any) -> None:
    await ask(house)

    _, page = await owner.get("/admin/callbacks")

    assert "Wiebke Jansen" in page
    assert 'href="tel:+491715550142"' in page
    assert "Verträglichkeit der Farbe" in page
    assert "medizinische Frage" in page
    assert house.salon.service_numbered(177).name in page


async def test_a_callback_that_was_made_is_done_and_can_be_opened_again(
    house: Any, owner: Any, engine: AsyncEngine
) -> None:
    await ask(house)
    async with engine.connect() as connection:
        number = await connection.scalar(text("SELECT id FROM callback_request"))

    await owner.send(f"/admin/callbacks/{number}", {"state": "done"})
    _, still_open = await owner.get("/admin/callbacks")
    _, done = await owner.get("/admin/callbacks?state=done")
    await owner.send(f"/admin/callbacks/{number}", {"state": "open"})
    _, again = await owner.get("/admin/callbacks")

    assert "Wiebke" not in still_open
    assert "Wiebke" in done
    assert "Wiebke" in again
    async with engine.connect() as connection:
        actions = list(await connection.scalars(text("SELECT action FROM audit_entry ORDER BY id")))
    assert actions == ["callback.done", "callback.open"]


async def test_who_waits_too_long_is_marked_in_words(
    house: Any, owner: Any, engine: AsyncEngine
) -> None:
    await ask(house)
    overdue = house.runtime.services.clock.now() - timedelta(hours=1)
    async with engine.begin() as connection:
        await connection.execute(
            text("UPDATE callback_request SET due_at = :due"), {"due": overdue}
        )

    _, page = await owner.get("/admin/callbacks")

    assert 'class="overdue"' in page


async def test_a_number_that_is_none_of_ours_is_not_there(house: Any, owner: Any) -> None:
    await ask(house)

    statuses = [
        (await owner.send(f"/admin/{path}", {"state": "done"}))[0]
        for path in ("callbacks/999999", "callbacks/x", "waiting/999999", "waiting/" + "9" * 40)
    ]

    assert statuses == [404] * 4


async def test_the_waiting_list_says_what_is_waited_for_and_is_settled(
    house: Any, owner: Any, engine: AsyncEngine
) -> None:
    salon = house.salon
    wish = JoinWaitingList(
        key="call:two", branch_id=salon.branch.id, services=(salon.service_numbered(42).id,),
        staff=salon.staff[0].id, name="Ole Harms", phone="+491715550143",
    )  # fmt: skip
    await house.do(house.runtime.core.join_waiting_list(wish))

    _, page = await owner.get("/admin/waiting")
    async with engine.connect() as connection:
        number = await connection.scalar(text("SELECT id FROM waiting_list_entry"))
    await owner.send(f"/admin/waiting/{number}", {})
    _, after = await owner.get("/admin/waiting")

    assert "Ole Harms" in page
    assert salon.service_numbered(42).name in page
    assert salon.staff[0].name in page
    assert "Ole Harms" not in after


async def test_the_pages_keep_nobody_out(house: Any, look: Any, obstacles: Any) -> None:
    await ask(house)
    async with look(house, "/admin/callbacks") as page:
        assert await obstacles(page) == []
        await page.goto(f"{house.url}/admin/waiting")
        assert await obstacles(page) == []
