"""`voice-agent understand`: what the agent hears in a sentence."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ValidationError
from rich.console import Console

from booking_core.adapters.clock import SystemClock
from booking_core.adapters.salon_file import load
from nlu import Context, Expecting, ServiceWords, StaffWords, Vocabulary, understand
from nlu.answers import to_jsonl
from nlu.explain import explain
from voice_agent.commands.running import OK, USAGE
from voice_agent.config import Settings
from voice_agent.dialogue.vocabulary import vocabulary_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

ZONE = ZoneInfo("Europe/Berlin")
DEMO_SALON = Path(__file__).parents[1] / "salons" / "friseur1.yaml"


class Question(BaseModel):
    """One line of `--jsonl`."""

    id: str = ""
    text: str
    now: AwareDatetime | None = None
    lang: str | None = None
    expecting: Expecting | None = None
    agent_said: str | None = None


def run(text: str | None, *, jsonl: bool, vocabulary: Path | None, now: datetime | None) -> int:
    """Show one sentence, or answer JSON lines."""
    words = read_vocabulary(vocabulary or DEMO_SALON)
    moment = now.replace(tzinfo=ZONE) if now else SystemClock(Settings().now).now()
    if jsonl:
        for line in answers(sys.stdin, words, moment.astimezone(ZONE)):
            sys.stdout.write(line + "\n")
        return OK
    if text is None:
        Console(stderr=True).print("Give a sentence, or --jsonl and lines on standard input.")
        return USAGE
    show(text, words, moment.astimezone(ZONE))
    return OK


def read_vocabulary(file: Path) -> Vocabulary:
    """The words of a salon file, or of a JSON object {services: [{name, synonyms}], staff: []}."""
    written = file.read_text(encoding="utf-8")
    if file.suffix != ".json":
        return vocabulary_of(load(written, name=file.stem))
    catalogue = json.loads(written)
    return Vocabulary(
        services=tuple(
            ServiceWords(id=s["name"], name=s["name"], sure=tuple(s.get("synonyms", ())))
            for s in catalogue["services"]
        ),
        staff=tuple(_person(name) for name in catalogue.get("staff", ())),
    )


def _person(name: str) -> StaffWords:
    first, _, last = name.partition(" ")
    return StaffWords(id=name, first_name=first, last_name=last)


def answers(lines: Iterable[str], words: Vocabulary, now: datetime) -> Iterable[str]:
    """One JSON answer for each JSON question; what is wrong with a question is its answer."""
    understand("", words, Context(now=now))  # builds the matchers, so that no answer pays for them
    for line in filter(str.strip, lines):
        try:
            answer = _answer(Question.model_validate_json(line), words, now)
        except ValidationError as error:
            answer = {"id": _id_of(line), "error": "; ".join(_readable(error))}
        yield json.dumps(answer, ensure_ascii=False)


def _readable(error: ValidationError) -> Iterable[str]:
    for problem in error.errors():
        place = ".".join(str(part) for part in problem["loc"])
        yield f"{place}: {problem['msg']}" if place else str(problem["msg"])


def _id_of(line: str) -> object:
    try:
        return dict(json.loads(line)).get("id")
    except (ValueError, TypeError):
        return None


def _answer(question: Question, words: Vocabulary, now: datetime) -> dict[str, Any]:
    context = Context(
        now=(question.now or now).astimezone(ZONE),
        language=question.lang or "de",
        expecting=question.expecting or Expecting.OPEN,
        agent_said=question.agent_said,
    )
    began = time.perf_counter()
    found = understand(question.text, words, context)
    elapsed_ms = (time.perf_counter() - began) * 1000
    return to_jsonl(found, words, question.id, elapsed_ms)


def show(text: str, words: Vocabulary, now: datetime) -> None:
    """Print what was understood for a person: spans, candidates, scores, and the rules behind."""
    understand("", words, Context(now=now))
    context = Context(now=now)
    began = time.perf_counter()
    found = understand(text, words, context)
    elapsed_ms = (time.perf_counter() - began) * 1000
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(f"{now:%A %Y-%m-%d %H:%M %Z}, {elapsed_ms:.2f} ms", style="dim")
    console.print(explain(found, words))
