"""Runs the coroutine of a command and turns errors into sentences that say what to do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pydantic import ValidationError
from redis.exceptions import RedisError
from rich.console import Console
from rich.markup import escape
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from booking_core.adapters.postgres.migrate import SchemaOutdated
from booking_core.domain.errors import BookingError
from voice_agent.embedded import ServersUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def run(main: Callable[[], Coroutine[object, object, int]]) -> int:
    """The exit status of this command; what `main` builds before it begins is covered as well."""
    try:
        return asyncio.run(main())
    except KeyboardInterrupt:
        return INTERRUPTED
    except ValidationError as error:
        for problem in error.errors():
            complain(".".join(str(part) for part in problem["loc"]).upper(), problem["msg"])
        return USAGE
    except ArgumentError as error:
        complain("DATABASE_URL", f"{error}; it looks like postgresql://user:password@host/name")
        return USAGE
    except SQLAlchemyError as error:
        complain("the database does not answer as it should", str(error).partition("\n")[0])
    except RedisError as error:
        complain("Redis does not answer as it should", str(error))
    except (BookingError, ServersUnavailable, SchemaOutdated, ValueError, OSError) as error:
        complain(type(error).__name__, str(error))
    return FAILED


def complain(what: str, why: str) -> None:
    """Tell what is wrong, on standard error."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(
        f"[red]{escape(what)}[/red]: {escape(why)}"
    )
