"""What is offered when the wish cannot be had, and when it can."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from booking_core.domain.interval import Span
from booking_core.domain.slots import NoSlots, Reason, SlotsFound, TimeWish

if TYPE_CHECKING:
    from booking_core.domain.slots import SlotAnswer
    from tests.booking_core.domain.conftest import Desk

TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2026, 11, day) for day in (24, 25, 26, 27))
STANDING = UUID(int=7)
SATURDAY, NEXT_TUESDAY = date(2026, 11, 28), date(2026, 12, 1)


def told(desk: Desk, answer: SlotAnswer) -> list[str]:
    """Each offer as `Wed 14:00 emma`."""
    assert isinstance(answer, SlotsFound), answer
    lines = []
    for offer in answer.offers:
        lead = next(s for s in offer.plan.segments if desk.salon.member(s.staff_id).key != "jule")
        start = offer.plan.start.astimezone(desk.now.tzinfo)
        lines.append(f"{start:%a %H:%M} {desk.salon.member(lead.staff_id).key}")
    return lines


def leave_only(desk: Desk, name: str, *free: str, day: date = WEDNESDAY) -> None:
    """Take everything of a person's day except half hours from these times on."""
    cursor = "00:00"
    for start in sorted(free):
        desk.take(name, cursor, start, day)
        cursor = f"{desk.at(start, day) + timedelta(minutes=30):%H:%M}"
    desk.take(name, cursor, "23:55", day)


def test_a_possible_wish_is_offered_alone(desk: Desk) -> None:
    found = desk.ask(177, staff="emma", wishes=(desk.wish("14:00"),))

    assert told(desk, found) == ["Wed 14:00 emma"]
    assert isinstance(found, SlotsFound)
    assert (found.offers[0].wish, found.obstacle) == (0, None)


def test_a_start_off_the_five_minutes_is_not_shifted_silently(desk: Desk) -> None:
    found = desk.ask(177, staff="emma", wishes=(desk.wish("14:02"),))

    assert "Wed 14:00 emma" in told(desk, found)
    assert isinstance(found, SlotsFound)
    assert not found.exact
    assert found.obstacle is not None


def test_the_part_of_the_day_counts_more_than_the_distance(desk: Desk) -> None:
    leave_only(desk, "emma", "11:00", "17:00")

    found = desk.ask(431, staff="emma", wishes=(desk.wish("15:00"),), limit=1)

    assert told(desk, found) == ["Wed 17:00 emma"]


def test_with_a_wished_person_one_option_keeps_the_person_and_one_the_time(desk: Desk) -> None:
    leave_only(desk, "emma", "11:00", "17:00")

    found = desk.ask(431, staff="emma", wishes=(desk.wish("15:00"),))

    kept_person, kept_time = told(desk, found)
    assert kept_person == "Wed 17:00 emma"
    assert kept_time.startswith("Wed 15:00")
    assert isinstance(found, SlotsFound)
    assert [offer.wish for offer in found.offers] == [None, None]
    assert found.obstacle is not None
    assert found.obstacle.reason is Reason.TAKEN


def test_a_visit_that_is_moved_stays_as_near_as_it_can(desk: Desk) -> None:
    desk.take("emma", "11:00", "11:30")

    new = desk.ask(177, staff="emma", wishes=(desk.wish("10:00"),), limit=1)
    moved = desk.ask(177, staff="emma", wishes=(desk.wish("10:00"),), limit=1, moving=STANDING)

    # Jule washes at 11:15; only at 10:30 nobody has to, and nothing is left over.
    assert told(desk, new) == ["Wed 10:30 emma"]
    assert told(desk, moved) == ["Wed 10:15 emma"]


def test_the_same_day_comes_before_the_same_time_on_another_day(desk: Desk) -> None:
    leave_only(desk, "oliver", "10:00")

    found = desk.ask(441, staff="oliver", wishes=(desk.wish("14:00"),), limit=1)
    leave_only(desk, "fabian", "11:30")
    short = desk.ask(434, staff="fabian", wishes=(desk.wish("16:00"),), limit=1)

    assert told(desk, found) == ["Tue 14:00 oliver"]
    assert told(desk, short) == ["Wed 11:30 fabian"]


def test_a_full_day_leads_to_the_nearest_days_at_the_same_time(desk: Desk) -> None:
    desk.take("oliver", "00:00", "23:55")

    found = desk.ask(441, staff="oliver", wishes=(desk.wish("14:00"),))

    assert told(desk, found) == ["Tue 14:00 oliver", "Thu 14:00 oliver"]


def test_two_neighbouring_quarter_hours_are_not_two_options(desk: Desk) -> None:
    desk.take("oliver", "10:00", "11:00")

    found = desk.ask(430, staff="oliver", wishes=(desk.wish("10:30"),), limit=1)
    both = desk.ask(430, wishes=(desk.wish("08:45"),))

    assert told(desk, found) == ["Wed 11:00 oliver"]
    assert [line[:9] for line in told(desk, both)] == ["Wed 09:00", "Wed 09:30"]


def test_neighbouring_quarter_hours_are_offered_when_there_is_nothing_else(desk: Desk) -> None:
    desk.branch(horizon_days=1)
    desk.take("oliver", "00:00", "23:55", TUESDAY)
    desk.take("oliver", "09:00", "15:30")

    found = desk.ask(441, staff="oliver", wishes=(desk.wish("10:00"),))

    assert told(desk, found) == ["Wed 15:30 oliver", "Wed 15:45 oliver"]


def test_another_part_of_the_day_comes_with_the_wished_part_on_another_day(desk: Desk) -> None:
    desk.take("emma", "12:30", "17:30")

    found = desk.ask(431, staff="emma", wishes=(desk.window("12:30", "18:00"),))
    alone = desk.ask(441, staff="oliver", wishes=(desk.window("18:00", "20:00", THURSDAY),))

    assert told(desk, found)[0] == "Wed 12:00 emma"
    assert told(desk, alone)[0] == "Thu 15:45 oliver"


def test_a_full_afternoon_gives_a_morning_and_another_days_afternoon(desk: Desk) -> None:
    desk.take("oliver", "11:30", "18:00")

    found = desk.ask(441, staff="oliver", wishes=(desk.window("12:00", "18:00"),))

    assert told(desk, found) == ["Wed 09:15 oliver", "Tue 13:00 oliver"]


def test_three_alternatives_are_never_three_neighbours(desk: Desk) -> None:
    desk.take("oliver", "14:00", "14:15")

    found = desk.ask(430, staff="oliver", wishes=(desk.wish("14:00"),), limit=3)

    nearest, other_person, other_half_day = told(desk, found)
    assert nearest == "Wed 14:15 oliver"
    assert other_person.startswith("Wed 14:00")
    assert other_half_day == "Wed 11:45 oliver"


def test_a_window_gives_its_earliest_start_and_one_that_differs(desk: Desk) -> None:
    found = desk.ask(431, staff="emma", wishes=(desk.window("13:00", "18:00"),))

    assert told(desk, found) == ["Wed 13:30 emma", "Wed 14:30 emma"]
    assert isinstance(found, SlotsFound)
    assert [offer.wish for offer in found.offers] == [0, 0]


def test_the_latest_of_a_window_is_its_last_start_alone(desk: Desk) -> None:
    desk.take("emma", "17:30", "18:00")
    latest = replace(desk.window("13:00", "18:00"), latest=True)

    found = desk.ask(431, staff="emma", wishes=(latest,))

    assert told(desk, found) == ["Wed 17:00 emma"]


def test_a_window_around_a_wished_start_is_about_that_start(desk: Desk) -> None:
    desk.take("emma", "14:45", "15:10")
    wishes = (desk.wish("15:00"), desk.window("14:30", "15:35"))

    found = desk.ask(430, staff="emma", wishes=wishes, limit=1)

    assert told(desk, found) == ["Wed 15:15 emma"]
    assert isinstance(found, SlotsFound)
    assert found.offers[0].wish == 1


def test_a_whole_day_gives_a_morning_and_an_afternoon(desk: Desk) -> None:
    found = desk.ask(431, staff="emma", wishes=(desk.window("00:00", "23:55"),))

    assert told(desk, found) == ["Wed 09:00 emma", "Wed 12:00 emma"]


def test_as_soon_as_possible_gives_the_two_earliest_different_starts(desk: Desk) -> None:
    found = desk.ask(431, staff="emma")

    assert told(desk, found) == ["Tue 11:00 emma", "Tue 12:00 emma"]
    assert isinstance(found, SlotsFound)
    assert found.obstacle is None


def test_the_first_wish_that_can_come_true_wins_and_the_first_ones_obstacle_is_told(
    desk: Desk,
) -> None:
    desk.take("emma", "09:00", "17:30")
    wishes = (desk.wish("14:00"), desk.wish("14:00", FRIDAY), desk.wish("15:00", FRIDAY))

    found = desk.ask(177, staff="emma", wishes=wishes)

    assert told(desk, found) == ["Fri 14:00 emma"]
    assert isinstance(found, SlotsFound)
    assert found.offers[0].wish == 1
    assert found.obstacle is not None
    assert found.obstacle.start == desk.at("14:00")


def test_what_was_refused_is_never_offered_again(desk: Desk) -> None:
    first = desk.ask(431, staff="emma", wishes=(desk.window("13:00", "18:00"),))
    assert isinstance(first, SlotsFound)
    refused = tuple(Span.of_minutes(o.plan.start, 5) for o in first.offers)

    second = desk.ask(431, staff="emma", wishes=(desk.window("13:00", "18:00"),), rejected=refused)

    assert not set(told(desk, first)) & set(told(desk, second))


def test_a_refused_exact_wish_is_named_as_such(desk: Desk) -> None:
    refused = (Span.of_minutes(desk.at("14:00"), 5),)

    found = desk.ask(431, staff="emma", wishes=(desk.wish("14:00"),), rejected=refused, strict=True)

    assert isinstance(found, NoSlots)
    assert found.obstacle.reason is Reason.REJECTED


def test_a_strict_wish_has_no_alternatives(desk: Desk) -> None:
    desk.take("emma", "14:00", "14:30")

    found = desk.ask(177, staff="emma", wishes=(desk.wish("14:00"),), strict=True)

    assert isinstance(found, NoSlots)
    assert found.searched == Span.of_minutes(desk.at("14:00"), 5)


def test_someone_without_the_skill_is_replaced_at_the_wished_time(desk: Desk) -> None:
    found = desk.ask(177, staff="fabian", wishes=(desk.wish("14:00"),))

    assert isinstance(found, SlotsFound)
    assert found.obstacle is not None
    assert found.obstacle.reason is Reason.STAFF_UNQUALIFIED
    names = {desk.salon.member(staff_id).key for staff_id in found.obstacle.qualified}
    assert names == {"emma", "oliver", "dilara"}
    assert told(desk, found)[0].startswith("Wed 14:00")
    assert not any(line.endswith("fabian") for line in told(desk, found))


def test_a_caller_who_has_to_leave_in_time_gets_a_visit_that_ends_in_time(desk: Desk) -> None:
    wish = replace(desk.window("13:00", "18:00"), ends_by=desk.at("16:30"))
    late = TimeWish(window=wish.window, at=desk.at("14:30"), ends_by=desk.at("16:30"))

    found = desk.ask(177, staff="emma", wishes=(wish,), limit=9)
    other = desk.ask(177, staff="emma", wishes=(late,), limit=1)

    assert told(desk, found) == ["Wed 13:30 emma", "Wed 13:45 emma", "Wed 14:00 emma"]
    assert told(desk, other) == ["Wed 14:00 emma"]
    assert isinstance(other, SlotsFound)
    assert other.obstacle is not None
    assert other.obstacle.reason is Reason.TOO_LONG_FOR_DAY
    assert other.obstacle.until == desk.at("16:30")


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_never_more_than_the_limit(desk: Desk, limit: int) -> None:
    desk.take("emma", "14:00", "14:30")

    found = desk.ask(431, wishes=(desk.window("09:00", "18:00"),), limit=limit)

    assert len(told(desk, found)) == limit


def test_the_person_with_least_to_do_that_day_gets_the_visit(desk: Desk) -> None:
    for name in ("emma", "fabian", "dilara"):
        desk.take(name, "10:00", "11:00")

    found = desk.ask(431, wishes=(desk.wish("15:00"),))

    assert told(desk, found) == ["Wed 15:00 oliver"]


def test_an_offer_of_the_same_plan_always_has_the_same_id(desk: Desk) -> None:
    first = desk.ask(177, staff="emma", wishes=(desk.wish("14:00"),))
    again = desk.ask(177, staff="emma", wishes=(desk.window("14:00", "14:05"),))
    other = desk.ask(177, staff="dilara", wishes=(desk.wish("14:00"),))

    assert isinstance(first, SlotsFound)
    assert isinstance(again, SlotsFound)
    assert isinstance(other, SlotsFound)
    assert first.offers[0].id == again.offers[0].id != other.offers[0].id


def test_alternatives_to_an_earlier_start_are_earlier_too(desk: Desk) -> None:
    desk.take("emma", "09:00", "14:00")
    earlier = replace(desk.window("00:00", "14:00"), before=desk.at("14:00"))
    bounded = desk.ask(431, staff="emma", wishes=(earlier,), limit=9)
    free = desk.ask(431, staff="emma", wishes=(desk.window("00:00", "14:00"),), limit=9)

    assert isinstance(bounded, SlotsFound)
    assert isinstance(free, SlotsFound)
    assert all(offer.plan.start < desk.at("14:00") for offer in bounded.offers)
    assert any(offer.plan.start >= desk.at("14:00") for offer in free.offers)


def test_alternatives_to_a_later_start_are_later_too(desk: Desk) -> None:
    desk.take("emma", "14:00", "17:30")
    later = replace(desk.window("15:00", "18:00"), after=desk.at("15:00"))

    found = desk.ask(431, staff="emma", wishes=(later,), limit=9)

    assert isinstance(found, SlotsFound)
    assert all(offer.plan.start >= desk.at("15:00") for offer in found.offers)


def test_alternatives_are_near_to_any_of_the_wishes(desk: Desk) -> None:
    for day in (WEDNESDAY, FRIDAY):
        desk.take("oliver", "00:00", "23:55", day)
    leave_only(desk, "oliver", "10:30", day=FRIDAY)
    desk.busy[desk.salon.staff[2].id] = [
        desk.span("00:00", "23:55"),
        *desk.busy[desk.salon.staff[2].id][2:],
    ]
    wishes = (desk.wish("14:00"), desk.wish("10:00", FRIDAY))

    found = desk.ask(435, staff="oliver", wishes=wishes, limit=1)

    assert told(desk, found) == ["Fri 10:30 oliver"]


def test_a_closed_day_is_never_offered(desk: Desk) -> None:
    monday = date(2026, 11, 30)

    found = desk.ask(431, wishes=(desk.wish("14:00", monday),))

    assert isinstance(found, SlotsFound)
    assert found.obstacle is not None
    assert found.obstacle.reason is Reason.CLOSED_DAY
    days = {offer.plan.start.astimezone(desk.now.tzinfo).date() for offer in found.offers}
    assert days <= {SATURDAY, NEXT_TUESDAY}
