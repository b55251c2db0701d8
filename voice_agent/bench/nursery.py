"""A process that forks one child for each errand: it begins clean, at once, and may be killed.

It reads JSON lines (`{"begin": 7, "errand": {...}}`, `{"signal": 9, "to": 7}`) and writes what its
children tell, and how each of them ended. Only it sends signals, and only to children that it has
not yet buried, so that a number that was given to somebody else is never hit. It runs no loop and
opens no connection; when its input ends, it ends all its children.
"""

from __future__ import annotations

import json
import logging
import os
import selectors
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from voice_agent import loops
from voice_agent.bench.errands import ERRANDS
from voice_agent.bench.watch import Watch
from voice_agent.telemetry import set_up

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT_S = 100  # a child that lives longer was forgotten, or is stuck: it says where, and ends
CHUNK = 65536


class Nursery:
    """The children that live."""

    def __init__(self) -> None:
        self._pids: dict[int, int] = {}

    def obey(self, order: dict[str, Any]) -> None:
        """Fork a child, or send one of them a signal; one that has ended gets none."""
        self.bury()
        if "begin" in order:
            self._fork(order["begin"], order["errand"])
        elif order["to"] in self._pids.values():
            pid = next(pid for pid, child in self._pids.items() if child == order["to"])
            os.kill(pid, order["signal"])

    def bury(self) -> None:
        """Tell how children have ended."""
        for pid, child in list(self._pids.items()):
            gone, status = os.waitpid(pid, os.WNOHANG)
            if gone:
                del self._pids[pid]
                tell({"of": child, "ended": os.waitstatus_to_exitcode(status)})

    def end(self) -> None:
        """Let nobody survive."""
        for pid in self._pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def _fork(self, child: int, errand: dict[str, Any]) -> None:
        pid = os.fork()
        if pid:
            self._pids[pid] = child
            return
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os._exit(run(child, errand))


def run(child: int, errand: dict[str, Any]) -> int:
    """Do what a child is there for; its exit status."""
    say = partial(_say, child)
    watch = Watch(say, limit_s=errand.get("limit_s", LIMIT_S))
    try:
        loops.run(watch.over(ERRANDS[errand["do"]](errand, say)))
    except Exception as error:  # noqa: BLE001 - whatever it was, the run must hear of it
        why = [f"{type(one).__name__}: {one}" for one in (error, error.__cause__) if one]
        say({"broke": ", because of ".join(why)})
        return 1
    return 0


def tell(fact: dict[str, Any]) -> None:
    """One line; short enough to be written in one piece beside those of other processes."""
    os.write(sys.stdout.fileno(), json.dumps(fact).encode() + b"\n")


def _say(child: int, fact: dict[str, Any]) -> None:
    tell({"of": child} | fact)


def main() -> None:
    """Serve until the input ends."""
    set_up(level="critical")
    logging.disable(logging.ERROR)  # clients and workers that vanish are no news here
    nursery = Nursery()
    alarm, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    tell({"ready": os.getpid()})
    try:
        for order in _orders(alarm):
            nursery.bury() if order is None else nursery.obey(order)
    finally:
        nursery.end()


def _orders(alarm: int) -> Iterator[dict[str, Any] | None]:
    """What is asked for; None when a child has ended."""
    selector = selectors.DefaultSelector()
    selector.register(alarm, selectors.EVENT_READ)
    selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
    rest = b""
    while True:
        for key, _ in selector.select():
            chunk = os.read(key.fd, CHUNK)
            if key.fd == alarm:
                yield None
                continue
            if not chunk:
                return
            *lines, rest = (rest + chunk).split(b"\n")
            yield from (json.loads(line) for line in lines)


if __name__ == "__main__":
    main()
