"""How a request of the line is answered: as news, into a wait, or after a result not yet heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu import Intent, YesNo
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.thinking import Said
from voice_agent.dialogue.transcript import News, Novelty, news, was_cut, was_told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nlu import Understanding
    from voice_agent.dialogue.answer import Answer
    from voice_agent.dialogue.inbox import Request
    from voice_agent.dialogue.script import S
    from voice_agent.dialogue.sessions import Session
    from voice_agent.dialogue.transcript import Utterance
    from voice_agent.dialogue.turn import Turns

MOST_RETELLINGS = 2  # a line that never shows the agent's words must not repeat it for ever
_ASIDES = frozenset({Intent.AFFIRM, Intent.BACKCHANNEL, Intent.PING, Intent.FRAGMENT, Intent.OTHER})
"""What callers say into a wait without asking for anything."""


async def reply(turns: Turns[S], request: Request, answer: Answer) -> None:
    """Answer what the transcript tells beyond what was dealt with."""
    before = turns.session.seen.before
    told = news(request.transcript, turns.session.seen)
    is_owed = _is_owed(turns.session, told)
    turns.session = replace(turns.session, seen=told.seen)
    if turns.errands.job is not None and not _is_unheard_search(turns, told):
        await _reply_meanwhile(turns, answer, told, before=before)
    elif is_owed:
        await _tell_result(turns, answer, told)
    else:
        turns.errands.drop_search()
        is_settled = bool(turns.session.owed)
        turns.session = replace(turns.session, owed="", retold=0)
        if is_settled and told.novelty is Novelty.AGAIN:
            # What was booked or refused stays so: only what was added is still to be answered.
            told = replace(told, novelty=Novelty.FRESH, words=told.more)
        await _reply_to_news(turns, answer, told, is_reminder=request.is_reminder)


def think_ahead(turns: Turns[S], transcript: Iterable[Utterance]) -> None:
    """Think about what has been said so far as if it were all: `reply` will find that done."""
    session = turns.session
    told = news(transcript, session.seen)
    if turns.errands.job is not None or _is_owed(session, told):
        return
    if told.novelty is Novelty.FRESH:
        said = Said(words=told.words, interrupted=was_cut(session.said, told.heard))
        turns.think_ahead(said)
    elif told.novelty is Novelty.AGAIN and told.more and not session.owed:
        turns.think_ahead(Said(words=told.words), again=True)


def _is_owed(session: Session, told: News) -> bool:
    """Whether the result of a change still has to be told; not for ever, if nothing is heard."""
    if not session.owed or session.retold >= MOST_RETELLINGS:
        return False
    return not was_told(session.owed, session.said, told.heard)


def _is_unheard_search(turns: Turns[S], told: News) -> bool:
    job = turns.errands.job
    return job is not None and not job.work.is_change and told.novelty is Novelty.AGAIN


async def _reply_meanwhile(turns: Turns[S], answer: Answer, told: News, *, before: int) -> None:
    """Work is under way: it goes on, and its result is told in the newest answer.

    The wish that set it off and what is said into the wait are one turn: if the answer to both
    is not heard, both are understood again.
    """
    turns.session = replace(turns.session, seen=replace(told.seen, before=before))
    turns.go_on(answer, told.more)
    if told.more:
        await turns.listen(told.more, during_work=True)
    else:
        await turns.settle()


async def _tell_result(turns: Turns[S], answer: Answer, told: News) -> None:
    """The result of a booking was not heard: nothing else is said before it."""
    owed = turns.session.owed
    turns.session = replace(turns.session, retold=turns.session.retold + 1)
    if not told.more or _is_aside(turns.understand(told.more)):
        await turns.say_again(answer, owed)
        return
    turns.go_on(answer, told.more)
    await turns.repeat(owed)
    await turns.listen(told.more, during_work=True)


async def _reply_to_news(turns: Turns[S], answer: Answer, told: News, *, is_reminder: bool) -> None:
    said = turns.session.said
    match told.novelty:
        case Novelty.AGAIN:
            turns.begin_again(answer, told.words)
            await turns.listen(told.words)
        case Novelty.FRESH:
            turns.begin(answer, told.words)
            await turns.listen(told.words, interrupted=was_cut(said, told.heard))
        case Novelty.NOTHING if turns.session.turn == 1 and not told.heard:
            await turns.say_again(answer, said)  # the greeting was lost with its line
        case Novelty.NOTHING if is_reminder:
            turns.begin(answer, None)
            await turns.remind()
        case Novelty.NOTHING if was_cut(said, told.heard):
            await turns.say_again(answer, said)
        case Novelty.NOTHING:
            turns.begin(answer, "")
            await turns.listen("")


def _is_aside(understood: Understanding) -> bool:
    """Whether these words ask for nothing: a "ja" or "hallo?" into the wait."""
    wants = (understood.services, understood.staff, understood.times, understood.choice)
    is_refusal = understood.yes_no is YesNo.NO
    return understood.intent in _ASIDES and not any(wants) and not is_refusal
