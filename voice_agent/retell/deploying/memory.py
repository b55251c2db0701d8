"""What was deployed last, kept in a file and written at each step: a half-done deploy goes on."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Memory:
    """One salon's agent, as far as we have come with it."""

    file: Path
    kind: str | None = None
    agent_id: str | None = None
    engine_id: str | None = None
    draft: int | None = None
    """A version of ours that is not published yet."""
    published: int | None = None
    written: Json = field(default_factory=dict)
    """What we want, as of the last deploy that was completed: agent, engine, number."""
    pending: Json = field(default_factory=dict)
    """What a deploy that was not completed was about to write."""

    def written_for(self, number: str | None) -> Json:
        """The same; of another number nothing is known."""
        of_it = self.written.get("number_of") in {None, number}
        return self.written if of_it else {**self.written, "number": None}

    def save(self) -> None:
        """Keep it; the address of the websocket is in it, which is a secret."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.file.with_suffix(".new")
        fresh.touch(mode=0o600)
        told = {name: getattr(self, name) for name in _FIELDS}
        fresh.write_text(json.dumps(told, indent=1, ensure_ascii=False), "utf-8")
        fresh.replace(self.file)


_FIELDS = ("kind", "agent_id", "engine_id", "draft", "published", "written", "pending")


def remembered(home: Path, salon: str) -> Memory:
    """What is known of this salon's agent; nothing at first."""
    file = home / "retell" / f"{salon}.json"
    if not file.exists():
        return Memory(file=file)
    told = json.loads(file.read_text("utf-8"))
    return Memory(file=file, **{name: told[name] for name in _FIELDS if name in told})
