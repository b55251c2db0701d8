"""The last touches of every step: nothing held, said or asked for nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_agent.dialogue import sentences
from voice_agent.dialogue.actions import Action, FindSlots, ReleaseHolds, Say
from voice_agent.dialogue.brevity import Turn
from voice_agent.dialogue.events import CallerSilent, CallerSpoke
from voice_agent.dialogue.replacing import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.events import Event
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step


def finish(before: CallState, event: Event, step: Step, scene: Scene) -> Step:
    """The step as it is carried out and spoken."""
    after, actions = step
    answers = isinstance(event, CallerSpoke | CallerSilent)
    turn = Turn(
        spoken="" if answers else before.spoken,
        words=_rendered_once(scene),
        goes_on=after.work is not None,
    )
    seed = f"{after.call_id}:{after.turn}"
    whole = _without_echo((*_given_back(before, after, actions), *actions))
    said = turn.to_the_point(tuple(_seeded(one, seed, scene.language) for one in whole))
    return replace(
        after,
        turn=after.turn + 1,
        spoken=turn.heard(said) if turn.goes_on else "",
        last_words=_lasting_words(said, turn.words) or after.last_words,
    ), said


def _given_back(
    before: CallState, after: CallState, actions: tuple[Action, ...]
) -> tuple[Action, ...]:
    """What was held for nothing; a search sees to it by itself, a booking needs it."""
    let_go = before.offers and not after.offers
    keeps = any(isinstance(action, FindSlots | ReleaseHolds) for action in actions)
    changes = after.work is not None and after.work.is_change
    return (ReleaseHolds(),) if let_go and not keeps and not changes else ()


def _without_echo(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """The same is not asked twice, where a result and what was said meanwhile both lead to it."""
    return tuple(
        action
        for place, action in enumerate(actions)
        if not (isinstance(action, Say) and action in actions[place + 1 :])
    )


def _seeded(action: Action, seed: str, language: str) -> Action:
    if not isinstance(action, Say):
        return action
    return replace(action, sentence=replace(action.sentence, seed=seed, language=language))


def _lasting_words(actions: tuple[Action, ...], words: Callable[[Sentence], str]) -> str:
    """What "wie bitte?" asks for; not that work is still running."""
    said = [action.sentence for action in actions if isinstance(action, Say)]
    if any(sentence.key == "work_running" for sentence in said):
        return ""
    return " ".join(map(words, said))


def _rendered_once(scene: Scene) -> Callable[[Sentence], str]:
    """What the caller hears of a sentence, in the salon's own phrasing where it has one."""
    known: dict[int, tuple[Sentence, str]] = {}
    own = scene.salon.branch.sentences

    def words(sentence: Sentence) -> str:
        if id(sentence) not in known:
            rendered = sentences.words(sentence, language=scene.language, own=own)
            known[id(sentence)] = sentence, rendered  # kept, so that the id stays its own
        return known[id(sentence)][1]

    return words
