"""Who is found on file after the greeting has everything that known callers have, but the hello."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from booking_core.domain.appointment import Customer
from voice_agent.dialogue.actions import LookUp, Say
from voice_agent.dialogue.events import CallerSpoke, CallStarted
from voice_agent.dialogue.identity import Standing, standing
from voice_agent.dialogue.salon_script import SalonScript
from voice_agent.dialogue.script import CallFacts

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Salon
    from voice_agent.dialogue.state import CallState

SCRIPT = SalonScript()
NOW = datetime(2026, 11, 24, 10, tzinfo=ZoneInfo("Europe/Berlin"))
CALLER = "+493023125019"
MARLENE = Customer(name="Marlene Vogt", phone=CALLER)


def greeted(facts: CallFacts) -> CallState:
    started = CallStarted(call_id=facts.call_id, caller_number=facts.caller_number)
    state, _ = SCRIPT.step(SCRIPT.begin(facts), started, facts, NOW)
    return state


def test_the_own_visits_are_looked_up_for_who_was_recognised_late(
    demo_salon: Salon,
) -> None:
    unknown = CallFacts(call_id="late", salon=demo_salon, caller_number=CALLER)
    state = greeted(unknown)
    known = replace(unknown, known=(MARLENE,))

    heard = SCRIPT.understand("Vogt, wann ist denn mein Termin?", state, known, NOW)
    state, actions = SCRIPT.step(state, CallerSpoke(understanding=heard), known, NOW)

    assert standing(state) is Standing.KNOWN
    assert any(isinstance(action, LookUp) for action in actions)
    assert not any(isinstance(a, Say) and a.sentence.key.startswith("greeting") for a in actions)


def test_a_stranger_who_says_the_same_stays_one(demo_salon: Salon) -> None:
    unknown = CallFacts(call_id="late", salon=demo_salon, caller_number=CALLER)
    state = greeted(unknown)

    heard = SCRIPT.understand("Vogt, wann ist denn mein Termin?", state, unknown, NOW)
    state, actions = SCRIPT.step(state, CallerSpoke(understanding=heard), unknown, NOW)

    assert standing(state) is Standing.STRANGER
    assert not any(isinstance(action, LookUp) for action in actions)
