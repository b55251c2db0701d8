"""What all parts of a replay file have in common: strict entries, and the values they hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt


class Entry(BaseModel):
    """Unknown keys and silent conversions are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def as_list(value: object) -> object:
    """One value stands for a list of one."""
    return value if isinstance(value, list | tuple) else [value]


Text = Annotated[str, Field(strict=True, min_length=1)]
Alternatives = Annotated[tuple[Text, ...], Field(min_length=1), BeforeValidator(as_list)]
Demands = Annotated[tuple[Alternatives, ...], BeforeValidator(as_list)]
"""All of them, each a text or a list of alternatives."""
Phone = Annotated[str, Field(strict=True, pattern=r"^\+[1-9]\d{5,14}$")]
Count = Annotated[int, Field(strict=True, ge=0)]
Yes = Annotated[bool, Field(strict=True)]
Services = PositiveInt | Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
"""Number of a service of the salon, or of several that make one visit."""
