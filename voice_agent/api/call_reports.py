"""What the telephone platform has reported about a call, as other systems are told."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads the annotations
from typing import TYPE_CHECKING, Any

from pydantic import Field

from voice_agent.api.shapes import Told

if TYPE_CHECKING:
    from collections.abc import Mapping


class CallReport(Told):
    """A call as the platform saw it; whatever was not reported is null."""

    status: str | None = Field(description="registered, ongoing, ended, error, not_connected.")
    direction: str | None
    started_at: datetime | None = Field(description="By the platform's clock.")
    ended_at: datetime | None
    duration_ms: int | None
    disconnection_reason: str | None = Field(description="user_hangup, agent_hangup, ...")
    transfer_to: str | None
    latency_ms: dict[str, dict[str, float]] | None = Field(
        description="By stage (e2e, llm, tts ...): p50, p90, p95, p99, min, max and num."
    )
    cost_cents: float | None
    summary: str | None = Field(description="What the platform's own model makes of the call.")
    sentiment: str | None
    successful: bool | None
    recording_url: str | None = Field(description="Only with the caller's consent.")
    events: list[str] = Field(description="Kinds of webhooks that have come, each once.")


def report_of(row: Mapping[str, Any]) -> CallReport:
    """What is stored; figures may be missing, and are no figures where somebody sent others."""
    cost, analysis = row["cost"] or {}, row["analysis"] or {}
    success = analysis.get("call_successful")
    plain = {name: row[name] for name in CallReport.model_fields if name in row}
    return CallReport(
        **plain,
        latency_ms=_stages(row["latency"]),
        cost_cents=_figure(cost.get("combined_cost")),
        summary=_text(analysis.get("call_summary")),
        sentiment=_text(analysis.get("user_sentiment")),
        successful=success if isinstance(success, bool) else None,
    )


def _stages(latency: Mapping[str, Any] | None) -> dict[str, dict[str, float]] | None:
    if latency is None:
        return None
    return {
        stage: {name: found for name, one in told.items() if (found := _figure(one)) is not None}
        for stage, told in latency.items()
        if isinstance(told, dict)
    }


def _figure(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
