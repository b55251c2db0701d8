"""What is known about a sentence when its intent is judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nlu.meaning import Grain, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.meaning import Choice, ServiceMention, StaffMention, TimeExpression, YesNo
    from nlu.talk import Talk
    from nlu.tokens import Token
    from nlu.vocabulary import Expecting


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about a sentence when its intent is judged."""

    words: Sequence[Token]
    language: Talk
    labels: frozenset[str]
    expecting: Expecting
    times: Sequence[TimeExpression] = ()
    services: Sequence[ServiceMention] = ()
    staff: Sequence[StaffMention] = ()
    has_name: bool = False
    has_contact: bool = False
    """A phone number or an address."""
    yes_no: YesNo | None = None
    choice: Choice | None = None
    dropped: bool = False
    """A service is to be left out."""
    offered: bool = False
    """Options are on the table."""
    only_fillers: bool = False
    begins_asking: bool = False
    """The first words are those of a question: "kann ich ..."."""
    not_yet: bool = False
    """Somebody has to be asked first."""
    learned: bool = True
    """The classifier may be asked."""
    own: frozenset[str] = field(default_factory=frozenset)
    """Folded words of the sentence."""

    @property
    def is_question(self) -> bool:
        """Whether it ends or begins as a question."""
        marked = bool(self.words) and self.words[-1].raw == "?"
        return marked or self.begins_asking or "question" in self.labels

    @property
    def wishes(self) -> list[TimeExpression]:
        """Times that are wished or refused, not the existing appointment."""
        return [e for e in self.times if e.role is not Role.EXISTING and e.grain is not Grain.ANY]

    @property
    def has_slots(self) -> bool:
        """Whether it names anything a booking is made of."""
        named = self.wishes or self.services or self.staff or self.dropped
        return bool(named or self.has_name or self.has_contact)

    @property
    def has_clock(self) -> bool:
        """Whether a clock time is wished."""
        return any(e.grain in {Grain.HOUR, Grain.MINUTE} for e in self.wishes)

    def uses(self, name: str) -> bool:
        """Whether it has a word of this small set."""
        return not self.own.isdisjoint(self.language.words[name])

    def says(self, *labels: str) -> bool:
        """Whether any of these acts was heard."""
        return not self.labels.isdisjoint(labels)
