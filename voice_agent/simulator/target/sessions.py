"""Whole calls as text files: our own, in two languages, and those of whoever writes some."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from voice_agent.simulator.target.steps import NotUnderstood, Step, read_step

if TYPE_CHECKING:
    from collections.abc import Iterable

LANGUAGES = ("de", "en")
_SUFFIX = ".txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One call, before it is made."""

    name: str
    about: str = ""
    steps: tuple[Step, ...]
    habits: dict[str, Any] = field(default_factory=dict)
    """How it differs from other calls, by the names of `Habits`."""
    from_browser: bool = False


def own_sessions(language: str) -> list[Session]:
    """All kinds of calls that are worth making."""
    folder = files("voice_agent.simulator.target") / "sessions" / language
    found = sorted(folder.iterdir(), key=lambda file: file.name)
    return [
        read_session(file.read_text("utf-8"), name=file.name.removesuffix(_SUFFIX)[3:])
        for file in found
        if file.name.endswith(_SUFFIX)
    ]


def read_session(text: str, *, name: str) -> Session:
    """The call a file describes; NotUnderstood names the line that cannot be."""
    numbered = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    about = next((line[1:].strip() for _, line in numbered if line.startswith("#")), "")
    lines = [(number, line) for number, line in numbered if line and not line.startswith("#")]
    ways = [line.strip("[]") for _, line in lines if _is_way(line)]
    steps = tuple(_steps(name, ((n, line) for n, line in lines if not _is_way(line))))
    if not steps:
        raise NotUnderstood(f"{name}: nobody says anything")
    habits = {key: value for way in ways for key, value in _WAYS[way].items()}
    return Session(
        name=name,
        about=about,
        steps=steps,
        habits=habits,
        from_browser="web call" in ways,
    )


def _steps(name: str, lines: Iterable[tuple[int, str]]) -> Iterable[Step]:
    for number, line in lines:
        try:
            yield read_step(line)
        except NotUnderstood as error:
            raise NotUnderstood(f"{name}, line {number}: {error}") from None


def _is_way(line: str) -> bool:
    return line.startswith("[") and line.endswith("]") and line[1:-1] in _WAYS


_WAYS: dict[str, dict[str, Any]] = {
    "web call": {},
    "ids anew": {"ids_continue": False},
    "keeps unheard words": {"truncates": False},
    "mishears": {"corrects": True},
    "no word times": {"words": False},
    "whole sentences at once": {"partials": False},
}
"""What a call may be like as a whole."""
