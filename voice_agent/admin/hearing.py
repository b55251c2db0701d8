"""How the agent would hear a name: whom it would take, ask about, or not think of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlu import Context, Expecting, StaffWish, understand
from nlu.meaning import ASK_SCORE
from nlu.names import similarity
from voice_agent.dialogue.vocabulary import vocabulary_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from booking_core.domain.catalogue import Salon, Staff

MOST = 100  # letters; a name said is shorter


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """One person, and what the agent makes of the words for them."""

    name: str
    verdict: str
    """`accept`, `ask` or `reject`."""
    score: float


def heard(said: str, salon: Salon, now: datetime) -> Sequence[Hearing]:
    """Everybody who works here, the likeliest first, as when the agent has asked for the person."""
    context = Context(now=now, language=salon.branch.language, expecting=Expecting.STAFF)
    found = understand(said[:MOST], vocabulary_of(salon), context).staff
    named = [one for one in found if one.wish is not StaffWish.ANY]
    scores = {one.id: one.score for mention in named for one in mention.candidates}
    taken = {mention.accepted for mention in named} - {None}
    people = [_of(member, said, scores, taken) for member in salon.staff if member.active]
    return sorted(people, key=lambda one: ("accept ask reject".index(one.verdict), -one.score))


def _of(member: Staff, said: str, scores: dict[str, float], taken: set[str | None]) -> Hearing:
    score = scores.get(str(member.id))
    if score is not None and score >= ASK_SCORE:
        verdict = "accept" if str(member.id) in taken else "ask"
        return Hearing(name=member.name, verdict=verdict, score=score)
    return Hearing(name=member.name, verdict="reject", score=_likeness(member, said))


def _likeness(member: Staff, said: str) -> float:
    names = (member.first_name, *member.last_name.split(), *member.nicknames)
    return max(
        (similarity(word, name) for word in said[:MOST].split() for name in names), default=0.0
    )
