"""Several requests in one breath: where one ends and the next begins, in the order they were said.

    "den Termin am Freitag absagen, und am Mittwoch bräuchte ich eine Ansatzfärbung"  cancel, book
    "verlegen Sie meinen Termin auf elf, und was kostet eine Dauerwelle?"             move, ask
    "einen Damenhaarschnitt, und noch einen Kinderhaarschnitt für meinen Sohn"        book, book
    "absagen und lieber am Mittwoch"                                                  one: a move
    "einen Damenhaarschnitt und eine Aufbaukur"                                       one visit
    "ja, und den Termin am Freitag absagen"                                           yes, cancel

Each clause is understood by itself; those that want nothing of their own belong to the one before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING

from nlu import Context, Expecting, Intent, YesNo, understand
from voice_agent.dialogue.acts import said_act
from voice_agent.dialogue.asked import ConfirmCancel, Consent
from voice_agent.dialogue.concern import Act
from voice_agent.dialogue.party import comes_along
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.topics import Topic, touches
from voice_agent.dialogue.vocabulary import vocabulary_of
from voice_agent.dialogue.waiting import Aim, Waiting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nlu import TimeExpression, Understanding
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState

_FEWEST_WORDS = 6
"""A shorter sentence has no room for two requests."""
_CUT = re.compile(
    r"(?<=[.!?;])(?<!\d\.)\s+|,?\s+(?=(?:und|sowie|außerdem|and|also)\b)|:\s+|,\s+", re.IGNORECASE
)
_JOINED = re.compile(r"(?:und|sowie|außerdem|and|also)\b", re.IGNORECASE)
_AND = re.compile(r"[,.!]?\s+(?=(?:und|and)\b)|(?<!\d)[.!]\s+", re.IGNORECASE)
_MOST_WORDS_OF_YES = 5
_AIMS = {
    Act.TELL: Aim.TELL,
    Act.CANCEL: Aim.CANCEL,
    Act.MOVE: Aim.MOVE,
    Act.LATE: Aim.LATE,
    Act.USUAL: Aim.BOOK,
}
_STANDING = frozenset({Aim.TELL, Aim.CANCEL, Aim.MOVE, Aim.LATE})
_BOOKS = (Intent.BOOK, Intent.CHECK_AVAILABILITY, Intent.FIND_NEXT)
_ABOUT_VISITS = (Intent.CANCEL, Intent.RESCHEDULE, Intent.QUERY_APPOINTMENT, Intent.LATE)
_ASKS = (
    Intent.ASK_PRICE,
    Intent.ASK_DURATION,
    Intent.ASK_HOURS,
    Intent.ASK_SERVICES,
    Intent.ASK_OTHER,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clause:
    text: str
    said: Understanding
    aim: Aim | None


def requests_in(understood: Understanding, scene: Scene) -> tuple[Waiting, ...]:
    """The requests of this sentence; none when it is one, or says nothing but an answer."""
    if touches(understood.text, Topic.BOTH_CHILDREN, scene.language) and understood.services:
        return (Waiting(aim=Aim.BOOK, said=understood), Waiting(aim=Aim.BOOK, said=understood))
    if _come_together(understood, scene):
        return ()
    if len(understood.text.split()) < _FEWEST_WORDS or not _may_be_several(understood, scene):
        return ()
    clauses = _aimed([_clause(text, scene) for text in _pieces(understood, scene)])
    groups = _grouped(clauses, scene)
    if not groups or len(groups) == 1:
        return ()
    return _sharing_times(_again(groups, understood, scene), scene)


def agreed_first(
    state: CallState, understood: Understanding, scene: Scene
) -> tuple[Understanding, Waiting] | None:
    """A yes to what was read back, and a request behind it: neither is to be lost.

    What only changes the visit on the table is no such request: then the yes is void.
    """
    if not isinstance(state.question, Consent | ConfirmCancel):
        return None
    parts = _AND.split(understood.text, maxsplit=1)
    if len(parts) == 1 or len(parts[0].split()) > _MOST_WORDS_OF_YES:
        return None
    agrees = _understood(parts[0], scene, Expecting.CONFIRM)
    if agrees.yes_no is not YesNo.YES:
        return None
    behind = _clause(parts[1], scene)
    is_other = behind.aim is Aim.BOOK and _other(behind.said, scene)
    if behind.aim is None or not (is_other or behind.aim in _STANDING):
        return None
    return agrees, Waiting(aim=behind.aim, said=behind.said)


def _come_together(understood: Understanding, scene: Scene) -> bool:
    """The caller and somebody else, for one time: two visits side by side, and one request."""
    if touches(understood.text, Topic.AFTERWARDS, scene.language):
        return False
    two = comes_along(understood, scene) and len(understood.services) > 1
    return two and len(understood.times) <= 1


def _may_be_several(understood: Understanding, scene: Scene) -> bool:
    act = said_act(understood, scene)
    if act is not None:
        books = understood.services or any(understood.has(intent) for intent in _BOOKS)
        asks = any(understood.has(intent) for intent in _ASKS)
        acts = sum(understood.has(intent) for intent in _ABOUT_VISITS)
        return bool(
            books or asks or acts > 1 or touches(understood.text, Topic.ALSO, scene.language)
        )
    return len(understood.services) > 1 or _other(understood, scene)


def _pieces(understood: Understanding, scene: Scene) -> list[str]:
    """Clauses; "Waschen, Schneiden, Föhnen" and "Freitag, den 4." are one thing each."""
    spans = [one.span for one in understood.services] + [one.span for one in understood.times]
    text, pieces, begin = understood.text, list[str](), 0
    for cut in _CUT.finditer(text):
        inside = any(span and span[0] < cut.start() < span[1] for span in spans)
        joined = _JOINED.match(text, cut.end()) and not _in_name(cut, understood, scene)
        if not inside or joined:
            pieces.append(text[begin : cut.start()])
            begin = cut.end()
    return [piece for piece in (*pieces, text[begin:]) if piece]


def _in_name(cut: re.Match[str], understood: Understanding, scene: Scene) -> bool:
    """Whether a service is called so with both its halves: "Ansatz und Längen"."""
    for mention in understood.services:
        if mention.span[0] < cut.start() < mention.span[1]:
            half = _understood(understood.text[mention.span[0] : cut.start()], scene)
            return all(one.accepted != mention.accepted for one in half.services)
    return False


def _clause(text: str, scene: Scene) -> _Clause:
    said = _understood(text, scene)
    return _Clause(text=text, said=said, aim=_aim(said, scene))


def _understood(text: str, scene: Scene, expecting: Expecting = Expecting.OPEN) -> Understanding:
    context = Context(now=scene.local_now, language=scene.language, expecting=expecting)
    return understand(text, vocabulary_of(scene.salon), context)


def _aim(said: Understanding, scene: Scene) -> Aim | None:
    """What a clause wants by itself; "ich habe am Freitag eine Färbung" wants nothing yet."""
    act = said_act(said, scene)
    if act is not None:
        return _AIMS[act]
    if touches(said.text, Topic.HAS, scene.language):
        return None
    if any(said.has(intent) for intent in _ASKS):
        return Aim.ASK
    names = said.services or _other(said, scene)
    return Aim.BOOK if names and any(said.has(intent) for intent in _BOOKS) else None


def _other(said: Understanding, scene: Scene) -> bool:
    """Whether a visit of its own is meant: another one, or somebody else's."""
    party = said.party
    if party is not None and not party.caller and party.people == 1:
        return True
    return touches(said.text, Topic.ANOTHER, scene.language)


def _aimed(clauses: list[_Clause]) -> list[_Clause]:
    """Beside a booking alone, a question is part of it, and is answered with it."""
    if any(clause.aim in _STANDING for clause in clauses):
        return clauses
    return [replace(c, aim=None) if c.aim is Aim.ASK else c for c in clauses]


def _grouped(clauses: Iterable[_Clause], scene: Scene) -> list[list[_Clause]]:
    """Clauses that belong together; empty when one of them hangs on another one's words."""
    groups: list[list[_Clause]] = []
    for clause in clauses:
        before = _aim_of(groups[-1]) if groups else None
        if before is Aim.BOOK and clause.aim in _STANDING and not _stands_alone(clause, scene):
            return []
        if groups and not _begins(clause, groups[-1], scene):
            groups[-1].append(clause)
        else:
            groups.append([clause])
    return groups


def _aim_of(group: Iterable[_Clause]) -> Aim | None:
    return next((clause.aim for clause in group if clause.aim), None)


def _begins(clause: _Clause, group: list[_Clause], scene: Scene) -> bool:
    """Whether another request begins here."""
    before = _aim_of(group)
    if before is None or clause.aim is None:
        return False
    if clause.aim is Aim.BOOK and before is Aim.BOOK:
        return _is_whole(group, scene) and _is_another(clause, scene)
    if clause.aim is Aim.BOOK and before in {Aim.CANCEL, Aim.MOVE}:
        return bool(clause.said.services) or _other(clause.said, scene)
    return clause.aim is not before


def _is_whole(group: list[_Clause], scene: Scene) -> bool:
    """Whether a visit is named already that is the caller's own, or said to be."""
    sure = any(mention.accepted for clause in group for mention in clause.said.services)
    return sure or any(touches(c.text, Topic.FOR_ME, scene.language) for c in group)


def _is_another(clause: _Clause, scene: Scene) -> bool:
    if touches(clause.text, Topic.ANOTHER, scene.language):
        return True
    return bool(clause.said.services) and _other(clause.said, scene)


def _stands_alone(clause: _Clause, scene: Scene) -> bool:
    """Not "und muss das verschieben": what stands is named."""
    words = clause.said.text.casefold()
    named = clause.said.times or "termin" in words or "appointment" in words
    return bool(named) or touches(words, Topic.OWN, scene.language)


def _again(
    groups: list[list[_Clause]], understood: Understanding, scene: Scene
) -> tuple[Waiting, ...]:
    """Each request as it is understood without the others; the name belongs to the first."""
    found = []
    for group in groups:
        text = ", ".join(clause.text for clause in group)
        aim = _aim_of(group)
        assert aim is not None
        found.append(Waiting(aim=aim, said=_understood(text, scene)))
    first = replace(
        found[0], said=replace(found[0].said, name=understood.name or found[0].said.name)
    )
    return (first, *found[1:])


def _sharing_times(requests: tuple[Waiting, ...], scene: Scene) -> tuple[Waiting, ...]:
    """Who says one time for two visits means it for both."""
    if any(request.aim is not Aim.BOOK for request in requests):
        return requests
    if any(touches(request.said.text, Topic.AFTERWARDS, scene.language) for request in requests):
        return requests
    times = next((request.said.times for request in requests if request.said.times), ())
    starts = (said.start for said in times)
    day = next((start for start in starts if isinstance(start, datetime)), None)
    return tuple(_timed(request, times, day) for request in requests)


def _timed(request: Waiting, times: tuple[TimeExpression, ...], day: datetime | None) -> Waiting:
    own = request.said.times
    if own and day is not None:
        own = tuple(_on_day(said, day) for said in own)
    return replace(request, said=replace(request.said, times=own or times))


def _on_day(said: TimeExpression, day: datetime) -> TimeExpression:
    """Am Freitag um zehn für mich, für den Kleinen um elf: an hour alone is on the same day."""
    if not isinstance(said.start, time):
        return said
    readings = tuple(replace(one, start=_at(day, one.start)) for one in said.alt)
    return replace(said, start=_at(day, said.start), end=_at(day, said.end), alt=readings)


def _at(day: datetime, moment: datetime | time | None) -> datetime | time | None:
    return datetime.combine(day, moment, day.tzinfo) if isinstance(moment, time) else moment
