"""Everything the agent says. A sentence that claims a fact takes the result that proves it (P4)."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from jinja2 import UndefinedError

from booking_core.domain.requests import CallbackNoted
from prompts import Option, day_name, languages, render
from prompts.errors import BadPhrasing
from prompts.own import render_own
from voice_agent.dialogue import obstacles, telling, visit
from voice_agent.dialogue.actions import Sentence
from voice_agent.dialogue.replacing import replace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, time
    from uuid import UUID

    from booking_core.domain.booking import Booked, Failed, Taken
    from booking_core.domain.catalogue import OwnSentence, Salon
    from booking_core.domain.plan import Plan
    from booking_core.domain.requests import WaitingEntry
    from booking_core.domain.slots import NoSlots, Obstacle, SlotOffer, SlotsFound
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import Draft


def words(
    sentence: Sentence, *, language: str, seed: str = "", own: Sequence[OwnSentence] = ()
) -> str:
    """The sentence as it is spoken; in German where the language is not spoken here.

    A salon's own phrasing goes first; one that no longer fits its sentence is not said.
    """
    spoken = language if language in languages() else "de"
    for one in own:
        if (one.key, one.language) == (sentence.key, spoken):
            with suppress(BadPhrasing, UndefinedError):
                return render_own(one.key, one.phrasing, sentence.values, language=spoken)
    return render(sentence.key, sentence.values, language=spoken, seed=sentence.seed or seed)


def plain(key: str, **values: object) -> Sentence:
    """A sentence that claims nothing about bookings or free time."""
    if key in _PROVEN:
        raise ValueError(f"{key!r} claims a fact: use the function that takes its proof")
    return Sentence(key=key, values=values)


def verbatim(text: str) -> Sentence:
    """What was said before, word for word."""
    return Sentence(key="verbatim", values={"text": text})


def greeting(salon: Salon, name: str | None = None) -> Sentence:
    """The first words: whose salon, and that no human speaks; by name, where that is wanted."""
    if name is None:
        return plain("greeting", salon=salon.branch.name)
    return plain("greeting_known", salon=salon.branch.name, name=name)


# --- free time: only with a search result -------------------------------------------------


def free_ask_name(offer: SlotOffer, scene: Scene) -> Sentence:
    """The wished time can be had; only the name is missing."""
    return _ask_name("free_ask_name", offer, scene)


def chosen_ask_name(offer: SlotOffer, scene: Scene) -> Sentence:
    """One of the offers was chosen; its date has been said already."""
    return _ask_name("chosen_ask_name", offer, scene)


def soonest_ask_name(found: SlotsFound, scene: Scene, *, wish: UUID | None) -> Sentence:
    """The next free times: the first is taken unless the caller objects."""
    return _claim("soonest_ask_name", scene, options=_options(found.offers, scene, wish))


def offer(found: SlotsFound, scene: Scene, *, wish: UUID | None) -> Sentence:
    """What could be had, at most two of it."""
    options = _options(found.offers, scene, wish)
    key = "offer_one" if len(options) == 1 else "offer_some"
    return _claim(key, scene, options=options)


def offer_again(offers: Sequence[SlotOffer], scene: Scene, *, wish: UUID | None) -> Sentence:
    """The open choice once more."""
    options = _options(offers, scene, wish)
    return _claim("offer_one" if len(options) == 1 else "offer_again", scene, options=options)


def which_of(offers: Sequence[SlotOffer], scene: Scene, *, wish: UUID | None) -> Sentence:
    """A yes to two options: which of them?"""
    return _claim("choose_one_of", scene, options=_options(offers, scene, wish))


def who(offers: Sequence[SlotOffer], scene: Scene) -> Sentence:
    """By whom the offered visits would be done."""
    leads = [visit.lead(offer.plan, scene.salon) for offer in offers]
    names = dict.fromkeys(visit.called(lead, scene.salon) for lead in leads)
    return _claim("who", scene, names=list(names))


def unseen(_: SlotsFound) -> Sentence:
    """Nobody could look into the salon's own calendar for a while: booking tells for sure."""
    return Sentence(key="unseen")


def nothing_found(_: NoSlots) -> Sentence:
    """Nothing fits, and no reason worth saying."""
    return Sentence(key="nothing_found")


def nothing_beyond(_: NoSlots, *, later: bool) -> Sentence:
    """Nothing earlier, or later, than what was on the table."""
    return Sentence(key="nothing_later" if later else "nothing_earlier")


def reason(
    obstacle: Obstacle, draft: Draft, scene: Scene, *, offers_follow: bool = False
) -> Sentence | None:
    """Why the wished time is not possible; None when there is nothing to say.

    Offers that follow name the people by themselves.
    """
    if obstacle.reason in obstacles.UNSPOKEN:
        return None
    salon, start = scene.salon, obstacle.start
    wish = draft.wishes[0] if draft.wishes else None
    wished_day = wish.days.single if wish and wish.days else None
    day = scene.local(start).date() if start else wished_day
    staff = visit.called(salon.member(obstacle.staff_id), salon) if obstacle.staff_id else None
    return _claim(
        obstacles.key_of(obstacle, day, scene),
        scene,
        start=scene.local(start) if start else None,
        day=day,
        whole=day is not None and wish is not None and wish.hours is None,
        staff=staff,
        service=visit.noun(draft.services, salon),
        minutes=visit.minutes(draft.services, salon),
        since=scene.local(obstacle.since) if obstacle.since else None,
        until=scene.local(obstacle.until) if obstacle.until else None,
        kind=obstacle.resource_kind,
        earliest=scene.local(obstacle.earliest) if obstacle.earliest else None,
        latest=obstacle.latest,
        opens=obstacle.opens,
        closes=obstacle.closes,
        holiday=obstacle.holiday,
        qualified=[]
        if offers_follow
        else [visit.called(salon.member(one), salon) for one in obstacle.qualified[:2]],
    )


# --- the one confirmation, and what comes of it -------------------------------------------


def read_back(offer: SlotOffer, name: str, scene: Scene, *, again: bool = False) -> Sentence:
    """The whole visit before the commit, and the one question that counts."""
    key = "read_back_waiting" if visit.waits(offer.plan.services, scene.salon) else "read_back"
    return _claim(
        "read_back_again" if again else key,
        scene,
        service=visit.noun(offer.plan.services, scene.salon),
        start=scene.local(offer.plan.start),
        staff=visit.called(visit.lead(offer.plan, scene.salon), scene.salon),
        minutes=offer.plan.total_minutes,
        end=scene.local(offer.plan.end),
        name=name,
    )


def ask_consent(offer: SlotOffer, scene: Scene) -> Sentence:
    """The question of the read-back alone, after something else was said."""
    return _claim("ask_consent", scene, start=scene.local(offer.plan.start))


def booked(result: Booked, scene: Scene, *, leaving: bool = False) -> Sentence:
    """It is booked: only ever said with the committed appointment in hand."""
    appointment = result.appointment
    return _claim(
        "booked_goodbye" if leaving else "booked",
        scene,
        start=scene.local(appointment.plan.start),
        service=visit.noun(appointment.plan.services, scene.salon),
        staff=visit.called(visit.lead(appointment.plan, scene.salon), scene.salon),
        mail=result.mail_to is not None,
    )


def going_on(sentence: Sentence) -> Sentence:
    """The same without the question at its end, where something else follows."""
    key = _WITHOUT_QUESTION.get(sentence.key, sentence.key)
    return replace(sentence, key=key)


def as_next(sentence: Sentence) -> Sentence:
    """A read-back that follows another booking of the same call, told as the next one."""
    return replace(sentence, key=_NEXT.get(sentence.key, sentence.key))


def taken(result: Taken, scene: Scene) -> Sentence:
    """Somebody was faster."""
    return _claim("taken", scene, start=scene.local(result.plan.start))


def failed(result: Failed, *, again: bool) -> Sentence:
    """It did not work; "nothing is booked" only when everything is undone.

    A call from the salon is promised only when it is on record.
    """
    told = {"callback": result.callback}
    if not result.undone:
        key = "failed_undoing_again" if again else "failed_undoing"
        return Sentence(key=key, values=told)
    return Sentence(key="failed_again" if again else "failed", values=told)


def farewell_booked(result: Booked, scene: Scene) -> Sentence:
    """Goodbye with the one fact to remember."""
    return _claim("farewell_booked", scene, start=scene.local(result.appointment.plan.start))


# --- what the salon sees to itself: only once it stands in its book --------------------------


def request_noted(result: CallbackNoted | WaitingEntry) -> Sentence:
    """The salon calls back, or the caller stands on its list."""
    return Sentence(key="callback_noted" if isinstance(result, CallbackNoted) else "waiting_noted")


def callback_stands(_: CallbackNoted) -> Sentence:
    """It was promised before."""
    return Sentence(key="callback_stands")


def ends(plan: Plan, scene: Scene) -> Sentence:
    """When the visit is over."""
    return _claim("ends", scene, end=scene.local(plan.end))


# --- answers from the salon's own data -----------------------------------------------------


def party(ids: Sequence[UUID], beside: Sequence[UUID], salon: Salon) -> Sentence:
    """Two people at once: one visit is looked for here."""
    return plain("party", service=visit.noun(ids, salon), extra=visit.noun(beside, salon))


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


def hours_of_week(salon: Salon) -> Sentence:
    """The weekly opening hours; days with the same hours in one breath."""
    days: dict[tuple[time, time], list[int]] = {}
    for hours in salon.branch.opening_hours:
        days.setdefault((hours.start, hours.end), []).append(hours.weekday)
    return plain("hours_of_week", stretches=[(week, *span) for span, week in days.items()])


def examples(salon: Salon) -> list[str]:
    """A few services of different kinds, to help somebody who does not know what to say."""
    kinds = {service.category: service.spoken_name for service in reversed(salon.services)}
    return list(reversed(kinds.values()))[:3]


def _free(service: object) -> Sentence:
    return plain("price_free", service=service)


_NEXT = {"read_back": "read_back_next", "read_back_waiting": "read_back_next_waiting"}
_WITHOUT_QUESTION = {"booked": "booked_going_on"}
_PROVEN = frozenset(
    {
        "ask_consent",
        "booked",
        "booked_going_on",
        "booked_goodbye",
        "callback_noted",
        "callback_stands",
        "choose_one_of",
        "chosen_ask_name",
        "ends",
        "failed",
        "failed_again",
        "failed_undoing",
        "failed_undoing_again",
        "farewell_booked",
        "free_ask_name",
        "nothing_earlier",
        "nothing_found",
        "nothing_later",
        "offer_again",
        "offer_one",
        "offer_some",
        "read_back",
        "read_back_again",
        "read_back_next",
        "read_back_next_waiting",
        "read_back_waiting",
        "soonest_ask_name",
        "taken",
        "unseen",
        *obstacles.KEYS,
        *telling.KEYS,
        "waiting_noted",
    },
)


def _claim(key: str, scene: Scene, **values: object) -> Sentence:
    return Sentence(key=key, values={**values, "today": scene.today})


def _ask_name(key: str, offer: SlotOffer, scene: Scene) -> Sentence:
    staff = visit.called(visit.lead(offer.plan, scene.salon), scene.salon)
    return _claim(key, scene, start=scene.local(offer.plan.start), staff=staff)


def _options(offers: Sequence[SlotOffer], scene: Scene, wish: UUID | None) -> list[Option]:
    """The offers for speech; who does it is said where it was wished or makes a difference."""
    leads = [visit.lead(offer.plan, scene.salon) for offer in offers]
    named = wish is not None or len({lead.id for lead in leads}) > 1
    return [
        Option(
            start=scene.local(offer.plan.start),
            staff=visit.called(lead, scene.salon) if named else None,
        )
        for offer, lead in zip(offers, leads, strict=True)
    ]
