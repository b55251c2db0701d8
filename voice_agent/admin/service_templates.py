"""Services to begin with, as the editor offers them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from booking_core.domain.catalogue import Role
from voice_agent.admin.able import skills_of
from voice_agent.admin.service_form import Row, ServiceForm, form_of
from voice_agent.admin.service_reading import FREE_FROM, NAME_MOST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from booking_core.domain.catalogue import Salon, Service

FIRST_NUMBER = 1
CODE_MOST = 8


@cache
def templates() -> Mapping[str, Mapping[str, Any]]:
    """All of them, by key."""
    text = (files("voice_agent.salons") / "templates.yaml").read_text(encoding="utf-8")
    return {one["key"]: one for one in yaml.safe_load(text)}


def blank(salon: Salon) -> ServiceForm:
    """A service of one segment."""
    row = Row(
        token="r0",  # noqa: S106 - the name of a row
        texts={"minutes": "30", "role": Role.LEAD.value, "keeps_chair": "on"},
        resources=("chair",) if salon.units("chair") else (),
    )
    texts = {"number": next_number(salon), "pause_free_from": str(FREE_FROM), "active": "on"}
    return ServiceForm(texts={**texts, "gender": "f", "price": "0,00"}, rows=(row,))


def from_template(key: str, salon: Salon) -> ServiceForm:
    """The editor filled in; KeyError when there is no such template."""
    one = templates()[key]
    skills = skills_of(salon)
    rows = tuple(_row(part, f"t{place}", skills) for place, part in enumerate(one["segments"]))
    texts = {
        "name": _free_text(one["name"], {service.name for service in salon.services}),
        "spoken_name": _free_text(one["name"], {one.spoken_name for one in salon.services}),
        "code": _free_code(one["code"], salon),
        "gender": one["gender"],
        "pause_policy": one.get("policy", ""),
    }
    return ServiceForm(texts={**blank(salon).texts, **texts}, rows=rows)


def copy_of(service: Service, salon: Salon) -> ServiceForm:
    """The same service under another name; what callers say for it stays with the first."""
    return form_of(service).with_texts(
        name=_free_text(service.name, {one.name for one in salon.services}),
        spoken_name=_free_text(service.spoken_name, {one.spoken_name for one in salon.services}),
        code=_free_code(service.code, salon),
        number=next_number(salon),
        sure="",
        weak="",
        heard="",
        active="on",
    )


def next_number(salon: Salon) -> str:
    """One that no service has, not even one that is no longer offered."""
    return str(max((one.number for one in salon.services), default=FIRST_NUMBER - 1) + 1)


def _row(part: Mapping[str, Any], token: str, skills: tuple[str, ...]) -> Row:
    pause = part.get("pause")
    least, most = pause if isinstance(pause, list) else (pause or "", "")
    return Row(
        token=token,
        texts={
            "name": part["name"],
            "minutes": str(part["minutes"]),
            "skill": part["skill"] if part["skill"] in skills else "",
            "role": part.get("role", Role.LEAD.value),
            "pause_min": str(least),
            "pause_max": str(most),
            "pause_bookable": "",
            "keeps_chair": "on",
        },
        resources=(part["at"],),
    )


def _free_text(text: str, taken: set[str]) -> str:
    folded = {one.casefold() for one in taken}
    tries = (text, *(f"{text[: NAME_MOST - 4]} {n}" for n in range(2, len(taken) + 3)))
    return next(one for one in tries if one.casefold() not in folded)


def _free_code(code: str, salon: Salon) -> str:
    taken = {one.code for one in salon.services}
    tries = (code, *(f"{code[: CODE_MOST - len(str(n))]}{n}" for n in range(2, len(taken) + 3)))
    return next(one for one in tries if one not in taken)
