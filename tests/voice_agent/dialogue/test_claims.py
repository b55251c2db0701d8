"""Nothing is claimed without its proof: by type, by place, and by the words of every sentence."""

from __future__ import annotations

import ast
import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest
import yaml
from mypy import api

from prompts import keys, languages
from voice_agent.dialogue import claims, obstacles
from voice_agent.dialogue.plain import Plain

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]
DIALOGUE = ROOT / "voice_agent" / "dialogue"
CLAIMING = ("confirming", "offering", "telling")
"""The modules that say what is claimed."""
PLAIN = frozenset(get_args(Plain))
WORD_FOR_WORD = frozenset({"verbatim"})
CLAIM_WORDS = {
    "de": re.compile(
        r"\b(gebucht|frei|vergeben|ausgebucht|belegt|verfügbar|reserviert|storniert|abgesagt"
        r"|verlegt|verschoben|geändert|notiert|steht|stehen|zurückruft|meldet sich"
        r"|(?<!ob er )eingetragen)\b",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"\b(booked|free(?! of charge)|available|taken|gone|cancelled|called off|moved|changed"
        r"|noted|reserved|stands|you are on|will call|(?<!whether it was )entered)\b",
        re.IGNORECASE,
    ),
}
SAID = """
from booking_core.domain.booking import Booked, Failed
from voice_agent.dialogue import claims, confirming, sentences
from voice_agent.dialogue.scene import Scene

def said(failed: Failed, booked: Booked, scene: Scene) -> None:
    claims.claim(claims.BOOKED, booked, scene)
    claims.claim(claims.BOOKED, failed, scene)  # wrong
    confirming.booked(booked, scene)
    confirming.booked(failed, scene)  # wrong
    sentences.plain("ask_time")
    sentences.plain("booked")  # wrong
"""


def claimed() -> frozenset[str]:
    """The sentences that claim something."""
    found = [*vars(claims).values(), *vars(obstacles).values(), *obstacles.WHY.values()]
    return frozenset(one.key for one in found if isinstance(one, claims.Claim))


def test_every_sentence_either_claims_something_or_is_plain() -> None:
    assert claimed() & PLAIN == set()
    assert claimed() | PLAIN | WORD_FOR_WORD == set(keys("de"))


@pytest.mark.inc(55)
@pytest.mark.inc(64)
@pytest.mark.parametrize("language", languages())
def test_only_claims_have_words_that_claim(language: str) -> None:
    said = {key: text for key, text in _phrasings(language) if CLAIM_WORDS[language].search(text)}

    assert {key: text for key, text in said.items() if key not in claimed()} == {}
    assert {"booked", "moved", "callback_noted", "late_noted", "reason_taken"} <= said.keys()


def test_sentences_are_made_in_two_places_only() -> None:
    makers = {path.stem for path in DIALOGUE.glob("*.py") if "Sentence" in _called(_tree(path))}

    assert makers == {"claims", "sentences"}


def test_claims_are_made_only_where_their_proof_is_a_parameter() -> None:
    for path in DIALOGUE.glob("*.py"):
        for function in ast.walk(_tree(path)):
            if isinstance(function, ast.FunctionDef):
                _check_proofs(function, path.stem)


def test_the_type_checker_refuses_a_claim_without_its_proof(tmp_path: Path) -> None:
    said = tmp_path / "said_without_proof.py"
    said.write_text(SAID, "utf-8")

    report, errors, _ = api.run(["--config-file", str(ROOT / "pyproject.toml"), str(said)])

    assert errors == ""
    lines = SAID.splitlines()
    wrong = {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}
    found = re.findall(rf"{said.name}:(\d+): error", report)
    assert {int(number) for number in found} == wrong, report


def _check_proofs(function: ast.FunctionDef, module: str) -> None:
    given = {one.arg for one in (*function.args.args, *function.args.kwonlyargs)}
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and ast.unparse(call.func) in {"claim", "claims.claim"}:
            assert module in CLAIMING, module
            proof = ast.unparse(call.args[1]).split(".")[0].split("[")[0]
            assert proof in given, f"{module}.{function.name} claims without a proof"


def _phrasings(language: str) -> Iterator[tuple[str, str]]:
    for file in (files("prompts") / language).iterdir():
        if file.name.endswith(".yaml"):
            for key, texts in yaml.safe_load(file.read_text("utf-8")).items():
                yield key, " / ".join(texts)


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _called(tree: ast.Module) -> set[str]:
    return {ast.unparse(one.func) for one in ast.walk(tree) if isinstance(one, ast.Call)}
