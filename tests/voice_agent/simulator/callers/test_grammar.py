from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

from nlu import parse_times
from voice_agent.simulator.callers.goals import Errand, Goal
from voice_agent.simulator.callers.grammar import Grammar, grammar, lexicon
from voice_agent.simulator.callers.tongues import TONGUES
from voice_agent.simulator.callers.voice import Voice
from voice_agent.simulator.callers.when import NOON, When
from voice_agent.simulator.replay_before import BookedBefore

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from booking_core.domain.catalogue import Salon

TODAY = date(2026, 11, 24)
GOAL = Goal(
    errand=Errand.BOOK,
    services=(177,),
    staff="Emma",
    name="Vera Hollmann",
    letters="H O L L M A N N",
    phone="+493023125201",
    email="vera.hollmann@example.com",
    minutes=15,
    visit=BookedBefore(service=177, start=datetime.fromisoformat("2026-11-27T11:00"), staff="Emma"),
)


@pytest.mark.parametrize("language", TONGUES)
def test_the_same_wish_is_said_in_hundreds_of_ways(
    language: str, dice: Callable[[int], Random]
) -> None:
    said = set()
    for seed in range(1500):
        voice = Voice(chance=dice(seed), today=TODAY, tongue=TONGUES[language])
        parts = [
            voice.part("want_service", GOAL),
            voice.part("when_when", GOAL, when=When(day=date(2026, 11, 27), at=time(14, 30))),
            voice.part("with_whom", GOAL),
        ]
        said.add(voice.together(parts))

    assert len(said) > 900


@pytest.mark.parametrize("language", TONGUES)
@pytest.mark.parametrize("rule", sorted(grammar("de").rules))
def test_no_sentence_is_left_with_a_gap(
    rule: str, language: str, dice: Callable[[int], Random]
) -> None:
    when = When(day=date(2026, 12, 3), at=time(9, 45))
    for seed in range(60):
        voice = Voice(chance=dice(seed), today=TODAY, tongue=TONGUES[language])

        words = voice.say(rule, GOAL, when=when, wrong="am Montag")

        assert not re.search(r"[\[\]{}|]|  |\s[,.?]", words), words
        assert not words[0].islower()


@pytest.mark.parametrize("language", TONGUES)
def test_every_service_of_the_salon_has_names_of_its_own(language: str, demo_salon: Salon) -> None:
    named = lexicon(language)["services"]

    assert set(named) == {service.number for service in demo_salon.services}
    assert set(lexicon("de")["often"]) == set(named)


def test_whatever_is_said_in_one_language_is_said_in_all() -> None:
    assert {frozenset(grammar(language).rules) for language in TONGUES} == {
        frozenset(grammar("de").rules)
    }


def test_a_line_that_needs_what_the_caller_does_not_have_is_not_said(
    dice: Callable[[int], Random],
) -> None:
    rules = Grammar({"greet": ["hallo {name}", "hallo"]})

    assert {rules.say("greet", dice(seed)) for seed in range(20)} == {"Hallo."}


@pytest.mark.parametrize("language", TONGUES)
@pytest.mark.parametrize("seed", range(120))
def test_an_exact_wish_names_one_day_and_one_time(
    seed: int, language: str, berlin: datetime, dice: Callable[[int], Random]
) -> None:
    chance = dice(seed)
    day = TODAY + timedelta(days=chance.randint(1, 30))
    at = time(chance.randint(9, 17), chance.choice([0, 15, 30, 45]))
    when = When(day=day, at=at)

    said = TONGUES[language].spoken(when, TODAY, chance)

    starts = [
        start.replace(tzinfo=None)
        for found in parse_times(said, berlin, language)
        for start in (found.start, *(other.start for other in found.alt))
        if isinstance(start, datetime)
    ]
    assert datetime.combine(day, at) in starts, said


def test_a_wish_fits_what_it_means_and_nothing_else() -> None:
    forenoon = When(day=TODAY, before=NOON)
    between = When(day=TODAY, after=time(13), before=time(16))
    days = When(day=TODAY, until=TODAY + timedelta(days=2))

    assert forenoon.fits(datetime.combine(date(2026, 11, 24), time(11, 45)))
    assert not forenoon.fits(datetime.combine(date(2026, 11, 24), time(12, 0)))
    assert between.fits(datetime.combine(date(2026, 11, 24), time(15, 45)))
    assert not between.fits(datetime.combine(date(2026, 11, 25), time(15, 45)))
    assert days.fits(datetime.combine(date(2026, 11, 26), time(9, 0)))
    assert not days.fits(datetime.combine(date(2026, 11, 27), time(9, 0)))
    assert When(soonest=True).fits(datetime.combine(date(2027, 1, 1), time(9)))
