"""A service as a form: texts as somebody types them, all of them kept when some are wrong."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from multidict import MultiDictProxy

    from booking_core.domain.catalogue import Pause, Segment, Service

TEXTS: Final = (
    "name",
    "spoken_name",
    "gender",
    "number",
    "code",
    "category",
    "price",
    "pause_policy",
    "pause_free_from",
    "sure",
    "weak",
    "heard",
    "active",
)
"""What a service has once; lists have one entry a line, `active` is `on` or empty."""
SEGMENTS: Final = "segments"
OF_A_ROW: Final = (
    "name",
    "minutes",
    "skill",
    "role",
    "pause_min",
    "pause_max",
    "pause_bookable",
    "keeps_chair",
)
MOST_ROWS: Final = 10
BOOKABLE: Final = {True: "yes", False: "no", None: ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One segment and the pause after it."""

    token: str
    """Names its fields, wherever it is moved."""
    texts: Mapping[str, str]
    resources: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> str:
        return self.texts.get(name, "")

    @property
    def plain(self) -> dict[str, Any]:
        """What it says, whatever it is called."""
        return {**{name: self[name] for name in OF_A_ROW}, "resources": [*self.resources]}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceForm:
    """What stands in the fields."""

    texts: Mapping[str, str]
    rows: tuple[Row, ...] = field(default=())

    def __getitem__(self, name: str) -> str:
        return self.texts.get(name, "")

    @property
    def plain(self) -> dict[str, Any]:
        """As JSON has it: what was shown, so that a save can tell what was changed."""
        return {
            **{name: self[name] for name in TEXTS},
            SEGMENTS: [row.plain for row in without_last_pause(self.rows)],
        }

    def with_texts(self, **texts: str) -> ServiceForm:
        """The same with other texts."""
        return replace(self, texts={**self.texts, **texts})


def without_last_pause(rows: Sequence[Row]) -> tuple[Row, ...]:
    """What a pause after the last segment says is kept in the form, but it means nothing."""
    if not rows:
        return ()
    empty = {"pause_min": "", "pause_max": "", "pause_bookable": "", "keeps_chair": "on"}
    last = replace(rows[-1], texts={**rows[-1].texts, **empty})
    return (*rows[:-1], last)


def form_of(service: Service) -> ServiceForm:
    """The form as it is shown for a service that is there."""
    words = service.synonyms
    return ServiceForm(
        texts={
            "name": service.name,
            "spoken_name": service.spoken_name,
            "gender": service.gender.value,
            "number": str(service.number),
            "code": service.code,
            "category": service.category,
            "price": price_text(service.price_cents),
            "pause_policy": service.pause_policy.value if service.pause_policy else "",
            "pause_free_from": str(service.pause_free_from_minutes),
            "sure": "\n".join(words.sure),
            "weak": "\n".join(words.weak),
            "heard": "\n".join(words.heard),
            "active": "on" if service.active else "",
        },
        rows=tuple(_row_of(part, f"r{place}") for place, part in enumerate(service.segments)),
    )


def posted_form(posted: MultiDictProxy[Any]) -> ServiceForm:
    """What was sent; rows stand in the order in which they were on the page."""
    tokens = [str(token) for token in posted.getall("row", ())][: MOST_ROWS + 1]
    if len(set(tokens)) != len(tokens):
        raise web.HTTPBadRequest
    return ServiceForm(
        texts={name: _text(posted, name) for name in TEXTS},
        rows=tuple(_posted_row(posted, token) for token in tokens),
    )


def plain_form(text: str) -> ServiceForm:
    """A form that was put into a page as JSON."""
    try:
        plain = json.loads(text)
        rows = [
            Row(
                token=f"r{place}",
                texts={name: str(row[name]) for name in OF_A_ROW},
                resources=tuple(str(kind) for kind in row["resources"]),
            )
            for place, row in enumerate(plain[SEGMENTS])
        ]
        return ServiceForm(texts={name: str(plain[name]) for name in TEXTS}, rows=tuple(rows))
    except (ValueError, KeyError, TypeError):
        raise web.HTTPBadRequest from None


def rearranged(form: ServiceForm, wish: str) -> ServiceForm:
    """The form after one of its own buttons: `add`, `remove:r1`, `up:r1`, `down:r1`."""
    action, _, token = wish.partition(":")
    rows = list(form.rows)
    place = next((index for index, row in enumerate(rows) if row.token == token), None)
    if action == "add":
        rows.append(new_row())
    elif place is None:
        return form
    elif action == "remove" and len(rows) > 1:
        del rows[place]
    elif action == "up":
        rows.insert(max(0, place - 1), rows.pop(place))
    elif action == "down":
        rows.insert(place + 1, rows.pop(place))
    return replace(form, rows=tuple(rows))


def new_row(token: str | None = None) -> Row:
    """An empty segment."""
    texts = {"role": "lead", "keeps_chair": "on", "minutes": "30"}
    return Row(token=token or f"n{secrets.token_hex(4)}", texts=texts, resources=("chair",))


def price_text(cents: int) -> str:
    """32,00."""
    return f"{cents // 100},{cents % 100:02}"


def _row_of(part: Segment, token: str) -> Row:
    return Row(
        token=token,
        texts={
            "name": part.name,
            "minutes": str(part.minutes),
            "skill": part.skill,
            "role": part.role.value,
            **pause_texts(part.pause_after),
        },
        resources=part.resources,
    )


def pause_texts(pause: Pause | None) -> dict[str, str]:
    """The fields of a pause; a fixed one leaves its longest open."""
    if pause is None:
        return {"pause_min": "", "pause_max": "", "pause_bookable": "", "keeps_chair": "on"}
    longest = "" if pause.max_minutes == pause.min_minutes else str(pause.max_minutes)
    return {
        "pause_min": str(pause.min_minutes),
        "pause_max": longest,
        "pause_bookable": BOOKABLE[pause.bookable],
        "keeps_chair": "on" if pause.keeps_chair else "",
    }


def _posted_row(posted: MultiDictProxy[Any], token: str) -> Row:
    return Row(
        token=token,
        texts={name: _text(posted, f"{token}.{name}") for name in OF_A_ROW},
        resources=tuple(str(kind) for kind in posted.getall(f"{token}.resources", ())),
    )


def _text(posted: MultiDictProxy[Any], name: str) -> str:
    value = posted.get(name, "")
    text = value if isinstance(value, str) else ""
    return "\n".join(line.strip() for line in text.splitlines()).strip()
