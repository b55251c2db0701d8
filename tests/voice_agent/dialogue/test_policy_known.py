"""People who have called before: greeted by name where the salon wants it, and offered the same."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from booking_core.domain.appointment import Customer
from nlu import Intent
from voice_agent.dialogue.events import CallStarted

if TYPE_CHECKING:
    from collections.abc import Callable

    Call, Said, World = Any, Any, Any
    Begin = Callable[..., Call]

ILSE = Customer(name="Ilse Kamp", email="ilse.kamp@example.org")
NUMBER = "+4917139200044"
WEEKS_LATER = datetime(2025, 11, 24, 9, tzinfo=ZoneInfo("Europe/Berlin"))


def test_a_number_on_file_is_not_greeted_by_name_unless_the_salon_wants_it(begin: Begin) -> None:
    assert "Kamp" not in begin(known=(ILSE,)).greeting


def test_where_the_salon_wants_it_the_first_sentence_has_name_and_disclosure(begin: Begin) -> None:
    call = _greeted(begin, (ILSE,))

    first = call.greeting.split(". ")[0]
    assert "Ilse Kamp" in first
    assert "digitale Assistentin" in first
    assert call.greeting.count("Ilse Kamp") == 1


def test_a_number_that_is_shared_is_greeted_by_nobodys_name(begin: Begin) -> None:
    call = _greeted(begin, (ILSE, Customer(name="Uwe Kamp")))

    assert "Kamp" not in call.greeting


def test_nobody_is_greeted_by_a_bare_surname(begin: Begin) -> None:
    assert "Kamp" not in _greeted(begin, (Customer(name="Kamp"),)).greeting


def test_who_was_greeted_by_name_is_not_asked_for_it(begin: Begin, said: Said) -> None:
    call = _greeted(begin, (ILSE,))

    read_back = call.says(said(services=said.service(436), times=said.at("2025-10-28 11:00")))
    call.says(said.yes())

    assert "Ilse Kamp" in read_back
    assert read_back.endswith("eintragen?")
    assert call.world.orders[0].customer.name == "Ilse Kamp"


def test_somebody_else_on_the_line_has_the_name_they_say(begin: Begin, said: Said) -> None:
    call = _greeted(begin, (ILSE,))

    read_back = call.says(
        said(
            services=said.service(42),
            times=said.at("2025-10-28 11:00"),
            name=said.name("Uwe Brandt"),
        )
    )
    call.says(said.yes())

    assert "Uwe Brandt" in read_back
    assert call.world.orders[0].customer.name == "Uwe Brandt"
    assert call.world.orders[0].customer.email is None


def test_a_greeting_by_name_proves_nothing_about_who_is_calling(
    begin: Begin, said: Said, world: World
) -> None:
    world.stand(436, "2025-10-30 11:00", "Emma", name="Ilse Kamp", phone=NUMBER)
    call = _greeted(begin, (ILSE,))

    answer = call.says(said("Wann ist mein Termin?", intents=said.does(Intent.QUERY_APPOINTMENT)))

    assert "30. Oktober" not in answer
    assert "Name" in answer


def test_a_known_caller_is_offered_what_they_had_last(
    begin: Begin, said: Said, world: World
) -> None:
    world.stand(177, "2025-10-29 14:00", "Emma", name="Ilse Kamp", phone=NUMBER)
    call = begin(now=WEEKS_LATER, known=(ILSE,))

    offered = call.says(said(intents=said.does(Intent.BOOK), name=said.name("Ilse Kamp")))
    asked = call.says(said.yes())
    read_back = call.says(said(times=said.at("2025-11-26 14:00")))

    assert "Ansatzfärbung" in offered
    assert "Emma" in offered
    assert "oder etwas anderes" in offered
    assert "?" in asked
    assert "Ansatzfärbung" in read_back
    assert "Emma" in read_back
    assert len(world.orders) == 0


def test_something_else_than_the_last_time_is_taken_as_it_is_said(
    begin: Begin, said: Said, world: World
) -> None:
    world.stand(177, "2025-10-29 14:00", "Emma", name="Ilse Kamp", phone=NUMBER)
    call = begin(now=WEEKS_LATER, known=(ILSE,))

    call.says(said(intents=said.does(Intent.BOOK), name=said.name("Ilse Kamp")))
    asked = call.says(said(services=said.service(44)))

    assert "Intensivpflege" in asked
    assert call.state.draft.staff is None


def test_who_declines_what_they_had_last_is_not_offered_it_again(
    begin: Begin, said: Said, world: World
) -> None:
    world.stand(177, "2025-10-29 14:00", "Emma", name="Ilse Kamp", phone=NUMBER)
    call = begin(now=WEEKS_LATER, known=(ILSE,))

    call.says(said(intents=said.does(Intent.BOOK), name=said.name("Ilse Kamp")))
    asked = call.says(said.no())
    again = call.says(said(times=said.at("2025-11-26 14:00")))

    assert "Ansatzfärbung bei Emma" not in asked + again


def test_nobody_who_is_not_known_hears_what_anybody_had(
    begin: Begin, said: Said, world: World
) -> None:
    world.stand(177, "2025-10-29 14:00", "Emma", name="Ilse Kamp", phone=NUMBER)
    call = begin(now=WEEKS_LATER, known=(ILSE,))

    asked = call.says(said(intents=said.does(Intent.BOOK), name=said.name("Uwe Brandt")))

    assert "Ansatzfärbung bei Emma" not in asked
    assert world.lookups == []


def _greeted(begin: Begin, known: tuple[Customer, ...]) -> Call:
    """A call to a salon that greets by name."""
    quiet = begin(known=known)
    quiet.set(greets_by_name=True)
    quiet.state = type(quiet.state)(call_id="call_7")
    quiet.greeting = quiet.event(CallStarted(call_id="call_7", caller_number=NUMBER, known=known))
    return quiet
