"""A concern is settled or dropped: back to what was being talked about, or anything else?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_agent.dialogue import sentences, telling
from voice_agent.dialogue.actions import Say
from voice_agent.dialogue.asked import AnythingElse
from voice_agent.dialogue.progress import proceed
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.requesting import offer
from voice_agent.dialogue.steps import ask, end, fresh

if TYPE_CHECKING:
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.request import About
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step


def leave(state: CallState, scene: Scene, *before: Sentence | None) -> Step:
    """Nothing more is to be done about this visit; another wish is taken up where it was left."""
    left = put_down(state)
    if left.draft.services or left.draft.wishes:
        return proceed(left, scene, *before)
    return ask(left, AnythingElse(), scene, *before)


def settle(state: CallState, result: Sentence, scene: Scene) -> Step:
    """What came of a change: heard out, and then on."""
    spoken = Say(sentence=result, uninterruptible=True)
    if state.leaving:
        ended, actions = end(put_down(state), sentences.plain("farewell_short"))
        return ended, (spoken, *actions)
    left, (_, *further) = leave(state, scene, result)
    return left, (spoken, *further)


def keep(state: CallState, scene: Scene) -> Step:
    """The caller lets it be: the visit stays as it is."""
    concern = state.concern
    known = [v for v in state.visits or () if concern and v.id == concern.visit]
    return leave(state, scene, telling.kept(known[0] if known else None, scene))


def way_out(state: CallState, about: About, scene: Scene, *before: Sentence | None) -> Step:
    """It cannot be done on the telephone: the salon may call, told in the caller's own words."""
    topic = state.concern.said.text if state.concern else ""
    return offer(put_down(state), about, scene, *before, topic=topic)


def put_down(state: CallState) -> CallState:
    """The call without the concern; the visit talked about before is in the draft again."""
    left = replace(state, concern=None, question=None)
    if not state.draft.moving:
        return left
    left = fresh(left)
    if state.set_aside is None:
        return left
    draft = replace(state.set_aside, version=left.draft.version, name=left.draft.name)
    return replace(left, draft=draft, set_aside=None)
