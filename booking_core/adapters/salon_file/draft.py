"""A salon file in parts: every part that can be read, every fault of the others with its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from booking_core.adapters.salon_file.models import (
    BranchPart,
    CompanyPart,
    ResourcePart,
    SegmentPart,
    ServicePart,
    StaffPart,
)

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from booking_core.adapters.salon_file.tree import Path, Tree, Value

SECTIONS = ("company", "branch", "resources", "staff", "services")
READABLE = {
    "missing": "is missing",
    "extra_forbidden": "is not a field of a salon file",
    "int_parsing": "is not a whole number: {input!r}",
    "int_from_float": "is not a whole number: {input!r}",
    "decimal_parsing": "is not an amount such as 45.00: {input!r}",
    "bool_parsing": "is neither true nor false: {input!r}",
    "string_too_short": "is empty",
    "string_type": "is not a text",
    "list_type": "is not a list",
    "dict_type": "is not a group of fields",
    "model_type": "is not a group of fields",
    "model_attributes_type": "is not a group of fields",
    "enum": "is not one of {expected}: {input!r}",
    "literal_error": "is not one of {expected}: {input!r}",
}

Part = TypeVar("Part", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed(Generic[Part]):
    """A part that could be read, and where it stands."""

    path: Path
    part: Part


@dataclass(slots=True)
class Findings:
    """What is wrong, and what is merely strange."""

    tree: Tree
    _errors: dict[tuple[int, str], None] = field(default_factory=dict)
    _warnings: dict[tuple[int, str], None] = field(default_factory=dict)

    def error(self, path: Path, text: str) -> None:
        """Note something that cannot stay."""
        self._errors[self._placed(path, text)] = None

    def warning(self, path: Path, text: str) -> None:
        """Note something that may be meant."""
        self._warnings[self._placed(path, text)] = None

    @property
    def errors(self) -> tuple[str, ...]:
        """All errors, in the order of the file."""
        return tuple(text for _, text in sorted(self._errors))

    @property
    def warnings(self) -> tuple[str, ...]:
        """All warnings, in the order of the file."""
        return tuple(text for _, text in sorted(self._warnings))

    def _placed(self, path: Path, text: str) -> tuple[int, str]:
        line = self.tree.line(path)
        return line, f"{self.tree.label(path)}: {text} (line {line})"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedService:
    """A service with the segments that could be read; a hole stands for one that could not."""

    path: Path
    part: ServicePart
    segments: tuple[Placed[SegmentPart] | None, ...]

    @property
    def whole(self) -> tuple[SegmentPart, ...] | None:
        """All segments, if every one could be read."""
        parts = tuple(segment.part for segment in self.segments if segment)
        return parts if len(parts) == len(self.segments) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What could be read of a file."""

    company: CompanyPart | None
    branch: BranchPart | None
    resources: tuple[Placed[ResourcePart], ...]
    staff: tuple[Placed[StaffPart], ...]
    services: tuple[PlacedService, ...]


def draft(tree: Tree, findings: Findings) -> Draft:
    """Read every part on its own, so that one fault does not hide another."""
    for path in tree.repeated:
        findings.error(path, "stands here a second time")
    root = tree.root
    if not isinstance(root, dict):
        findings.error((), "is not a salon file: it starts with company, branch, staff, services")
        root = {}
    for name in root.keys() - set(SECTIONS):
        findings.error((name,), "is not a section of a salon file")
    return Draft(
        company=_read(CompanyPart, ("company",), root.get("company"), findings),
        branch=_read(BranchPart, ("branch",), root.get("branch"), findings),
        resources=_items(ResourcePart, ("resources",), root.get("resources"), findings),
        staff=_items(StaffPart, ("staff",), root.get("staff"), findings),
        services=_services(root.get("services"), findings),
    )


def _services(value: Value | None, findings: Findings) -> tuple[PlacedService, ...]:
    found = []
    for index, item in enumerate(_list(value, ("services",), findings)):
        path: Path = ("services", index)
        fields = dict(item) if isinstance(item, dict) else item
        segments = fields.pop("segments", None) if isinstance(fields, dict) else []
        placed = _segments(segments, (*path, "segments"), findings)
        part = _read(ServicePart, path, fields, findings)
        if part:
            found.append(PlacedService(path=path, part=part, segments=placed))
    return tuple(found)


def _segments(
    value: Value | None, path: Path, findings: Findings
) -> tuple[Placed[SegmentPart] | None, ...]:
    found: list[Placed[SegmentPart] | None] = []
    for index, item in enumerate(_list(value, path, findings)):
        part = _read(SegmentPart, (*path, index), item, findings)
        found.append(Placed(path=(*path, index), part=part) if part else None)
    return tuple(found)


def _items(
    model: type[Part], path: Path, value: Value | None, findings: Findings
) -> tuple[Placed[Part], ...]:
    read = (
        ((*path, index), _read(model, (*path, index), item, findings))
        for index, item in enumerate(_list(value, path, findings))
    )
    return tuple(Placed(path=place, part=part) for place, part in read if part)


def _list(value: Value | None, path: Path, findings: Findings) -> list[Value]:
    if isinstance(value, list) and value:
        return value
    findings.error(path, "is missing" if value is None else "is not a list with at least one item")
    return []


def _read(model: type[Part], path: Path, value: Value | None, findings: Findings) -> Part | None:
    if value is None:
        findings.error(path, "is missing")
        return None
    try:
        return model.model_validate(value)
    except ValidationError as error:
        faults = error.errors(include_url=False)
    for fault in faults:
        findings.error(path + _inside(fault), _readable(fault))
    unknown = [fault for fault in faults if fault["type"] == "extra_forbidden"]
    if not unknown or len(unknown) < len(faults):
        return None
    return _read(model, path, _without(value, [fault["loc"] for fault in unknown]), findings)


def _inside(fault: ErrorDetails) -> Path:
    """The place of a fault, without the mark pydantic puts after a bad key."""
    return tuple(step for step in fault["loc"] if step != "[key]")


def _readable(fault: ErrorDetails) -> str:
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    template = READABLE.get(fault["type"])
    if template is None:
        return fault["msg"][:1].lower() + fault["msg"][1:]
    expected = fault.get("ctx", {}).get("expected", "")
    return template.format(input=fault["input"], expected=str(expected).replace("'", ""))


def _without(value: Value, places: list[tuple[int | str, ...]]) -> Value:
    if isinstance(value, list):
        return [
            _without(item, [place[1:] for place in places if place[0] == index])
            for index, item in enumerate(value)
        ]
    if isinstance(value, dict):
        gone = {place[0] for place in places if len(place) == 1}
        return {
            name: _without(item, [place[1:] for place in places if place[0] == name])
            for name, item in value.items()
            if name not in gone
        }
    return value
