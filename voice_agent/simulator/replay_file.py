"""The replay file: one phone call, or several that share a salon, as a person would write it down.

A file with one call has `from` and `turns`; a file with several has `calls`, each with its own
`from` and `turns`. They are played one after the other, or side by side with `at_once: true`: then
the first lines of all callers are spoken in the same moment, then the second ones, and so on.
Who wins a race is open, so a turn may carry `only_if`: it is left out unless the agent's last words
contain one of these texts.

A turn without words of the caller (`silence`, `hang_up`, `wait_s`, ...) is a stage direction; one
with `agent` alone looks at what was said last, in the first place at the greeting.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, PositiveInt, field_validator, model_validator

from voice_agent.simulator.replay_before import Before
from voice_agent.simulator.replay_entry import Alternatives, Count, Demands, Entry, Phone, Text, Yes
from voice_agent.simulator.replay_expect import Expect


class AgentCheck(Entry):
    """What must hold of one answer of the agent."""

    says: Demands = ()
    never: tuple[Text, ...] = ()
    within_ms: PositiveInt | None = None
    """From the request to the first words."""


class Turn(Entry):
    """One line of the caller, or one thing that happens, and what the agent does about it."""

    caller: Text | None = None
    split: Annotated[tuple[Text, ...], Field(min_length=2)] | None = None
    """The caller hesitates: Retell asks after each piece, and the caller goes on."""
    silence: Yes = False
    """Nothing is said until Retell asks for a reminder."""
    dtmf: Annotated[str, Field(strict=True, pattern=r"^[0-9*#]+$")] | None = None
    wait_s: Annotated[float, Field(ge=0, le=60)] = 0.0
    """Real seconds before anything of this turn happens."""
    barge_in: Yes = False
    """The caller does not let the agent finish."""
    reconnect: Yes = False
    """The connection breaks and is rebuilt before this turn."""
    after_words: PositiveInt | None = None
    """How much of the agent's answer is heard before a `barge_in`; None = half a sentence."""
    hang_up: Yes = False
    """After the caller's line, without listening; alone: after hearing the agent out, or, with
    `barge_in`, in the middle of the agent's words."""
    only_if: Alternatives | None = None
    """Left out unless the agent's last words contain one of these."""
    agent: AgentCheck | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if self.split and self.caller and " ".join(self.split) != self.caller:
            raise ValueError("`split` and `caller` say different things; drop `caller`")
        ways = [bool(self.caller or self.split), self.silence, self.dtmf is not None]
        if sum(ways) > 1:
            raise ValueError("a turn is either spoken, silent, or dtmf; make it two turns")
        if self.after_words is not None and not self.barge_in:
            raise ValueError("`after_words` says when a caller interrupts: add `barge_in: true`")
        if self.barge_in and not (self.caller or self.split or self.hang_up):
            raise ValueError("`barge_in` needs words: add `caller`")
        if not (any(ways) or self.wait_s or self.reconnect or self.hang_up or self.agent):
            raise ValueError("nothing happens in this turn; give it a `caller` line")
        return self


class Call(Entry):
    """One caller's side of the file."""

    from_number: Phone | None = Field(default=None, alias="from")
    """None = withheld."""
    turns: Annotated[tuple[Turn, ...], Field(min_length=1)]


class Misfortune(StrEnum):
    """What Cal.com does instead of answering properly."""

    CONFLICT = "conflict"
    TIMEOUT_BEFORE = "timeout_before"
    TIMEOUT_AFTER = "timeout_after"
    ERROR_AFTER = "error_after"
    ERROR = "error"
    RATE_LIMIT = "rate_limit"


class CalcomFault(Entry):
    """One request, or every one from then on, that goes wrong at Cal.com."""

    on: Annotated[str, Field(strict=True, pattern=r"^(GET|POST|PATCH|DELETE) /v2/\S+$")]
    nth: PositiveInt | None = None
    """Counted in sending order from the first ring on."""
    segment: Annotated[str, Field(strict=True, pattern=r"^[A-J]$")] | None = None
    do: Misfortune | None = None
    down: Yes = False
    land_after_s: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _says_what_and_when(self) -> Self:
        if self.do is None and not self.down:
            raise ValueError(f"`do` is missing; one of {', '.join(Misfortune)}")
        if self.nth is not None and self.segment is not None:
            raise ValueError("`nth` and `segment` name two requests; keep one")
        return self


class CalcomSetup(Entry):
    """How Cal.com behaves during the call."""

    latency_ms: Count = 0
    faults: tuple[CalcomFault, ...] = ()


class Trouble(StrEnum):
    """What is wrong with a server of ours while the callers are on the phone."""

    DOWN = "down"


class Transfers(StrEnum):
    """What becomes of a caller whom the agent puts through."""

    NO_ANSWER = "no_answer"
    """Nobody picks up, and the call goes on with the agent."""


class Webhook(StrEnum):
    """What Retell tells about a call besides the conversation."""

    STARTED = "call_started"
    ENDED = "call_ended"
    ANALYZED = "call_analyzed"


class ReplayFile(Entry):
    """A call, or several, from the ringing to what is left of them."""

    call: Text
    pending: Text | None = None
    """Why the call cannot end as written yet; it is an error when it does."""
    salon: Text
    at: AwareDatetime
    from_number: Phone | None = Field(default=None, alias="from")
    before: Before = Before()
    turns: tuple[Turn, ...] = ()
    at_once: Yes = False
    several: tuple[Call, ...] = Field(default=(), alias="calls")
    calcom: CalcomSetup = CalcomSetup()
    redis: Trouble | None = None
    mail: Trouble | None = None
    transfers: Transfers | None = None
    webhooks: tuple[Webhook, ...] = ()
    """Sent in this order once the callers are gone."""
    later_s: Annotated[float, Field(ge=0)] = 0.0
    """So much later everything works again, all rounds have been made, and the world is graded."""
    expect: Expect = Expect()

    @field_validator("at", mode="before")
    @classmethod
    def _is_written(cls, value: object) -> object:
        if not isinstance(value, str | datetime):
            raise ValueError(f"a time like 2025-10-27T09:00:00+01:00 is needed, not {value!r}")  # noqa: TRY004 - pydantic reports ValueError
        return value

    @model_validator(mode="after")
    def _has_callers(self) -> Self:
        if self.turns and self.several:
            raise ValueError("give either `turns` or `calls`, not both")
        if not self.turns and not self.several:
            raise ValueError("nobody calls: add `turns`")
        if self.several and "from_number" in self.model_fields_set:
            raise ValueError("with `calls`, each call has its own `from`")
        if self.at_once and len(self.several) < 2:  # noqa: PLR2004 - one caller cannot race
            raise ValueError("`at_once` needs at least two `calls`")
        return self

    @property
    def calls(self) -> tuple[Call, ...]:
        """All calls, also when the file has only one."""
        return self.several or (
            Call.model_construct(from_number=self.from_number, turns=self.turns),
        )
