"""A no to the read-back: which part is to be different, or nothing after all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu import Intent, YesNo
from voice_agent.dialogue.asked import AskChange, AskName, AskService, AskStaff, AskTime, Consent
from voice_agent.dialogue.hearing import says_something
from voice_agent.dialogue.progress import proceed
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.steps import ask
from voice_agent.dialogue.topics import Topic, touches, words_of

if TYPE_CHECKING:
    from nlu import Understanding
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step


def answered(state: CallState, understood: Understanding, scene: Scene) -> Step | None:
    """What the no does, or what is then to be different; None where the value itself is said."""
    if says_something(understood):
        return None
    if isinstance(state.question, Consent) and understood.yes_no is YesNo.NO:
        return _part(state, understood, scene)
    if not isinstance(state.question, AskChange):
        return None
    if understood.has(Intent.GOODBYE) or understood.has(Intent.STOP):
        return None
    if _leaves_it(understood, scene):
        return proceed(state, scene)
    return _part(state, understood, scene)


def _leaves_it(understood: Understanding, scene: Scene) -> bool:
    """Ach nein, passt doch; nichts."""
    words = {word.strip(",.!") for word in understood.text.casefold().split()}
    refuses = not words.isdisjoint(words_of(Topic.NOT_SO, scene.language))
    return not refuses and touches(understood.text, Topic.AS_READ, scene.language)


def _part(state: CallState, understood: Understanding, scene: Scene) -> Step | None:
    """Die Uhrzeit; den Namen: that alone is asked for, the rest stays."""
    text, draft = understood.text, state.draft
    if touches(text, Topic.THE_TIME, scene.language):
        return ask(state, AskTime(), scene)
    if touches(text, Topic.THE_PERSON, scene.language):
        return ask(state, AskStaff(), scene)
    if touches(text, Topic.THE_SERVICE, scene.language):
        return ask(state.amend(replace(draft, services=())), AskService(), scene)
    if not draft.moving and touches(text, Topic.THE_NAME, scene.language):
        return ask(state.amend(replace(draft, name=None)), AskName(), scene)
    return None
