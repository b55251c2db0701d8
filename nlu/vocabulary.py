"""What the listener may expect to hear: the salon's words, and the moment of the conversation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceWords:
    """One service and what callers call it."""

    id: str
    name: str
    sure: tuple[str, ...] = ()
    """Accepted without a question."""
    weak: tuple[str, ...] = ()
    """Hints that need a question back."""
    heard: tuple[str, ...] = ()
    """Forms in which speech recognition is known to write it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffWords:
    """One staff member and how callers call them."""

    id: str
    first_name: str
    last_name: str = ""
    nicknames: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words of one salon. Hashable: matchers are built once per vocabulary."""

    services: tuple[ServiceWords, ...] = ()
    staff: tuple[StaffWords, ...] = ()
    salon_name: str = ""
    land: str = "BE"
    """German Land, for the names of its holidays."""


class Expecting(StrEnum):
    """What the agent's last question asks for: context, never a filter."""

    OPEN = "open"
    SERVICE = "service"
    STAFF = "staff"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"
    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    CHOICE = "choice"
    CONFIRM = "confirm"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One of the options on the table, in spoken order."""

    start: datetime
    staff_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The moment a sentence is said in."""

    now: datetime
    """Aware, in the salon's zone."""
    language: str = "de"
    expecting: Expecting = Expecting.OPEN
    agent_said: str | None = None
    options: tuple[Option, ...] = ()
    learned: bool = True
    """Ask the trained classifier where the rules are unsure; off to measure what it adds."""

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError(f"`now` needs a zone, not {self.now}")
