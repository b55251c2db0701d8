"""Plain values as YAML in one form only: short things in one line, long lists wrapped."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

WIDTH = 100

Scalar = str | int | bool | Decimal
Node = Scalar | list["Node"] | dict[str, "Node"]


class Line(dict[str, Node]):
    """A group of fields that is written in one line, and wrapped where it must be."""


def write(sections: Mapping[str, Node]) -> str:
    """The text of these sections, a blank line between them and between long items."""
    blocks = ("\n".join(_lines({name: section}, "")) + "\n" for name, section in sections.items())
    return "\n".join(blocks)


def scalar(value: Scalar, *, within: str = "[{}]") -> str:
    """A value as every YAML reader takes it: in quotes where it might be read as something else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    text = str(value)
    return text if _is_plain(text, within) else _quoted(text)


def _is_plain(text: str, within: str) -> bool:
    try:
        return text.isprintable() and bool(yaml.safe_load(within.format(text)) == [text])
    except (yaml.YAMLError, ValueError):
        return False


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in escaped) + '"'


def _lines(node: Mapping[str, Node], indent: str) -> Iterator[str]:
    for name, value in node.items():
        if isinstance(value, dict) and not isinstance(value, Line):
            yield f"{indent}{name}:"
            yield from _lines(value, indent + "  ")
        elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
            yield f"{indent}{name}:"
            yield from _items(value, indent + "  ")
        else:
            yield from _wrapped(f"{indent}{name}: ", value)


def _items(items: Iterable[Node], indent: str) -> Iterator[str]:
    for index, item in enumerate(items):
        if isinstance(item, dict) and not isinstance(item, Line):
            if index:
                yield ""
            first, *rest = _lines(item, indent + "  ")
            yield f"{indent}- {first.lstrip()}"
            yield from rest
        else:
            yield from _wrapped(f"{indent}- ", item)


def _wrapped(start: str, value: Node) -> Iterator[str]:
    """One line, or several that break after a comma and are set under the first word."""
    if not isinstance(value, dict | list):
        yield start + scalar(value, within="- {}")
        return
    pieces = list(_pieces(value))
    line, margin = start, " " * (len(start) + 1)
    for index, piece in enumerate(pieces):
        if index and len(line) + len(piece) + 1 > WIDTH:
            yield line
            line = margin + piece
        else:
            line += (" " if index else "") + piece
    yield line


def _pieces(value: Node) -> Iterator[str]:
    """The parts of a short value between which a line may break."""
    match value:
        case dict():
            yield from _enclosed(
                "{", [f"{name}: {_short(item)}" for name, item in value.items()], "}"
            )
        case list():
            yield from _enclosed("[", [_short(item) for item in value], "]")
        case _:
            yield scalar(value)


def _enclosed(left: str, parts: list[str], right: str) -> Iterator[str]:
    if not parts:
        yield left + right
    for index, part in enumerate(parts):
        opening = left if index == 0 else ""
        yield f"{opening}{part}{right if index == len(parts) - 1 else ','}"


def _short(value: Node) -> str:
    return " ".join(_pieces(value))
