"""Services in a sentence: taken, asked about, added, or openly not on offer; never a default."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from nlu import Intent, YesNo
from nlu.meaning import ASK_SCORE
from voice_agent.dialogue import sentences, visit
from voice_agent.dialogue.asked import AddService, AskChange, AskTime, ChooseService
from voice_agent.dialogue.besides import besides, included, is_part, named_beside, one_or_other
from voice_agent.dialogue.bundles import without
from voice_agent.dialogue.choices import MAX_CHOICES, akin, meant_for, picked
from voice_agent.dialogue.party import alone_after_all, parted
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.side_by_side import asks_difference, compared
from voice_agent.dialogue.topics import Topic, touches, words_of

if TYPE_CHECKING:
    from nlu import ServiceMention, Understanding
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.asked import Clarification
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState

Point = TypeVar("Point", ChooseService, AddService)

_QUESTIONS = (Intent.ASK_PRICE, Intent.ASK_DURATION, Intent.ASK_SERVICES)

Result = tuple["CallState", tuple["Sentence", ...]]


def hear_services(state: CallState, understood: Understanding, scene: Scene) -> Result:
    """The state with the services of this sentence."""
    if _only_asks(state, understood):
        return state, ()
    if asks_difference(understood, scene):
        return _compare(state, understood, scene), ()
    state = alone_after_all(state, understood, scene)
    if understood.dropped and state.draft.services:
        left, notes = _leave_out(state, understood, scene)
        return (left, notes) if not understood.services else _hear(left, understood, scene)
    return _hear(state, understood, scene)


def candidates(mention: ServiceMention) -> tuple[UUID, ...]:
    """What the words may mean, best first; empty = nothing this salon offers."""
    worth = [c for c in mention.candidates if c.score >= ASK_SCORE]
    return tuple(UUID(candidate.id) for candidate in worth[:MAX_CHOICES])


def _hear(state: CallState, understood: Understanding, scene: Scene) -> Result:
    if either := one_or_other(understood):
        return _ask_which(state, either, understood, scene), ()
    if named := _named(state, understood, scene):
        mine, beside = parted(named, understood, scene)
        taken = _take(state, mine, understood, scene)
        more = (*_left_open(state, named), *named_beside(understood))
        return _with_more(replace(taken, beside=beside or state.beside), more, understood, scene)
    if question := _open(state, AddService):
        return _add_or_replace(state, question, understood, scene), ()
    return _doubt(state, understood, scene)


def _left_open(state: CallState, named: tuple[UUID, ...]) -> tuple[tuple[UUID, ...], ...]:
    """What else is still to be asked about, once the first of several questions is answered."""
    asked = [point for point in state.unclear if isinstance(point, ChooseService)]
    if not asked or not set(named) & set(asked[0].options):
        return ()
    return tuple(point.options for point in asked[1:])


def _with_more(
    taken: CallState,
    more: tuple[tuple[UUID, ...], ...],
    understood: Understanding,
    scene: Scene,
) -> Result:
    """What was named in the same breath: with it already, added, or asked about next."""
    wanted = taken.draft.services
    if not more or not wanted or taken.unclear:
        return taken, ()
    found = besides(more, wanted, understood, scene)
    if found.services:
        taken = taken.amend(replace(taken.draft, services=(*wanted, *found.services)))
    return replace(taken, unclear=found.open), found.notes


def _named(state: CallState, understood: Understanding, scene: Scene) -> tuple[UUID, ...]:
    """What the sentence names for sure, if only by answering which of several was meant."""
    choice = _open(state, ChooseService)
    if choice and (answer := _answer(choice, understood, scene)):
        return (answer,)
    return tuple(dict.fromkeys(UUID(m.accepted) for m in understood.services if m.accepted))


def _answer(choice: ChooseService, understood: Understanding, scene: Scene) -> UUID | None:
    """Which of the choices this answers."""
    if len(choice.options) == 1 and _goes_along(understood):
        return choice.options[0]
    if understood.choice and understood.choice.index <= len(choice.options):
        return choice.options[understood.choice.index - 1]
    if any(mention.accepted for mention in understood.services):
        return None
    text, salon = understood.text, scene.salon
    return picked(text, choice.options, salon) or meant_for(
        text, choice.options, salon, scene.language
    )


def _goes_along(understood: Understanding) -> bool:
    """A yes, or simply going on with day, person or name: the read-back names the service."""
    goes_on = understood.times or understood.staff or understood.name
    denies = understood.yes_no is YesNo.NO or understood.services
    return understood.yes_no is YesNo.YES or bool(goes_on and not denies)


def _take(
    state: CallState, named: tuple[UUID, ...], understood: Understanding, scene: Scene
) -> CallState:
    """A second service comes besides the first or in its place: as said, else as asked."""
    before, choice = state.draft.services, _open(state, ChooseService)
    settled = _without(state, ChooseService, AddService)
    new = tuple(service for service in named if service not in before)
    if before and not new:
        kept = named if _only_these(state, named, understood, scene) else before
        return settled.amend(replace(state.draft, services=kept)) if kept != before else settled
    joined = _comes_with_it(understood, scene) or touches(
        understood.text, Topic.BOTH, scene.language
    )
    if not before or (_replaces(state, understood, scene) and not joined):
        return settled.amend(replace(state.draft, services=named))
    if joined or (choice and choice.adds):
        return settled.amend(replace(state.draft, services=(*before, *new)))
    return replace(settled, unclear=(*settled.unclear, AddService(services=new)))


def _only_these(
    state: CallState, named: tuple[UUID, ...], understood: Understanding, scene: Scene
) -> bool:
    """Nein, nur den Haarschnitt: of two that are on the table, this one and not the other."""
    fewer = set(named) < set(state.draft.services)
    alone = not (understood.times or understood.staff) and not _comes_with_it(understood, scene)
    joined = touches(understood.text, Topic.BOTH, scene.language)
    only = any(touches(understood.text, t, scene.language) for t in (Topic.ONLY, Topic.MEANT))
    return fewer and alone and not joined and (only or _replaces(state, understood, scene))


def _comes_with_it(understood: Understanding, scene: Scene) -> bool:
    """Doch lieber mit Föhnen: what is with it is not in place of it."""
    first = min((mention.span[0] for mention in understood.services), default=0)
    before = understood.text[:first].casefold().split()[-1:]
    return before != [] and before[0] in words_of(Topic.WITH, scene.language)


def _replaces(state: CallState, understood: Understanding, scene: Scene) -> bool:
    return (
        _is_undecided(state)
        or isinstance(state.question, AskChange)
        or understood.yes_no is YesNo.NO
        or understood.has(Intent.CORRECT)
        or touches(understood.text, Topic.INSTEAD, scene.language)
    )


def _add_or_replace(
    state: CallState, question: AddService, understood: Understanding, scene: Scene
) -> CallState:
    settled = _without(state, AddService)
    if _replaces(state, understood, scene):
        return settled.amend(replace(state.draft, services=question.services))
    if understood.yes_no or touches(understood.text, Topic.BOTH, scene.language):
        both = (*state.draft.services, *question.services)
        return settled.amend(replace(state.draft, services=both))
    return state


def _compare(state: CallState, understood: Understanding, scene: Scene) -> CallState:
    """Which of the services that are compared is asked next, unless one is wanted already."""
    options = compared(understood)
    if not options or state.draft.services:
        return state
    return _ask_which(state, options, understood, scene)


def _leave_out(state: CallState, understood: Understanding, scene: Scene) -> Result:
    """What is not wanted after all; where it cannot be had without, that is said."""
    services, before = state.draft.services, state.draft.services
    for mention in understood.dropped:
        if dropped := [UUID(c.id) for c in mention.candidates if c.score >= ASK_SCORE]:
            services = without(services, dropped, scene.salon)
    if services == before:
        return state, (sentences.plain("only_whole", service=visit.noun(before, scene.salon)),)
    settled = _without(state, ChooseService, AddService)
    return settled.amend(replace(state.draft, services=services)), ()


def _doubt(state: CallState, understood: Understanding, scene: Scene) -> Result:
    """Words that may mean several services, or none that is on offer."""
    before = state.draft.services
    for mention in understood.services:
        options = candidates(mention)
        if not options:
            return state, (sentences.plain("unknown_service"),)
        if meant := tuple(one for one in before if one in options):
            return _take(state, meant, understood, scene), ()
        comes_too = touches(understood.text, Topic.JOINS, scene.language)
        if comes_too and is_part(options, before, scene.salon):  # "und schneiden tun Sie auch?"
            return state, included(options, before, scene.salon)
        if fitting := (
            akin(options, before, scene.salon)
            or meant_for(understood.text, options, scene.salon, scene.language)
            or (len(options) > 1 and picked(_beside(understood, mention), options, scene.salon))
        ):
            return _take(state, (fitting,), understood, scene), ()
        asking = _ask_which(state, options, understood, scene)
        others = besides(
            [one for one in named_beside(understood) if set(one) - set(options)],
            options if len(options) == 1 else (),
            understood,
            scene,
        )
        return replace(asking, unclear=(*asking.unclear, *others.open)), others.notes
    return state, ()


def _beside(understood: Understanding, mention: ServiceMention) -> str:
    """The nouns beside the words that may mean several: "zum Färben, nur den Ansatz"."""
    first, last = mention.span
    words = f"{understood.text[:first]} {understood.text[last:]}".split()
    return " ".join(word for word in words if word[0].isupper())


def _ask_which(
    state: CallState, options: tuple[UUID, ...], understood: Understanding, scene: Scene
) -> CallState:
    adds = touches(understood.text, Topic.BOTH, scene.language) or _comes_with_it(understood, scene)
    others = _without(state, ChooseService, AddService)
    spoken = tuple(sorted(options, key=lambda option: scene.salon.service(option).spoken_name))
    asking = replace(others, unclear=(ChooseService(options=spoken, adds=adds), *others.unclear))
    if adds or not _replaces(state, understood, scene):
        return asking
    return asking.amend(replace(state.draft, services=()))


def _only_asks(state: CallState, understood: Understanding) -> bool:
    """A price in between or after all is booked: the service asked about is none to be booked."""
    done = state.booked is not None and not understood.has(Intent.BOOK)
    asks = any(understood.has(intent) for intent in _QUESTIONS)
    return asks and (done or (bool(state.draft.services) and not _is_undecided(state)))


def _is_undecided(state: CallState) -> bool:
    """Whether a service was only asked about so far: the last one asked about is the one."""
    return isinstance(state.question, AskTime) and state.question.perhaps


def _open(state: CallState, kind: type[Point]) -> Point | None:
    return next((point for point in state.unclear if isinstance(point, kind)), None)


def _without(state: CallState, *kinds: type[Clarification]) -> CallState:
    return replace(state, unclear=tuple(p for p in state.unclear if not isinstance(p, kinds)))
