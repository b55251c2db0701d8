"""Logs: events with facts, one line each, and nothing in them that belongs to a caller."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from typing import TYPE_CHECKING, Any, TextIO

import structlog

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

PRIVATE = frozenset(
    {
        "name", "caller", "caller_name", "customer", "phone", "caller_number", "number", "email",
        "text", "words", "transcript", "utterance", "said", "content", "uid", "uids",
    },
)  # fmt: skip
"""Facts that are dropped from info level up; at debug level they help whoever debugs locally."""
_NUMBER = re.compile(r"\+\d[\d\s/-]{5,}\d")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
_FRAMES = 3  # the innermost places of an error; its message may quote a caller and is left out


def set_up(*, level: str = "info", as_json: bool | None = None, to: TextIO | None = None) -> None:
    """Log to stderr (or `to`): JSON lines, or readable ones where a person is watching."""
    stream = to or sys.stderr
    as_json = not stream.isatty() if as_json is None else as_json
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            describe_errors,
            keep_private,
            structlog.processors.JSONRenderer(ensure_ascii=False)
            if as_json
            else structlog.dev.ConsoleRenderer(colors=stream.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(stream=stream, level=logging.WARNING, force=True)


def describe_errors(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> Mapping[str, Any]:
    """Tell errors by type and place: messages of databases and templates quote what callers say."""
    error = event.pop("exc_info", None) or event.get("error")
    error = sys.exception() if error is True else error
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["at"] = _places(error)
        if error.__cause__ is not None:
            event["cause"] = type(error.__cause__).__name__
    return event


def keep_private(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> Mapping[str, Any]:
    """Drop callers' facts, and mask numbers and addresses that slipped into others."""
    if event.get("level") == "debug":
        return event
    for key in PRIVATE & event.keys():
        del event[key]
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _ADDRESS.sub("…@…", _NUMBER.sub("+…", value))
    return event


def _places(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames]
