"""Somebody changes our visits in Cal.com: the whole visit is marked, and the salon is told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.ledger import PostgresLedger

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox import Sandbox
    from booking_core.workflows.reconcile import Reconcile

OPEN = (
    "SELECT kind, jsonb_array_length(parts) FROM attention WHERE settled_at IS NULL ORDER BY kind"
)


async def test_what_is_as_it_was_sold_is_nobodys_business(
    reconcile: Reconcile, desk: Any, booked: Any, letters: Any
) -> None:
    await booked("11-25 14:00")

    await reconcile.branch(desk.salon.branch.id)

    assert await desk.rows(OPEN) == []
    assert await letters() == []


async def test_one_part_cancelled_there_marks_the_visit_and_tells_the_salon_once(
    reconcile: Reconcile, desk: Any, booked: Any, letters: Any
) -> None:
    visit = await booked("11-25 14:00")
    await desk.cancel_there(visit, index=2)

    await reconcile.branch(desk.salon.branch.id)
    first = await letters()
    await reconcile.branch(desk.salon.branch.id)

    assert await desk.rows(OPEN) == [("cancelled_there", 1)]
    assert len(first) == 1
    assert visit.code in first[0]
    assert "Ausspülen (2 von 2) bei Wanda, 25.11.2026 14:45-14:55: in Cal.com abgesagt" in first[0]
    assert "Die übrigen Teile des Termins stehen noch" in first[0]
    assert visit.customer.name not in first[0]
    assert await letters() == []
    assert desk.live() == ["11-25 14:00"]


async def test_a_visit_cancelled_there_as_a_whole_is_told_as_one(
    reconcile: Reconcile, desk: Any, booked: Any, letters: Any
) -> None:
    visit = await booked("11-25 14:00")
    await desk.cancel_there(visit, index=1)
    await desk.cancel_there(visit, index=2)

    await reconcile.branch(desk.salon.branch.id)

    (letter,) = await letters()
    assert await desk.rows(OPEN) == [("cancelled_there", 2)]
    assert "Betroffen ist der ganze Termin" in letter


async def test_a_part_moved_there_is_told_with_its_old_and_new_time(
    reconcile: Reconcile, desk: Any, booked: Any, letters: Any
) -> None:
    visit = await booked("11-25 14:00")
    await desk.move_there(visit, index=1, start="11-25 17:00")

    await reconcile.branch(desk.salon.branch.id)

    (letter,) = await letters()
    assert await desk.rows(OPEN) == [("moved_there", 1)]
    assert "25.11.2026 14:00-14:20: in Cal.com verlegt auf 25.11.2026 17:00-17:20" in letter
    assert desk.live() == ["11-25 14:45", "11-25 17:00"]


async def test_a_second_move_of_the_same_part_is_news(
    reconcile: Reconcile, desk: Any, booked: Any, letters: Any
) -> None:
    visit = await booked("11-25 14:00")
    moved = await desk.move_there(visit, index=1, start="11-25 17:00")
    await reconcile.branch(desk.salon.branch.id)
    await letters()
    await desk.move_on(moved.uid, "11-25 18:00")

    await reconcile.branch(desk.salon.branch.id)

    (letter,) = await letters()
    assert "verlegt auf 25.11.2026 18:00-18:20" in letter


async def test_what_is_moved_back_is_settled_and_known_under_its_new_name(
    reconcile: Reconcile, desk: Any, booked: Any
) -> None:
    visit = await booked("11-25 14:00")
    moved = await desk.move_there(visit, index=1, start="11-25 17:00")
    await reconcile.branch(desk.salon.branch.id)
    back = await desk.move_on(moved.uid, "11-25 14:00")

    await reconcile.branch(desk.salon.branch.id)

    assert await desk.rows(OPEN) == []
    assert await desk.uid(visit, index=1) == back.uid


async def test_a_booking_that_vanished_is_booked_again(
    reconcile: Reconcile, desk: Any, booked: Any, letters: Any
) -> None:
    visit = await booked("11-25 14:00")
    await desk.lose(visit, index=1)

    await reconcile.branch(desk.salon.branch.id)
    await reconcile.branch(desk.salon.branch.id)

    assert desk.live() == ["11-25 14:00", "11-25 14:45"]
    assert await desk.rows(OPEN) == []
    assert await letters() == []


async def test_a_booking_that_vanished_and_whose_time_is_taken_is_told(
    reconcile: Reconcile, desk: Any, booked: Any, letters: Any
) -> None:
    visit = await booked("11-25 14:00")
    await desk.lose(visit, index=1)
    await desk.write_in("wanda", "11-25 14:10")

    await reconcile.branch(desk.salon.branch.id)

    (letter,) = await letters()
    assert await desk.rows(OPEN) == [("missing_there", 1)]
    assert "nicht mehr vorhanden" in letter


async def test_a_booking_of_ours_that_belongs_to_nothing_goes_after_a_while(
    reconcile: Reconcile, desk: Any, booked: Any, watch: Any
) -> None:
    visit = await booked("11-25 14:00")
    await desk.leave_behind(visit, start="11-26 09:00")
    await reconcile.branch(desk.salon.branch.id)
    young = desk.live()
    watch.at = desk.later(minutes=20)

    await reconcile.branch(desk.salon.branch.id)

    assert young == ["11-25 14:00", "11-25 14:45", "11-26 09:00"]
    assert desk.live() == ["11-25 14:00", "11-25 14:45"]


async def test_what_people_book_there_themselves_is_left_alone(
    reconcile: Reconcile, desk: Any, watch: Any
) -> None:
    await desk.write_in("wanda", "11-25 10:00")
    watch.at = desk.later(minutes=20)

    await reconcile.branch(desk.salon.branch.id)

    assert desk.live() == ["11-25 10:00"]


async def test_a_visit_that_is_being_changed_is_left_alone(
    reconcile: Reconcile, desk: Any, booked: Any
) -> None:
    visit = await booked("11-25 14:00")
    await desk.cancel_there(visit, index=2)
    await desk.write("UPDATE saga SET ended_at = NULL, state = 'running'")

    await reconcile.branch(desk.salon.branch.id)

    assert await desk.rows(OPEN) == []


async def test_two_comparisons_at_once_tell_and_book_once(
    reconcile: Reconcile, desk: Any, booked: Any, letters: Any
) -> None:
    visit = await booked("11-25 14:00")
    await desk.cancel_there(visit, index=2)
    await desk.lose(visit, index=1)

    await asyncio.gather(*(reconcile.branch(desk.salon.branch.id) for _ in range(4)))

    assert desk.live() == ["11-25 14:00"]
    assert await desk.rows(OPEN) == [("cancelled_there", 1)]
    assert len(await letters()) == 1


async def test_a_cal_com_that_does_not_answer_changes_nothing(
    reconcile: Reconcile, desk: Any, booked: Any, sandbox: Sandbox
) -> None:
    await booked("11-25 14:00")
    sandbox.control("fault", on="GET /v2/bookings", nth=1, do="error", down=True)

    await reconcile.all()

    assert await desk.rows(OPEN) == []
    assert len(desk.live()) == 2


async def test_a_mail_that_cannot_be_sent_is_sent_later(
    reconcile: Reconcile, desk: Any, booked: Any, letters: Any, postman: Any
) -> None:
    visit = await booked("11-25 14:00")
    await desk.cancel_there(visit, index=2)
    await reconcile.branch(desk.salon.branch.id)
    postman.on_strike = True
    unsent = await letters()
    postman.on_strike = False

    assert unsent == []
    assert len(await letters()) == 1


async def test_a_mail_server_may_take_longer_than_any_transaction_of_ours(
    reconcile: Reconcile, desk: Any, booked: Any, database_url: str
) -> None:
    """What is told in a transaction that was ended meanwhile would be told again and again."""
    visit = await booked("11-25 14:00")
    await desk.cancel_there(visit, index=2)
    await reconcile.branch(desk.salon.branch.id)
    engine = make_engine(database_url, frozen_after_s=1, longest_s=1)

    async with PostgresLedger(engine).next_untold(desk.salon.branch.id) as news:
        await asyncio.sleep(2)
    async with PostgresLedger(engine).next_untold(desk.salon.branch.id) as more:
        assert (news is not None, more) == (True, None)
    await engine.dispose()
