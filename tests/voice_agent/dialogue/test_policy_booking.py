"""From the first word to the appointment, with meanings made by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from nlu import Grain, Intent, Role, TimeExpression, YesNo
from voice_agent.dialogue.actions import Book, EndCall, FindSlots, ReleaseHolds, Say
from voice_agent.dialogue.events import CallStarted
from voice_agent.dialogue.steps import order_key, owner

if TYPE_CHECKING:
    from collections.abc import Callable

    from booking_core.domain.catalogue import Salon

    Call, Said = Any, Any
    Begin = Callable[..., Call]

BERLIN = ZoneInfo("Europe/Berlin")


def test_first_sentence_names_the_salon_and_says_that_no_human_speaks(call: Call) -> None:
    first = call.greeting.split("?")[0]

    assert "Salon Morgenrot" in first
    assert "digitale" in first


def test_nobody_is_greeted_twice(call: Call) -> None:
    again = call.event(CallStarted(call_id="call_7", caller_number=None))

    assert again == ""


@pytest.mark.inc(116)
def test_everything_in_one_breath_needs_one_confirmation(call: Call, said: Said) -> None:
    read_back = call.says(
        said(
            services=said.service(177),
            times=said.at("2025-10-28 14:00"),
            staff=said.staff("Emma"),
            name=said.name("Vogt", introduced=True),
            intents=said.does(Intent.BOOK),
        ),
    )
    booked = call.says(said.yes())

    for fact in ("Ansatzfärbung", "Dienstag", "28. Oktober", "14 Uhr", "Emma", "Vogt"):
        assert fact in read_back
    assert "zweieinhalb Stunden" in read_back
    assert "gebucht" not in read_back
    assert "gebucht" in booked
    assert len(call.world.orders) == 1


@pytest.mark.inc(30)
@pytest.mark.inc(96)
def test_what_is_booked_is_what_was_read_back(call: Call, said: Said, demo_salon: Salon) -> None:
    call.says(said(services=said.service(177), times=said.at("2025-10-28 14:00")))
    call.says(said(name=said.name("Vogt")))
    call.says(said.yes())

    (order,) = call.world.orders
    assert order.plan.start == datetime(2025, 10, 28, 14, tzinfo=BERLIN)
    assert order.plan.services == (demo_salon.service_numbered(177).id,)
    assert order.customer.name == "Vogt"
    assert order.customer.phone == "+4917139200044"
    assert order.key == order_key("call_7", call.state.ordered)
    assert order.owner == owner("call_7")


@pytest.mark.inc(115)
def test_step_by_step_asks_only_for_what_is_missing(call: Call, said: Said) -> None:
    service = call.says(said(intents=said.does(Intent.BOOK)))
    time = call.says(said(services=said.service(436)))
    name = call.says(said(times=said.at("2025-10-30 11:00")))
    read_back = call.says(said(name=said.name("Jung")))

    assert service.endswith("?")
    assert "wann" in time.casefold()
    assert "Name" in name
    assert "11 Uhr" in name
    assert "Jung" in read_back
    assert "eintragen?" in read_back


def test_the_exact_wish_is_offered_alone_and_searched_once(call: Call, said: Said) -> None:
    call.says(said(services=said.service(436), times=said.at("2025-10-30 11:00")))

    assert len(call.state.offers) == 1
    assert len(call.world.searches) == 1


def test_a_taken_wish_gets_the_reason_and_two_alternatives(call: Call, said: Said) -> None:
    for name in ("Fabian", "Oliver", "Dilara"):
        call.world.block(name, "2025-10-29", "10:00", "11:00")

    offered = call.says(said(services=said.service(42), times=said.at("2025-10-29 10:00")))
    chosen = call.says(said(times=said.at("11:00")))

    assert "ist von 10 Uhr bis 11 Uhr leider alles vergeben" in offered
    assert "um 9 Uhr" in offered
    assert "um 11 Uhr" in offered
    assert "11 Uhr" in chosen
    assert "Name" in chosen
    assert len(call.world.searches) == 1


@pytest.mark.inc(46)
@pytest.mark.parametrize(("index", "clock"), [(1, "9 Uhr"), (2, "11 Uhr")])
def test_the_first_is_the_first_that_was_spoken(
    call: Call, said: Said, index: int, clock: str
) -> None:
    for name in ("Fabian", "Oliver", "Dilara"):
        call.world.block(name, "2025-10-29", "10:00", "11:00")
    call.says(
        said(services=said.service(42), times=said.at("2025-10-29 10:00"), name=said.name("Jung"))
    )

    read_back = call.says(said.nth(index))

    assert f"um {clock} bei" in read_back
    assert "eintragen?" in read_back


def test_a_yes_to_two_options_asks_which(call: Call, said: Said) -> None:
    call.says(said(services=said.service(436), times=said.at("2025-10-30")))

    which = call.says(said.yes())

    assert "Welche Zeit" in which
    assert call.world.orders == []


def test_a_day_without_a_time_gets_two_times_of_that_day(call: Call, said: Said) -> None:
    offered = call.says(said(services=said.service(436), times=said.at("2025-10-30")))

    assert len(call.state.offers) == 2
    assert offered.count("Donnerstag") == 1


@pytest.mark.inc(60)
def test_the_next_free_appointment_is_an_open_wish(call: Call, said: Said) -> None:
    soonest = TimeExpression(grain=Grain.EARLIEST)

    offered = call.says(said(services=said.service(439), times=(soonest,)))
    held = call.state.offers
    read_back = call.says(said(name=said.name("Sommerfeld")))

    assert call.world.searches[0].wishes == ()
    assert len(held) == 2
    assert "Dienstag" in offered
    assert "Namen" in offered
    assert "Sommerfeld" in read_back
    assert call.state.offer == held[0]


def test_the_second_of_the_next_free_times_can_be_had_as_well(call: Call, said: Said) -> None:
    soonest = TimeExpression(grain=Grain.EARLIEST)
    call.says(said(services=said.service(439), times=(soonest,)))
    second = call.state.offers[1]

    call.says(said.nth(2))

    assert call.state.offer == second


def test_a_refused_pair_is_followed_by_two_others_and_then_by_a_wider_question(
    call: Call, said: Said
) -> None:
    call.says(said(services=said.service(436), times=said.at("2025-10-30")))
    first = {offer.plan.start for offer in call.state.offers}
    call.says(said.no())
    second = {offer.plan.start for offer in call.state.offers}

    wider = call.says(said.no())

    assert not first & second
    assert "An welchen Tagen" in wider


def test_an_excluded_day_is_never_searched(call: Call, said: Said) -> None:
    wednesday = said.at("2025-10-29", role=Role.REJECT)
    call.says(said(services=said.service(436), times=(*said.at("14:00"), *wednesday)))

    (query,) = call.world.searches
    covered = [span for span in query.rejected if span.start.date().isoformat() == "2025-10-29"]
    assert len(covered) == 1
    assert covered[0].minutes == 24 * 60


@pytest.mark.inc(47)
@pytest.mark.inc(82)
def test_taken_between_yes_and_commit_is_searched_again_in_the_same_turn(
    call: Call, said: Said
) -> None:
    call.world.fates = ["taken"]
    call.says(
        said(services=said.service(436), times=said.at("2025-10-30 11:00"), name=said.name("Jung"))
    )

    answer = call.says(said.yes())

    assert "gerade eben vergeben" in answer
    assert len(call.world.searches) == 2
    assert "um 11 Uhr ist" in answer
    assert "gebucht" not in answer
    assert datetime(2025, 10, 30, 11, tzinfo=BERLIN) not in [
        offer.plan.start for offer in call.state.offers
    ]


@pytest.mark.inc(64)
def test_a_failed_booking_is_told_honestly_and_tried_again_with_a_new_yes(
    call: Call, said: Said
) -> None:
    call.world.fates = ["failed"]
    call.says(
        said(services=said.service(436), times=said.at("2025-10-30 11:00"), name=said.name("Jung"))
    )

    failed = call.says(said.yes())
    again = call.says(said.yes())
    booked = call.says(said.yes())

    assert "es ist nichts gebucht" in failed
    assert "vergeben" not in failed
    assert "eintragen?" in again
    assert "gebucht" in booked
    first, second = call.world.orders
    assert first.key != second.key


def test_a_failed_booking_that_is_being_undone_is_told_as_no_visit_and_as_being_taken_back(
    call: Call, said: Said
) -> None:
    call.world.fates = ["undoing", "undoing"]
    call.says(
        said(services=said.service(436), times=said.at("2025-10-30 11:00"), name=said.name("Jung"))
    )

    failed = call.says(said.yes())
    elsewhere = call.says(said(times=said.at("2025-10-31 11:00")))
    again = call.says(said.yes())

    assert call.world.orders[1].plan.start == datetime(2025, 10, 31, 11, tzinfo=BERLIN)
    assert "eintragen?" in elsewhere
    for told in (failed, again):
        assert "nichts gebucht" in told  # there is no visit, whatever still stands of it
        assert "nehme ich zurück" in told
        assert "versuchen" not in told
        assert "vergeben" not in told


def test_a_lost_answer_claims_nothing_and_repeats_only_the_very_same_order(
    call: Call, said: Said
) -> None:
    call.world.fates = ["broken"]
    call.says(
        said(services=said.service(436), times=said.at("2025-10-30 11:00"), name=said.name("Jung"))
    )

    unsure = call.says(said.yes())
    booked = call.says(said.yes())

    assert "nicht zusagen" in unsure
    assert "nichts gebucht" not in unsure
    assert "gebucht" in booked
    first, second = call.world.orders
    assert first == second


@pytest.mark.inc(57)
def test_a_broken_calendar_is_never_called_full(call: Call, said: Said) -> None:
    call.world.search_breaks = 1

    answer = call.says(said(services=said.service(436), times=said.at("2025-10-30 11:00")))
    then = call.says(said.yes())

    assert "Kalender" in answer
    assert call.released
    assert "vergeben" not in answer
    assert "Name" in then


@pytest.mark.inc(125)
def test_goodbye_after_the_booking_names_the_essential_fact_and_ends(
    call: Call, said: Said
) -> None:
    call.says(
        said(services=said.service(436), times=said.at("2025-10-30 11:00"), name=said.name("Jung"))
    )
    call.says(said.yes())

    farewell = call.says(said(intents=said.does(Intent.THANKS, Intent.GOODBYE)))
    ends = call.ended
    again = call.says(said(intents=said.does(Intent.GOODBYE)))

    assert "Donnerstag" in farewell
    assert "11 Uhr" in farewell
    assert ends == 1
    assert again == "Auf Wiederhören!"
    assert call.ended == 2  # whoever speaks again has undone the first


def test_yes_and_goodbye_in_one_books_and_ends_in_one(call: Call, said: Said) -> None:
    call.says(
        said(services=said.service(436), times=said.at("2025-10-30 11:00"), name=said.name("Jung"))
    )

    last = call.says(
        said(
            "ja, bitte, tschüss", yes_no=YesNo.YES, intents=said.does(Intent.AFFIRM, Intent.GOODBYE)
        )
    )

    assert "gebucht" in last
    assert "Wiederhören" in last
    assert call.ended == 1


def test_a_second_visit_in_the_same_call_has_a_key_of_its_own(call: Call, said: Said) -> None:
    call.says(
        said(services=said.service(436), times=said.at("2025-10-30 11:00"), name=said.name("Jung"))
    )
    call.says(said.yes())
    read_back = call.says(said(services=said.service(434), times=said.at("2025-10-31 10:00")))
    call.says(said.yes())

    first, second = call.world.orders
    assert "Jung" in read_back
    assert first.key != second.key


def test_every_booking_is_preceded_by_a_read_back_of_that_very_plan(call: Call, said: Said) -> None:
    call.says(
        said(services=said.service(436), times=said.at("2025-10-30 11:00"), name=said.name("Jung"))
    )
    call.says(said.yes())

    kinds = [type(action) for action in call.log]
    assert kinds.index(FindSlots) < kinds.index(Book) < len(kinds) - kinds[::-1].index(Say)
    assert kinds.count(Book) == 1


def test_hanging_up_before_the_yes_gives_back_what_was_held(call: Call, said: Said) -> None:
    call.says(said(services=said.service(436), times=said.at("2025-10-30 11:00")))
    call.hangs_up()

    assert call.log[-1] == ReleaseHolds()
    assert EndCall() not in call.log


def test_booking_key_and_owner_follow_from_call_and_version() -> None:
    assert order_key("call_9", 3) == "call_9:3"
    assert owner("call_9") == "call:call_9"


@pytest.mark.inc(41)
def test_what_is_offered_lies_ahead(begin: Begin, said: Said) -> None:
    soon = datetime(2025, 10, 28, 9, 30, tzinfo=BERLIN)
    call = begin(now=soon)

    answer = call.says(said(services=said.service(436), times=said.at("2025-10-28 10:00")))

    assert "kurzfristig" in answer
    assert all(o.plan.start >= soon + timedelta(hours=1) for o in call.state.offers)


def test_a_price_asked_after_the_booking_is_no_wish_for_a_second_visit(
    call: Call, said: Said
) -> None:
    call.says(
        said(services=said.service(436), times=said.at("2025-10-30 11:00"), name=said.name("Jung"))
    )
    call.says(said.yes())

    answer = call.says(said(services=said.service(436), intents=said.does(Intent.ASK_PRICE)))

    assert "45 Euro" in answer
    assert "Wann" not in answer
    assert "sonst" in answer
