"""A call as Retell reports on it: its object at each stage, and the webhooks that carry it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from voice_agent.simulator.line import Ending
from voice_agent.simulator.signing import wall_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_agent.simulator.phone import PhoneCall
    from voice_agent.simulator.retell import RetellCall

Json = dict[str, Any]
CENTS_PER_MINUTE = 7.5
_NEVER_CONNECTED = ("dial_", "invalid_destination", "telephony_", "sip_", "user_declined")
_FAILED = ("error_", "concurrency_limit_reached", "no_valid_payment", "scam_detected")
_SPEAKERS = {"agent": "Agent", "user": "User"}


class Shape(StrEnum):
    """Where the words stand in `transcript_updated`: as documented, or as it was seen."""

    DOCUMENTED = "in the call"
    OBSERVED = "beside the call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One webhook."""

    event: str
    body: Json

    @property
    def raw(self) -> bytes:
        """Its bytes: compact, and umlauts as they are."""
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is known of a call when it is over."""

    phone: PhoneCall
    ending: str
    """Any `disconnection_reason`."""
    plain: Sequence[Json] = ()
    woven: Sequence[Json] = ()
    latencies_ms: Sequence[float] = ()
    duration_ms: int = 0
    ended_ms: int
    transfer_to: str | None = None

    @classmethod
    def of(cls, call: RetellCall) -> Record:
        """The record of a call that was played."""
        plain, woven = call.transcripts()
        heard = [answer.first_sentence_ms for answer in call.answers[1:]]
        return cls(
            phone=call.phone,
            ending=(call.ending or Ending.USER_HANGUP).value,
            plain=plain,
            woven=woven,
            latencies_ms=[ms for ms in heard if ms is not None],
            duration_ms=round(call.clock_s * 1000),
            ended_ms=wall_ms(),
            transfer_to=call.transferred_to,
        )

    @property
    def connected(self) -> bool:
        """Whether anybody was on the line."""
        return not self.ending.startswith(_NEVER_CONNECTED)

    @property
    def status(self) -> str:
        """What Retell makes of the reason for which it ended."""
        if not self.connected:
            return "not_connected"
        return "error" if self.ending.startswith(_FAILED) else "ended"

    def started(self) -> Json:
        """The call while it goes on."""
        began = {"start_timestamp": self.ended_ms - self.duration_ms} if self.connected else {}
        return self.phone.details() | {"call_status": "ongoing", **began}

    def talking(self) -> Json:
        """The same, with what was said so far, as functions are told."""
        of_web = {} if self.phone.to_number else {"access_token": "token_of_nobody"}
        return self.started() | of_web | self._words()

    def ended(self) -> Json:
        """The call without its analysis."""
        over: Json = {
            "call_status": self.status,
            "disconnection_reason": self.ending,
            "end_timestamp": self.ended_ms,
            "duration_ms": self.duration_ms,
            "call_cost": self._cost(),
        }
        if self.latencies_ms:
            over["latency"] = {"llm": _spread(self.latencies_ms)}
        if self.transfer_to is not None:
            over["transfer_destination"] = self.transfer_to
        return self.started() | over | self._words()

    def analyzed(self) -> Json:
        """The call with its analysis."""
        judged = {
            "call_summary": "",
            "in_voicemail": False,
            "user_sentiment": "Unknown",
            "call_successful": self.status == "ended",
            "custom_analysis_data": {},
        }
        return self.ended() | {"call_analysis": judged}

    def letters(self, shape: Shape = Shape.DOCUMENTED) -> list[Letter]:
        """All webhooks of its life, in the order in which things happened."""
        found = []
        if self.connected:
            found += [self._letter("call_started", self.started()), self._update(shape)]
        if self.transfer_to is not None:
            found.append(self._transfer())
        return [
            *found,
            self._letter("call_ended", self.ended()),
            self._letter("call_analyzed", self.analyzed()),
        ]

    def _update(self, shape: Shape) -> Letter:
        beside: Json = {"transcript_with_tool_calls": list(self.woven)}
        if shape is Shape.OBSERVED:
            return self._letter("transcript_updated", self.started(), **beside)
        return self._letter("transcript_updated", self.started() | beside)

    def _transfer(self) -> Letter:
        return self._letter(
            "transfer_started",
            self.started(),
            transfer_destination={"number": self.transfer_to},
            transfer_option={"showTransfereeAsCaller": False},
        )

    def _letter(self, event: str, call: Json, **beside: object) -> Letter:
        return Letter(event=event, body={"event": event, "call": call, **beside})

    def _words(self) -> Json:
        said = (f"{_SPEAKERS[one['role']]}: {one['content']}\n" for one in self.plain)
        return {
            "transcript": "".join(said),
            "transcript_object": list(self.plain),
            "transcript_with_tool_calls": list(self.woven),
        }

    def _cost(self) -> Json:
        seconds = self.duration_ms / 1000
        cents = round(seconds / 60 * CENTS_PER_MINUTE, 4)
        return {
            "combined_cost": cents,
            "product_costs": [{"product": "simulated", "cost": cents}],
            "total_duration_seconds": seconds,
            "total_duration_unit_price": CENTS_PER_MINUTE / 60,
        }


def _spread(values: Sequence[float]) -> Json:
    cuts = quantiles(values, n=100, method="inclusive") if len(values) > 1 else [values[0]] * 99
    named = {f"p{share}": round(cuts[share - 1], 3) for share in (50, 90, 95, 99)}
    ends = {"min": round(min(values), 3), "max": round(max(values), 3)}
    return {**named, **ends, "num": len(values), "values": [round(one, 3) for one in values]}
