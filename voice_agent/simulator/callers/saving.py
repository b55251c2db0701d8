"""Writes a call that went wrong as a replay file, so that it goes wrong again on demand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import yaml

from voice_agent.simulator.callers.expecting import wanted_end
from voice_agent.simulator.stage import DEMO

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from voice_agent.simulator.callers.person import Person
    from voice_agent.simulator.callers.verdict import Outcome
    from voice_agent.simulator.replay_before import Before


def save(
    folder: Path,
    title: str,
    began: datetime,
    before: Before,
    person: Person,
    outcome: Outcome,
) -> Path:
    """The file of this call."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{title.lower().replace(' ', '_').replace('-', '_')}.yaml"
    content: dict[str, Any] = {
        "call": title,
        "salon": DEMO,
        "at": began.replace(microsecond=0).isoformat(),
        "from": person.agenda.memories[0].goal.phone,
        "before": {
            key: [_plain(one) for one in some]
            for key, some in (("appointments", before.appointments), ("busy", before.busy))
            if some
        },
        "turns": [_plain(turn) for turn in person.turns],
        "expect": _expected(person, outcome),
    }
    if person.fault:
        content["calcom"] = {"faults": [_plain(person.fault)]}
    head = "".join(f"# {line}\n" for line in _comments(person, outcome))
    body = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
    path.write_text(head + body, encoding="utf-8")
    return path


def _comments(person: Person, outcome: Outcome) -> list[str]:
    goals = [memory.goal for memory in person.agenda.memories]
    return [
        f"Written by `voice-agent simulate`: a caller in the mood {outcome.mood}.",
        *(f"Wanted: {replace(goal, then=None)}".replace("\n", " ") for goal in goals),
        *(complaint.replace("\n", " ") for complaint in outcome.complaints),
        *(f"  {line}".replace("\n", " ") for line in outcome.lines),
    ]


def _expected(person: Person, outcome: Outcome) -> dict[str, Any]:
    """What should have come of it, as far as a file can say it."""
    expected: dict[str, Any] = {}
    if not person.broke_off:
        expected |= wanted_end(person.agenda.memories)
    said = [words.partition(": ")[2] for words in (*outcome.untrue, *outcome.asked_again)]
    if said:
        expected["never_said"] = said
    return expected


def _plain(entry: Any) -> dict[str, Any]:  # noqa: ANN401 - any entry of a replay file
    found: dict[str, Any] = entry.model_dump(mode="json", exclude_defaults=True, by_alias=True)
    return {key: _short(value) for key, value in found.items()}


def _short(value: object) -> object:
    return value.removesuffix(":00") if isinstance(value, str) and "T" in value[10:11] else value
