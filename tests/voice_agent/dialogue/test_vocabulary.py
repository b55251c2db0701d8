"""The listener is told the salon's words and the moment of the conversation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from nlu import Expecting, Intent
from voice_agent.dialogue.choices import labels, picked
from voice_agent.dialogue.vocabulary import context_of, vocabulary_of

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Salon

    Call, Said = Any, Any


def test_services_come_with_all_their_names(demo_salon: Salon) -> None:
    words = {word.name: word for word in vocabulary_of(demo_salon).services}
    root_colour = demo_salon.service_numbered(177)

    found = words[root_colour.name]
    assert found.id == str(root_colour.id)
    assert root_colour.spoken_name in found.sure
    assert found.heard == root_colour.synonyms.heard


def test_colleagues_who_left_are_not_listened_for(demo_salon: Salon) -> None:
    first, *others = demo_salon.staff
    gone = replace(demo_salon, staff=(replace(first, active=False), *others))

    names = {member.first_name for member in vocabulary_of(gone).staff}

    assert first.first_name not in names
    assert len(names) == len(others)


def test_one_configuration_gives_one_vocabulary(demo_salon: Salon) -> None:
    assert vocabulary_of(demo_salon) is vocabulary_of(replace(demo_salon))


def test_a_changed_catalogue_gives_another(demo_salon: Salon) -> None:
    fewer = replace(demo_salon, services=demo_salon.services[1:])

    assert vocabulary_of(fewer) != vocabulary_of(demo_salon)


def test_the_listener_knows_what_was_asked_and_said(call: Call, said: Said) -> None:
    words = call.says(said(services=said.service(436), times=said.at("2025-10-30 11:00")))

    context = context_of(call.state, call.scene)

    assert context.expecting is Expecting.NAME
    assert context.agent_said == words
    assert context.now == call.scene.now


def test_options_on_the_table_are_told_in_spoken_order(call: Call, said: Said) -> None:
    call.says(said(services=said.service(436), times=said.at("2025-10-30")))

    context = context_of(call.state, call.scene)

    assert context.expecting is Expecting.CHOICE
    assert [option.start for option in context.options] == [
        offer.plan.start for offer in call.state.offers
    ]


@pytest.mark.parametrize(
    ("number", "expecting"), [(None, Expecting.SERVICE), (436, Expecting.DATETIME)]
)
def test_each_question_expects_its_answer(
    call: Call, said: Said, number: int | None, expecting: Expecting
) -> None:
    if number:
        call.says(said(services=said.service(number)))
    else:
        call.says(said(intents=said.does(Intent.BOOK)))

    assert context_of(call.state, call.scene).expecting is expecting


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ("für Herren", 42),
        ("Damen bitte", 436),
        ("für meinen Sohn", 434),
        ("Männer", 42),
        ("ja", None),
        ("der Haarschnitt", None),
    ],
)
def test_a_word_picks_the_one_choice_it_fits(
    demo_salon: Salon, answer: str, number: int | None
) -> None:
    options = [demo_salon.service_numbered(n).id for n in (436, 42, 434)]

    found = picked(answer, options, demo_salon)

    assert (demo_salon.service(found).number if found else None) == number


def test_labels_of_things_that_share_nothing_are_their_names() -> None:
    assert labels(["Balayage", "Tönung"]) == ("Balayage", "Tönung")
    assert labels(["Balayage"]) == ("Balayage",)
