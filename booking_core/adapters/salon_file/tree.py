"""A YAML text as plain values that remember where they stood."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Path = tuple[str | int, ...]
"""The way from the top of the file to a value: ("services", 3, "segments", 1, "minutes")."""
Value = dict[str, "Value"] | list["Value"] | str
"""Everything that stands in a file; numbers and dates are read where they are expected."""

NAMED_BY = ("number", "key", "date")
"""What tells one item of a list from the others, for people."""


class Unreadable(ValueError):
    """The text is not YAML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The values of a file, and the line of each."""

    root: Value
    lines: Mapping[Path, int]
    repeated: tuple[Path, ...] = ()
    """Fields that stand there twice."""

    def line(self, path: Path) -> int:
        """The line of this value, or of the nearest one around it that exists."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)

    def label(self, path: Path) -> str:
        """The place as people name it: services[177].segments[B].minutes."""
        value, words = self.root, ""
        for step in path:
            value = _inside(value, step)
            if isinstance(step, int):
                words += f"[{_name(value) or f'#{step + 1}'}]"
            else:
                words += f".{step}" if words else step
        return words or "file"


def parse(text: str) -> Tree:
    """Read a text; `Unreadable` where it is not YAML at all."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise Unreadable(_complaint(error)) from error
    if node is None:
        return Tree(root={}, lines={})
    reading = _Reading()
    root = reading.value(node, ())
    return Tree(root=root, lines=reading.lines, repeated=tuple(reading.repeated))


@dataclass(slots=True)
class _Reading:
    lines: dict[Path, int] = field(default_factory=dict)
    repeated: list[Path] = field(default_factory=list)
    _open: set[int] = field(default_factory=set)

    def value(self, node: yaml.Node, path: Path) -> Value:
        self.lines[path] = node.start_mark.line + 1
        if id(node) in self._open:
            raise Unreadable(f"line {self.lines[path]}: an alias refers to what it stands in")
        self._open.add(id(node))
        try:
            match node:
                case yaml.MappingNode():
                    return dict(self._fields(node, path))
                case yaml.SequenceNode():
                    return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
                case _:
                    return str(node.value)
        finally:
            self._open.remove(id(node))

    def _fields(self, node: yaml.MappingNode, path: Path) -> Iterator[tuple[str, Value]]:
        seen = set()
        for key, item in node.value:
            name = str(key.value)
            here = (*path, name)
            if name in seen:
                self.repeated.append(here)
                continue
            seen.add(name)
            yield name, self.value(item, here)
            self.lines[here] = key.start_mark.line + 1


def _inside(value: Value, step: str | int) -> Value:
    if isinstance(value, dict) and isinstance(step, str):
        return value.get(step, "")
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return ""


def _name(value: Value) -> str | None:
    if not isinstance(value, dict):
        return None
    names = (value.get(field) for field in NAMED_BY)
    return next((name for name in names if isinstance(name, str) and name), None)


def _complaint(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        mark = error.problem_mark
        return f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}"
    return str(error)
