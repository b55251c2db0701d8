"""A webhook's own words: its template, with the names in braces replaced by what they stand for."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox.records import Json

PLACE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


def filled(template: str, body: Json) -> str:
    """The text to send; a name that means nothing leaves nothing.

    >>> filled('{"who": "{{attendees.0.name}}"}', {"payload": {"attendees": [{"name": "Ida"}]}})
    '{"who": "Ida"}'
    """
    facts = {**body, **body["payload"]}
    return PLACE.sub(lambda place: _written(_found(facts, place.group(1).split("."))), template)


def _found(facts: object, path: list[str]) -> object:
    for name in path:
        if isinstance(facts, list) and name.isdigit():
            facts = facts[int(name)] if int(name) < len(facts) else None
        else:
            facts = facts.get(name) if isinstance(facts, dict) else None
    return facts


def _written(value: object) -> str:
    """Inside of a string of JSON."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return json.dumps(text, ensure_ascii=False)[1:-1]
