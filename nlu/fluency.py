"""A sentence without its hesitations: who looks for the own surname says "ähm" before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.talk import Talk
    from nlu.tokens import Token


def fluent(
    words: Sequence[Token], free: Sequence[bool], language: Talk
) -> tuple[Sequence[Token], Sequence[bool]]:
    """The words as if nobody had hesitated, and which of them are free.

    Between two names the commas around a hesitation go with it.
    """
    noises = language.words["noises"]
    if noises.isdisjoint(word.folded for word in words):
        return words, free
    kept = [i for i, word in enumerate(words) if word.folded not in noises]
    kept = [i for at, i in enumerate(kept) if not _is_pause(words, kept, at, language)]
    return [words[i] for i in kept], [free[i] for i in kept]


def _is_pause(words: Sequence[Token], kept: Sequence[int], at: int, language: Talk) -> bool:
    """Whether a comma only stands around a noise: Marion, äh, Eckert."""
    if words[kept[at]].raw != "," or at == 0:
        return False
    if at + 1 < len(kept) and words[kept[at + 1]].raw == ",":
        return True  # the second one stays, or goes by what is around it
    first = at - 1
    while first > 0 and words[kept[first]].raw == ",":
        first -= 1
    is_noisy = at + 1 < len(kept) and kept[at + 1] - kept[first] > at + 1 - first
    before = words[kept[first - 1]].folded if first else ""
    return (
        is_noisy
        and words[kept[at + 1]].raw[0].isupper()
        and _may_be_name(words[kept[first]], language)
        and before not in language.words["staff_cues"]
    )


def _may_be_name(word: Token, language: Talk) -> bool:
    return word.raw[0].isupper() and word.folded not in language.never_names
