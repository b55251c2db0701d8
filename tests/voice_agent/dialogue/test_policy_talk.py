"""Talking about talking: repetition, silence, questions in between, goodbyes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from nlu import Grain, Intent, TimeExpression
from voice_agent.dialogue import sentences
from voice_agent.dialogue.actions import EndCall, ReleaseHolds, Say
from voice_agent.dialogue.events import CallerHungUp, CallerSpoke, SlotsAnswered

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


def words(actions: tuple[object, ...]) -> str:
    said = [action.sentence for action in actions if isinstance(action, Say)]
    return " ".join(sentences.words(sentence, language="de") for sentence in said)


# --- presence, repetition, silence ------------------------------------------------------------


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

    rungs = [call.silent() for _ in range(4)]

    assert all(rungs)
    assert "Rufen Sie gern wieder an" in rungs[2]
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


# --- questions in between ----------------------------------------------------------------------


@pytest.mark.inc(95)
@pytest.mark.parametrize(
    ("number", "answer"),
    [(177, "kostet 85 Euro"), (433, "kostenlos"), (178, "105 Euro")],
)
def test_a_price_question_is_answered_from_the_catalogue(
    call: Call, said: Said, number: int, answer: str
) -> None:
    told = call.says(said(services=said.service(number), intents=said.does(Intent.ASK_PRICE)))

    assert answer in told
    assert told.endswith("?")


def test_asking_about_another_service_does_not_change_what_is_wanted(
    call: Call, said: Said, demo_salon: Any
) -> None:
    call.says(said(services=said.service(436)))

    told = call.says(said(services=said.service(177), intents=said.does(Intent.ASK_PRICE)))

    assert "85 Euro" in told
    assert call.state.draft.services == (demo_salon.service_numbered(436).id,)


def test_the_length_question_of_a_new_caller_becomes_the_service(call: Call, said: Said) -> None:
    told = call.says(said(services=said.service(441), intents=said.does(Intent.ASK_DURATION)))

    assert "zwei Stunden und 15 Minuten" in told
    assert "ann" in told.split(".")[-1]


@pytest.mark.parametrize(
    ("day", "answer"),
    [
        ("2025-10-28", "von 9 Uhr bis 18 Uhr"),
        ("2025-10-30", "bis 20 Uhr"),
        ("2025-11-02", "geschlossen"),
        ("2025-12-24", "bis 13 Uhr"),
        ("2025-12-26", "geschlossen"),
        ("2026-10-03", "geschlossen"),
    ],
)
def test_opening_hours_of_a_day_come_from_the_salon(
    call: Call, said: Said, day: str, answer: str
) -> None:
    told = call.says(said(times=said.at(day), intents=said.does(Intent.ASK_HOURS)))

    assert answer in told
    assert call.state.draft.wishes == ()


def test_opening_hours_of_the_week(call: Call, said: Said) -> None:
    told = call.says(said(intents=said.does(Intent.ASK_HOURS)))

    assert "samstags von 9 Uhr bis 14 Uhr" in told


@pytest.mark.parametrize(
    ("intent", "answer"),
    [
        (Intent.QUERY_APPOINTMENT, "noch nicht"),
        (Intent.ASK_DATE, "Montag, den 27. Oktober"),
        (Intent.ASK_OTHER, "weiß ich leider nicht"),
        (Intent.CANCEL, "noch nicht"),
        (Intent.RESCHEDULE, "noch nicht"),
        (Intent.CALLBACK, "noch nicht"),
        (Intent.ASK_SERVICES, "zum Beispiel"),
        (Intent.COMPLAINT, "tut mir leid"),
    ],
)
def test_other_topics_get_an_honest_answer_and_the_open_question(
    call: Call, said: Said, intent: Intent, answer: str
) -> None:
    call.says(said(services=said.service(436)))

    told = call.says(said(intents=said.does(intent)))

    assert answer in told
    assert told.endswith("?")


def test_a_price_of_several_is_told_for_each_before_the_question_which(
    call: Call, said: Said
) -> None:
    told = call.says(
        said(services=said.service(436, 42, score=0.7), intents=said.does(Intent.ASK_PRICE))
    )

    assert "Der Damenhaarschnitt kostet 45 Euro, der Herrenhaarschnitt kostet 32 Euro." in told
    assert told.endswith("?")


def test_do_you_do_this_is_answered_and_goes_on_with_it(call: Call, said: Said) -> None:
    told = call.says(said(services=said.service(443), intents=said.does(Intent.ASK_SERVICES)))

    assert told.startswith("Ja, die Balayage machen wir.")
    assert told.endswith("?")


def test_a_service_that_is_switched_off_is_not_promised(call: Call, said: Said) -> None:
    salon = call.world.salon
    paused = tuple(replace(s, active=s.number != 443) for s in salon.services)
    call.world.salon = replace(salon, services=paused)
    call.scene = replace(call.scene, salon=call.world.salon)

    told = call.says(
        said(
            services=said.service(443),
            times=said.at("2025-10-30 11:00"),
            intents=said.does(Intent.ASK_SERVICES),
        )
    )

    assert "im Moment leider nicht" in told
    assert call.state.draft.services == ()


def test_what_we_do_not_do_is_said_once(call: Call, said: Said) -> None:
    told = call.says(said(services=said.service(), intents=said.does(Intent.ASK_SERVICES)))

    assert told.count("nicht im Angebot") == 1


def test_a_question_about_nothing_yet_is_answered_once_the_service_is_known(
    call: Call, said: Said
) -> None:
    asked = call.says(said(intents=said.does(Intent.ASK_PRICE)))
    told = call.says(said(services=said.service(177)))
    then = call.says(said(times=said.at("2025-10-28 14:00")))

    assert asked.endswith("?")
    assert "85 Euro" in told
    assert "Euro" not in then


@pytest.mark.inc(124)
def test_why_gets_the_reason_that_was_given(call: Call, said: Said) -> None:
    call.world.block("Emma", "2025-10-30", "11:00", "12:00")
    call.says(
        said(
            services=said.service(436),
            times=said.at("2025-10-30 11:00"),
            staff=said.staff("Emma"),
        )
    )

    why = call.says(said("Warum denn nicht?", intents=said.does(Intent.ASK_OTHER)))

    assert "bei Emma leider schon vergeben" in why
    assert why.endswith("?")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Sind Sie ein Mensch?", "die digitale Assistentin"),
        ("Rede ich mit einem Roboter?", "die digitale Assistentin"),
        ("Wie komme ich zu Ihnen?", "Hauptstraße"),
    ],
)
def test_what_the_salon_or_the_agent_is_gets_a_straight_answer(
    call: Call, said: Said, question: str, answer: str
) -> None:
    told = call.says(said(question, intents=said.does(Intent.ASK_OTHER)))

    assert answer in told
    assert told.endswith("?")


@pytest.mark.inc(102)
def test_a_capital_letter_in_a_question_makes_no_name(call: Call, said: Said) -> None:
    call.says(said(services=said.service(436), times=said.at("2025-10-30 11:00")))

    call.says(said(name=said.name("Haaren"), intents=said.does(Intent.ASK_OTHER)))

    assert call.state.draft.name is None


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


# --- leaving --------------------------------------------------------------------------------------


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
