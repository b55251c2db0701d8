"""What a process tells of itself at `/metrics`: how long callers wait, what is stuck."""

from voice_agent.metrics.desk import MeasuredDesk
from voice_agent.metrics.figures import CountingJournal, Metrics
from voice_agent.metrics.page import PATH, MetricsPage

__all__ = ["PATH", "CountingJournal", "MeasuredDesk", "Metrics", "MetricsPage"]
