"""Yes, no, or neither: what counts as consent to a question, and what only sounds like it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu.agreement import agrees_at, doubts, only_agrees
from nlu.meaning import YesNo
from nlu.vocabulary import Expecting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
_ASKS_TO_CONFIRM = frozenset({Expecting.CONFIRM, Expecting.CHOICE})
_NEARBY = 3  # words between a refusal and the value it goes on with


def yes_or_no(
    words: Sequence[Token],
    hits: Sequence[Hit],
    expecting: Expecting,
    language: Talk,
    *,
    content: bool,
    named: Sequence[tuple[int, int]] = (),
    contradicts: Callable[[], bool] = lambda: False,
) -> YesNo | None:
    """Consent or refusal; None where it is neither, or both.

    `content` tells that the sentence says something else: a time, a service, a name; `named`
    are the spans of it. Whether it `contradicts` what was offered is only asked when all else
    says yes: the offer has to be read for it.
    """
    words, hits = _behind_surprise(words, hits, language)
    found = _heard(words, hits, expecting, language, content=content)
    if found is YesNo.YES and expecting is Expecting.NONE:  # "ja ja ich hör Ihnen zu"
        return found if only_agrees(words, hits, named, language) else None
    if found is not YesNo.YES or expecting not in _ASKS_TO_CONFIRM:
        return found
    if doubts(words, hits, language):
        return None
    if expecting is Expecting.CHOICE or _is_conditional(hits):
        return found
    agrees = only_agrees(words, hits, named, language) and not contradicts()
    return found if agrees else None


def _behind_surprise(
    words: Sequence[Token], hits: Sequence[Hit], language: Talk
) -> tuple[Sequence[Token], Sequence[Hit]]:
    """Was, erst dann? Na gut: what is exclaimed asks nothing, and what stands behind it counts."""
    exclaiming = language.words["exclaiming"]
    for hit in hits:
        before = [word.folded for word in words[: hit.first] if word.folded[0].isalnum()]
        behind = any(word.folded[0].isalnum() for word in words[hit.last :])
        if hit.label == "surprise" and behind and exclaiming.issuperset(before):
            return _from(hit.last, words, hits)
    return words, hits


def _from(
    place: int, words: Sequence[Token], hits: Sequence[Hit]
) -> tuple[Sequence[Token], Sequence[Hit]]:
    """The sentence from this word on, without a sign before it."""
    while not words[place].folded[0].isalnum():
        place += 1
    behind = [hit for hit in hits if hit.first >= place]
    moved = [hit._replace(first=hit.first - place, last=hit.last - place) for hit in behind]
    return words[place:], moved


def _is_conditional(hits: Sequence[Hit]) -> bool:
    """Wenn er frei ist, bitte buchen: what was offered is free."""
    return any(hit.label == "if_free" for hit in hits)


def _heard(  # noqa: PLR0911 - one way of saying it a line
    words: Sequence[Token],
    hits: Sequence[Hit],
    expecting: Expecting,
    language: Talk,
    *,
    content: bool,
) -> YesNo | None:
    """What the words say by themselves."""
    labels = {hit.label for hit in hits}
    if "refused_hour" in labels and expecting is Expecting.CONFIRM and "negation" not in labels:
        return YesNo.NO  # "ja, das ist mir zu spät" refuses
    no = _not_within_yes(hits)
    yes = _outside(hits, "yes", no)
    if _asks(words, hits, language):
        return None
    if "if_free" in labels and yes and not (content and expecting in _ASKS_NOTHING_TO_CONFIRM):
        return YesNo.YES
    if "but" in labels and yes and not no:
        return _behind_but(hits)
    if yes and no:
        return _both(words, yes, no, language)
    if no:
        return YesNo.NO
    if yes:
        return _plain(words, yes, expecting, content=content)
    return YesNo.YES if _weakly(hits, expecting, content=content) else None


def _outside(hits: Sequence[Hit], label: str, others: Sequence[Hit]) -> list[Hit]:
    """The phrases of a label that do not overlap others: "stimmt" in "stimmt nicht"."""
    return [
        hit
        for hit in hits
        if hit.label == label and not any(o.first < hit.last and hit.first < o.last for o in others)
    ]


def _not_within_yes(hits: Sequence[Hit]) -> list[Hit]:
    """The refusals; the "no" of "no problem" is none, nor the "nicht so" of "weiß nicht so"."""
    yes = [hit for hit in hits if hit.label == "yes"]
    no = _outside(hits, "no", [hit for hit in hits if hit.label == "unsure"])
    return [hit for hit in no if not any(y.first <= hit.first and hit.last < y.last for y in yes)]


def _asks(words: Sequence[Token], hits: Sequence[Hit], language: Talk) -> bool:
    """A question is no consent: Muss ich das? Ja? - but a yes behind it is.

    Nor does a word ask that is part of an agreement, or the last: "yes, do that", "yes, do".
    """
    if not words:
        return True
    hesitation, openers = language.words["hesitation"], language.words["question_openers"]
    first = next((i for i, word in enumerate(words) if word.folded not in hesitation), len(words))
    asks = first < len(words) and words[first].folded in openers
    if asks and not agrees_at(first, hits) and _goes_on(words[first + 1 :]):
        return True
    is_question = words[-1].folded == "?"
    free = any(hit.label == "if_free" for hit in hits)
    return is_question and not free and len(words) <= 3  # noqa: PLR2004 - "Ja?" and "Ja, bitte?"


def _goes_on(words: Sequence[Token]) -> bool:
    return any(word.folded[0].isalnum() or word.folded == "?" for word in words)


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
    if expecting in _ASKS_TO_CONFIRM:
        return YesNo.YES
    if content or expecting in _ASKS_NOTHING_TO_CONFIRM:
        return None
    only_yes = all(hit.first <= 1 for hit in yes[:1]) and len(words) <= 6  # noqa: PLR2004 - a short answer
    return YesNo.YES if only_yes else None


def _weakly(hits: Sequence[Hit], expecting: Expecting, *, content: bool) -> bool:
    """Okay, bitte; machen Sie: an answer to a question, else only heard."""
    if expecting is Expecting.CHOICE:  # a single offer may be taken with a sigh
        return any(hit.label == "conceded" and hit.first == 0 for hit in hits) and not content
    if expecting is not Expecting.CONFIRM:
        return False
    agreed = not content and any(hit.label == "agreed" for hit in hits)
    weak = [hit for hit in hits if hit.label == "weak_yes"]
    return agreed or (bool(weak) and weak[0].first == 0)
