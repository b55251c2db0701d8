"""Says where a process is stuck that should have ended long ago, and ends it."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections import deque
from itertools import islice
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from types import FrameType

TICK_S = 1.0
INNERMOST = 8  # frames that are told of each task
LONGEST = 3500  # so that it is written in one piece, as everything that a process tells


class Watch:
    """Counts the seconds for which this process was awake; from a thread, so a blocked loop counts.

    Who is stopped, or stands still with the whole machine, is not stuck.
    """

    def __init__(self, say: Callable[[dict[str, Any]], None], *, limit_s: float) -> None:
        self._say = say
        self._ticks = max(1, round(limit_s / TICK_S))
        self._loop: asyncio.AbstractEventLoop | None = None

    async def over(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it, while the watch is kept; it is kept until the process has ended."""
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._count, daemon=True).start()
        await work

    def _count(self) -> None:
        for _ in range(self._ticks):
            time.sleep(TICK_S)
        self._say({"broke": f"stuck: {where(self._loop)}"[:LONGEST]})
        os._exit(1)


def where(loop: asyncio.AbstractEventLoop | None) -> str:
    """What the main thread is doing, and where every task waits, from outside in."""
    main = sys._current_frames()[threading.main_thread().ident or 0]  # noqa: SLF001 - made for this
    doing = " < ".join(_place(frame) for frame in islice(_outwards(main), INNERMOST))
    return "; ".join([f"the thread in {doing}", *(_path(task) for task in _tasks(loop))])


def _tasks(loop: asyncio.AbstractEventLoop | None) -> list[asyncio.Task[Any]]:
    return sorted(asyncio.all_tasks(loop), key=lambda task: task.get_name()) if loop else []


def _path(task: asyncio.Task[Any]) -> str:
    places = deque((_place(frame) for frame in _inwards(task.get_coro())), INNERMOST)
    cancelled = f", cancelled {task.cancelling()} times" if task.cancelling() else ""
    return f"{task.get_name()}{cancelled} at {' > '.join(places) or 'its end'}"


def _inwards(awaited: object) -> Iterator[FrameType]:
    """Frames of what is awaited, and of what that awaits."""
    while True:
        match awaited:
            case CoroutineType(cr_frame=frame, cr_await=further):
                pass
            case GeneratorType(gi_frame=frame, gi_yieldfrom=further):
                pass
            case AsyncGeneratorType(ag_frame=frame, ag_await=further):
                pass
            case _:
                return
        if frame is not None:
            yield frame
        awaited = further


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _place(frame: FrameType) -> str:
    return f"{frame.f_code.co_qualname}:{frame.f_lineno}"
