"""A few words that decide between two things the policy can do; the words themselves are data."""

from __future__ import annotations

import re
from collections import defaultdict
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files

import yaml

_WORD = re.compile(r"\w+")
_LONG = 4  # letters: enough to tell most words apart


class Topic(StrEnum):
    """What a sentence touches."""

    HUMAN = "human"
    """Whether somebody real is speaking."""
    ADDRESS = "address"
    MAILBOX = "mailbox"
    """The caller's own address, for mail or for letters."""
    WHO = "who"
    """Who would do it."""
    WHY = "why"
    BOTH = "both"
    """One service besides the other."""
    INSTEAD = "instead"
    """One service in place of the other."""
    OR = "or"
    """One of two."""
    JOINS = "joins"
    """What is named next comes with what was named before it."""
    WITH = "with"
    """What follows comes with what is wanted already."""
    LATEST = "latest"
    """The last start of the day that can be had."""
    WHO_IS_IN = "who_is_in"
    """Whoever is in the salon then."""
    AS_READ = "as_read"
    """Nothing is to be changed after all."""
    THE_TIME = "the_time"
    """The day or the hour is what is to be different; so with the next three."""
    THE_PERSON = "the_person"
    THE_SERVICE = "the_service"
    THE_NAME = "the_name"
    NOT_SO = "not_so"
    """Words that turn what is said beside them round."""
    SAME_PERSON = "same_person"
    """Whoever it was with the last time."""
    OTHER_PERSON = "other_person"
    """Anybody but the one on the table."""
    WOMAN_OR_MAN = "woman_or_man"
    """Who does it shall be a woman, or a man."""
    STRICT = "strict"
    """This very time, or none."""
    PERSON = "person"
    """Somebody of the salon shall come to the telephone."""
    CALLBACK = "callback"
    AGREES = "agrees"
    """To an offer of help, with more behind it."""
    WAITING_LIST = "waiting_list"
    EMERGENCY = "emergency"
    MEDICAL = "medical"
    """Whether it is good for one's health: nobody's to answer on the telephone."""
    NOT_FOR_US = "not_for_us"
    """Invoices, jobs, lost property: a person's business."""
    WRONG_NUMBER = "wrong_number"
    RECORDING = "recording"
    TRICK = "trick"
    """Attempts to make the agent act otherwise."""
    INSULT = "insult"
    CHAT = "chat"
    PARKING = "parking"
    PAYMENT = "payment"
    PREPARATION = "preparation"
    ARRIVAL = "arrival"
    PAUSE = "pause"
    """What happens while the colour works."""
    TOGETHER = "together"
    """All of it in one sum."""
    ENDING = "ending"
    """When it is over."""
    WHO_CAN = "who_can"
    """Who of the team does it at all."""
    DIFFERENCE = "difference"
    """What tells one service from another."""
    WORKS = "works"
    """When somebody is in the salon."""
    MOVE = "move"
    """A visit that stands goes somewhere else."""
    REPLACE = "replace"
    """What follows comes in place of the visit that is called off."""
    ALSO = "also"
    """What follows is another request."""
    ANOTHER = "another"
    """A visit of its own besides the one that was named."""
    FOR_ME = "for_me"
    GOES_ON = "goes_on"
    """The beginning of half a question."""
    BY_WHOM = "by_whom"
    """Whether it is this person who does it."""
    ON_WHICH_DAY = "on_which_day"
    """The date of what is on the table."""
    CANCELLING = "cancelling"
    """That a visit may be called off or moved one day: until when?"""
    RIGHT_NOW = "right_now"
    """"Now" is when to come, and no manner of speaking."""
    GROUP = "group"
    """More people at once than can be booked here."""
    BOTH_CHILDREN = "both_children"
    """The same for each of two."""
    BOTH_OF_US = "both_of_us"
    """The caller and somebody else, at the same time or each of them."""
    SAME_TOO = "same_too"
    """The same once more, for somebody else."""
    SAME_VISIT = "same_visit"
    """A visit like the one that was told or booked: service, person, weekday and hour."""
    ALONE = "alone"
    """Nobody comes along after all."""
    AFTERWARDS = "afterwards"
    """As soon as the other visit is over."""
    A_FEW = "a_few"
    """A number of minutes that is none."""
    BACK = "back"
    """Later than it stands."""
    FORWARD = "forward"
    SAME_TIME = "same_time"
    """At the hour of the visit that is talked about."""
    ALSO_THEN = "also_then"
    """Whether what was told can be at another time."""
    OTHER_NUMBER = "other_number"
    HOLD_ON = "hold_on"
    """The caller wants a moment."""
    OTHER_ONE = "other_one"
    NO_NAME = "no_name"
    """The name is not going to be told."""
    BOTH_VISITS = "both_visits"
    WOMEN = "women"
    MEN = "men"
    CHILDREN = "children"
    OPENING = "opening"
    """Said of doors, not of how long something takes."""
    THIRTIETH = "thirtieth"
    THIRTY_FIRST = "thirty_first"
    HAS = "has"
    """What follows is there already."""
    TELL = "tell"
    """When a visit is that the caller has."""
    OWN = "own"
    """A visit the caller has."""
    LATE = "late"
    """The caller will not be there in time."""
    SECOND = "second"
    """Another one besides the visit that stands."""
    LANGUAGE = "language"
    """Whether the caller's language is spoken."""
    KEEP = "keep"
    """Everything stays as it is."""
    MEANT = "meant"
    """What was understood before is put right."""
    ONLY = "only"
    """This and nothing else."""
    ONLY_IF = "only_if"
    """What follows is a condition."""
    LIMIT = "limit"
    """Of a price."""
    DONE_BY = "done_by"
    """A time is when the visit has to be over."""
    IF = "if"
    FREE = "free"
    """That a time can be had."""
    BOOK_IT = "book_it"
    """Agreed to before it was looked for."""
    NOT_YET = "not_yet"
    """There is something else to be told or asked before it is booked."""
    OTHERS = "others"
    """Somebody else's visit."""
    INTRODUCES = "introduces"
    """A name is to follow."""


def first_touch(text: str, topic: Topic, language: str) -> int | None:
    """Where these words come to the topic; None when they do not.

    >>> first_touch("absagen, und dafür am Montag", Topic.REPLACE, "de")
    9
    """
    return _touched(text, language).get(topic)


def touches(text: str, topic: Topic, language: str) -> bool:
    """Whether these words are about the topic.

    >>> touches("Sind Sie ein Mensch?", Topic.HUMAN, "de")
    True
    >>> touches("Zwei Kinder kommen mit.", Topic.HUMAN, "de")
    False
    >>> touches("Und noch eine Aufbaukur dazu.", Topic.BOTH, "de")
    True
    >>> touches("Außerdem eine Aufbaukur.", Topic.BOTH, "de")
    True
    """
    return topic in _touched(text, language)


def without(text: str, topic: Topic, language: str) -> str:
    """The sentence without the words that come to the topic.

    >>> without("Damen, aber bei einem Mann", Topic.WOMAN_OR_MAN, "de")
    'damen, aber  '
    """
    pattern = _patterns(language).get(topic)
    return pattern.sub(" ", text.casefold()) if pattern else text


def words_of(topic: Topic, language: str) -> tuple[str, ...]:
    """The words themselves."""
    return tuple(_written().get(language, {}).get(topic.value, ()))


@cache
def _written() -> dict[str, dict[str, list[str]]]:
    written = (files("voice_agent.dialogue") / "topics.yaml").read_text("utf-8")
    return {
        language: {topic: [word.casefold() for word in words] for topic, words in topics.items()}
        for language, topics in yaml.safe_load(written).items()
    }


@lru_cache(maxsize=32)
def _touched(text: str, language: str) -> dict[Topic, int]:
    """Where these words come to which topic first; in a turn it is asked for again and again."""
    said, found = text.casefold(), dict[Topic, int]()
    beginnings = _beginnings(language)
    for word in _WORD.finditer(said):
        place = word.start()
        for first in {word.group(), said[place : place + _LONG]}:
            for beginning, topic in beginnings.get(first, ()):
                if said.startswith(beginning, place):
                    found.setdefault(topic, place)
    return found


@cache
def _beginnings(language: str) -> dict[str, list[tuple[str, Topic]]]:
    """By their first letters, or as a whole.

    A short word like "KI" only counts alone: "Kinder" begins with it.
    """
    found = defaultdict[str, list[tuple[str, Topic]]](list)
    for topic, beginnings in _written().get(language, {}).items():
        for beginning in beginnings:
            found[beginning[:_LONG]].append((beginning, Topic(topic)))
    return dict(found)


@cache
def _patterns(language: str) -> dict[Topic, re.Pattern[str]]:
    words = _written().get(language, {})
    return {Topic(topic): _pattern(beginnings) for topic, beginnings in words.items()}


def _pattern(beginnings: list[str]) -> re.Pattern[str]:
    words = [f"{re.escape(b)}\\b" if len(b) < _LONG else re.escape(b) for b in beginnings]
    return re.compile(rf"\b(?:{'|'.join(words)})")
