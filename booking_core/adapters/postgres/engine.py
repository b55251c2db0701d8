"""Connections to PostgreSQL: one pool a process, psycopg 3, times in UTC."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from psycopg._preparing import PrepareManager
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from booking_core.adapters.postgres.pipeline import hush
from booking_core.adapters.postgres.standby import OPTION, Standby, is_over

if TYPE_CHECKING:
    from typing import Any

    import psycopg
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import PoolProxiedConnection

DRIVER = "postgresql+psycopg"
CONNECT_TIMEOUT_S = 10  # long enough for a database that restarts, short enough for a caller
FROZEN_AFTER_S = 5  # no transaction of ours waits for anything but the database: its process froze
LONGEST_S = 30  # of a transaction, other than those that say so
_LIMIT = "SELECT set_config(name, %s, false) FROM pg_settings WHERE name = 'transaction_timeout'"


def database_url(text: str) -> URL:
    """The URL with our driver, whatever spelling of PostgreSQL it came with.

    >>> database_url("postgres://salon@db/salon").drivername
    'postgresql+psycopg'
    """
    url = make_url(text)
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        raise ValueError(f"the database is PostgreSQL, not {url.get_backend_name()}")
    return url.set(drivername=DRIVER)


def make_engine(
    url: str,
    *,
    pool_size: int = 10,
    frozen_after_s: int | None = None,
    longest_s: int = LONGEST_S,
) -> AsyncEngine:
    """A pool of connections to this database; nothing is opened before the first use.

    A transaction ends `frozen_after_s` after its last statement, or after `longest_s` altogether.
    """
    address, standby = database_url(url), Standby(pool_size // 2)
    engine = create_async_engine(
        address,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_use_lifo=True,
        execution_options={OPTION: standby},
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_S,
            "options": f"{_limiting(address, frozen_after_s)} -c timezone=UTC",
            "application_name": "voice-agent",
        },
    )
    event.listen(engine.sync_engine, "connect", partial(_limit, longest_s=longest_s))
    event.listen(engine.sync_engine, "connect", _remember)
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    event.listen(engine.sync_engine, "engine_disposed", standby.dismiss)
    hush()
    return engine


def limited_pool(url: str) -> dict[str, Any]:
    """Arguments of a psycopg pool whose transactions end as those of an engine do."""
    address = database_url(url)

    async def limit(connection: psycopg.AsyncConnection[Any]) -> None:
        await connection.execute(_LIMIT, (f"{LONGEST_S}s",))
        await connection.commit()

    return {
        "conninfo": address.set(drivername="postgresql").render_as_string(hide_password=False),
        "kwargs": {"options": _limiting(address)},
        "configure": limit,
    }


def _limiting(address: URL, frozen_after_s: int | None = None) -> str:
    """Else the locks of a process that is stopped, or of a lost machine, last for hours.

    The address may have another opinion of how long that is, and whoever asks yet another.
    """
    limit = "-c idle_in_transaction_session_timeout={}s".format
    asked = "" if frozen_after_s is None else limit(frozen_after_s)
    return f"{limit(FROZEN_AFTER_S)} {address.query.get('options', '')} {asked}"


class _Lasting(PrepareManager):
    """Statements that stay prepared when a transaction is rolled back.

    psycopg forgets them then, and has the server forget them, in case tables have changed: here
    they do not, and whatever only reads ends so. What is sent together and refused was planned
    anew every time.
    """

    def clear(self) -> bool:
        """Nothing is forgotten."""
        return False


def _remember(connection: DBAPIConnection, _: object) -> None:
    raw = cast("psycopg.AsyncConnection[object]", connection.driver_connection)
    raw._prepared = _Lasting()  # noqa: SLF001 - there is no setting for it; a test tells if it moves


def _limit(connection: DBAPIConnection, _: object, *, longest_s: int) -> None:
    """End also the transactions of those who froze between statements that are sent together.

    Until all of them have arrived PostgreSQL takes the session for busy, and a request to flush,
    which psycopg sends behind them, stops the clock of an idle transaction. Before PostgreSQL 17
    there is no other clock, and nothing is set.
    """
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(_LIMIT, (f"{longest_s}s",))
    cursor.close()
    connection.autocommit = False


def _refuse_closed(connection: PoolProxiedConnection, *_: object) -> None:
    """A closed connection must not cost a caller the search, nor asking every time a round trip."""
    if is_over(cast("psycopg.AsyncConnection[Any]", connection.driver_connection)):
        raise InvalidatePoolError
