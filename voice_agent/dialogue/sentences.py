"""What the agent says and how it becomes words; here without any claim about bookings or free time.

Sentences that claim a fact take the result that proves it (P4): see `claims`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from jinja2 import UndefinedError

from prompts import day_name, languages, render
from prompts.brevity import without_questions
from prompts.errors import BadPhrasing
from prompts.own import render_own
from voice_agent.dialogue import visit
from voice_agent.dialogue.actions import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, time
    from uuid import UUID

    from booking_core.domain.catalogue import OwnSentence, Salon, WorkingHours
    from voice_agent.dialogue.plain import Plain
    from voice_agent.dialogue.scene import Scene


def words(
    sentence: Sentence, *, language: str, seed: str = "", own: Sequence[OwnSentence] = ()
) -> str:
    """The sentence as it is spoken; in German where the language is not spoken here."""
    spoken = language if language in languages() else "de"
    said = _own_words(sentence, spoken, own) or render(
        sentence.key,
        sentence.values,
        language=spoken,
        seed=sentence.seed or seed,
        brief=sentence.brief,
    )
    return said if sentence.asks else without_questions(said)


def plain(key: Plain, **values: object) -> Sentence:
    """A sentence that claims nothing about bookings or free time."""
    return Sentence(key=key, values=values)


def verbatim(text: str) -> Sentence:
    """What was said before, word for word."""
    return Sentence(key="verbatim", values={"text": text})


def greeting(salon: Salon, name: str | None = None) -> Sentence:
    """The first words: whose salon, and that no human speaks; by name, where that is wanted."""
    if name is None:
        return plain("greeting", salon=salon.branch.name)
    return plain("greeting_known", salon=salon.branch.name, name=name)


# --- answers from the salon's own data -----------------------------------------------------


def party(ids: Sequence[UUID], beside: Sequence[UUID], salon: Salon) -> Sentence:
    """Two people at once: one visit is looked for here."""
    return plain("party", service=visit.noun(ids, salon), extra=visit.noun(beside, salon))


def together(name: str, salon: Salon) -> str:
    """With whom somebody comes, for the salon to read beside the visit."""
    return words(plain("together", name=name), language=salon.branch.language)


def party_topic(beside: Sequence[UUID], salon: Salon) -> str:
    """What the salon is to arrange, for the salon to read."""
    return f"+ {visit.noun(beside, salon)}"


def price(ids: Sequence[UUID], salon: Salon) -> Sentence:
    """What it costs."""
    cents, service = visit.price_cents(ids, salon), visit.noun(ids, salon)
    return plain("price", service=service, cents=cents) if cents else _free(service)


def prices(ids: Sequence[UUID], salon: Salon) -> Sentence:
    """What each of several services costs, where it is not clear which is meant."""
    each = [(visit.noun((one,), salon), visit.price_cents((one,), salon)) for one in ids]
    return plain("prices", each=[found for found in each if found[1]] or each)


def duration(ids: Sequence[UUID], salon: Salon) -> Sentence:
    """How long it takes."""
    return plain("duration", service=visit.noun(ids, salon), minutes=visit.minutes(ids, salon))


def in_one(said: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """Price and length of the same service in one sentence, where both are told."""
    by_key = {sentence.key: sentence for sentence in said}
    price, duration = by_key.get("price"), by_key.get("duration")
    if price is None or duration is None or price.values["service"] != duration.values["service"]:
        return tuple(said)
    both = plain("price_and_duration", **price.values, minutes=duration.values["minutes"])
    joined = (both if sentence is price else sentence for sentence in said)
    return tuple(sentence for sentence in joined if sentence is not duration)


def no_such_day(day: int, month: int, scene: Scene) -> Sentence:
    """A date that does not exist, as it was said."""
    language = scene.language if scene.language in languages() else "de"
    return plain("no_such_day", text=day_name(day, month, language))


def hours_of_day(day: date, opens: time, closes: time, scene: Scene) -> Sentence:
    """When the salon is open that day."""
    return plain("hours_of_day", day=day, opens=opens, closes=closes, today=scene.today)


def closed_day(day: date, scene: Scene) -> Sentence:
    """That the salon is closed that day."""
    return plain("hours_closed_day", day=day, today=scene.today)


def hours_of_week(salon: Salon, asked: Sequence[WorkingHours] | None = None) -> Sentence:
    """The weekly opening hours, or those asked for; days with the same hours in one breath."""
    days: dict[tuple[time, time], list[int]] = {}
    for hours in asked or salon.branch.opening_hours:
        days.setdefault((hours.start, hours.end), []).append(hours.weekday)
    return plain("hours_of_week", stretches=[(week, *span) for span, week in days.items()])


def examples(salon: Salon) -> list[str]:
    """A few services of different kinds, to help somebody who does not know what to say."""
    kinds = {service.category: service.spoken_name for service in reversed(salon.services)}
    return list(reversed(kinds.values()))[:3]


def _own_words(sentence: Sentence, language: str, own: Sequence[OwnSentence]) -> str | None:
    """A salon's own phrasing goes first; one that no longer fits its sentence is not said."""
    for one in own:
        if (one.key, one.language) == (sentence.key, language):
            with suppress(BadPhrasing, UndefinedError):
                return render_own(one.key, one.phrasing, sentence.values, language=language)
    return None


def _free(service: object) -> Sentence:
    return plain("price_free", service=service)
