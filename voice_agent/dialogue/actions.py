"""What the policy wants done: imperative, closed union; carried out by `turn`, in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from booking_core.domain.booking import BookAppointment
    from booking_core.domain.slots import SlotQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A template of `prompts/<language>` with its values; made only by `sentences`.

    Functions there that claim a fact take the result object that proves it.
    """

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    seed: str = ""
    """Set by the policy: chooses among the phrasings, so that "wie bitte?" gets the same words.
    `sentences.words(sentence, language=...)` renders with it.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Say this now."""

    sentence: Sentence
    uninterruptible: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FindSlots:
    """Search, and hold what will be offered; answered by `SlotsAnswered` in the same turn."""

    query: SlotQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Book; a filler is spoken first; answered by `BookingAnswered` in the same turn."""

    order: BookAppointment


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseHolds:
    """Give back what was held for this call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndCall:
    """Hang up after the last sentence was spoken."""


Action = Say | FindSlots | Book | ReleaseHolds | EndCall
