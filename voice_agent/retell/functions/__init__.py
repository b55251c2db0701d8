"""What agents hosted at Retell can call: the salon's desk, one function at a time."""

from voice_agent.retell.functions.counter import HANDLERS, Counter

__all__ = ["HANDLERS", "Counter"]
