"""What is new in a transcript that is sent whole every time, grows, and is corrected on the way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

UNINTELLIGIBLE = "(unintelligible audio)"
_TOLD_CHARACTERS = 12  # so much of a sentence is a word or two: the voice has really begun it


class Speaker(StrEnum):
    """Who says a line."""

    AGENT = "agent"
    CALLER = "caller"


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One line of the transcript."""

    speaker: Speaker
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What the agent was heard to say, and what the caller said after it in one go."""

    agent: str
    caller: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How much of the caller's side has been dealt with."""

    exchanges: int = 0
    before: int = 0
    """As it was before the newest turn: where that turn's own words begin."""
    tail: str = ""
    """The caller's words in the last exchange, as they stood then."""


class Novelty(StrEnum):
    """How a transcript relates to the one before it."""

    FRESH = "fresh"
    """The agent was heard, then the caller spoke."""
    AGAIN = "again"
    """The caller went on, or was heard better: the last answer has not been heard."""
    NOTHING = "nothing"
    """No word of the caller since the agent was heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What one transcript tells beyond what was seen."""

    novelty: Novelty
    words: str
    """Everything the newest turn has to understand; after AGAIN, all of it once more."""
    more: str
    """Only what goes beyond the words dealt with already."""
    heard: str
    """What the caller heard of the agent since the words dealt with."""
    seen: Seen
    """The new mark."""


def news(transcript: Iterable[Utterance], seen: Seen) -> News:
    """Compare a whole transcript with what has been dealt with.

    Exchanges are counted, not words: recognition rewrites words, also earlier ones, while the
    agent's voice between them is certain.
    """
    done, after = exchanges(transcript)
    if len(done) > seen.exchanges:
        return _fresh(done, seen)
    if done and not after:
        return _again(done, seen)
    return News(novelty=Novelty.NOTHING, words="", more="", heard=after, seen=seen)


def _fresh(done: Sequence[Exchange], seen: Seen) -> News:
    new = done[seen.exchanges :]
    late = growth(seen.tail, done[seen.exchanges - 1].caller) if seen.exchanges else ""
    words = _spoken([late or "", *(exchange.caller for exchange in new)])
    mark = Seen(exchanges=len(done), before=seen.exchanges, tail=done[-1].caller)
    return News(novelty=Novelty.FRESH, words=words, more=words, heard=new[0].agent, seen=mark)


def _again(done: Sequence[Exchange], seen: Seen) -> News:
    # Fewer exchanges than before = a line of the agent has vanished: still the last exchange.
    before = min(seen.before, len(done) - 1)
    more = growth(seen.tail, done[-1].caller)
    mark = Seen(exchanges=len(done), before=before, tail=done[-1].caller)
    return News(
        novelty=Novelty.AGAIN,
        words=_spoken([exchange.caller for exchange in done[before:]]),
        more=_spoken([done[-1].caller if more is None else more]),
        heard="",
        seen=mark,
    )


def exchanges(transcript: Iterable[Utterance]) -> tuple[tuple[Exchange, ...], str]:
    """The conversation as exchanges, and what the agent was heard to say after the last one."""
    done: list[Exchange] = []
    agent = ""
    for line in transcript:
        text = line.text.strip()
        if line.speaker is Speaker.AGENT:
            agent = f"{agent} {text}".strip()
        elif text and done and not agent:
            done[-1] = Exchange(agent=done[-1].agent, caller=f"{done[-1].caller} {text}")
        elif text:
            done.append(Exchange(agent=agent, caller=text))
            agent = ""
    return tuple(done), agent


def growth(old: str, new: str) -> str | None:
    """What `new` adds after the words of `old`; None when `old` was corrected instead.

    >>> growth("Morgen um zwei", "morgen um zwei, bei Emma")
    'bei Emma'
    """
    if new == old:  # nearly always
        return ""
    known, words = _bare(old), new.split()
    fed = [_letters(word) for word in words]
    count = 0
    while known and count < len(fed):
        if fed[count] and fed[count] != known.pop(0):
            return None
        count += 1
    return None if known else " ".join(words[count:])


def was_cut(said: str, heard: str) -> bool:
    """Whether the caller heard only the beginning of what was said, because they spoke."""
    whole, part = _letters(said), _letters(heard)
    return len(part) < len(whole) and whole.startswith(part) and bool(part)


def was_told(owed: str, said: str, heard: str) -> bool:
    """Whether the voice had begun to say what is owed, at the end of what was said.

    By its first words, or by how much was heard: a transcript may spell numbers as they sound.
    """
    whole, part = _letters(owed), _letters(heard)
    before = len(_letters(said)) - len(whole)
    return whole[:_TOLD_CHARACTERS] in part or len(part) >= max(before, 0) + _TOLD_CHARACTERS


def _spoken(parts: Sequence[str]) -> str:
    return " ".join(" ".join(parts).replace(UNINTELLIGIBLE, " ").split())


def _bare(text: str) -> list[str]:
    return [bare for bare in map(_letters, text.split()) if bare]


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()
