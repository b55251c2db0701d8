"""A yes to what was read back: nothing may stand beside it that is not part of the yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.phrases import Hit
    from nlu.talk import Talk
    from nlu.tokens import Token

_OF_A_YES = frozenset(
    {"yes", "weak_yes", "agreed", "said", "heard", "thanks", "goodbye", "greeting", "if_free"}
)
_AGREEMENTS = frozenset({"yes", "agreed"})
_DOUBTS = frozenset({"wait", "negation", "indifferent", "why", "unsure"})
_FEWEST_BEFORE_TAG = 3  # words: "Ja?" alone is a question, "ja, bitte buchen, ja?" is none


def doubts(words: Sequence[Token], hits: Sequence[Hit], language: Talk) -> bool:
    """Whether it asks, waits or does not know: "passt das denn", "ja, Moment noch"."""
    if any(hit.label in _DOUBTS for hit in hits):
        return True
    asking = bool(words) and words[-1].raw == "?" and not _ends_in_tag(words, language)
    return asking or _begins_with_verb(words, hits, language)


def agrees_at(place: int, hits: Sequence[Hit]) -> bool:
    """Whether the word there is part of an agreement: the "do" of "yes, do that"."""
    return any(hit.label in _AGREEMENTS and hit.first <= place < hit.last for hit in hits)


def only_agrees(
    words: Sequence[Token], hits: Sequence[Hit], named: Sequence[tuple[int, int]], language: Talk
) -> bool:
    """Whether all of it is the yes, a courtesy, or what was offered (spans in `named`)."""
    of_yes = {i for hit in hits if hit.label in _OF_A_YES for i in range(hit.first, hit.last)}
    before_value = False
    for place in reversed(range(len(words))):
        word = words[place]
        if any(first <= word.start < last for first, last in named):
            before_value = True
            continue
        if before_value and word.folded in language.words["before_value"]:
            continue
        before_value = False
        if not (
            place in of_yes
            or word.folded in language.words["agreeing"]
            or not word.folded[0].isalnum()
        ):
            return False
    return True


def _ends_in_tag(words: Sequence[Token], language: Talk) -> bool:
    """Bitte machen, ja? - asks for nothing."""
    before = [word for word in words[:-2] if word.folded[0].isalpha()]
    tag = words[-2].folded if len(words) > 1 else ""
    questions = sum(word.raw == "?" for word in words)
    return tag in language.words["tags"] and len(before) >= _FEWEST_BEFORE_TAG and questions == 1


def _begins_with_verb(words: Sequence[Token], hits: Sequence[Hit], language: Talk) -> bool:
    """Passt das mit dem Waschen: German asks by putting the verb first."""
    hesitation = language.words["hesitation"]
    first = next((i for i, word in enumerate(words) if word.folded not in hesitation), len(words))
    following = words[first + 1].folded if first + 1 < len(words) else ""
    return (
        first < len(words)
        and not agrees_at(first, hits)
        and words[first].folded in language.words["asking_verbs"]
        and following in language.words["asked_about"]
    )
