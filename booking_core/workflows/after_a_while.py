"""Work that begins only if something takes long: until then it costs a timer, and no task."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator


@contextmanager
def beginning_after(
    wait_s: float, work: Callable[[], Coroutine[Any, Any, None]], *, name: str | None = None
) -> Iterator[list[asyncio.Task[None]]]:
    """In here for longer than that, `work` runs beside; it is cancelled on the way out.

    Yields where its task will be, for whoever has to wait until it has ended.
    """
    begun: list[asyncio.Task[None]] = []

    def begin() -> None:
        begun.append(asyncio.create_task(work(), name=name))

    alarm = asyncio.get_running_loop().call_later(wait_s, begin)
    try:
        yield begun
    finally:
        alarm.cancel()
        for task in begun:
            task.cancel()
