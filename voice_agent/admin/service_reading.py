"""Turns what stands in the fields of a service into one, or says field by field what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid5

from booking_core.adapters.salon_file.build import NAMESPACE
from booking_core.domain.catalogue import (
    GRID_MINUTES,
    SEGMENT_KEYS,
    Gender,
    Pause,
    PausePolicy,
    Role,
    Segment,
    Service,
    Synonyms,
)
from booking_core.domain.errors import InvalidCatalogue
from voice_agent.admin.able import able, leads, phrases_of
from voice_agent.admin.service_form import BOOKABLE, MOST_ROWS, without_last_pause

if TYPE_CHECKING:
    from collections.abc import Mapping

    from booking_core.domain.catalogue import Salon
    from voice_agent.admin.service_form import Row, ServiceForm

SEGMENT_MOST: Final = 480
PAUSE_MOST: Final = 240
NAME_MOST: Final = 100
CODE: Final = re.compile(r"[A-Z][A-Z0-9]{1,7}")
PRICE_MOST: Final = Decimal(100_000)
FREE_FROM: Final = 20  # unless the salon says otherwise
MINUTES_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field: key of the sentence, and its values."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


Faults = dict[str, Fault]
"""By name of the field: `price`, `r2.minutes`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What became of a form."""

    service: Service | None
    faults: Faults


def read_service(form: ServiceForm, salon: Salon, known: Service | None) -> Reading:
    """The service that the form describes; `known` = the one it changes."""
    faults: Faults = {}
    segments = _segments(form, salon, faults)
    facts = _facts(form, salon, known, faults)
    policy = _policy(form, segments, faults)
    words = {kind: _phrases(form, kind) for kind in ("sure", "weak", "heard")}
    if form["active"]:
        _check_words(form, salon, known, faults)
        _check_able(form, salon, faults)
    if faults:
        return Reading(service=None, faults=faults)
    facts |= {
        "segments": segments,
        "pause_policy": policy,
        "synonyms": Synonyms(**words),
        "active": bool(form["active"]),
    }
    try:
        new_id = _id(salon, facts["number"])
        service = replace(known, **facts) if known else Service(id=new_id, **facts)
    except InvalidCatalogue as error:
        return Reading(service=None, faults={"form": Fault("svc_impossible", {"why": str(error)})})
    return Reading(service=service, faults={})


def _id(salon: Salon, number: int) -> UUID:
    """As a salon file with this service has it: what is exported can be imported again."""
    return uuid5(NAMESPACE, f"{salon.branch.key}/service/{number}")


def minutes_of(
    text: str, most: int, name: str, faults: Faults, *, least: int = GRID_MINUTES
) -> int:
    """A length on the grid; 0 and a fault when it is none."""
    if not text.isascii() or not text.isdigit() or len(text) > MINUTES_DIGITS:
        faults[name] = Fault("svc_no_minutes")
        return 0
    minutes = int(text)
    if minutes % GRID_MINUTES:
        faults[name] = Fault("svc_off_grid")
    elif not least <= minutes <= most:
        faults[name] = Fault("svc_out_of_range", {"least": least, "most": most})
    return minutes


def _facts(form: ServiceForm, salon: Salon, known: Service | None, faults: Faults) -> Any:  # noqa: ANN401 - fields of a Service
    return {
        "number": known.number if known else _number(form, salon, faults),
        "code": _code(form, salon, known, faults),
        "name": _name(form, "name", salon, known, faults),
        "spoken_name": _name(form, "spoken_name", salon, known, faults),
        "gender": _gender(form, faults),
        "category": form["category"][:NAME_MOST],
        "price_cents": _price(form["price"], faults),
        "pause_free_from_minutes": _free_from(form, faults),
    }


def _others(salon: Salon, known: Service | None) -> list[Service]:
    return [one for one in salon.services if known is None or one.id != known.id]


def _number(form: ServiceForm, salon: Salon, faults: Faults) -> int:
    text = form["number"]
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) == int(text):
        faults["number"] = Fault("svc_no_number")
        return 0
    if any(one.number == int(text) for one in salon.services):
        faults["number"] = Fault("svc_number_taken")
    return int(text)


def _code(form: ServiceForm, salon: Salon, known: Service | None, faults: Faults) -> str:
    code = form["code"].upper()
    taken = next((one for one in _others(salon, known) if one.active and one.code == code), None)
    if not CODE.fullmatch(code):
        faults["code"] = Fault("svc_no_code")
    elif taken and form["active"]:
        faults["code"] = Fault("svc_taken_by", {"name": taken.name})
    return code


def _name(form: ServiceForm, name: str, salon: Salon, known: Service | None, faults: Faults) -> str:
    text = form[name]
    others = [one for one in _others(salon, known) if one.active and form["active"]]
    if not text:
        faults[name] = Fault("svc_empty")
    elif len(text) > NAME_MOST:
        faults[name] = Fault("svc_too_long", {"most": NAME_MOST})
    for other in others:
        if getattr(other, name).casefold() == text.casefold():
            faults[name] = Fault("svc_taken_by", {"name": other.name})
    return text


def _gender(form: ServiceForm, faults: Faults) -> Gender:
    try:
        return Gender(form["gender"])
    except ValueError:
        faults["gender"] = Fault("svc_choose")
        return Gender.FEMININE


def _price(text: str, faults: Faults) -> int:
    try:
        price = Decimal(text.replace("€", "").replace(" ", "").replace(",", "."))
        if not price.is_finite() or price != price.quantize(Decimal("0.01")):
            raise InvalidOperation  # noqa: TRY301 - one answer to all of them
    except InvalidOperation:
        faults["price"] = Fault("svc_no_price")
        return 0
    if not 0 <= price <= PRICE_MOST:
        faults["price"] = Fault("svc_no_price")
        return 0
    return int(price * 100)


def _free_from(form: ServiceForm, faults: Faults) -> int:
    if form["pause_policy"] != PausePolicy.FLEXIBLE or not form["pause_free_from"]:
        text = form["pause_free_from"]
        fits = text.isascii() and text.isdigit() and int(text[:9]) <= PAUSE_MOST
        return int(text) if fits else FREE_FROM
    return minutes_of(form["pause_free_from"], PAUSE_MOST, "pause_free_from", faults, least=0)


def _policy(form: ServiceForm, segments: tuple[Segment, ...], faults: Faults) -> PausePolicy | None:
    """None without pauses, whatever is chosen."""
    if not any(segment.pause_after for segment in segments):
        return None
    try:
        return PausePolicy(form["pause_policy"])
    except ValueError:
        faults["pause_policy"] = Fault("svc_choose")
        return None


def _phrases(form: ServiceForm, kind: str) -> tuple[str, ...]:
    return phrases_of(form[kind])


def _segments(form: ServiceForm, salon: Salon, faults: Faults) -> tuple[Segment, ...]:
    if not 1 <= len(form.rows) <= MOST_ROWS:
        faults["segments"] = Fault("svc_how_many", {"most": MOST_ROWS})
        return ()
    found: list[Segment] = []
    seen: set[str] = set()
    for key, row in zip(SEGMENT_KEYS, without_last_pause(form.rows), strict=False):
        before = len(faults)
        if row["name"].casefold() in seen:
            faults[f"{row.token}.name"] = Fault("svc_name_twice")
        seen.add(row["name"].casefold())
        facts = _segment(row, form, salon, faults)
        if len(faults) == before:
            found.append(Segment(key=key, **facts))
    return tuple(found)


def _segment(row: Row, form: ServiceForm, salon: Salon, faults: Faults) -> Any:  # noqa: ANN401 - fields of a Segment
    if not row["name"]:
        faults[f"{row.token}.name"] = Fault("svc_empty")
    elif len(row["name"]) > NAME_MOST:
        faults[f"{row.token}.name"] = Fault("svc_too_long", {"most": NAME_MOST})
    if not row["skill"]:
        faults[f"{row.token}.skill"] = Fault("svc_choose")
    elif row["skill"] not in _skills(salon):
        faults[f"{row.token}.skill"] = Fault("svc_no_skill")
    if row["role"] not in set(Role):
        faults[f"{row.token}.role"] = Fault("svc_choose")
    missing = [kind for kind in row.resources if not salon.units(kind)]
    if missing and form["active"]:
        faults[f"{row.token}.resources"] = Fault("svc_no_place")
    return {
        "name": row["name"],
        "minutes": minutes_of(row["minutes"], SEGMENT_MOST, f"{row.token}.minutes", faults),
        "skill": row["skill"],
        "role": Role(row["role"]) if row["role"] in set(Role) else Role.LEAD,
        "resources": row.resources,
        "pause_after": _pause(row, form["pause_policy"], faults),
    }


def _skills(salon: Salon) -> frozenset[str]:
    people = (skill for member in salon.staff for skill in member.skills)
    parts = (part.skill for service in salon.services for part in service.segments)
    return frozenset((*people, *parts))


def _pause(row: Row, policy: str, faults: Faults) -> Pause | None:
    if row["pause_min"] in {"", "0"}:
        if row["pause_max"] not in {"", "0"}:
            faults[f"{row.token}.pause_min"] = Fault("svc_no_minutes")
        return None
    least_name, most_name = f"{row.token}.pause_min", f"{row.token}.pause_max"
    least = minutes_of(row["pause_min"], PAUSE_MOST, least_name, faults)
    most = minutes_of(row["pause_max"] or row["pause_min"], PAUSE_MOST, most_name, faults)
    if not row["pause_max"]:
        faults.pop(most_name, None)
    elif most < least and most_name not in faults:
        faults[most_name] = Fault("svc_shorter_than_min", {"least": least})
    if {least_name, most_name} & faults.keys():
        return None
    settings = {word: value for value, word in BOOKABLE.items()}
    own = settings.get(row["pause_bookable"]) if policy == PausePolicy.FLEXIBLE else None
    return Pause(
        min_minutes=least, max_minutes=most, bookable=own, keeps_chair=bool(row["keeps_chair"])
    )


def _check_words(form: ServiceForm, salon: Salon, known: Service | None, faults: Faults) -> None:
    """A word that decides for one service decides for no other; weak ones may be shared."""
    owner: dict[str, str] = {}
    for other in _others(salon, known):
        if other.active:
            sure = (other.name, other.spoken_name, *other.synonyms.sure, *other.synonyms.heard)
            owner |= {_folded(phrase): other.name for phrase in sure}
    own: set[str] = set()
    for kind in ("sure", "weak", "heard"):
        for phrase in _phrases(form, kind):
            word = _folded(phrase)
            if word in own:
                faults[kind] = Fault("svc_phrase_twice", {"phrase": phrase})
            elif kind != "weak" and word in owner:
                faults[kind] = Fault("svc_phrase_taken", {"phrase": phrase, "name": owner[word]})
            own.add(word)


def _check_able(form: ServiceForm, salon: Salon, faults: Faults) -> None:
    """What is sold can be done by somebody."""
    for row in form.rows:
        name = f"{row.token}.skill"
        if row["skill"] and name not in faults and not able(salon, row["skill"]):
            faults[name] = Fault("svc_nobody")
    wanted = {row["skill"] for row in form.rows if row["role"] == Role.LEAD and row["skill"]}
    if not faults and not leads(salon, wanted):
        faults["segments"] = Fault("svc_no_lead")


def _folded(phrase: str) -> str:
    return " ".join(phrase.casefold().split())
