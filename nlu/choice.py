"""Which of the options on the table is meant: the first one, the later one, halb zehn."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from itertools import pairwise
from typing import TYPE_CHECKING

from nlu.meaning import Choice, Grain, Role, StaffWish
from nlu.parts_of_day import window
from nlu.tokens import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nlu.meaning import StaffMention, TimeExpression
    from nlu.numbers import NumberWords
    from nlu.talk import Talk
    from nlu.tokens import Token
    from nlu.vocabulary import Option

_LAST = -1
_MOST_OPTIONS = 3
_TWO = 2
_GOES_ON = 4  # words: "ach so, nee, dann den um zehn" refuses nothing
_SHORT_ANSWER = 8  # words; longer sentences count things
_LAST_MINUTE = 59
_STOPS = frozenset({".", "!", "?"})


def choice(
    words: Sequence[Token],
    times: Sequence[TimeExpression],
    staff: Sequence[StaffMention],
    options: Sequence[Option],
    language: Talk,
    numbers: NumberWords,
) -> Choice | None:
    """The option that is chosen, if exactly one is."""
    if left := _left_over(words, times, options, language, numbers):
        return left
    picked = _picked(words, times, staff, options, language, numbers)
    if picked is None or _is_refused(words, times, language):
        return None
    refused = {m.accepted for m in staff if m.wish is StaffWish.NOT} - {None}
    with_refused = options[picked.index - 1] if picked.index <= len(options) else None
    return None if with_refused and with_refused.staff_id in refused else picked


def _left_over(
    words: Sequence[Token],
    times: Sequence[TimeExpression],
    options: Sequence[Option],
    language: Talk,
    numbers: NumberWords,
) -> Choice | None:
    """Den um halb zehn nicht, den anderen: of two, the one that was not refused."""
    spoken = [word.folded for word in words]
    if len(options) != _TWO or language.words["other_choice"].isdisjoint(spoken):
        return None
    refused = [replace(e, role=Role.WANT) for e in times if e.role is Role.REJECT]
    place = max(i for i, word in enumerate(spoken) if word in language.words["other_choice"])
    if not place or spoken[place - 1] not in language.words["choice_articles"]:
        return None
    if place > 1 and spoken[place - _TWO] in language.words["not_at_the_end"]:
        return None  # "den zweiten, nicht den anderen"
    named = _by_time(refused, options)
    if not named and (nth := _by_order(words[:place], options, language)):
        named = [nth.index]
    if not named and (nth := _by_number(words[:place], options, language, numbers)):
        named = [nth.index]
    return Choice(index=_TWO + 1 - named[0]) if len(named) == 1 else None


def _picked(
    words: Sequence[Token],
    times: Sequence[TimeExpression],
    staff: Sequence[StaffMention],
    options: Sequence[Option],
    language: Talk,
    numbers: NumberWords,
) -> Choice | None:
    """The option that the words pick, whoever does it."""
    times = [e for e in times if not (options and _is_ordinal_alone(e, words, language))]
    fitting = _by_time(times, options)
    if fitting:
        return Choice(index=fitting[0]) if len(fitting) == 1 else None
    if not _wanted(times):  # "Dann um elf bei Emma" is no choice of her nine o'clock
        by_person = _by_person(staff, options)
        if by_person:
            return by_person
    if (numbered := _by_number(words, options, language, numbers)) and not _is_hour(times):
        return numbered
    if any(e.role is Role.WANT and e.grain is not Grain.SHIFT for e in times) and options:
        return _by_minutes(words, options, numbers) if not _has_clock(times) else None
    spans = [e.span for e in times if e.span and "two_ordinals" in e.rules]
    if spans:  # "zweiter Zwölfter" is a date, no second option
        words = [w for w in words if not any(a <= w.start < b for a, b in spans)]
    return _by_order(words, options, language) or _by_minutes(words, options, numbers)


def _is_only_part_of_day(times: Sequence[TimeExpression]) -> bool:
    wanted = _wanted(times)
    return bool(wanted) and all(e.start is None and e.pod is not None for e in wanted)


def _is_refused(words: Sequence[Token], times: Sequence[TimeExpression], language: Talk) -> bool:
    """Das zweite ist mir zu spät; der erste geht nicht; was war noch mal das zweite?"""
    hits = language.acts.find(words)
    labels = {hit.label for hit in hits}
    if "recall" in labels or ("available" in labels and _is_only_part_of_day(times)):
        return True  # "gibt es auch was am Nachmittag?" asks for more
    said = [word.folded for word in words]
    plain = language.words["plain_no"]
    only_begins = [h for h in hits if h.last - h.first == 1 and said[h.first] in plain]
    only_begins = [h for h in only_begins if h.last + _GOES_ON <= len(words)]
    refusing = [h for h in hits if h.label in {"refused_hour", "no", "reject"} and h.first > 0]
    return any(h not in only_begins for h in refusing) and said[0] not in plain


def _is_hour(times: Sequence[TimeExpression]) -> bool:
    """Whether a time is told by more than a number alone."""
    return any(e.rules != ("bare_hour",) for e in _wanted(times))


def _is_ordinal_alone(expression: TimeExpression, words: Sequence[Token], language: Talk) -> bool:
    """The second, with options on the table: no day of the month, but "on the second" is one."""
    if expression.rules != ("day_of_month",) or expression.span is None:
        return False
    before = [word.folded for word in words if word.start < expression.span[0]][-2:]
    word = fold(expression.text.rpartition(" ")[2])
    prepositions = language.words["day_prepositions"]
    return word in language.choices and prepositions.isdisjoint(before)


def _has_clock(times: Sequence[TimeExpression]) -> bool:
    return any(e.grain in {Grain.HOUR, Grain.MINUTE} for e in times)


def _by_order(words: Sequence[Token], options: Sequence[Option], language: Talk) -> Choice | None:
    """Der Erste; Ihr zweiter Vorschlag; lieber den späteren."""
    words = [word for said in _sentences(words) if len(said) <= 2 * _SHORT_ANSWER for word in said]
    not_choices = language.words["not_choices"]
    refused: list[Choice | None] = []
    for place, word in enumerate(words):
        following = words[place + 1].folded if place + 1 < len(words) else ""
        if following in not_choices and following != "termin":
            continue
        if word.folded in language.choices and _is_choosing(words, place, language):
            found = _nth(language.choices[word.folded], options)
            if not _is_not_this(words, place, language):
                return found
            refused.append(found)
    if refused:
        return _other_of_two(refused[0], options)
    return _by_comparison(words, options, language) or _one_after(words, options, language)


def _sentences(words: Sequence[Token]) -> list[Sequence[Token]]:
    """The words up to each full stop, and what is left."""
    ends = [i + 1 for i, word in enumerate(words) if word.raw in _STOPS]
    return [words[a:b] for a, b in pairwise([0, *ends, len(words)]) if a < b]


def _is_not_this(words: Sequence[Token], place: int, language: Talk) -> bool:
    """Not the first one: a refusal right before it, or before its article."""
    if place and words[place - 1].folded in language.words["choice_articles"]:
        place -= 1
    refusal = words[place - 1].folded if place else ""
    asked = words[place - _TWO].folded if place > 1 else ""  # "why not the first?" would take it
    is_question = asked in language.words["question_openers"]
    return refusal in language.words.get("refusing_one", frozenset()) and not is_question


def _other_of_two(refused: Choice | None, options: Sequence[Option]) -> Choice | None:
    if refused is None or len(options) != _TWO or refused.index > _TWO:
        return None
    return Choice(index=_TWO + 1 - refused.index)


def _one_after(words: Sequence[Token], options: Sequence[Option], language: Talk) -> Choice | None:
    """Not this one, the one after: of two, the one that was told last."""
    pointed = language.words.get("pointed_at", frozenset())
    refuses = any(
        word.folded in pointed and _is_not_this(words, place, language)
        for place, word in enumerate(words)
    )
    goes_on = any(hit.label == "next_choice" for hit in language.acts.find(words))
    return Choice(index=_TWO) if refuses and goes_on and len(options) == _TWO else None


def _by_number(
    words: Sequence[Token], options: Sequence[Option], language: Talk, numbers: NumberWords
) -> Choice | None:
    """Nummer zwei; nehmen wir die zwei; eins."""
    for place, word in enumerate(words):
        number = numbers.cardinal(word.folded)
        if not number or number > len(options or ()):
            continue
        before = words[place - 1].folded if place else ""
        ends = place + 1 == len(words) or not words[place + 1].folded[0].isalnum()
        if before in language.words["numbered"] or (
            ends
            and (before in language.words["choice_articles"] or _is_alone(words, place, language))
        ):
            return _nth(number, options)
    return None


def _is_alone(words: Sequence[Token], place: int, language: Talk) -> bool:
    """A number by itself, as in "ja eins"; "um eins" is a time."""
    before = words[place - 1].folded if place else ""
    opens = before in {"", ","} or before in language.words["choice_openers"]
    return opens and len(words) <= 2  # noqa: PLR2004 - with one word before it


def _is_choosing(words: Sequence[Token], place: int, language: Talk) -> bool:
    """Behind an article or alone; "am ersten" is a day."""
    before = words[place - 1].folded if place else ""
    if _begins_list(words, place, language) in language.words["day_prepositions"]:
        return False
    return before in language.words["choice_openers"] or before in {"", ","} or len(words) <= 2  # noqa: PLR2004 - "Erste." alone


def _begins_list(words: Sequence[Token], place: int, language: Talk) -> str:
    """What stands before the first of several: am ersten, zweiten oder dritten."""
    joins = language.words["list_joints"]
    while (
        place > 1
        and words[place - 1].folded in joins
        and words[place - _TWO].folded in (language.choices)
    ):
        place -= _TWO
    return words[place - 1].folded if place else ""


def _nth(number: int, options: Sequence[Option]) -> Choice | None:
    count = len(options)
    if number == _LAST:
        return Choice(index=count) if count else None
    if number > (count or _MOST_OPTIONS):
        return None
    return Choice(index=number)


def _by_comparison(
    words: Sequence[Token], options: Sequence[Option], language: Talk
) -> Choice | None:
    """Den späteren: behind an article, not "etwas später"."""
    if len(options) < 2:  # noqa: PLR2004 - one cannot be compared
        return None
    starts = [option.start for option in options]
    if end := _end_alone(words, language):
        return Choice(index=starts.index(end(starts)) + 1)
    for place, word in enumerate(words):
        before = words[place - 1].folded if place else ""
        if before not in language.words["choice_articles"]:
            continue
        if word.folded in language.words["later_choice"]:
            return Choice(index=starts.index(max(starts)) + 1)
        if word.folded in language.words["earlier_choice"]:
            return Choice(index=starts.index(min(starts)) + 1)
    return None


def _end_alone(
    words: Sequence[Token], language: Talk
) -> Callable[[Sequence[datetime]], datetime] | None:
    """Earliest; the latest, please: of what is on the table, and nothing else is said."""
    ends = {"earliest_choice": min, "latest_choice": max}
    said = {word.folded for word in words if word.folded[0].isalnum()}
    said -= language.fillers | language.words["choice_articles"] | language.words["choice_openers"]
    found = [end for name, end in ends.items() if said and said <= language.words.get(name, set())]
    return found[0] if found else None


def _by_time(times: Sequence[TimeExpression], options: Sequence[Option]) -> list[int]:
    """The options that every wished time fits."""
    wanted = _wanted(times)
    if not wanted or not options:
        return []
    if len(wanted) > 1 and _has_clock(wanted):
        wanted = [e for e in wanted if e.grain in {Grain.HOUR, Grain.MINUTE}]
        if len(wanted) > 1:
            return []
    return [
        index
        for index, option in enumerate(options, start=1)
        if all(_fits(expression, option.start) for expression in wanted)
    ]


def _wanted(times: Sequence[TimeExpression]) -> list[TimeExpression]:
    return [e for e in times if e.role is Role.WANT and (e.start is not None or e.pod is not None)]


def _fits(expression: TimeExpression, start: datetime) -> bool:
    readings = (expression, *expression.alt)
    return any(_is_at(reading, expression, start) for reading in readings)


def _is_at(reading: TimeExpression, said: TimeExpression, start: datetime) -> bool:
    if said.open is not None or (said.end is not None and said.grain in {Grain.HOUR, Grain.MINUTE}):
        return False
    match reading.start:
        case datetime() if said.grain in {Grain.HOUR, Grain.MINUTE}:
            return reading.start == start
        case datetime():
            return reading.start.date() == start.date() and _in_part(said, start)
        case time():
            return reading.start == start.time()
        case _:
            return said.pod is not None and _in_part(said, start)


def _in_part(said: TimeExpression, start: datetime) -> bool:
    if said.pod is None:
        return True
    part = window(said.pod, said.language)
    return part.start <= start.time() and (part.end == time(0) or start.time() < part.end)


def _by_person(staff: Sequence[StaffMention], options: Sequence[Option]) -> Choice | None:
    """Dann bei Emma: the one option that is with her."""
    wished = {m.accepted for m in staff if m.accepted and m.wish is StaffWish.NAMED}
    fitting = [i for i, option in enumerate(options, start=1) if option.staff_id in wished]
    different = len({option.staff_id for option in options}) > 1
    return Choice(index=fitting[0]) if len(fitting) == 1 and different else None


def _by_minutes(
    words: Sequence[Token], options: Sequence[Option], numbers: NumberWords
) -> Choice | None:
    """Only the minutes were heard: "fünfzig" for 8:50."""
    if len(words) > _SHORT_ANSWER or not options:
        return None
    said = [numbers.cardinal(word.folded) for word in words]
    minutes = {number for number in said if number is not None and 0 < number <= _LAST_MINUTE}
    fitting = [
        i
        for i, option in enumerate(options, start=1)
        if option.start.minute in minutes and option.start.minute
    ]
    return Choice(index=fitting[0]) if len(fitting) == 1 else None
