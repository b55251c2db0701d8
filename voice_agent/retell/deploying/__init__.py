"""Bringing an agent at Retell to what the salon says, and nothing else there."""

from voice_agent.retell.deploying.deploy import Done, Order, deploy
from voice_agent.retell.deploying.errors import DeployRefused
from voice_agent.retell.deploying.memory import Memory
from voice_agent.retell.deploying.plan import Change
from voice_agent.retell.deploying.remote import Remote

__all__ = ["Change", "DeployRefused", "Done", "Memory", "Order", "Remote", "deploy"]
