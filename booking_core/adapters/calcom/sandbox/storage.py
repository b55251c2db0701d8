"""The sandbox's rows on disk: one file, replaced as a whole after every change."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from booking_core.adapters.calcom.sandbox.records import Records


@cache
def _format() -> TypeAdapter[Records]:
    return TypeAdapter(Records)


def load(file: str | Path | None) -> Records | None:
    """The rows of an earlier run; None when there was none."""
    if file is None or not Path(file).exists():
        return None
    return _format().validate_json(Path(file).read_bytes())


def save(records: Records, file: str | Path | None) -> None:
    """Replace the file in one step: a reader, or a killed writer, never leaves half of it."""
    if file is None:
        return
    target = Path(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(target.name + ".new")
    draft.write_bytes(_format().dump_json(records))
    draft.replace(target)
