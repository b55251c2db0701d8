"""Runs the coroutine of a command and turns errors into sentences that say what to do."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from pydantic import ValidationError
from redis.exceptions import RedisError
from rich.console import Console
from rich.markup import escape
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from booking_core.adapters.postgres.migrate import SchemaOutdated
from booking_core.domain.errors import BookingError
from voice_agent import loops
from voice_agent.embedded import ServersUnavailable, servers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from voice_agent.config import Settings
    from voice_agent.runtime import Runtime

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def run(main: Callable[[], Coroutine[object, object, int]]) -> int:
    """The exit status of this command; what `main` builds before it begins is covered as well."""
    try:
        return loops.run(main())
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


@asynccontextmanager
async def process(settings: Settings, console: Console) -> AsyncIterator[Runtime]:
    """A whole process of ours: servers, parts, background work; whoever waits sees what for."""
    from voice_agent.runtime import open_runtime

    async with AsyncExitStack() as stack:
        with console.status("starting PostgreSQL and Valkey ...") as status:
            endpoints = await stack.enter_async_context(servers(settings))
            status.update("bringing schema, salons and event types up to date ...")
            runtime = await stack.enter_async_context(open_runtime(settings, endpoints))
            await stack.enter_async_context(runtime.working())
        yield runtime


def complain(what: str, why: str) -> None:
    """Tell what is wrong, on standard error."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(
        f"[red]{escape(what)}[/red]: {escape(why)}"
    )
