"""What a replay file expects of the world after the call."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, NaiveDatetime, PositiveInt

from voice_agent.simulator.replay_entry import (
    Alternatives,
    Count,
    Demands,
    Entry,
    Phone,
    Services,
    Text,
    as_list,
)

Starts = Annotated[tuple[NaiveDatetime, ...], Field(min_length=1), BeforeValidator(as_list)]
"""In the salon's zone; several = one of them."""
Stretch = Annotated[str, Field(strict=True, pattern=r"^\d\d:\d\d-\d\d:\d\d$")]


class ExpectedAppointment(Entry):
    """One appointment the call leaves behind; only what is given is compared.

    `phone: null` is given: there must be no number.
    """

    service: Services
    start: Starts
    end: NaiveDatetime | None = None
    staff: Alternatives | None = None
    """Who does the lead segments: full name or first name; several = one of them."""
    segments: PositiveInt | None = None
    parts: dict[Text, Stretch] = Field(default_factory=dict)
    """When which segment is, by its letter."""
    status: Literal["booking", "booked", "failed", "cancelling", "cancelled"] = "booked"
    version: PositiveInt | None = None
    price_cents: Count | None = None
    customer: Text | None = None
    phone: Phone | None = None
    email: Text | None = None
    note: Text | None = None
    """Part of what the salon reads beside it."""

    @property
    def services(self) -> tuple[int, ...]:
        """Numbers of all its services."""
        return self.service if isinstance(self.service, tuple) else (self.service,)


class ExpectedCallback(Entry):
    """Somebody the salon is to call back; only what is given is compared."""

    name: Text | None = None
    phone: Phone | None = None
    reason: Alternatives | None = None
    wish: Demands = ()
    """All of them stand in what is noted of the wish, each a text or a list of alternatives."""


class ExpectedWaiting(Entry):
    """An entry on the waiting list; only what is given is compared."""

    name: Text | None = None
    phone: Phone | None = None
    services: tuple[PositiveInt, ...] | None = None


class ExpectedCalcom(Entry):
    """Bookings at Cal.com that this call made and left standing, and those that it cancelled."""

    accepted: Count | None = None
    cancelled: Count | None = None
    live: Count | None = None
    """All that stand in the end, whoever made them."""
    first: AwareDatetime | None = None
    """When the earliest that this call made begins."""


class ExpectedMails(Entry):
    """Messages sent, by kind; a kind that is not named must not be sent."""

    confirmation: Count = 0
    change: Count = 0
    cancellation: Count = 0


class Expect(Entry):
    """The state of the world after the call. What is not named is not compared."""

    appointments: tuple[ExpectedAppointment, ...] | None = None
    """Exactly these were made or changed; the ones from `before` may be listed too."""
    calcom: ExpectedCalcom = ExpectedCalcom()
    mails: Count | ExpectedMails | None = None
    callbacks: Count | tuple[ExpectedCallback, ...] | None = None
    waiting_list: Count | tuple[ExpectedWaiting, ...] | None = None
    outcome: Alternatives | None = None
    """How the journal says that the call ended; of several calls, the last."""
    searches: Count | None = None
    """How often times were looked for, in all calls of the file."""
    on_file: tuple[Text, ...] | None = None
    """Exactly these names are among the salon's customers."""
    said: Demands = ()
    """Somewhere in the call, each a text or a list of alternatives."""
    never_said: tuple[Text, ...] = ()
