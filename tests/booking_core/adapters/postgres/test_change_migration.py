"""A database with bookings from before there were moves and cancellations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from booking_core.adapters.postgres.migrate import alembic_config
from booking_core.domain.names import folded_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Engine, Row

BEFORE, AFTER = "0006_calcom_upkeep", "0007_change"
NAMES = ("Wilma Tönnies", "GROSS, Jörg", "Zoë Çelik-Groß", "Ana Núñez", "Li")
SALON = (
    "INSERT INTO company (id, key, code, name) VALUES (:salon, 'k', 'K', 'Kamm')",
    (
        "INSERT INTO branch (id, company_id, key, code, name, address, timezone, land, language,"
        " lead_minutes, horizon_days, step_minutes, cancel_limit_hours, delegate, elastic_pauses,"
        " holidays_closed) VALUES (:salon, :salon, 'k1', 'EINS', 'Kamm', 'Weg 1', 'Europe/Berlin',"
        " 'BE', 'de', 60, 90, 15, 24, 'if_needed', false, true)"
    ),
)
VISIT = (
    (
        "INSERT INTO appointment (id, branch_id, code, state, plan, starts_at, ends_at,"
        " service_names, price_cents, customer_name, source, booked_at)"
        " VALUES (:id, :salon, CAST(:id AS text), 'booked', '{}', now(),"
        " now() + interval '1 h', '{Farbe}', 9800, :name, 'phone', now())"
    ),
    (
        "INSERT INTO claim (branch_id, resource_id, during, owner, kind, state, appointment_id)"
        " VALUES (:salon, :id, tstzrange(now(), now() + interval '1 h'), 'appointment:' || :id,"
        " 'work', 'final', :id)"
    ),
    (
        "INSERT INTO saga (id, branch_id, appointment_id, key, fingerprint, state, worker,"
        " lease_until, ended_at)"
        " VALUES (:id, :salon, :id, CAST(:id AS text), '', 'booked', '', now(), now())"
    ),
    (
        "INSERT INTO saga_step (saga_id, index, position, state, uid)"
        " VALUES (:id, 1, 0, 'done', CAST(:id AS text))"
    ),
)


@pytest.fixture
def old(make_database: Callable[..., str], worker: str) -> Iterator[Engine]:
    """A database as it was before, with a visit for each name."""
    engine = create_engine(make_database(f"test_change_{worker}", migrated=False))
    migrated(engine, BEFORE)
    salon = uuid4()
    write(engine, SALON, salon=salon)
    for name in NAMES:
        write(engine, VISIT, salon=salon, id=uuid4(), name=name)
    yield engine
    engine.dispose()


def migrated(engine: Engine, to: str, *, back: bool = False) -> None:
    with engine.connect() as connection:
        run = command.downgrade if back else command.upgrade
        run(alembic_config(connection), to)
        connection.commit()


def write(engine: Engine, statements: Sequence[str], **values: UUID | str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            asked = {key: value for key, value in values.items() if f":{key}" in statement}
            connection.execute(text(statement), asked)


def rows(engine: Engine, sql: str) -> Sequence[Row[Any]]:
    with engine.connect() as connection:
        return connection.execute(text(sql)).all()


def test_old_bookings_are_told_and_looked_up_like_new_ones(old: Engine) -> None:
    migrated(old, AFTER)

    words = rows(old, "SELECT customer_name, name_words FROM appointment")
    assert {name: frozenset(found) for name, found in words} == {
        name: folded_words(name) for name in NAMES
    }
    versions = rows(old, "SELECT version, state, price_cents FROM appointment_version")
    assert versions == [(1, "booked", 9800)] * len(NAMES)
    assert set(rows(old, "SELECT kind, version, state FROM saga")) == {("book", 1, "done")}
    assert set(rows(old, "SELECT action, index, position FROM saga_step")) == {("book", 1, 0)}
    assert set(rows(old, "SELECT holder = owner FROM claim")) == {(True,)}


def test_the_way_back_leaves_what_the_old_program_understands(old: Engine) -> None:
    migrated(old, AFTER)

    migrated(old, BEFORE, back=True)
    again = rows(old, "SELECT state FROM saga")
    migrated(old, AFTER)

    assert set(again) == {("booked",)}
    assert set(rows(old, "SELECT state FROM saga")) == {("done",)}
