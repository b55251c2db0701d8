"""What anybody may know about a salon: what it offers, what that costs, when it is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from booking_core.adapters.public_holidays import public_holidays
from booking_core.domain.rules import opening_on
from nlu import Expecting, Intent, Understanding
from nlu.meaning import IntentScore
from voice_agent.dialogue import sentences
from voice_agent.dialogue.answers import answers
from voice_agent.dialogue.hearing_services import candidates
from voice_agent.journal import Outcome
from voice_agent.retell.functions.hearing import hear_when, understood
from voice_agent.retell.functions.moment import Moment, Reply

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from booking_core.domain.catalogue import Service
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState

MOST_SERVICES = 60
"""So many fit into what Retell passes on to the model."""


async def get_context(moment: Moment) -> Reply:
    """What an agent should know before it speaks: whose salon, what day it is, who is on the line.

    A number on file is no proof of who calls: that it is, and no name.
    """
    scene, branch = moment.scene, moment.scene.salon.branch
    facts = {
        "salon": branch.name,
        "address": branch.address,
        "language": branch.language,
        "now": scene.local_now.isoformat(timespec="minutes"),
        "weekday": scene.local_now.strftime("%A"),
        "known_customer": bool(moment.state.known),
        "number_withheld": scene.caller_number is None,
        "open_today": _open(scene.today, scene),
        "services": [service.spoken_name for service in _active(scene)][:MOST_SERVICES],
        "staff": [member.first_name for member in scene.salon.staff if member.active],
    }
    said = (sentences.greeting(scene.salon),)
    return Reply(state=moment.state, said=said, code="context", facts=facts, aside=True)


async def list_services(moment: Moment) -> Reply:
    """What the salon offers, with prices; of one service also how long it takes."""
    scene = moment.scene
    named = moment.given.service
    said = understood(named, Expecting.SERVICE, scene) if named else None
    meant = [one for mention in said.services for one in candidates(mention)] if said else []
    chosen = [service for service in _active(scene) if service.id in meant]
    if meant and chosen:
        ids = [service.id for service in chosen]
        told: tuple[Sentence, ...] = (sentences.prices(ids, scene.salon),)
        if len(ids) == 1:
            told = (sentences.price(ids, scene.salon), sentences.duration(ids, scene.salon))
    elif named:
        told = (sentences.plain("unknown_service"),)
    else:
        told = (sentences.plain("services_some", examples=sentences.examples(scene.salon)),)
    shown = chosen or _active(scene)
    facts = {
        "services": [_told(service) for service in shown[:MOST_SERVICES]],
        "more": max(0, len(shown) - MOST_SERVICES),
    }
    code = "services" if chosen or not named else "service_unknown"
    return _informed(moment.state, told, code, facts)


async def get_opening_hours(moment: Moment) -> Reply:
    """When the salon is open: on a day that was asked about, else in a usual week."""
    scene = moment.scene
    when = hear_when(moment.given, moment.words, scene)
    times = when.said.times if when else ()
    asks = (IntentScore(intent=Intent.ASK_HOURS, score=1.0),)
    asked = Understanding(text="", language=scene.language, intents=asks, times=times)
    told = answers(replace(moment.state, question=None), asked, scene)
    days = [time.start.date() for time in times if isinstance(time.start, datetime)]
    facts: dict[str, Any] = {"week": _week(scene)}
    if days:
        facts["day"] = _open(days[0], scene)
    return _informed(moment.state, told, "opening_hours", facts)


def _informed(
    state: CallState, told: Sequence[Sentence], code: str, facts: dict[str, Any]
) -> Reply:
    said = tuple(told)
    informed = Outcome.INFORMATION
    return Reply(state=state, said=said, code=code, facts=facts, aside=True, outcome=informed)


def _active(scene: Scene) -> list[Service]:
    return [service for service in scene.salon.services if service.active]


def _told(service: Service) -> dict[str, Any]:
    return {
        "name": service.spoken_name,
        "minutes": service.total_minutes,
        "price_eur": service.price_cents / 100,
    }


def _week(scene: Scene) -> list[dict[str, Any]]:
    return [
        {
            "weekday": hours.weekday,
            "opens": hours.start.isoformat("minutes"),
            "closes": hours.end.isoformat("minutes"),
        }
        for hours in scene.salon.branch.opening_hours
    ]


def _open(day: date, scene: Scene) -> dict[str, Any]:
    opening = opening_on(scene.salon, day, public_holidays(scene.salon.branch.land))
    hours = [
        [opens.isoformat("minutes"), closes.isoformat("minutes")] for opens, closes in opening.hours
    ]
    return {"date": day.isoformat(), "open": bool(hours), "hours": hours}
