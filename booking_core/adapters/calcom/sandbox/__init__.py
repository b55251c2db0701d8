"""A local Cal.com that answers as the real one was recorded to answer, race conditions included."""

from __future__ import annotations

from booking_core.adapters.calcom.sandbox.app import STATE, Sandbox, make_app, running, serve
from booking_core.adapters.calcom.sandbox.options import Options

__all__ = ["STATE", "Options", "Sandbox", "make_app", "running", "serve"]
