"""A second opinion where the rules know nothing certain: the trained classifier of intents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu.linear import packaged
from nlu.meaning import Intent
from nlu.vocabulary import Expecting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.facts import Facts
    from nlu.tokens import Token

_FEWEST_WORDS = 3
"""What fewer words do depends on what was asked."""
_NOT_LEARNED = frozenset(
    {Intent.INFORM, Intent.OTHER, Intent.FRAGMENT, Intent.BACKCHANNEL, Intent.GREETING}
)
_VAGUE: dict[Intent | None, float] = {
    None: 2.5,
    Intent.INFORM: 6.0,
    Intent.GREETING: 3.0,
    Intent.ASK_OTHER: 12.0,
    Intent.DENY: 8.0,
    Intent.BOOK: 8.0,
}
"""Lead that overrules what the rules found; None is nothing. Chosen on one half of the sentences in
`tests/nlu/unheard.yaml`; the test reports the other."""
_BUSINESS = frozenset(
    {Intent.CANCEL, Intent.RESCHEDULE, Intent.QUERY_APPOINTMENT, Intent.CALLBACK, Intent.LATE,
     Intent.COMPLAINT, Intent.ASK_PRICE, Intent.ASK_DURATION, Intent.ASK_HOURS, Intent.ASK_DATE,
     Intent.ASK_SERVICES, Intent.ASK_OTHER}
)  # fmt: skip
"""What a sentence may do although it names a time or a service."""
_EMPTY = frozenset({None, Intent.GREETING})
"""Beside these a sentence may do anything."""
_RISKY = frozenset(
    {Intent.CANCEL, Intent.RESCHEDULE, Intent.BOOK, Intent.STOP, Intent.PING, Intent.GOODBYE}
)
_OF_ANOTHER = frozenset({Intent.CANCEL, Intent.RESCHEDULE, Intent.QUERY_APPOINTMENT})
_RISKY_LEAD, _BOLD_LEAD = 6.0, 10.0
"""What would be done or dropped by mistake needs to be surer."""
_ANSWER_LEAD = 12.0
"""An answer to a question is seldom something else."""
_FEWEST_OF_A_DEED = 2
"""Words besides a time without which nothing is done to a visit."""
_FEWEST_KNOWN = 0.6
_UNASKED = frozenset({Expecting.OPEN, Expecting.NONE})


def second_opinion(facts: Facts, found: Sequence[Intent]) -> Intent | None:
    """The learned intent, where it is surer than the rules."""
    main = found[0] if found else None
    if (
        not facts.learned
        or main not in _VAGUE
        or _is_settled(facts)
        or (main and facts.expecting not in _UNASKED)
    ):
        return None
    model = packaged(facts.language.language)
    if model is None or (main is Intent.BOOK and _orders_surely(facts)):
        return None
    guess = model.guess(facts.words)
    if guess.known < _FEWEST_KNOWN or guess.margin < _lead(main, facts):
        return None
    learned = Intent(guess.label)
    if learned in _RISKY and guess.margin < (_RISKY_LEAD if main in _EMPTY else _BOLD_LEAD):
        return None
    of_offers = facts.offered and learned in _OF_ANOTHER  # "lieber den anderen"
    if of_offers or (learned in _RISKY and _is_mere_time(facts)):
        return None
    fits = learned not in _NOT_LEARNED if main in _EMPTY else learned in _BUSINESS
    return learned if fits else None


def _is_settled(facts: Facts) -> bool:
    """Whether the sentence answers, introduces, or is too short to tell."""
    if facts.not_yet:
        return True
    named = facts.services or facts.staff or facts.has_name or facts.has_contact
    answers = (facts.yes_no and facts.expecting not in _UNASKED) or facts.choice or named
    spoken = sum(word.folded[0].isalnum() for word in facts.words)
    return bool(answers) or spoken < _FEWEST_WORDS


def _orders_surely(facts: Facts) -> bool:
    """With a word for it, or with nothing else: "Termin für morgen" calls nothing off."""
    return facts.uses("ordering_surely") or not any(_says_more(word, facts) for word in facts.words)


def _says_more(word: Token, facts: Facts) -> bool:
    """Whether it is more than an appointment, a time or politeness."""
    if not word.folded[0].isalpha() or word.folded in facts.language.fillers:
        return False
    if word.folded in facts.language.words["plain_order"]:
        return False
    spans = (time.span for time in facts.times if time.span)
    return not any(start <= word.start < end for start, end in spans)


def _is_mere_time(facts: Facts) -> bool:
    """Please, preferably this coming Thursday: a time and politeness call nothing off."""
    more = sum(_says_more(word, facts) for word in facts.words)
    return bool(facts.times) and more < _FEWEST_OF_A_DEED


def _lead(main: Intent | None, facts: Facts) -> float:
    unasked = facts.expecting in _UNASKED
    return _VAGUE[main] if unasked else max(_VAGUE[main], _ANSWER_LEAD)
