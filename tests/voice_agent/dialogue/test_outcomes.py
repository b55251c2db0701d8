"""How a call ended is read off what was done in it, not off what was talked about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from booking_core.domain.appointment import Customer
from nlu import understand
from voice_agent.dialogue.events import CallerHungUp
from voice_agent.dialogue.outcomes import is_lead, outcome_of
from voice_agent.dialogue.vocabulary import context_of, vocabulary_of
from voice_agent.journal import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    Call = Any
    Begin = Callable[..., Call]

CALLER = "+4917139200044"
NORA = Customer(name="Nora Lanz", phone=CALLER)


def tell(call: Call, *sentences: str) -> str:
    told = ""
    for text in sentences:
        context = context_of(call.state, call.scene)
        told = call.says(understand(text, vocabulary_of(call.world.salon), context))
    return told


@pytest.mark.parametrize(
    ("sentences", "outcome"),
    [
        (
            ("Nora Lanz, ich möchte meine Ansatzfärbung absagen.", "Ja, absagen."),
            Outcome.CANCELLED,
        ),
        (
            ("Nora Lanz, meine Ansatzfärbung bitte auf Freitag um zehn verschieben.", "Ja."),
            Outcome.CHANGED,
        ),
        (
            ("Nora Lanz, ich möchte meine Ansatzfärbung absagen.", "Nein, doch nicht."),
            Outcome.NOT_BOOKED,
        ),
        (
            (
                "Nora Lanz, ich möchte meine Ansatzfärbung absagen.",
                "Ja, absagen.",
                "Einen Trockenschnitt am Freitag um elf.",
                "Ja.",
            ),
            Outcome.BOOKED,
        ),
    ],
)
def test_the_outcome_is_what_was_done(
    begin: Begin, sentences: tuple[str, ...], outcome: Outcome
) -> None:
    call = begin(known=(NORA,))
    call.world.stand(177, "2025-10-30T16:00", "Emma", name="Nora Lanz")

    tell(call, *sentences)

    assert outcome_of(call.state, ending=True) is outcome


def test_who_has_cancelled_and_hangs_up_leaves_no_lead(begin: Begin) -> None:
    call = begin(known=(NORA,))
    call.world.stand(177, "2025-10-30T16:00", "Emma", name="Nora Lanz")
    tell(call, "Nora Lanz, ich möchte meine Ansatzfärbung absagen.", "Ja, absagen.")

    call.event(CallerHungUp())

    assert outcome_of(call.state, ending=False) is Outcome.CANCELLED
    assert not is_lead(call.state)


def test_an_equal_visit_is_mentioned_and_a_second_one_only_booked_on_purpose(begin: Begin) -> None:
    call = begin(known=(NORA,))
    call.world.stand(177, "2025-10-28T14:00", "Emma", name="Nora Lanz")

    asked = tell(call, "Nora Lanz, eine Ansatzfärbung morgen um neun bei Emma, bitte.")
    searches_before = len(call.world.searches)
    kept = tell(call, "Ach, die habe ich schon, dann ist ja gut.")

    assert "14 Uhr" in asked
    assert "zweite" in asked
    assert searches_before == 0
    assert call.world.orders == []
    assert "vergeben" not in kept


def test_a_second_equal_visit_that_is_meant_is_booked_on_purpose(begin: Begin) -> None:
    call = begin(known=(NORA,))
    call.world.stand(435, "2025-10-28T14:00", "Emma", name="Nora Lanz")

    tell(call, "Nora Lanz, einen Trockenschnitt morgen um neun bei Emma, bitte.")
    read_back = tell(call, "Ja, ein zweiter.")
    tell(call, "Ja.")

    assert "eintragen" in read_back
    (order,) = call.world.orders
    assert order.on_purpose
