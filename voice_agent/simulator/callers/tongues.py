"""The languages in which simulated callers call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_agent.simulator.callers.english import English
from voice_agent.simulator.callers.german import German

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_agent.simulator.callers.tongue import Tongue

GERMAN, ENGLISH = German(), English()
TONGUES: Mapping[str, Tongue] = {one.language: one for one in (GERMAN, ENGLISH)}
