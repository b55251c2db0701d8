"""Writes a call that went wrong as a replay file, so that it goes wrong again on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from voice_agent.simulator.callers.goals import Errand
from voice_agent.simulator.stage import DEMO

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from voice_agent.simulator.callers.person import Person
    from voice_agent.simulator.callers.verdict import Outcome
    from voice_agent.simulator.replay_before import BookedBefore


def save(
    folder: Path,
    title: str,
    began: datetime,
    before: Sequence[BookedBefore],
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
        "from": person.memory.goal.phone,
        "before": {"appointments": [_plain(one) for one in before]},
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
    goal = person.memory.goal
    return [
        f"Written by `voice-agent simulate`: a caller in the mood {outcome.mood}.",
        f"Wanted: {goal}".replace("\n", " "),
        *(complaint.replace("\n", " ") for complaint in outcome.complaints),
    ]


def _expected(person: Person, outcome: Outcome) -> dict[str, Any]:
    """What should have come of it."""
    memory = person.memory
    expected: dict[str, Any] = {}
    if memory.goal.errand is not Errand.BOOK or memory.gave_up:
        expected["appointments"] = []
    elif not person.broke_off:
        start = memory.agreed or next((w for w in _exact(person)), None)
        if start:
            services = list(memory.goal.services)
            expected["appointments"] = [
                {"service": services[0] if len(services) == 1 else services,
                 "start": f"{start:%Y-%m-%dT%H:%M}"}
            ]  # fmt: skip
    said = [words.partition(": ")[2] for words in (*outcome.untrue, *outcome.asked_again)]
    if said:
        expected["never_said"] = said
    return expected


def _exact(person: Person) -> list[datetime]:
    from datetime import datetime as moment

    return [
        moment.combine(when.day, when.at)
        for when in person.memory.goal.whens
        if when.day and when.at
    ]


def _plain(entry: Any) -> dict[str, Any]:  # noqa: ANN401 - any entry of a replay file
    found: dict[str, Any] = entry.model_dump(mode="json", exclude_defaults=True, by_alias=True)
    return {key: _short(value) for key, value in found.items()}


def _short(value: object) -> object:
    return value.removesuffix(":00") if isinstance(value, str) and "T" in value[10:11] else value
