"""What Retell would choke on, or a caller would notice, in what the server sends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """One kind of misbehaviour; the value is how a report names it."""

    BAD_JSON = "bad json"
    BINARY_FRAME = "binary frame"
    WRONG_TYPE = "wrong type"
    UNKNOWN_FIELD = "unknown field"
    UNTYPED_FRAME = "frame without response_type"
    TWO_ACTIONS = "two actions in one response"
    NO_GREETING = "no begin message"
    SECOND_GREETING = "second greeting"
    NO_CONFIG = "no config on a new socket"
    NO_ANSWER = "no answer"
    UNCLOSED_RESPONSE = "response never closed"
    CONTENT_AFTER_COMPLETION = "content after completion"
    VOID_RESPONSE = "chunk of a void response"
    UNREQUESTED_RESPONSE = "response nobody asked for"
    MISSING_SPACE = "no space between chunks"
    MARKUP = "markup or placeholder in speech"
    MISSED_PONG = "missed ping_pong"
    CLOSED_WITHOUT_END_CALL = "closed with 1000 without end_call"
    ABNORMAL_CLOSE = "connection lost"
    UNEXPECTED_CLOSE = "unexpected close code"
    SLOW_ANSWER = "slow answer"
    SILENCE = "silence in an answer"
    NOT_TAKEN = "not taken"
    FORGED = "taken although wrongly signed"
    UNUSABLE = "answer that Retell cannot use"
    TOO_LONG = "answer longer than the model reads"
    BROKEN_FUNCTION = "function that breaks"
    ANSWERED_DIFFERENTLY = "same order answered differently"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One misbehaviour, with the evidence."""

    fault: Fault
    detail: str

    def __str__(self) -> str:
        return f"{self.fault.value}: {self.detail}"
