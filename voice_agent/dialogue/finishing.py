"""The last touches of every step: holds given back, nothing asked twice, the words remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_agent.dialogue import sentences
from voice_agent.dialogue.actions import Action, FindSlots, ReleaseHolds, Say
from voice_agent.dialogue.replacing import replace

if TYPE_CHECKING:
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step


def finish(before: CallState, step: Step, scene: Scene) -> Step:
    """The step as it is carried out and spoken."""
    after, actions = step
    actions = _without_echo((*_given_back(before, after, actions), *actions))
    seed = f"{after.call_id}:{after.turn}"
    seeded = tuple(_seeded(action, seed, scene.language) for action in actions)
    words = _lasting_words(seeded, scene) or after.last_words
    return replace(after, turn=after.turn + 1, last_words=words), seeded


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


def _lasting_words(actions: tuple[Action, ...], scene: Scene) -> str:
    """What "wie bitte?" asks for; not that work is still running."""
    said = [action.sentence for action in actions if isinstance(action, Say)]
    if any(sentence.key == "work_running" for sentence in said):
        return ""
    return " ".join(sentences.words(sentence, language=scene.language) for sentence in said)
