"""The calls to Cal.com, as Prometheus reads them: kinds and outcomes, both from short lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, SummaryMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from prometheus_client.core import Metric

    from booking_core.adapters.calcom.figures import Figures


class CalcomCollector(Collector):
    """Reads what the clients have counted, each time it is asked."""

    def __init__(self, figures: Callable[[], Iterable[Figures]]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """The calls of all clients together."""
        time_spent = SummaryMetricFamily(
            "voice_agent_calcom_seconds", "What calls to Cal.com took.", labels=("call",)
        )
        outcomes = CounterMetricFamily(
            "voice_agent_calcom_calls", "Calls to Cal.com.", labels=("call", "outcome")
        )
        spent: dict[str, tuple[int, float]] = {}
        came: dict[tuple[str, str], int] = {}
        for figures in self._figures():
            for kind, tally in figures.by_kind.items():
                calls, seconds = spent.get(kind, (0, 0.0))
                spent[kind] = (calls + tally.calls, seconds + tally.seconds)
                for outcome, number in tally.outcomes.items():
                    came[kind, outcome] = came.get((kind, outcome), 0) + number
        for kind, (calls, seconds) in spent.items():
            time_spent.add_metric((kind,), calls, seconds)
        for (kind, outcome), number in came.items():
            outcomes.add_metric((kind, outcome), number)
        yield time_spent
        yield outcomes
