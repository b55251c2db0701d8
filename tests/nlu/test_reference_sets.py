"""The labelled sets beside the checkout, where there are any: what must not get worse."""

from __future__ import annotations

import importlib.util
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from nlu import (
    Context,
    Expecting,
    ServiceWords,
    StaffWords,
    Vocabulary,
    parse_times,
    prepare,
    understand,
)
from nlu.answers import to_jsonl

if TYPE_CHECKING:
    from types import ModuleType

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
BERLIN = ZoneInfo("Europe/Berlin")
START_ACCURACY = {
    "colloquial_de": 95,
    "duckling_time_de": 90,
    "recognizers_de": 80,
    "ctparse_de": 97,
    "rustling_de": 80,
    "chrono_de": 90,
    "duckling_time_en": 85,
    "sgd_values_en": 97,
}
MOST_WRONG = 3.0
SPAN_F1 = 0.93
INTENT_F1 = 0.93
SLOT_F1 = {"service": 0.97, "dates": 0.97, "times": 0.97, "staff": 0.97}
MOST_WRONG_TURNS = 0.02

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no labelled sets beside the checkout")


def scorer(folder: str) -> ModuleType:
    path = DATA / folder / "score.py"
    spec = importlib.util.spec_from_file_location(f"score_{folder}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    spec.loader.exec_module(module)
    sys.dont_write_bytecode = writes
    return module


def answers_to(name: str, score: ModuleType) -> tuple[list[Any], dict[str, Any]]:
    records = score.load(str(DATA / "nlu" / "dev" / f"{name}.jsonl"))
    found = {}
    for record in records:
        now = datetime.fromisoformat(record.get("ref") or "2025-10-27T09:00:00")
        now = now.replace(tzinfo=ZoneInfo(record.get("tz") or "Europe/Berlin"))
        heard = parse_times(record["text"], now, record["lang"][:2])
        found[record["id"]] = {"pred": [expression.to_contract() for expression in heard]}
    return records, found


@pytest.mark.parametrize(("name", "least"), START_ACCURACY.items())
def test_times_of_a_set_are_understood_as_often_as_wanted(name: str, least: int) -> None:
    score = scorer("nlu")

    summary, _ = score.score_set(*answers_to(name, score))

    assert score.share(summary, "start") >= least


def test_what_callers_say_is_hardly_ever_misunderstood() -> None:
    score = scorer("nlu")

    summary, _ = score.score_set(*answers_to("colloquial_de", score))

    assert score.share(summary, "wrong") <= MOST_WRONG


def test_times_are_found_at_their_place() -> None:
    score = scorer("nlu")

    summary, _ = score.score_set(*answers_to("xsid_spans_de", score))

    assert summary["spans"]["overlap_f1"] >= SPAN_F1


def test_turns_of_real_calls_are_understood() -> None:
    score = scorer("calls")
    lines = (DATA / "calls" / "utterances.dev.jsonl").read_text(encoding="utf-8").splitlines()
    records = [record for record in map(json.loads, lines) if record["verbatim"]]
    vocabulary = _catalogue()

    result, _ = score.score(records, {r["id"]: _answer(r, vocabulary) for r in records})

    assert result["intent"]["macro_f1"] >= INTENT_F1
    assert result["wrong"] <= MOST_WRONG_TURNS
    for slot, least in SLOT_F1.items():
        assert result["slots"][slot]["f1"] >= least, slot


def _catalogue() -> Vocabulary:
    catalogue = json.loads((DATA / "calls" / "catalogue.json").read_text(encoding="utf-8"))
    words = Vocabulary(
        services=tuple(
            ServiceWords(id=s["name"], name=s["name"], sure=tuple(s["synonyms"]))
            for s in catalogue["services"]
        ),
        staff=tuple(
            StaffWords(id=name, first_name=name.split()[0], last_name=name.split()[1])
            for name in catalogue["staff"]
        ),
    )
    prepare(words)
    return words


def _answer(record: dict[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
    context = Context(
        now=datetime.fromisoformat(record["now"]).astimezone(BERLIN),
        expecting=Expecting(record["expecting"]),
        agent_said=record["agent_said"],
    )
    return to_jsonl(understand(record["text"], vocabulary, context), vocabulary, record["id"], 0)
