"""Corrections and consent: what changes, what is void, and what is a yes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from nlu import Grain, Intent, TimeExpression, YesNo
from voice_agent.dialogue import sentences
from voice_agent.dialogue.actions import Book, FindSlots, ReleaseHolds, Say
from voice_agent.dialogue.events import CallerSpoke

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


# --- corrections ---------------------------------------------------------------------------


def test_another_day_keeps_time_service_person_and_name(call: Call, said: Said) -> None:
    at_consent(call, said)
    before = call.state.draft

    answer = call.says(said(times=said.at("2025-10-31"), intents=said.does(Intent.CORRECT)))

    after = call.state.draft
    assert "Freitag" in answer
    assert "um 11 Uhr" in answer
    assert (after.services, after.staff, after.name) == (
        before.services,
        before.staff,
        before.name,
    )
    assert after.version > before.version


def test_another_time_keeps_the_day(call: Call, said: Said) -> None:
    at_consent(call, said)

    answer = call.says(said.no(times=said.at("14:30")))

    assert "Donnerstag" in answer
    assert "14 Uhr 30" in answer


def test_another_service_keeps_day_and_time(call: Call, said: Said) -> None:
    at_consent(call, said)

    answer = call.says(said(services=said.service(177), intents=said.does(Intent.CORRECT)))

    assert "Ansatzfärbung" in answer
    assert "um 11 Uhr" in answer


def test_another_name_keeps_the_offer_and_asks_for_a_new_yes(call: Call, said: Said) -> None:
    at_consent(call, said)
    held = call.state.offers

    read_back = call.says(said.no(name=said.name("Junge", introduced=True)))

    assert "Junge" in read_back
    assert call.state.offers == held
    assert len(call.world.searches) == 1


def test_a_yes_with_a_change_is_no_consent(call: Call, said: Said) -> None:
    at_consent(call, said)

    answer = call.says(said.yes(times=said.at("12:00")))

    assert call.world.orders == []
    assert "12 Uhr" in answer


def test_a_yes_that_repeats_what_was_read_back_is_consent(call: Call, said: Said) -> None:
    at_consent(call, said)

    answer = call.says(said.yes(times=said.at("2025-10-30 11:00"), services=said.service(436)))

    assert "gebucht" in answer


def test_a_changed_wish_is_searched_again_so_that_old_holds_go(call: Call, said: Said) -> None:
    at_consent(call, said)
    call.says(said(times=said.at("2025-10-31 15:00")))

    assert len(call.world.searches) == 2
    assert {offer.plan.start.day for offer in call.state.offers} == {31}


def test_a_change_that_needs_a_question_first_gives_the_hold_back(call: Call, said: Said) -> None:
    at_consent(call, said)

    actions = call.step(
        CallerSpoke(
            understanding=said.no(
                text="nein, lieber eine Kur", services=said.service(43, 44, score=0.7)
            )
        )
    )

    assert actions[0] == ReleaseHolds()
    assert call.state.offers == ()
    assert "Aufbaukur oder Intensivpflege" in words(actions)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("und noch eine Aufbaukur dazu", [436, 43]), ("lieber eine Aufbaukur", [43])],
)
def test_a_second_service_comes_besides_or_instead_as_it_was_said(
    call: Call, said: Said, text: str, wanted: list[int]
) -> None:
    at_consent(call, said)

    call.says(said(text, services=said.service(43)))

    salon = call.world.salon
    assert [salon.service(i).number for i in call.state.draft.services] == wanted


@pytest.mark.parametrize(("answer", "wanted"), [("yes", [436, 43]), ("no", [43])])
def test_a_second_service_is_asked_about_where_it_is_not_clear(
    call: Call, said: Said, answer: str, wanted: list[int]
) -> None:
    at_consent(call, said)

    asked = call.says(said("eine Aufbaukur bitte", services=said.service(43)))
    read_back = call.says(getattr(said, answer)())

    salon = call.world.salon
    assert asked == "Soll die Aufbaukur zum Damenhaarschnitt dazukommen?"
    assert [salon.service(i).number for i in call.state.draft.services] == wanted
    assert "Aufbaukur" in read_back


def test_an_extra_goes_with_the_service_it_belongs_to(call: Call, said: Said) -> None:
    at_consent(call, said)

    told = call.says(said("auch noch föhnen bitte", services=said.service(430, 431, score=0.7)))

    salon = call.world.salon
    assert [salon.service(i).number for i in call.state.draft.services] == [439]
    assert "Waschen, Schneiden, Föhnen" in told


def test_no_at_the_confirmation_asks_what_to_change(call: Call, said: Said) -> None:
    at_consent(call, said)

    question = call.says(said.no())
    read_back = call.says(said(times=said.at("2025-10-31 10:00")))

    assert "ändern" in question
    assert "10 Uhr" in read_back
    assert call.world.orders == []


@pytest.mark.parametrize(
    ("shift_s", "expected"),
    [(3600, "12 Uhr"), (-3600, "10 Uhr"), (86_400, "Freitag"), (604_800, "6. November")],
)
def test_later_and_earlier_are_seen_from_the_offer(
    begin: Begin, said: Said, shift_s: int, expected: str
) -> None:
    call = begin(now=datetime(2025, 10, 27, 9, tzinfo=BERLIN))
    call.says(said(services=said.service(436), times=said.at("2025-10-30 11:00")))

    answer = call.says(said(times=(TimeExpression(grain=Grain.SHIFT, shift_s=shift_s),)))

    assert expected in answer


def test_later_without_an_amount_offers_later_times_of_that_day(call: Call, said: Said) -> None:
    call.says(said(services=said.service(436), times=said.at("2025-10-30 11:00")))

    call.says(said("geht es später", times=(TimeExpression(grain=Grain.SHIFT),)))

    starts = [offer.plan.start for offer in call.state.offers]
    assert starts
    assert all(start > datetime(2025, 10, 30, 11, tzinfo=BERLIN) for start in starts)
    assert {start.day for start in starts} == {30}


# --- consent -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "intents",
    [(Intent.BACKCHANNEL,), (Intent.THANKS,), (Intent.OTHER,), (Intent.GREETING,), ()],
)
def test_what_is_no_yes_books_nothing_and_asks_again(
    call: Call, said: Said, intents: tuple[Intent, ...]
) -> None:
    at_consent(call, said)

    answer = call.says(said(intents=said.does(*intents)))

    assert call.world.orders == []
    assert answer.endswith("eintragen?")


def test_a_question_at_the_read_back_is_answered_and_the_yes_still_open(
    call: Call, said: Said
) -> None:
    at_consent(call, said)

    answer = call.says(said(intents=said.does(Intent.ASK_PRICE)))
    booked = call.says(said.yes())

    assert "45 Euro" in answer
    assert answer.endswith("eintragen?")
    assert "gebucht" in booked


def test_a_yes_and_a_question_is_a_question(call: Call, said: Said) -> None:
    at_consent(call, said)

    call.says(said("ja, was kostet das", yes_no=YesNo.YES, intents=said.does(Intent.ASK_PRICE)))

    assert call.world.orders == []


def test_a_yes_into_the_read_back_hears_it_again(call: Call, said: Said) -> None:
    at_consent(call, said)

    again = call.says(said.yes(), interrupted=True)
    booked = call.says(said.yes())

    assert "11 Uhr" in again
    assert "gebucht" in booked
    assert len(call.world.orders) == 1


def test_whoever_asks_into_the_read_back_whether_anybody_is_there_hears_it_again(
    call: Call, said: Said
) -> None:
    at_consent(call, said)

    again = call.says(said("Sind Sie noch da?", intents=said.does(Intent.PING)), interrupted=True)
    quick = call.says(said("Sind Sie noch da?", intents=said.does(Intent.PING)))

    assert "bei Emma" in again
    assert "bei Emma" not in quick


def test_a_yes_without_a_question_is_nothing(call: Call, said: Said) -> None:
    call.says(said.yes())

    assert Book not in [type(action) for action in call.log]


def test_a_yes_during_the_search_is_no_consent_to_what_it_finds(call: Call, said: Said) -> None:
    searching = call.step(
        CallerSpoke(
            understanding=said(
                services=said.service(436),
                times=said.at("2025-10-30 11:00"),
                name=said.name("Jung"),
            ),
        ),
    )
    (search,) = [action for action in searching if isinstance(action, FindSlots)]
    meanwhile = call.step(CallerSpoke(understanding=said.yes(), during_work=True))
    read_back = call.event(call.world.find(search.query, call.scene.now))

    assert "dabei" in words(meanwhile) or "Moment" in words(meanwhile)
    assert read_back.endswith("eintragen?")
    assert call.world.orders == []


def test_a_correction_during_the_search_is_answered_once_with_the_new_search(
    call: Call, said: Said
) -> None:
    searching = call.step(
        CallerSpoke(
            understanding=said(services=said.service(436), times=said.at("2025-10-30 11:00"))
        ),
    )
    (search,) = [action for action in searching if isinstance(action, FindSlots)]
    call.step(CallerSpoke(understanding=said(times=said.at("2025-10-31 15:00")), during_work=True))
    answer = call.event(call.world.find(search.query, call.scene.now))

    assert "Freitag" in answer
    assert "Donnerstag" not in answer


def test_what_is_said_during_the_booking_is_answered_after_its_result(
    call: Call, said: Said
) -> None:
    at_consent(call, said)
    (book,) = call.step(CallerSpoke(understanding=said.yes()))
    call.step(
        CallerSpoke(
            understanding=said("danke, tschüss", intents=said.does(Intent.THANKS, Intent.GOODBYE)),
            during_work=True,
        ),
    )
    told = call.event(call.world.book(book.order))

    assert "gebucht" in told
    assert "Wiederhören" in told
    assert call.ended == 1


def test_a_second_yes_during_the_booking_starts_no_second_one(call: Call, said: Said) -> None:
    at_consent(call, said)
    (book,) = call.step(CallerSpoke(understanding=said.yes()))
    for _ in range(2):
        call.step(CallerSpoke(understanding=said.yes(), during_work=True))
    call.event(call.world.book(book.order))

    assert sum(isinstance(action, Book) for action in call.log) == 1


def test_changing_the_choice_is_told_in_full(call: Call, said: Said) -> None:
    call.says(said(services=said.service(436), times=said.at("2025-10-30")))
    call.says(said.nth(2))

    answer = call.says(said.nth(1))

    assert "9 Uhr" in answer
    assert "Name" in answer


def test_nothing_to_change_leads_back_to_the_read_back(call: Call, said: Said) -> None:
    at_consent(call, said)
    call.says(said.no())

    read_back = call.says(said.yes())

    assert "11 Uhr" in read_back
    assert read_back.endswith("eintragen?")
    assert call.world.orders == []


def test_a_no_with_the_same_time_again_changes_nothing(call: Call, said: Said) -> None:
    at_consent(call, said)

    asked = call.says(said.no(times=said.at("11:00")))
    booked = call.says(said.yes())

    assert asked.endswith("eintragen?")
    assert "gebucht" in booked


def test_the_same_time_as_the_change_leads_back_to_the_read_back(call: Call, said: Said) -> None:
    at_consent(call, said)
    call.says(said.no())

    read_back = call.says(said(times=said.at("11:00")))

    assert "11 Uhr" in read_back
    assert read_back.endswith("eintragen?")


def test_no_instead_of_a_name_is_told_what_it_is_for_and_then_what_to_change(
    call: Call, said: Said
) -> None:
    call.says(said(services=said.service(436), times=said.at("2025-10-30 11:00")))

    why = call.says(said.no("möchte ich nicht sagen"))
    change = call.says(said.no())

    assert "nur einen Namen" in why
    assert "ändern" in change


def test_a_correction_into_the_read_back_is_taken_at_once(call: Call, said: Said) -> None:
    at_consent(call, said)

    answer = call.says(said.yes(times=said.at("12:00")), interrupted=True)

    assert "12 Uhr" in answer
    assert call.world.orders == []


def test_goodbye_during_the_search_ends_the_call_and_offers_nothing(call: Call, said: Said) -> None:
    searching = call.step(
        CallerSpoke(
            understanding=said(services=said.service(436), times=said.at("2025-10-30 11:00"))
        ),
    )
    (search,) = [action for action in searching if isinstance(action, FindSlots)]
    call.step(CallerSpoke(understanding=said(intents=said.does(Intent.GOODBYE)), during_work=True))
    farewell = call.event(call.world.find(search.query, call.scene.now))

    assert "Wiederhören" in farewell
    assert "frei" not in farewell
    assert call.ended == 1
    assert call.released


def test_what_is_said_while_a_search_breaks_is_not_lost(call: Call, said: Said) -> None:
    call.world.search_breaks = 1
    searching = call.step(
        CallerSpoke(
            understanding=said(services=said.service(436), times=said.at("2025-10-30 11:00"))
        ),
    )
    (search,) = [action for action in searching if isinstance(action, FindSlots)]
    call.step(CallerSpoke(understanding=said(times=said.at("2025-10-31 15:00")), during_work=True))
    answer = call.event(call.world.find(search.query, call.scene.now))

    assert "Freitag" in answer
