"""What the agent understood in a turn and did about it, in the language of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from voice_agent.admin.understood_times import time_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from booking_core.domain.catalogue import Salon
    from voice_agent.admin.rendering import Texts

_PARTS: Final = ("intents", "services", "staff", "times")
"""Told first, in this order: the journal's own is that of the database."""
_SPEECH: Final = "Say"
"""Happens in every turn, with the name of a sentence that stands beside it."""


def meaning(understanding: Mapping[str, Any], salon: Salon, texts: Texts) -> list[tuple[str, str]]:
    """Name of the part, and the part; what nobody foresaw is shown as it is."""
    found: list[tuple[str, str]] = []
    for kind, value in sorted(understanding.items(), key=_rank):
        words = _part(kind, value, salon, texts)
        if words:
            found.append((_or_as_it_is(texts, "heard", kind), words))
    return found


def deeds(actions: Iterable[str], texts: Texts) -> list[str]:
    """What was done, in order; the same done twice is told once."""
    done = dict.fromkeys(name for name in actions if name.split()[0] != _SPEECH)
    return [_or_as_it_is(texts, "deed", name) for name in done]


def _rank(part: tuple[str, Any]) -> int:
    return _PARTS.index(part[0]) if part[0] in _PARTS else len(_PARTS)


def _part(kind: str, value: Any, salon: Salon, texts: Texts) -> str:  # noqa: ANN401 - JSON of the journal
    match kind:
        case "intents":
            return ", ".join(_or_as_it_is(texts, "intent", one) for one in value)
        case "services" | "staff":
            return _named(value, _services(salon) if kind == "services" else _team(salon))
        case "times":
            return "; ".join(filter(None, (time_words(one, texts) for one in value)))
        case "yes_no":
            return _or_as_it_is(texts, "said", value)
        case "choice":
            return texts("heard_choice_n", n=value)
        case _:
            return str(value or "")


def _or_as_it_is(texts: Texts, kind: str, name: str) -> str:
    key = f"{kind}_{name}"
    return texts(key) if key in texts.sentences else name


def _services(salon: Salon) -> dict[str, str]:
    return {str(service.id): service.name for service in salon.services} | {
        str(service.number): service.name for service in salon.services
    }


def _team(salon: Salon) -> dict[str, str]:
    return {str(one.id): one.name for one in salon.staff} | {
        one.key: one.name for one in salon.staff
    }


def _named(mentions: Sequence[Sequence[Any]], names: Mapping[str, str]) -> str:
    """Alternatives of one mention with a slash between them."""
    told = (" / ".join(names.get(str(one), str(one)) for one in mention) for mention in mentions)
    return ", ".join(filter(None, told))
