"""What is wanted and by whom: services, people and names, asked about where they are not clear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from booking_core.domain.appointment import Customer

if TYPE_CHECKING:
    from collections.abc import Callable

    from booking_core.domain.catalogue import Salon

    Call, Said = Any, Any
    Begin = Callable[..., Call]


def test_a_known_number_fills_in_the_address_once_the_name_fits(begin: Begin, said: Said) -> None:
    call = begin(known=(Customer(name="Annegret Vogt", email="annegret.vogt@example.org"),))
    read_back = call.says(
        said(services=said.service(177), times=said.at("2025-10-28 14:00"), name=said.name("Vogt"))
    )
    booked = call.says(said.yes())

    (order,) = call.world.orders
    assert (order.customer.name, order.customer.email) == (
        "Annegret Vogt",
        "annegret.vogt@example.org",
    )
    assert "Annegret Vogt" in read_back
    assert "E-Mail" in booked


@pytest.mark.inc(104)
def test_a_name_that_only_sounds_alike_is_nobody_on_file(begin: Begin, said: Said) -> None:
    call = begin(known=(Customer(name="Helga Maier", email="helga@example.org"),))
    call.says(
        said(services=said.service(435), times=said.at("2025-10-28 11:00"), name=said.name("Mayr"))
    )
    call.says(said.yes())

    (order,) = call.world.orders
    assert (order.customer.name, order.customer.email) == ("Mayr", None)


@pytest.mark.inc(12)
def test_a_withheld_number_can_book(begin: Begin, said: Said) -> None:
    call = begin(number=None)
    call.says(
        said(services=said.service(436), times=said.at("2025-10-28 11:00"), name=said.name("Jung"))
    )
    booked = call.says(said.yes())

    assert "gebucht" in booked
    assert call.world.orders[0].customer.phone is None


@pytest.mark.inc(93)
def test_an_ambiguous_haircut_is_asked_about_with_three_short_choices(
    call: Call, said: Said
) -> None:
    asked = call.says(said("Haarschnitt", services=said.service(436, 42, 434, score=0.7)))
    after = call.says(said("für Männer"))

    assert "Damen, Herren oder Kinder?" in asked
    assert "Herrenhaarschnitt" in after


def test_a_weak_hint_is_checked_before_it_counts(call: Call, said: Said, demo_salon: Salon) -> None:
    asked = call.says(said("Strähnchen", services=said.service(443, score=0.7)))
    call.says(said.yes())

    assert "Meinen Sie die Balayage?" in asked
    assert call.state.draft.services == (demo_salon.service_numbered(443).id,)


def test_a_service_nobody_offers_is_said_openly(call: Call, said: Said) -> None:
    answer = call.says(said("Pediküre", services=said.service(score=1.0)))

    assert "nicht im Angebot" in answer
    assert call.state.draft.services == ()
    assert call.world.searches == []


@pytest.mark.inc(63)
def test_an_unknown_person_is_never_dropped_silently(call: Call, said: Said) -> None:
    answer = call.says(
        said(
            services=said.service(42),
            times=said.at("2025-10-29 10:00"),
            staff=said.staff("Schneider"),
        ),
    )
    then = call.says(said("dann egal", staff=said.staff()))

    assert "Schneider haben wir leider nicht im Team" in answer
    assert call.world.searches[0].visit.staff is None
    assert "Name" in then


def test_two_people_of_one_name_are_asked_about(call: Call, said: Said) -> None:
    asked = call.says(
        said(services=said.service(431), staff=said.staff("Emma", "Oliver", score=0.7))
    )

    assert "Emma Lindner oder Oliver Petersen" in asked


@pytest.mark.inc(102)
def test_a_name_that_is_a_colleagues_is_checked_once(call: Call, said: Said) -> None:
    call.says(said(services=said.service(435), times=said.at("2025-10-28 11:00")))
    asked = call.says(said(name=said.name("Kröger")))
    read_back = call.says(said.yes(name=said.name("Kröger", introduced=True)))

    assert "Heißen Sie selbst Kröger?" in asked
    assert "eintragen?" in read_back
    assert call.state.draft.staff is None


@pytest.mark.inc(114)
@pytest.mark.parametrize(
    ("answer", "address"), [("nora@example.org", "nora@example.org"), (None, None)]
)
def test_an_address_is_asked_for_once_and_is_no_condition(
    call: Call, said: Said, answer: str | None, address: str | None
) -> None:
    call.set(asks_email=True)
    asked = call.says(
        said(services=said.service(177), times=said.at("2025-10-28 14:00"), name=said.name("Lanz"))
    )

    read_back = call.says(said(email=answer) if answer else said.no())
    if answer:
        assert "nora ät example Punkt org" in read_back
        read_back = call.says(said.yes())
    booked = call.says(said.yes())

    assert "E-Mail" in asked
    assert read_back.endswith("eintragen?")
    assert ("E-Mail" in booked) is bool(answer)
    assert call.world.orders[0].customer.email == address


def test_an_address_that_was_read_back_wrong_is_asked_for_once_more_and_then_left_out(
    call: Call, said: Said
) -> None:
    call.set(asks_email=True)
    call.says(
        said(services=said.service(177), times=said.at("2025-10-28 14:00"), name=said.name("Lanz"))
    )
    call.says(said(email="laura@example.org"))

    once_more = call.says(said.no())
    call.says(said(email="norma@example.org"))
    read_back = call.says(said.no())
    call.says(said.yes())

    assert once_more.endswith("ohne E-Mail.")
    assert "E-Mail weg" in read_back
    assert read_back.endswith("eintragen?")
    assert call.world.orders[0].customer.email is None


def test_a_yes_to_the_address_is_none_to_the_booking(call: Call, said: Said) -> None:
    call.set(asks_email=True)
    call.says(
        said(services=said.service(177), times=said.at("2025-10-28 14:00"), name=said.name("Lanz"))
    )
    call.says(said(email="nora@example.org"))

    call.says(said.yes())

    assert call.world.orders == []


def test_a_willing_caller_is_asked_for_the_address_itself(call: Call, said: Said) -> None:
    call.set(asks_email=True)
    call.says(
        said(services=said.service(177), times=said.at("2025-10-28 14:00"), name=said.name("Lanz"))
    )

    assert "Adresse" in call.says(said.yes())


def test_no_address_is_asked_for_a_visit_of_one_segment(call: Call, said: Said) -> None:
    call.set(asks_email=True)

    read_back = call.says(
        said(services=said.service(435), times=said.at("2025-10-28 11:00"), name=said.name("Lanz"))
    )

    assert read_back.endswith("eintragen?")
