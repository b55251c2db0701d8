"""Runs the coroutine of a command and turns errors into sentences that say what to do."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from pydantic import ValidationError
from rich.console import Console

from booking_core.domain.errors import BookingError
from voice_agent.embedded import ServersUnavailable

if TYPE_CHECKING:
    from collections.abc import Coroutine

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def run(main: Coroutine[object, object, int]) -> int:
    """The exit status of this command."""
    errors = Console(stderr=True)
    try:
        return asyncio.run(main)
    except KeyboardInterrupt:
        return INTERRUPTED
    except ValidationError as error:
        for problem in error.errors():
            name = ".".join(str(part) for part in problem["loc"]).upper()
            errors.print(f"[red]{name}[/red]: {problem['msg']}", highlight=False)
        return USAGE
    except (BookingError, ServersUnavailable, OSError) as error:
        errors.print(f"[red]{type(error).__name__}[/red]: {error}", highlight=False)
        return FAILED


def plain_output() -> bool:
    """Whether the output goes to a file or pipe instead of a person."""
    return not sys.stdout.isatty()
