"""Other parsers of dates and times, behind one shape, to be measured beside ours.

They are no dependencies: `pip install --group bench` brings them; what is missing is left out.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime, time
from importlib import import_module
from typing import TYPE_CHECKING, Any

from nlu import parse_times

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ZONES = "/usr/share/zoneinfo"
Moment = tuple[date | None, time | None]
"""What was understood first: a day, a time of day, or both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A parser with its name."""

    name: str
    parse: Callable[[str, datetime], Moment]


def peers() -> Iterator[Peer | str]:
    """Ours first; a missing one is told by its name alone."""
    yield Peer(name="parse_times", parse=_ours)
    for name, build in (
        ("dateparser", _dateparser),
        ("ctparse", _ctparse),
        ("duckling", _duckling),
    ):
        try:
            yield Peer(name=name, parse=build())
        except ImportError:
            yield name


def _ours(text: str, now: datetime) -> Moment:
    found = parse_times(text, now, "de")
    start = found[0].start or found[0].end if found else None
    if isinstance(start, time):
        return None, start
    return (start.date(), start.time()) if start else (None, None)


def _dateparser() -> Callable[[str, datetime], Moment]:
    search: Any = import_module("dateparser.search")

    def parse(text: str, now: datetime) -> Moment:
        bare = now.replace(tzinfo=None)
        settings = {"RELATIVE_BASE": bare, "DATE_ORDER": "DMY", "PREFER_DATES_FROM": "future"}
        found = search.search_dates(text, languages=["de"], settings=settings)
        return (found[0][1].date(), found[0][1].time()) if found else (None, None)

    return parse


def _ctparse() -> Callable[[str, datetime], Moment]:
    module: Any = import_module("ctparse")
    logging.getLogger("ctparse").setLevel(logging.ERROR)

    def parse(text: str, now: datetime) -> Moment:
        found = module.ctparse(text, ts=now.replace(tzinfo=None))
        value = found.resolution if found else None
        start = getattr(value, "t_from", None) or getattr(value, "t_to", None) or value
        return _partial(start)

    return parse


def _partial(found: object) -> Moment:
    """What ctparse found: any of its fields may be missing."""
    year, month, day = (getattr(found, name, None) for name in ("year", "month", "day"))
    hour, minute = getattr(found, "hour", None), getattr(found, "minute", None)
    return (
        date(year, month, day) if year and month and day else None,
        time(hour, minute or 0) if hour is not None else None,
    )


def _duckling() -> Callable[[str, datetime], Moment]:
    module: Any = import_module("duckling")
    zones = module.load_time_zones(ZONES)
    german = module.parse_lang("DE")
    locale = module.parse_locale("DE_DE", module.default_locale_lang(german))
    times = module.parse_dimensions(["time"])

    def parse(text: str, now: datetime) -> Moment:
        reference = module.parse_ref_time(zones, "Europe/Berlin", int(now.timestamp()))
        found = module.parse(text, module.Context(reference, locale), times, False)  # noqa: FBT003 - its own signature
        value = found[0]["value"] if found else {}
        start = value.get("value") or (value.get("from") or value.get("to") or {}).get("value")
        moment = datetime.fromisoformat(start) if start else None
        return (moment.date(), moment.time()) if moment else (None, None)

    return parse
