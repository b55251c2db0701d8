"""What is said to show a promise is there."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
README = (HERE / "README.md").read_text("utf-8")
NAMED = re.compile(r"`([\w./]+\.py|test_\w+)`")


def test_every_test_that_is_named_as_a_proof_is_there() -> None:
    missing, proofs, source = [], 0, ""
    for name in NAMED.findall(README):
        if name.endswith(".py"):
            path = HERE / name
            source = path.read_text("utf-8") if path.is_file() else ""
            missing += [] if source else [name]
        else:
            proofs += 1
            missing += [] if f"def {name}(" in source else [name]

    assert missing == []
    assert proofs > 20


def test_every_promise_has_something_that_shows_it() -> None:
    rows = [row.split("|") for row in README.splitlines() if row.startswith("| ")]
    promises = [(row[1], row[2]) for row in rows if row[1].strip() != "promise"]

    assert len(promises) > 30
    assert [promise for promise, proof in promises if "test_" not in proof] == []
