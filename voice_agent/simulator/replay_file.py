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
from typing import Annotated, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NaiveDatetime,
    PositiveInt,
    field_validator,
    model_validator,
)

from booking_core.domain.catalogue import Delegate, PausePolicy


class _Entry(BaseModel):
    """Unknown keys and silent conversions are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _as_list(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


Text = Annotated[str, Field(strict=True, min_length=1)]
Alternatives = Annotated[tuple[Text, ...], Field(min_length=1), BeforeValidator(_as_list)]
Demands = Annotated[tuple[Alternatives, ...], BeforeValidator(_as_list)]
"""All of them, each a text or a list of alternatives."""
Phone = Annotated[str, Field(strict=True, pattern=r"^\+[1-9]\d{5,14}$")]
Count = Annotated[int, Field(strict=True, ge=0)]
Yes = Annotated[bool, Field(strict=True)]


class AgentCheck(_Entry):
    """What must hold of one answer of the agent."""

    says: Demands = ()
    never: tuple[Text, ...] = ()
    within_ms: PositiveInt | None = None
    """From the request to the first words."""


class Turn(_Entry):
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
        if self.barge_in and not (self.caller or self.split or self.hang_up):
            raise ValueError("`barge_in` needs words: add `caller`")
        if not (any(ways) or self.wait_s or self.reconnect or self.hang_up or self.agent):
            raise ValueError("nothing happens in this turn; give it a `caller` line")
        return self


class Call(_Entry):
    """One caller's side of the file."""

    from_number: Phone | None = Field(default=None, alias="from")
    """None = withheld."""
    turns: Annotated[tuple[Turn, ...], Field(min_length=1)]


class BookedBefore(_Entry):
    """An appointment that stands when the phone rings."""

    service: PositiveInt
    start: NaiveDatetime
    """In the salon's zone."""
    staff: Text | None = None
    customer: Text = "Stammkundin"
    phone: Phone | None = None
    email: Text | None = None


class AbsentBefore(_Entry):
    """A stretch of time in which somebody is away or busy otherwise."""

    staff: Text
    start: NaiveDatetime
    end: NaiveDatetime

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end <= self.start:
            raise ValueError(f"ends at {self.end}, before it starts at {self.start}")
        return self


class KnownCustomer(_Entry):
    """Somebody on file."""

    name: Text
    phone: Phone | None = None
    email: Text | None = None


class ServiceSettings(_Entry):
    """What differs from the salon file for one service."""

    pause_policy: PausePolicy | None = None
    pause_free_from_minutes: PositiveInt | None = None
    price_cents: Count | None = None
    active: Yes | None = None


class BranchSettings(_Entry):
    """What differs from the salon file for the branch."""

    lead_minutes: Count | None = None
    horizon_days: PositiveInt | None = None
    step_minutes: PositiveInt | None = None
    cancel_limit_hours: Count | None = None
    delegate: Delegate | None = None
    elastic_pauses: Yes | None = None
    holidays_closed: Yes | None = None
    transfer_number: Phone | None = None


class SettingsBefore(_Entry):
    """Settings that differ from the salon file, services by their number."""

    services: dict[int, ServiceSettings] = {}
    branch: BranchSettings = BranchSettings()


class Before(_Entry):
    """What exists before the phone rings."""

    appointments: tuple[BookedBefore, ...] = ()
    absences: tuple[AbsentBefore, ...] = ()
    customers: tuple[KnownCustomer, ...] = ()
    settings: SettingsBefore = SettingsBefore()


class Misfortune(StrEnum):
    """What Cal.com does instead of answering properly."""

    CONFLICT = "conflict"
    TIMEOUT_BEFORE = "timeout_before"
    TIMEOUT_AFTER = "timeout_after"
    ERROR_AFTER = "error_after"
    ERROR = "error"
    RATE_LIMIT = "rate_limit"


class CalcomFault(_Entry):
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


class CalcomSetup(_Entry):
    """How Cal.com behaves during the call."""

    latency_ms: Count = 0
    faults: tuple[CalcomFault, ...] = ()


class ExpectedAppointment(_Entry):
    """One appointment the call leaves behind; only what is given is compared.

    `phone: null` is given: there must be no number.
    """

    service: PositiveInt | Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    start: NaiveDatetime
    """In the salon's zone."""
    end: NaiveDatetime | None = None
    staff: Text | None = None
    """Who does the lead segments: full name or first name."""
    segments: PositiveInt | None = None
    status: Literal["booking", "booked", "failed", "cancelling", "cancelled"] = "booked"
    customer: Text | None = None
    phone: Phone | None = None
    email: Text | None = None

    @property
    def services(self) -> tuple[int, ...]:
        """Numbers of all its services."""
        return self.service if isinstance(self.service, tuple) else (self.service,)


class ExpectedCalcom(_Entry):
    """Bookings at Cal.com that this call made and left standing, and those that it cancelled."""

    accepted: Count | None = None
    cancelled: Count | None = None


class ExpectedMails(_Entry):
    """Messages sent, by kind; a kind that is not named must not be sent."""

    confirmation: Count = 0
    change: Count = 0
    cancellation: Count = 0


class Expect(_Entry):
    """The state of the world after the call. What is not named is not compared."""

    appointments: tuple[ExpectedAppointment, ...] | None = None
    """Exactly these were made or changed; the ones from `before` may be listed too."""
    calcom: ExpectedCalcom = ExpectedCalcom()
    mails: Count | ExpectedMails | None = None
    callbacks: Count | None = None
    waiting_list: Count | None = None
    never_said: tuple[Text, ...] = ()


class ReplayFile(_Entry):
    """A call, or several, from the ringing to what is left of them."""

    call: Text
    salon: Text
    at: AwareDatetime
    from_number: Phone | None = Field(default=None, alias="from")
    before: Before = Before()
    turns: tuple[Turn, ...] = ()
    at_once: Yes = False
    several: tuple[Call, ...] = Field(default=(), alias="calls")
    calcom: CalcomSetup = CalcomSetup()
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
