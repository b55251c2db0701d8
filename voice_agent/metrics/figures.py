"""What `/metrics` tells of a process: how long callers wait, what is under way, what is stuck.

Every label has few values, and none of them is a caller's: a kind of turn, a result, a state.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from voice_agent.journal import CallClosed, CallOpened, TurnKind, TurnTaken
from voice_agent.metrics.calcom import CalcomCollector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from booking_core.adapters.calcom.figures import Figures
    from voice_agent.journal import Entry, Journal
    from voice_agent.metrics.database import Standing

TURN_BUCKETS_S = (0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10)
DESK_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
LAG_EVERY_S, LAG_WINDOW_S = 0.25, 10.0
KIND_OF_ACTION = {
    "Book": "book",
    "Cancel": "change",
    "Move": "change",
    "NoteRequest": "request",
    "NoteLate": "request",
    "FindSlots": "search",
    "LookUp": "lookup",
}
"""The dearest thing a turn does names it, the dearest first."""


class Metrics:
    """The figures of one process; each application has its own, so that tests do not add up."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._first = self._histogram(
            "voice_agent_turn_first_words_seconds",
            "From Retell's request to the first words on their way.",
            ("kind",),
            TURN_BUCKETS_S,
        )
        self._whole = self._histogram(
            "voice_agent_turn_seconds",
            "From Retell's request to the last words on their way.",
            ("kind",),
            TURN_BUCKETS_S,
        )
        self._desk = self._histogram(
            "voice_agent_desk_seconds",
            "What calls asked of the booking core: searches with their holds, bookings, changes.",
            ("work", "result"),
            DESK_BUCKETS_S,
        )
        self._ends = self._counter("voice_agent_turns", "Answers by what became of them.", "end")
        self._ahead = self._counter(
            "voice_agent_turns_ahead", "Answers worked out before they were asked for."
        )
        self._opened = self._counter("voice_agent_connections", "Lines opened, also again.")
        self._outcomes = self._counter("voice_agent_calls", "Calls by how they ended.", "outcome")
        self._connected = self._gauge("voice_agent_calls_in_progress", "Lines open right now.")
        self._lag = self._gauge(
            "voice_agent_loop_lag_seconds",
            f"How late the event loop was at worst in the last {LAG_WINDOW_S:.0f} s.",
        )
        self._entries = self._gauge("voice_agent_journal_waiting", "Entries not yet written.")
        self._lost = self._gauge("voice_agent_journal_lost", "Entries that could not be kept.")
        self._seen = self._gauge(
            "voice_agent_calendar_seen_seconds_ago",
            "Age of the oldest reading of the external calendar; infinite = never read.",
        )
        self._sagas = self._gauge("voice_agent_sagas_open", "Changes under way.", "kind")
        self._trouble = self._gauge(
            "voice_agent_sagas_in_trouble", "Changes that do not come to their end."
        )
        self._jobs = self._gauge("voice_agent_jobs_waiting", "Jobs whose time has come.")
        self._mails = self._gauge(
            "voice_agent_mails", "Mails that have not been sent, by state.", "state"
        )

    def watch_calcom(self, figures: Callable[[], Iterable[Figures]]) -> None:
        """Tell as well what the calls to Cal.com cost."""
        self.registry.register(CalcomCollector(figures))

    @contextmanager
    def line_open(self) -> Iterator[None]:
        """A line is open as long as this lasts."""
        with self._connected.track_inprogress():
            yield

    def note_turn(self, taken: TurnTaken) -> None:
        """A turn is over."""
        kind = kind_of(taken)
        self._ends.labels(end=taken.end.value).inc()
        if taken.ahead:
            self._ahead.inc()
        if taken.first_ms is not None:
            self._first.labels(kind=kind).observe(taken.first_ms / 1000)
        if taken.total_ms is not None:
            self._whole.labels(kind=kind).observe(taken.total_ms / 1000)

    def note_work(self, work: str, result: str, seconds: float) -> None:
        """The booking core has answered."""
        self._desk.labels(work=work, result=result).observe(seconds)

    def note_call(self, entry: CallOpened | CallClosed) -> None:
        """A line has been opened, or a call has ended."""
        if isinstance(entry, CallOpened):
            self._opened.inc()
        else:
            self._outcomes.labels(outcome=entry.outcome.value).inc()

    def note_journal(self, *, waiting: int, lost: int) -> None:
        """How the journal fares."""
        self._entries.set(waiting)
        self._lost.set(lost)

    def note_standing(self, standing: Standing) -> None:
        """What the database tells, for all processes together."""
        for kind, number in standing.sagas.items():
            self._sagas.labels(kind=kind).set(number)
        for state, number in standing.mails.items():
            self._mails.labels(state=state).set(number)
        self._trouble.set(standing.in_trouble)
        self._jobs.set(standing.jobs)

    def note_calendar(self, age_s: float) -> None:
        """How long ago the external calendar was read."""
        self._seen.set(age_s)

    async def measure_lag(self) -> None:
        """Look again and again how late the loop is; for ever."""
        worst = deque[float](maxlen=int(LAG_WINDOW_S / LAG_EVERY_S))
        while True:
            began = time.perf_counter()
            await asyncio.sleep(LAG_EVERY_S)
            worst.append(max(time.perf_counter() - began - LAG_EVERY_S, 0.0))
            self._lag.set(max(worst))

    def text(self) -> bytes:
        """Everything, in Prometheus's format."""
        return generate_latest(self.registry)

    def _histogram(
        self, name: str, what: str, labels: tuple[str, ...], buckets: tuple[float, ...]
    ) -> Histogram:
        return Histogram(name, what, labels, buckets=buckets, registry=self.registry)

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(name, what, labels, registry=self.registry)

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        return Gauge(name, what, labels, registry=self.registry)


class CountingJournal:
    """A journal whose entries are counted on their way."""

    def __init__(self, journal: Journal, metrics: Metrics) -> None:
        self._journal = journal
        self._metrics = metrics

    def note(self, entry: Entry) -> None:
        """Take the entry; never waits, never fails."""
        if isinstance(entry, TurnTaken):
            self._metrics.note_turn(entry)
        elif isinstance(entry, CallOpened | CallClosed):
            self._metrics.note_call(entry)
        self._journal.note(entry)


def kind_of(taken: TurnTaken) -> str:
    """What kind of turn this was."""
    if taken.kind is not TurnKind.SPEECH:
        return taken.kind.value
    done = {action.partition(" ")[0] for action in taken.actions}
    return next((kind for action, kind in KIND_OF_ACTION.items() if action in done), "answer")
