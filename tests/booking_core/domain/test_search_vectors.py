"""The conformance vectors of the search: Wednesday 25 November 2026, offers every 15 minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.domain.catalogue import Delegate, PausePolicy
from booking_core.domain.slots import NoSlots, Reason, SlotsFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.booking_core.domain.conftest import Desk

    Times = Callable[..., list[str]]

V0 = ("09:00-10:30", "12:30", "13:30-15:00")
V1 = ["10:00", "12:30", "13:30", "13:45", "14:00", "14:15", "14:30", "14:45", "15:00"]
V9 = ("09:00-12:30", "13:30", "14:30", "16:30-17:00")


def test_v0_a_colour_visit_lets_the_lunch_break_fall_into_its_pause(
    vectors: Desk, quarter_hours: Times
) -> None:
    assert vectors.starts(177, staff="emma") == quarter_hours(*V0)


def test_v0d_an_apprentice_who_washes_at_lunch_adds_a_start(
    vectors: Desk, quarter_hours: Times
) -> None:
    vectors.branch(delegate=Delegate.IF_NEEDED)

    assert vectors.starts(177, staff="emma") == sorted([*quarter_hours(*V0), "12:15"])


def test_v1_a_visit_is_laid_around_a_short_cut_in_its_own_pause(vectors: Desk) -> None:
    vectors.take("emma", "10:30", "11:00")

    assert vectors.starts(177, staff="emma") == V1


def test_v2_a_blocked_pause_gives_fewer_starts(vectors: Desk, quarter_hours: Times) -> None:
    vectors.take("emma", "10:30", "11:00")
    vectors.edit(177, pause_policy=PausePolicy.BLOCKED)

    assert vectors.starts(177, staff="emma") == quarter_hours("13:30-15:00")


def test_v3_elastic_pauses_stretch_around_what_is_taken(
    vectors: Desk, quarter_hours: Times
) -> None:
    vectors.take("emma", "10:30", "11:00")
    vectors.branch(elastic_pauses=True)

    expected = ["09:45", "10:00", "11:00", "11:15", "12:15", "12:30"]
    assert vectors.starts(177, staff="emma") == expected + quarter_hours("13:30-15:00")


def test_v4_someone_else_washes_while_the_lead_is_busy_or_at_lunch(vectors: Desk) -> None:
    vectors.take("emma", "10:30", "11:00")
    vectors.branch(delegate=Delegate.IF_NEEDED)

    assert vectors.starts(177, staff="emma") == sorted([*V1, "09:45", "12:15"])


def test_v5_the_longer_colour_visit_fits_only_in_the_afternoon(
    vectors: Desk, quarter_hours: Times
) -> None:
    vectors.take("emma", "10:30", "11:00")

    assert vectors.starts(178, staff="emma") == quarter_hours("13:30-14:30")


def test_v6_a_perm_with_fixed_pauses(vectors: Desk, quarter_hours: Times) -> None:
    vectors.branch(delegate=Delegate.IF_NEEDED)
    vectors.edit(441, pause_policy=PausePolicy.FREE)

    expected = quarter_hours("09:00-10:15", "13:00-15:45")
    assert vectors.starts(441, staff="oliver") == expected


def test_v6e_a_flexible_perm_always_stretches_and_gains_a_start(
    vectors: Desk, quarter_hours: Times
) -> None:
    vectors.branch(delegate=Delegate.IF_NEEDED)

    expected = quarter_hours("09:00-10:15", "11:15", "13:00-15:45")
    assert vectors.starts(441, staff="oliver") == expected


def test_v7_two_busy_basins_take_the_starts_that_wash_then(
    vectors: Desk, quarter_hours: Times
) -> None:
    vectors.take("basin 1", "15:00", "15:30")
    with_one_basin = vectors.starts(177, staff="emma")
    vectors.take("basin 2", "15:00", "15:30")

    assert with_one_basin == quarter_hours(*V0)
    left = [start for start in quarter_hours(*V0) if start not in {"14:00", "14:15"}]
    assert vectors.starts(177, staff="emma") == left


def test_v8_a_mens_cut_is_one_block_with_its_blocked_pauses(
    vectors: Desk, quarter_hours: Times
) -> None:
    assert vectors.starts(42, staff="fabian") == quarter_hours("10:00-13:00", "14:30-17:00")


def test_v9_a_blow_dry_fills_another_customers_free_pause_exactly(
    vectors: Desk, quarter_hours: Times
) -> None:
    vectors.book(177, staff="emma", at="14:00")

    assert vectors.starts(431, staff="emma") == quarter_hours(*V9)


def test_v10_a_free_hairdresser_without_a_free_chair_is_no_start(
    vectors: Desk, quarter_hours: Times
) -> None:
    vectors.book(177, staff="emma", at="14:00")
    for number in (1, 2, 3, 4):
        vectors.busy.pop(vectors.salon.units("chair")[number - 1].id, None)
        vectors.take(f"chair {number}", "14:00", "16:30")

    assert vectors.starts(431, staff="emma") == [t for t in quarter_hours(*V9) if t != "14:30"]
    refused = vectors.ask(431, staff="emma", wishes=(vectors.wish("14:30"),), strict=True)
    assert isinstance(refused, NoSlots)
    assert refused.obstacle.reason is Reason.RESOURCE_FULL
    assert refused.obstacle.resource_kind == "chair"


def test_only_the_policy_changes_how_many_starts_there_are(vectors: Desk) -> None:
    vectors.take("emma", "10:30", "11:00")
    free = vectors.starts(177, staff="emma")

    vectors.edit(177, pause_policy=PausePolicy.BLOCKED)

    assert len(free) == len(V1) > len(vectors.starts(177, staff="emma"))


def test_an_exact_wish_off_the_raster_of_offers_is_offered_as_it_is(vectors: Desk) -> None:
    found = vectors.ask(177, staff="emma", wishes=(vectors.wish("13:50"),))

    assert isinstance(found, SlotsFound)
    assert [offer.plan.start for offer in found.offers] == [vectors.at("13:50")]
    assert found.exact
