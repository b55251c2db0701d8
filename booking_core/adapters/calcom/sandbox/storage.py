"""The sandbox's rows on disk: after every request, exactly the rows it changed.

An SQLite file in WAL mode: what was answered is on disk, also when the process is killed.
"""

from __future__ import annotations

import sqlite3
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from booking_core.adapters.calcom.sandbox.records import (
    ApiKey,
    Booking,
    EventType,
    Mail,
    Records,
    Reservation,
    Schedule,
    Team,
    User,
    Webhook,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    Rows = dict[tuple[str, str], object]

KINDS: dict[str, type] = {
    "users": User,
    "keys": ApiKey,
    "teams": Team,
    "schedules": Schedule,
    "event_types": EventType,
    "bookings": Booking,
    "reservations": Reservation,
    "webhooks": Webhook,
    "mails": Mail,
    "counters": int,
}
NUMBERED = frozenset({"users", "teams", "schedules", "event_types"})
TABLE = """
CREATE TABLE IF NOT EXISTS row (
    kind TEXT NOT NULL, id TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (kind, id)
) WITHOUT ROWID
"""
UPSERT = "INSERT INTO row VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET json = excluded.json"


class Store:
    """One file, kept like the rows in memory."""

    def __init__(self, file: str | Path) -> None:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        self._adapters = {kind: TypeAdapter[Any](type_) for kind, type_ in KINDS.items()}
        self._marks: dict[tuple[str, str], object] = {}
        self._db = sqlite3.connect(file, isolation_level=None)
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            # Only the death of the whole machine could lose the last rows: fine for a stand-in.
            self._db.execute("PRAGMA synchronous = OFF")
            self._db.execute(TABLE)
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise ValueError(f"{file} is not the state of a sandbox: {error}") from error

    def load(self) -> Records | None:
        """The rows of earlier runs; None when there are none."""
        stored = self._db.execute("SELECT kind, id, json FROM row").fetchall()
        if not stored:
            return None
        records, mails = Records(), {}
        for kind, row_id, text in stored:
            row = self._adapters[kind].validate_json(text)
            if kind == "mails":
                mails[int(row_id)] = row
            else:
                getattr(records, kind)[int(row_id) if kind in NUMBERED else row_id] = row
        records.mails = [mails[place] for place in sorted(mails)]
        records.bookings = dict(sorted(records.bookings.items(), key=lambda item: item[1].id))
        self._marks = {key: _mark(row) for key, row in _rows(records)}
        return records

    def save(self, records: Records) -> None:
        """Write what is new or different, delete what is gone, all in one transaction."""
        rows = dict(_rows(records))
        marks = {key: _mark(row) for key, row in rows.items()}
        changed = [key for key, mark in marks.items() if self._marks.get(key) != mark]
        gone = [key for key in self._marks if key not in marks]
        if not changed and not gone:
            return
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany(UPSERT, ((*key, self._text(key[0], rows[key])) for key in changed))
        self._db.executemany("DELETE FROM row WHERE kind = ? AND id = ?", gone)
        self._db.execute("COMMIT")
        self._marks = marks

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _text(self, kind: str, row: object) -> str:
        return self._adapters[kind].dump_json(row).decode()


def _rows(records: Records) -> Iterator[tuple[tuple[str, str], object]]:
    """Every row under its kind and id."""
    for table in fields(records):
        rows = getattr(records, table.name)
        pairs = enumerate(rows) if isinstance(rows, list) else rows.items()
        for row_id, row in pairs:
            yield (table.name, str(row_id)), row


def _mark(row: object) -> object:
    """What tells whether a row has changed; there are many bookings and mails, so theirs is small.

    Every change of a booking renews its `updated_at`; a mail never changes.
    """
    match row:
        case Booking():
            return (row.updated_at, row.status, row.key, row.start, len(row.attendees))
        case Mail():
            return row.at
        case _:
            return repr(row)
