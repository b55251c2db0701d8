from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from voice_agent import telemetry

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the log goes; everything is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    yield stream
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


def _entries(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_with_its_facts(stream: io.StringIO) -> None:
    telemetry.set_up(as_json=True, to=stream)

    structlog.get_logger().info("turn_taken", call_id="call_1", first_ms=1.5)

    (entry,) = _entries(stream)
    assert (entry["event"], entry["call_id"], entry["first_ms"]) == ("turn_taken", "call_1", 1.5)
    assert entry["timestamp"].endswith("Z")


@pytest.mark.parametrize("fact", sorted(telemetry.PRIVATE))
def test_facts_of_callers_are_dropped(stream: io.StringIO, fact: str) -> None:
    telemetry.set_up(as_json=True, to=stream)

    structlog.get_logger().warning("noted", **{fact: "Wiebke Jansen"})

    assert "Jansen" not in stream.getvalue()


def test_numbers_and_addresses_are_masked_wherever_they_stand(stream: io.StringIO) -> None:
    telemetry.set_up(as_json=True, to=stream)

    structlog.get_logger().info("noted", reason="rang +49 171 3333333 for w.jansen@example.com")

    assert _entries(stream)[0]["reason"] == "rang +… for …@…"


def test_an_error_is_told_by_type_and_place_without_its_message(stream: io.StringIO) -> None:
    telemetry.set_up(as_json=True, to=stream)

    try:
        int("Jansen wollte um drei")
    except ValueError:
        structlog.get_logger().exception("turn_failed")

    (entry,) = _entries(stream)
    assert entry["error"] == "ValueError"
    assert entry["at"][-1].startswith("test_telemetry.py:")
    assert "Jansen" not in stream.getvalue()


def test_an_error_names_what_caused_it(stream: io.StringIO) -> None:
    telemetry.set_up(as_json=True, to=stream)

    failure = RuntimeError("no booking for Jansen")
    failure.__cause__ = OSError("no connection for Jansen")
    structlog.get_logger().error("work_failed", error=failure)

    (entry,) = _entries(stream)
    assert (entry["error"], entry["cause"]) == ("RuntimeError", "OSError")


def test_at_debug_level_a_developer_sees_everything(stream: io.StringIO) -> None:
    telemetry.set_up(level="debug", as_json=True, to=stream)

    structlog.get_logger().debug("heard", text="um drei")

    assert _entries(stream)[0]["text"] == "um drei"


def test_where_a_person_watches_the_log_is_readable(stream: io.StringIO) -> None:
    telemetry.set_up(as_json=False, to=stream)

    structlog.get_logger().info("ready")

    assert "ready" in stream.getvalue()
    assert "{" not in stream.getvalue()


def test_below_its_level_nothing_is_logged(stream: io.StringIO) -> None:
    telemetry.set_up(as_json=True, to=stream)

    structlog.get_logger().debug("heard")

    assert stream.getvalue() == ""
