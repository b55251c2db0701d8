from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from nlu import Context, Expecting, ServiceWords, StaffWords, Vocabulary, prepare

SALON = Path(__file__).resolve().parents[2] / "voice_agent" / "salons" / "friseur1.yaml"
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    """The words of the demo salon; services go by their number, staff by first name."""
    salon = yaml.safe_load(SALON.read_text(encoding="utf-8"))
    words = Vocabulary(
        services=tuple(_service(entry) for entry in salon["services"]),
        staff=tuple(
            StaffWords(id=s["first_name"], first_name=s["first_name"], last_name=s["last_name"])
            for s in salon["staff"]
        ),
        salon_name="Salon Morgenrot",
    )
    prepare(words)
    return words


def _service(entry: dict[str, object]) -> ServiceWords:
    synonyms = entry.get("synonyms") or {}
    assert isinstance(synonyms, dict)
    lists = {kind: tuple(synonyms.get(kind) or ()) for kind in ("sure", "weak", "heard")}
    return ServiceWords(id=str(entry["number"]), name=str(entry["name"]), **lists)


@pytest.fixture
def monday_morning() -> Context:
    """A Monday in the demo salon's zone, nine o'clock, nothing asked yet."""
    now = datetime(2026, 11, 23, 9, tzinfo=BERLIN)
    return Context(now=now, expecting=Expecting.OPEN)
