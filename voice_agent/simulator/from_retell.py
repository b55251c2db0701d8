"""Turns a call that Retell has recorded into a replay file in which nobody is to be recognised.

Names, numbers and addresses are replaced, the same ones always by the same; the clock of the file
starts when the call did, so that "morgen" means what it meant.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from nlu import Context, understand
from voice_agent.dialogue.vocabulary import vocabulary_of
from voice_agent.simulator.replay_yaml import parse_replay

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from booking_core.domain.catalogue import Salon

FIRST_NAMES = ("Anke", "Birte", "Carla", "Dörte", "Elke", "Frauke", "Gerda", "Heike")
LAST_NAMES = ("Ahrens", "Bohm", "Clausen", "Dreyer", "Ehlers", "Franzen", "Grote", "Harms")
INVENTED_NUMBER = "+4930231257"  # a block reserved for fiction; two digits follow
DIGITS = ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun")
_DIGIT = rf"(?:{'|'.join(DIGITS)}|zwo|\d+)"
_NUMBER = re.compile(
    rf"(?:\+|plus )?\b{_DIGIT}(?:[ ,./-]+{_DIGIT}\b){{4,}}|\+?\b\d{{6,}}\b", re.IGNORECASE
)
_ADDRESS = re.compile(
    r"\S+(?: (?:punkt|minus|unterstrich) \S+)* ?(?:@| ät | at | klammeraffe ) ?\S+?"
    r"(?:(?:\.| punkt )\w{2,})+",
    re.IGNORECASE,
)
_SPELLED = re.compile(r"\b\w\b(?:[ ,.-]+\b\w\b){2,}")
SPOKEN_ADDRESS = "anke punkt ahrens ät example punkt org"


class RetellCallInvalid(Exception):
    """What should be a call object of Retell's is none."""


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore")

    role: str
    content: str = ""


class _Recorded(BaseModel):
    """As much of a call object as a replay needs."""

    model_config = ConfigDict(extra="ignore")

    from_number: str | None = None
    start_timestamp: int
    transcript_object: list[_Said]
    disconnection_reason: str | None = None


def from_retell(text: str, salon: Salon, *, title: str = "A recorded call") -> str:
    """The replay file, as text; RetellCallInvalid when the text is no call with a transcript.

    An event of a webhook that carries the call does as well.
    """
    call = _read(text)
    zone = ZoneInfo(salon.branch.timezone)
    at = datetime.fromtimestamp(call.start_timestamp // 1000, UTC).astimezone(zone)
    said = [item for item in call.transcript_object if item.role in {"agent", "user"}]
    disguise = Disguise(salon, [item.content for item in said if item.role == "user"], at)
    file = {
        "call": title,
        "salon": salon.branch.key,
        "at": at.isoformat(),
        "from": call.from_number and invented_number(call.from_number),
        "turns": list(_turns(said, disguise, hung_up=call.disconnection_reason == "user_hangup")),
    }
    written = yaml.safe_dump(file, allow_unicode=True, sort_keys=False, width=100)
    parse_replay(written, name=title)  # what is written can be played
    return written


class Disguise:
    """Everything in a call that tells who called, and what stands in its place."""

    def __init__(self, salon: Salon, lines: Sequence[str], now: datetime) -> None:
        team = {word for member in salon.staff for word in member.name.casefold().split()}
        vocabulary, context = vocabulary_of(salon), Context(now=now)
        names = (understand(line, vocabulary, context).name for line in lines)
        words = [word for name in names if name for word in name.text.split()]
        own = [word for word in words if word.casefold() not in team]
        self._names = {word.casefold(): _invented(word, words) for word in own}

    def of(self, line: str) -> str:
        """The line, said by nobody in particular."""
        line = _ADDRESS.sub(SPOKEN_ADDRESS, line)
        line = _NUMBER.sub(_other_number, line)
        line = _SPELLED.sub(self._spelled, line)
        return re.sub(r"\w+", self._named, line)

    def _named(self, found: re.Match[str]) -> str:
        return self._names.get(found[0].casefold(), found[0])

    def _spelled(self, found: re.Match[str]) -> str:
        word = "".join(re.findall(r"\w", found[0])).casefold()
        instead = self._names.get(word) or _pick(LAST_NAMES, word)
        return ", ".join(instead.upper())


def invented_number(number: str) -> str:
    """Always the same number that nobody has.

    >>> invented_number("+493023125999") == invented_number("+493023125999")
    True
    """
    return f"{INVENTED_NUMBER}{int(sha256(number.encode()).hexdigest(), 16) % 100:02}"


def _read(text: str) -> _Recorded:
    try:
        return _Recorded.model_validate_json(text)
    except ValidationError as error:
        first = error
    try:
        return _Event.model_validate_json(text).call
    except ValidationError:
        problem = first.errors()[0]
        place = ".".join(str(part) for part in problem["loc"]) or "the file"
        raise RetellCallInvalid(f"no call object of Retell's: {place}: {problem['msg']}") from first


class _Event(BaseModel):
    model_config = ConfigDict(extra="ignore")

    call: _Recorded


def _turns(said: Sequence[_Said], disguise: Disguise, *, hung_up: bool) -> Iterator[dict[str, Any]]:
    for index, item in enumerate(said):
        if item.role != "user" or not item.content.strip():
            continue
        turn: dict[str, Any] = {"caller": disguise.of(item.content.strip())}
        if hung_up and index == len(said) - 1:
            turn["hang_up"] = True
        yield turn


def _invented(word: str, words: Sequence[str]) -> str:
    """A first name for a first name: one that is followed by another in the list."""
    is_first = len(words) > 1 and word == words[0]
    return _pick(FIRST_NAMES if is_first else LAST_NAMES, word)


def _pick(names: Sequence[str], word: str) -> str:
    return names[int(sha256(word.casefold().encode()).hexdigest(), 16) % len(names)]


def _other_number(found: re.Match[str]) -> str:
    digits = invented_number(re.sub(r"\s", "", found[0].casefold())).replace("+49", "0")
    return " ".join(DIGITS[int(digit)] for digit in digits)
