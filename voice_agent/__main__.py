"""`python -m voice_agent` is the command `voice-agent`."""

from __future__ import annotations

from voice_agent.cli import app

if __name__ == "__main__":
    app(prog_name="voice-agent")
