from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from nlu import Context, Expecting, Option, StaffWish, understand
from nlu.explain import brief

if TYPE_CHECKING:
    from nlu import Guest, Party, ServiceMention, StaffMention, Understanding, Vocabulary

CASES = Path(__file__).parent / "cases"
TABLES = {
    "services": "de",
    "staff": "de",
    "people": "de",
    "answers": "de",
    "wishes": "de",
    "corrections": "de",
    "company": "de",
    "at_the_desk_turns": "de",
    "first_heard_turns": "de",
    "families_turns": "de",
    "english_turns": "en",
    "en_at_the_desk_turns": "en",
    "en_first_heard_turns": "en",
}
"""Tables of `cases/` with their language."""
MONDAY = datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Europe/Berlin"))
ASKED = {"say", "asked", "offered", "read_back"}
OFFERED = (
    Option(start=MONDAY.replace(hour=9, minute=30) + timedelta(1), staff_id="Emma"),
    Option(start=MONDAY.replace(hour=16, minute=45) + timedelta(1), staff_id="Fabian"),
)
"""On the table where a case says `offered: true`."""


def _cases() -> list[Any]:
    return [
        pytest.param(case, language, id=f"{table}: {case['say']} ({case.get('asked', 'open')})")
        for table, language in TABLES.items()
        for case in yaml.safe_load((CASES / f"{table}.yaml").read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize(("case", "language"), _cases())
def test_a_turn_means_all_that_the_table_says_and_nothing_else(
    case: dict[str, Any], language: str, vocabulary: Vocabulary
) -> None:
    expected = {key: value for key, value in case.items() if key not in ASKED}
    context = Context(
        now=MONDAY,
        language=language,
        expecting=Expecting(case.get("asked", "open")),
        agent_said=case.get("read_back"),
        options=OFFERED if case.get("offered") else (),
    )

    heard = understand(case["say"], vocabulary, context)

    assert _in_short(heard) == expected


def _in_short(heard: Understanding) -> dict[str, Any]:
    found = {
        "act": heard.intent.value,
        "service": _one_or_all([_service(mention) for mention in heard.services]),
        "staff": _one_or_all([_staff(mention) for mention in heard.staff]),
        "without": _one_or_all([_service(mention) for mention in heard.dropped]),
        "name": heard.name and heard.name.text,
        "phone": heard.phone,
        "email": heard.email,
        "answer": heard.yes_no and heard.yes_no.value,
        "if": heard.condition,
        "who": heard.party and _party(heard.party),
        "choice": heard.choice and heard.choice.index,
        "when": _one_or_all([brief(e) for e in heard.times]),
    }
    return {key: value for key, value in found.items() if value}


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values


def _service(mention: ServiceMention) -> str:
    if mention.accepted:
        return mention.accepted
    return "ask " + "/".join(c.id for c in mention.candidates) if mention.candidates else "unknown"


def _party(party: Party) -> str:
    return ", ".join([*(["caller"] if party.caller else []), *(_guest(g) for g in party.guests)])


def _guest(guest: Guest) -> str:
    return f"{guest.text} {guest.name}" if guest.name else guest.text


def _staff(mention: StaffMention) -> str:
    if mention.wish is StaffWish.ANY:
        return "anybody"
    who = mention.accepted or "ask " + "/".join(c.id for c in mention.candidates)
    if not mention.candidates:
        who = f"nobody here: {mention.text}"
    return f"not {who}" if mention.wish is StaffWish.NOT else who
