"""How Cal.com words what is wrong with a request body.

Two of its pipes say the same findings differently: bookings and slots in one flat sentence, the
other resources as a tree that echoes the whole input. The first refuse unknown fields, the
second drop them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from booking_core.adapters.calcom.sandbox.errors import ApiError
from booking_core.adapters.calcom.sandbox.times import instant, zone_named

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from booking_core.adapters.calcom.sandbox.records import Json

MISSING = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One demand on one value."""

    name: str
    text: str
    """`$` stands for the field's name."""
    holds: Callable[[object], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """One field that breaks rules, or contains fields that do."""

    property: str
    constraints: Mapping[str, str] = field(default_factory=dict)
    children: Sequence[Wrong] = ()
    target: object = None
    value: object = MISSING

    def flat(self) -> str:
        """As the booking and slot pipes say it; the trailing blank is theirs."""
        own = ", ".join(self.constraints.values())
        inner = ", ".join(child.flat() for child in self.children)
        return f"{self.property} property is wrong,{own} {inner}"

    def tree(self) -> Json:
        """As the global pipe says it."""
        found: Json = {"target": self.target, "property": self.property}
        if self.value is not MISSING:
            found["value"] = self.value
        found["children"] = [child.tree() for child in self.children]
        if self.constraints:
            found["constraints"] = dict(self.constraints)
        return found


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


IS_STRING = Rule(
    name="isString", text="$ must be a string", holds=lambda value: isinstance(value, str)
)
IS_INT = Rule(name="isInt", text="$ must be an integer number", holds=_is_int)
IS_NUMBER = Rule(
    name="isNumber",
    text="$ must be a number conforming to the specified constraints",
    holds=_is_number,
)
IS_BOOLEAN = Rule(
    name="isBoolean", text="$ must be a boolean value", holds=lambda value: isinstance(value, bool)
)
IS_ARRAY = Rule(
    name="isArray", text="$ must be an array", holds=lambda value: isinstance(value, list)
)
IS_OBJECT = Rule(
    name="isObject", text="$ must be an object", holds=lambda value: isinstance(value, dict)
)
IS_INSTANT = Rule(
    name="isDateString",
    text="$ must be a valid ISO 8601 date string",
    holds=lambda value: instant(value) is not None,
)
IS_ZONE = Rule(
    name="isTimeZone",
    text="$ must be a valid IANA time-zone",
    holds=lambda value: zone_named(value) is not None,
)


IS_ORDER = Rule(
    name="isEnum",
    text="$ must be one of the following values: asc, desc",
    holds=lambda value: value in {"asc", "desc"},
)


def at_least(limit: int) -> Rule:
    """A number not below the limit."""
    return Rule(
        name="min",
        text=f"$ must not be less than {limit}",
        holds=lambda value: isinstance(value, int | float) and value >= limit,
    )


def at_most(limit: int) -> Rule:
    """A number not above the limit."""
    return Rule(
        name="max",
        text=f"$ must not be greater than {limit}",
        holds=lambda value: isinstance(value, int | float) and value <= limit,
    )


def number_or_text(text: str) -> int | str:
    """A query's number; what is none stays as it is, for the rules to find."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() else text


def check(body: Json, name: str, *rules: Rule, optional: bool = False) -> list[Wrong]:
    """What is wrong with one field; nothing when it is missing and may be."""
    value = body.get(name, MISSING)
    if optional and (value is MISSING or value is None):
        return []
    broken = {rule.name: rule.text.replace("$", name) for rule in rules if not rule.holds(value)}
    if not broken:
        return []
    return [Wrong(property=name, constraints=broken, target=body, value=value)]


def unknown(body: Json, known: Collection[str]) -> list[Wrong]:
    """Fields that should not be there."""
    return [
        Wrong(
            property=name, constraints={"whitelistValidation": f"property {name} should not exist"}
        )
        for name in body
        if name not in known
    ]


def refuse_flat(wrongs: Sequence[Wrong]) -> None:
    """Stop, in the words of the booking and slot pipes, when anything is wrong."""
    if wrongs:
        raise ApiError(400, ", ".join(wrong.flat() for wrong in wrongs))


def refuse_tree(wrongs: Sequence[Wrong]) -> None:
    """Stop, in the words of the global pipe, when anything is wrong."""
    if wrongs:
        raise ApiError(400, "Bad Request Exception", errors=[wrong.tree() for wrong in wrongs])
