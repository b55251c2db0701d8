"""Reads replay files; an error names the file, the line, the turn, and what to do about it."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel, ValidationError

from voice_agent.simulator.replay_file import ReplayFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic_core import ErrorDetails

Place = tuple[str | int, ...]
EXAMPLES = {
    "from": 'a number like "+493055500111"; null if withheld',
    "phone": 'a number like "+493055500111"',
    "on": '"POST /v2/bookings"',
    "segment": "a letter from A to J",
    "dtmf": 'keys like "12#"',
}
UNION_BRANCH = re.compile(r"[^a-z_]|^(int|str|float|bool|tuple)$")


class ReplayFileInvalid(Exception):
    """A replay file with errors, all of them listed."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class _Loader(yaml.SafeLoader):
    """YAML with `true` and `false` as the only booleans, so that `on:` is a key and not True.

    Times and clock times stay the text they are.
    """


_Loader.yaml_implicit_resolvers = {}
for _tag, _form, _firsts in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?[0-9]+\.[0-9]+$", "-+0123456789"),
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_form), list(_firsts))


def read_replay(path: Path) -> ReplayFile:
    """The call in this file; ReplayFileInvalid lists everything that is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReplayFileInvalid([f"{path}: {error}"]) from error
    return parse_replay(text, name=str(path))


def parse_replay(text: str, *, name: str) -> ReplayFile:
    """The call in this text; `name` is what errors call it."""
    root, content = _parse_yaml(text, name)
    lines = dict(_lines(root))
    repeated = list(_repeated_keys(root))
    if repeated:
        raise ReplayFileInvalid(
            [f"{name}:{line}: `{key}` is there twice" for key, line in repeated]
        )
    try:
        return ReplayFile.model_validate(content)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise ReplayFileInvalid(_problems(details, lines, name)) from error


def _parse_yaml(text: str, name: str) -> tuple[yaml.MappingNode, Any]:
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            raise ReplayFileInvalid(
                [f"{name}:1: a replay file is a mapping; start with `call: ...`"]
            )
        return root, loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        raise ReplayFileInvalid([f"{name}:{line}: not YAML: {error.problem}"]) from error
    finally:
        loader.dispose()


def _lines(node: yaml.Node, place: Place = ()) -> Iterator[tuple[Place, int]]:
    yield place, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, _key(key))
            yield from _lines(value, inner)
            yield inner, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _lines(value, (*place, index))


def _repeated_keys(node: yaml.Node) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.value, key.start_mark.line + 1
            seen.add(key.value)
            yield from _repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _repeated_keys(value)


def _key(node: yaml.Node) -> str | int:
    value = str(node.value)
    return int(value) if node.tag.endswith(":int") else value


def _problems(details: list[ErrorDetails], lines: dict[Place, int], name: str) -> list[str]:
    found: dict[tuple[Place, str], tuple[int, str]] = {}
    for detail in details:
        place = tuple(part for part in detail["loc"] if not _is_union_branch(part))
        line = next(lines[p] for p in _outwards(place) if p in lines)
        found.setdefault((place, detail["type"]), (line, _written(place) + _advice(detail, place)))
    wrong_inside = {outer for place, _ in found for outer in _outwards(place[:-1]) if place}
    return [
        f"{name}:{line}: {words}"
        for (place, kind), (line, words) in sorted(found.items(), key=lambda item: item[1][0])
        if not (kind == "too_short" and place in wrong_inside)
    ]


def _is_union_branch(part: str | int) -> bool:
    """Pydantic names the branch of a union it has tried; readers do not care."""
    return isinstance(part, str) and bool(UNION_BRANCH.search(part))


def _outwards(place: Place) -> Iterator[Place]:
    for length in range(len(place), -1, -1):
        yield place[:length]


def _written(place: Place) -> str:
    """A place as a reader counts: turns from 1.

    >>> _written(("turns", 1, "agent", "says"))
    'turn 2, agent.says: '
    """
    words = ""
    parts = list(place)
    if parts[:1] == ["calls"] and len(parts) > 1:
        words += f"call {int(parts[1]) + 1}, "
        parts = parts[2:]
    if parts[:1] == ["turns"] and len(parts) > 1:
        words += f"turn {int(parts[1]) + 1}, "
        parts = parts[2:]
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return f"{words}{path.lstrip('.')}: " if path else words.replace(", ", ": ")


def _advice(detail: ErrorDetails, place: Place) -> str:
    given, key = detail.get("input"), str(place[-1]) if place else ""
    advice = {
        "extra_forbidden": f"unknown key{_did_you_mean(key)}",
        "missing": f"is missing; add `{key}: ...`",
        "string_type": f'must be text; put it in quotes: "{given}"',
        "string_pattern_mismatch": f"{given!r} does not look like {EXAMPLES.get(key, 'it')}",
        "timezone_aware": f"{given!r} needs a zone, like 2025-10-27T09:00:00+01:00",
        "timezone_naive": f"{given!r} is local time of the salon; leave the zone out",
        "value_error": detail["msg"].removeprefix("Value error, "),
        "model_type": f"must be a mapping like {{key: value}}, not {given!r}",
        "model_attributes_type": f"must be a mapping like {{key: value}}, not {given!r}",
        "tuple_type": f"must be a list like [a, b], not {given!r}",
        "dict_type": f"must be a mapping like {{key: value}}, not {given!r}",
        "int_type": f"must be a whole number, not {given!r}",
        "bool_type": f"must be true or false, not {given!r}",
        "too_short": f"needs at least {detail.get('ctx', {}).get('min_length')} entries",
        "string_too_short": "must not be empty",
    }
    plain = detail["msg"].replace("Input should be", "must be")
    return advice.get(detail["type"], f"{plain}, not {given!r}")


def _did_you_mean(key: str) -> str:
    close = get_close_matches(key, _known_keys(ReplayFile), n=1)
    return f"; did you mean `{close[0]}`?" if close else "; remove it"


def _known_keys(model: type[BaseModel]) -> set[str]:
    keys = set()
    for name, field in model.model_fields.items():
        keys.add(field.alias or name)
        for inner in _models_in(field.annotation):
            keys |= _known_keys(inner)
    return keys


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - annotations are anything
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _models_in(argument)
