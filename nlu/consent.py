"""Yes, no, or neither: what counts as consent to a question, and what only sounds like it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu.meaning import YesNo
from nlu.vocabulary import Expecting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.phrases import Hit
    from nlu.talk import Talk
    from nlu.tokens import Token

_ASKS_NOTHING_TO_CONFIRM = frozenset(
    {
        Expecting.OPEN,
        Expecting.DATE,
        Expecting.TIME,
        Expecting.DATETIME,
        Expecting.NAME,
        Expecting.SERVICE,
    }
)
_NEARBY = 3  # words between a refusal and the value it goes on with


def yes_or_no(  # noqa: PLR0911 - one way of saying it a line
    words: Sequence[Token],
    hits: Sequence[Hit],
    expecting: Expecting,
    language: Talk,
    *,
    content: bool,
) -> YesNo | None:
    """Consent or refusal; None where it is neither, or both.

    `content` tells that the sentence says something else: a time, a service, a name.
    """
    labels = {hit.label for hit in hits}
    no = _outside(hits, "no", ())
    yes = _outside(hits, "yes", no)
    if _asks(words, labels, language):
        return None
    if "if_free" in labels and yes:
        return YesNo.YES
    if "but" in labels and yes and not no:
        return _behind_but(hits)
    if yes and no:
        return _both(words, yes, no, language)
    if no:
        return YesNo.NO
    if yes:
        return _plain(words, yes, expecting, content=content)
    return YesNo.YES if _weakly(hits, words, expecting) else None


def _outside(hits: Sequence[Hit], label: str, others: Sequence[Hit]) -> list[Hit]:
    """The phrases of a label that do not overlap others: "stimmt" in "stimmt nicht"."""
    return [
        hit
        for hit in hits
        if hit.label == label and not any(o.first < hit.last and hit.first < o.last for o in others)
    ]


def _asks(words: Sequence[Token], labels: set[str], language: Talk) -> bool:
    """A question is no consent: Muss ich das? Ja? - but a yes behind it is."""
    if not words:
        return True
    first = next((w.folded for w in words if w.folded not in language.words["hesitation"]), "")
    if first in language.words["question_openers"]:
        return True
    is_question = words[-1].folded == "?"
    return is_question and not labels & {"if_free"} and len(words) <= 3  # noqa: PLR2004 - "Ja?" and "Ja, bitte?"


def _behind_but(hits: Sequence[Hit]) -> YesNo | None:
    """Ja, aber ...: what stands behind counts."""
    but = next(hit.first for hit in hits if hit.label == "but")
    behind = [hit for hit in hits if hit.first > but and hit.label in {"yes", "no"}]
    if not behind:
        return None
    return YesNo.YES if behind[-1].label == "yes" else YesNo.NO


def _both(
    words: Sequence[Token], yes: Sequence[Hit], no: Sequence[Hit], language: Talk
) -> YesNo | None:
    """Ja, nee, ist okay is neither; a refusal that stands first is meant."""
    first_yes, first_no = yes[0].first, no[0].first
    if first_no < first_yes and words[first_no].folded in language.words["plain_no"]:
        return YesNo.NO if yes[-1].first < no[-1].last + _NEARBY else None
    return None


def _plain(
    words: Sequence[Token], yes: Sequence[Hit], expecting: Expecting, *, content: bool
) -> YesNo | None:
    """A yes answers a question that can be answered so; before a greeting it is a filler."""
    if expecting is Expecting.CONFIRM or expecting is Expecting.CHOICE:
        return YesNo.YES
    if content or expecting in _ASKS_NOTHING_TO_CONFIRM:
        return None
    only_yes = all(hit.first <= 1 for hit in yes[:1]) and len(words) <= 6  # noqa: PLR2004 - a short answer
    return YesNo.YES if only_yes else None


def _weakly(hits: Sequence[Hit], words: Sequence[Token], expecting: Expecting) -> bool:
    """Okay, bitte: an answer to a question, else only heard."""
    if expecting is not Expecting.CONFIRM:
        return False
    weak = [hit for hit in hits if hit.label == "weak_yes"]
    return bool(weak) and weak[0].first == 0 and len(words) <= 5  # noqa: PLR2004 - a short answer
