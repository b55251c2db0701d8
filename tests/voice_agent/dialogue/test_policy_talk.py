"""Talking about talking: repetition, silence, questions in between, goodbyes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from nlu import Grain, Intent, TimeExpression, YesNo
from voice_agent.dialogue.actions import Book, EndCall, ReleaseHolds
from voice_agent.dialogue.events import (
    CallerHungUp,
    CallerSilent,
    CallerSpoke,
    SlotsAnswered,
    Work,
    WorkFailed,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Call, Said = Any, Any
    Begin = Callable[..., Call]

BERLIN = ZoneInfo("Europe/Berlin")


def at_consent(call: Call, said: Said, when: str = "2025-10-30 11:00") -> str:
    return call.says(
        said(
            services=said.service(436),
            times=said.at(when),
            staff=said.staff("Emma"),
            name=said.name("Jung"),
        ),
    )


def test_pardon_repeats_the_very_words_and_searches_nothing(call: Call, said: Said) -> None:
    asked = call.says(said(services=said.service(436), times=said.at("2025-10-30")))

    again = call.says(said(intents=said.does(Intent.REPEAT)))
    third = call.says(said(intents=said.does(Intent.REPEAT)))

    assert again == asked
    assert third == asked
    assert len(call.world.searches) == 1


@pytest.mark.inc(119)
def test_hello_gets_a_sign_of_life_and_the_open_question(call: Call, said: Said) -> None:
    call.says(said(services=said.service(436)))

    answer = call.says(said(intents=said.does(Intent.PING)))

    assert answer.startswith("Ja, ich")
    assert answer.endswith("?")


def test_three_silences_end_the_call_once(call: Call, said: Said) -> None:
    call.says(said(services=said.service(436), times=said.at("2025-10-30 11:00")))

    rungs = [call.silent() for _ in range(3)]

    assert all(rungs)
    assert "Melden Sie sich gern wieder" in rungs[2]
    assert call.ended == 1
    assert call.released


def test_any_word_resets_the_silence(call: Call, said: Said) -> None:
    call.silent()
    call.silent()
    call.says(said(intents=said.does(Intent.BOOK)))
    call.silent()
    call.silent()

    assert call.ended == 0


def test_the_ladder_does_not_run_while_we_owe_the_answer(call: Call, said: Said) -> None:
    call.step(
        CallerSpoke(
            understanding=said(services=said.service(436), times=said.at("2025-10-30 11:00"))
        ),
    )

    for _ in range(5):
        assert call.silent()

    assert call.ended == 0


def test_silence_after_the_booking_is_a_goodbye(call: Call, said: Said) -> None:
    at_consent(call, said)
    call.says(said.yes())

    farewell = call.silent()

    assert "Donnerstag" in farewell
    assert call.ended == 1


def test_three_times_not_understood_get_three_different_answers(call: Call, said: Said) -> None:
    answers = {call.says(said("krrk")) for _ in range(3)}

    assert len(answers) == 3


def test_nobody_is_asked_the_same_for_ever(call: Call, said: Said) -> None:
    call.says(said(services=said.service(436), times=said.at("2025-10-30 11:00")))

    answers = [call.says(said(f"krrk {noise}")) for noise in ("a", "b", "c", "d", "e", "f")]

    assert "Wiederhören" in answers[-1]
    assert call.ended == 1
    assert call.released


def test_a_staff_wish_is_nobodys_own_name(call: Call, said: Said) -> None:
    call.says(
        said(
            services=said.service(436),
            times=said.at("2025-10-30 11:00"),
            staff=said.staff("Oliver"),
            name=said.name("Oliver"),
        )
    )

    assert call.state.draft.name is None
    assert call.state.draft.staff is not None


def test_understanding_something_resets_the_misses(call: Call, said: Said) -> None:
    call.says(said("krrk"))
    call.says(said(services=said.service(436)))
    call.says(said("krrk"))

    assert call.state.misses == 1


def test_an_unlikely_name_is_one_when_it_is_said_again(call: Call, said: Said) -> None:
    call.says(said(services=said.service(436), times=said.at("2025-10-30 11:00")))

    again = call.says(said("Lang.", intents=said.does(Intent.FRAGMENT)))
    read_back = call.says(said("auf Lang", intents=said.does(Intent.OTHER)))

    assert "Namen" in again
    assert "auf" in read_back
    assert "Lang" in read_back


def test_two_different_scraps_are_no_name(call: Call, said: Said) -> None:
    call.says(said(services=said.service(436), times=said.at("2025-10-30 11:00")))

    call.says(said("Tja", intents=said.does(Intent.FRAGMENT)))
    call.says(said("Hm", intents=said.does(Intent.FRAGMENT)))

    assert call.state.draft.name is None


def test_later_is_later_than_everything_on_the_table(call: Call, said: Said) -> None:
    call.says(said(services=said.service(436), times=said.at("2025-10-30")))
    last = max(offer.plan.start for offer in call.state.offers)

    call.says(said("lieber später", times=(TimeExpression(grain=Grain.SHIFT, direction=1),)))

    assert all(offer.plan.start > last for offer in call.state.offers)


def test_earlier_is_never_later_than_what_is_on_the_table(call: Call, said: Said) -> None:
    for name in ("Emma", "Fabian", "Oliver", "Dilara"):
        call.world.block(name, "2025-10-30", "09:00", "12:30")
    call.says(said(services=said.service(436), times=said.at("2025-10-30 13:00")))
    first = min(offer.plan.start for offer in call.state.offers)

    call.says(said("geht es früher", times=(TimeExpression(grain=Grain.SHIFT, direction=-1),)))

    assert all(offer.plan.start < first for offer in call.state.offers)


def test_another_name_at_the_read_back_is_no_consent(call: Call, said: Said) -> None:
    at_consent(call, said)

    read_back = call.says(said.yes(name=said.name("Busch")))

    assert call.world.orders == []
    assert "Busch" in read_back


def test_indifference_chooses_the_first_offer_and_searches_nothing_new(
    call: Call, said: Said
) -> None:
    call.says(said(services=said.service(436), times=said.at("2025-10-30")))
    first = call.state.offers[0]

    call.says(
        said(
            "egal",
            times=(TimeExpression(grain=Grain.ANY),),
            intents=said.does(Intent.NO_PREFERENCE),
        ),
    )

    assert call.state.offer == first
    assert len(call.world.searches) == 1


def test_indifference_about_the_person_keeps_the_time(call: Call, said: Said) -> None:
    call.says(
        said(
            services=said.service(42),
            times=said.at("2025-10-29 10:00"),
            staff=said.staff("Schneider"),
        ),
    )
    call.says(said("egal", times=(TimeExpression(grain=Grain.ANY),)))

    (query,) = call.world.searches
    assert query.wishes[0].at == datetime(2025, 10, 29, 10, tzinfo=BERLIN)


def test_now_beside_a_yes_is_no_time(call: Call, said: Said) -> None:
    at_consent(call, said)
    now = TimeExpression(start=call.scene.now, grain=Grain.MINUTE, rules=("now",))

    booked = call.says(said.yes(times=(now,)))

    assert "gebucht" in booked


def test_until_wednesday_then_is_a_goodbye_and_no_wish(call: Call, said: Said) -> None:
    at_consent(call, said)
    call.says(said.yes())

    farewell = call.says(
        said(times=said.at("2025-10-30"), intents=said.does(Intent.THANKS, Intent.GOODBYE))
    )

    assert "Wiederhören" in farewell
    assert len(call.world.searches) == 1


@pytest.mark.inc(53)
def test_dropping_it_books_nothing_and_gives_the_hold_back(call: Call, said: Said) -> None:
    at_consent(call, said)

    answer = call.says(said(intents=said.does(Intent.STOP)))
    farewell = call.says(said.no())

    assert "trage ich nichts ein" in answer
    assert call.released
    assert "Wiederhören" in farewell
    assert call.world.orders == []
    assert call.ended == 1


def test_goodbye_without_a_yes_books_nothing(call: Call, said: Said) -> None:
    at_consent(call, said)

    farewell = call.says(said(intents=said.does(Intent.GOODBYE)))

    assert "trage ich nichts ein" in farewell
    assert call.world.orders == []
    assert call.released
    assert call.log[-1] == EndCall()


def test_the_last_words_cannot_be_cut_off(call: Call, said: Said) -> None:
    call.says(said(intents=said.does(Intent.GOODBYE)))

    *_, last, end = call.log
    assert last.uninterruptible
    assert end == EndCall()


def test_hanging_up_during_the_booking_lets_it_finish_in_silence(call: Call, said: Said) -> None:
    at_consent(call, said)
    (book,) = call.step(CallerSpoke(understanding=said.yes()))
    hung_up = call.step(CallerHungUp())
    told = call.event(call.world.book(book.order))

    assert hung_up == ()
    assert told == ""
    assert call.state.booked is not None


def test_a_search_that_ends_after_the_call_is_given_back(call: Call, said: Said) -> None:
    (search,) = call.step(
        CallerSpoke(
            understanding=said(services=said.service(436), times=said.at("2025-10-30 11:00"))
        ),
    )
    call.step(CallerHungUp())
    found = call.world.find(search.query, call.scene.now)
    actions = call.step(SlotsAnswered(answer=found.answer))

    assert actions == (ReleaseHolds(),)


def test_a_wish_after_the_farewell_opens_the_call_again(call: Call, said: Said) -> None:
    call.says(said(intents=said.does(Intent.GOODBYE)))

    answer = call.says(said(services=said.service(436)))

    assert "Damenhaarschnitt" in answer
    assert answer.endswith("?")
    assert not call.state.ended


@pytest.mark.parametrize("intent", [Intent.GOODBYE, Intent.THANKS, Intent.BACKCHANNEL])
def test_a_farewell_that_was_spoken_over_ends_the_call_again(
    call: Call, said: Said, intent: Intent
) -> None:
    call.says(said(intents=said.does(Intent.GOODBYE)))

    call.says(said(intents=said.does(intent)))
    call.event(CallerSilent())

    assert call.ended == 3


def test_a_yes_during_the_booking_is_none_to_the_question_that_follows(
    call: Call, said: Said
) -> None:
    at_consent(call, said)
    call.step(CallerSpoke(understanding=said.yes()))
    words = said(yes_no=YesNo.YES, times=said.at("2025-10-30 12:00"))
    call.step(CallerSpoke(understanding=words, during_work=True))

    actions = call.step(WorkFailed(work=Work.BOOKING))

    assert not any(isinstance(action, Book) for action in actions)
