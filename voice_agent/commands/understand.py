"""`voice-agent understand`: what the agent hears in a sentence."""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.console import Console

from booking_core.adapters.clock import SystemClock
from booking_core.adapters.salon_file import load
from nlu import Context, Expecting, ServiceWords, StaffWords, Vocabulary, understand
from nlu.answers import to_jsonl
from voice_agent.commands.running import OK, USAGE
from voice_agent.config import Settings
from voice_agent.dialogue.vocabulary import vocabulary_of

if TYPE_CHECKING:
    from collections.abc import Iterable

ZONE = ZoneInfo("Europe/Berlin")
DEMO_SALON = Path(__file__).parents[1] / "salons" / "friseur1.yaml"


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
    for line in lines:
        if not line.strip():
            continue
        try:
            yield json.dumps(_answer(json.loads(line), words, now), ensure_ascii=False)
        except (ValueError, KeyError, TypeError) as error:
            yield json.dumps({"id": None, "error": f"{type(error).__name__}: {error}"})


def _answer(question: dict[str, Any], words: Vocabulary, now: datetime) -> dict[str, Any]:
    said_at = datetime.fromisoformat(question["now"]) if question.get("now") else now
    context = Context(
        now=said_at.astimezone(ZONE),
        language=question.get("lang") or "de",
        expecting=Expecting(question.get("expecting") or "open"),
        agent_said=question.get("agent_said"),
    )
    began = time.perf_counter()
    found = understand(question["text"], words, context)
    elapsed_ms = (time.perf_counter() - began) * 1000
    return to_jsonl(found, words, question.get("id") or "", elapsed_ms)


def show(text: str, words: Vocabulary, now: datetime) -> None:
    """Print the answer for a person."""
    answer = _answer({"id": None, "text": text}, words, now)
    console = Console(highlight=False)
    console.print(f"[dim]{now:%A %Y-%m-%d %H:%M %Z}[/dim]")
    console.print(f"[bold]{text}[/bold]")
    console.print_json(json.dumps(answer, ensure_ascii=False))
