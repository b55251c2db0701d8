"""The transcript as Retell sends it: whole every time, agent and caller in turn."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from voice_agent.simulator.speech import duration_s, timed_words

if TYPE_CHECKING:
    from voice_agent.simulator.speech import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """What one side said in one go."""

    role: Literal["agent", "user"]
    content: str
    words: tuple[Word, ...]
    response_id: int | None = None
    """The request an agent's utterance answers."""

    def to_json(self, *, with_words: bool) -> dict[str, Any]:
        """As it stands in an event."""
        item: dict[str, Any] = {"role": self.role, "content": self.content}
        if with_words:
            item["words"] = [asdict(word) for word in self.words]
        if self.response_id is not None:
            item["metadata"] = {"response_id": self.response_id}
        return item


class Transcript:
    """Everything said so far, on the call's own clock."""

    def __init__(self, *, with_words: bool = True) -> None:
        self._items: list[Utterance | dict[str, Any]] = []
        self._with_words = with_words
        self.clock_s = 0.0
        """Seconds into the call, as far as speech goes."""

    def agent(self, text: str, response_id: int | None) -> None:
        """Add what was heard of the agent; nothing when nothing was."""
        if text.strip():
            self._items.append(self._utterance("agent", text.strip(), response_id))
            self.clock_s += duration_s(text)

    def caller(self, text: str) -> None:
        """Add what the caller said; one utterance as long as the agent says nothing between."""
        spoken_before = self._open_caller_text()
        if spoken_before is not None:
            self._items.pop()
        whole = f"{spoken_before} {text}" if spoken_before else text
        self._items.append(self._utterance("user", whole))
        self.clock_s += duration_s(text)

    def note(self, item: dict[str, Any]) -> None:
        """Weave in what is not speech: a tool call, a pressed key."""
        self._items.append(item)

    def plain(self) -> list[dict[str, Any]]:
        """Speech only."""
        return [self._json(item) for item in self._items if isinstance(item, Utterance)]

    def woven(self) -> list[dict[str, Any]]:
        """Speech, tool calls and keys in their order."""
        return [self._json(i) if isinstance(i, Utterance) else i for i in self._items]

    def hearing(self, partial: str) -> list[dict[str, Any]]:
        """The transcript while the caller has said only this much of the sentence."""
        copy = Transcript(with_words=self._with_words)
        copy._items, copy.clock_s = list(self._items), self.clock_s
        copy.caller(partial)
        return copy.plain()

    def _open_caller_text(self) -> str | None:
        last = self._items[-1] if self._items else None
        return last.content if isinstance(last, Utterance) and last.role == "user" else None

    def _utterance(
        self, role: Literal["agent", "user"], text: str, response_id: int | None = None
    ) -> Utterance:
        words = tuple(timed_words(text, self.clock_s))
        return Utterance(role=role, content=text, words=words, response_id=response_id)

    def _json(self, item: Utterance) -> dict[str, Any]:
        return item.to_json(with_words=self._with_words)
