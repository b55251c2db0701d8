"""Calls and their turns, as tables: what was said, what was understood, how long it took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from booking_core.adapters.postgres.metadata import metadata

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

PROBE_PREFIX: Final = "call_probe_"
"""How the ids of calls begin with which a deployment tries whether a number leads to us."""

call = Table(
    "call",
    metadata,
    Column("id", Text, primary_key=True, comment="the platform's id, from the socket's path"),
    Column(
        "branch_id",
        ForeignKey("branch.id", ondelete="CASCADE"),
        comment="NULL = refused: nobody knows which salon was called",
    ),
    Column("salon_version", Integer, comment="configuration the call was held with"),
    Column("caller_number", Text, comment="E.164; NULL when withheld"),
    Column("agent_version", Integer),
    Column("connections", Integer, nullable=False, server_default="1"),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("outcome", Text),
    Column("lead", JSONB, comment="what was wanted when the caller was gone"),
    Column("consents", JSONB, comment="asked for or refused: kind, given, words, when"),
    CheckConstraint(
        "outcome IN ('booked', 'not_booked', 'abandoned', 'refused', 'changed', 'cancelled', "
        "'declined', 'nothing_free', 'callback', 'waiting_list', 'transferred', 'wrong_number', "
        "'information')",
        name="outcome",
    ),
    Index(None, "branch_id", "started_at"),
    Index(None, "started_at"),
)

call_turn = Table(
    "call_turn",
    metadata,
    Column("call_id", ForeignKey("call.id", ondelete="CASCADE"), primary_key=True),
    Column("turn", Integer, primary_key=True, comment="counts through reconnects"),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("response_id", BigInteger, nullable=False, comment="the platform's; may be superseded"),
    Column("kind", Text, nullable=False),
    Column("ended", Text, nullable=False),
    Column("caller_text", Text, nullable=False),
    Column("agent_text", Text, nullable=False),
    Column("understanding", JSONB, nullable=False),
    Column("actions", ARRAY(Text), nullable=False),
    Column("first_ms", Float, comment="from the request to the first words; NULL = none"),
    Column("total_ms", Float, comment="to the last words; NULL = never finished"),
    CheckConstraint("kind IN ('greeting', 'speech', 'silence')", name="kind"),
    CheckConstraint("ended IN ('answered', 'superseded', 'failed', 'lost')", name="ended"),
)

call_report = Table(
    "call_report",
    metadata,
    Column("call_id", ForeignKey("call.id", ondelete="CASCADE"), primary_key=True),
    Column("events", ARRAY(Text), nullable=False, comment="kinds that came, each once"),
    Column("call_type", Text),
    Column("direction", Text),
    Column("agent_id", Text),
    Column("agent_version", Integer, comment="as the platform says; see also call.agent_version"),
    Column("status", Text),
    Column("started_at", DateTime(timezone=True), comment="by the platform's clock"),
    Column("ended_at", DateTime(timezone=True)),
    Column("duration_ms", BigInteger),
    Column("disconnection_reason", Text),
    Column("transfer_to", Text, comment="where the caller was put through, or should have been"),
    Column("latency", JSONB, comment="percentiles in ms by stage"),
    Column("cost", JSONB, comment="in cents"),
    Column("analysis", JSONB, comment="what the platform's own model makes of the call"),
    Column("recording_url", Text, comment="only with the caller's consent"),
)


def of_callers() -> ColumnElement[bool]:
    """Calls that people made: no list and no statistics count our own trying of the line."""
    return ~call.c.id.startswith(PROBE_PREFIX, autoescape=True)
