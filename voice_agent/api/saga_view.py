"""How a booking came about at the external calendar: every change, step by step."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads the annotations
from typing import Final

from pydantic import Field
from sqlalchemy import select

from booking_core.adapters.postgres.booking_tables import saga, saga_step
from booking_core.domain.saga import Action, SagaKind, SagaState, Setback, StepState
from voice_agent.api.booking_view import BookingPath
from voice_agent.api.endpoint import Answer, AnyEndpoint, Ask, Endpoint, Nothing
from voice_agent.api.shapes import Told
from voice_agent.api.tokens import Scope


class StepView(Told):
    """One request to the calendar. Ids of the calendar stay here."""

    position: int
    action: Action
    segment: int | None = Field(description="That is to stand, 1-based.")
    former_segment: int | None = Field(description="That stood before, 1-based.")
    state: StepState
    attempts: int
    uncertain: bool = Field(description="The outcome of some request was unknown at some time.")
    changed_at: datetime


class SagaView(Told):
    """One change of the booking."""

    kind: SagaKind
    version: int = Field(description="That it leads to.")
    state: SagaState
    setback: Setback | None
    ordered_by: str
    started_at: datetime
    ended_at: datetime | None
    steps: list[StepView]


class SagaList(Told):
    """All changes of a booking, the oldest first."""

    items: list[SagaView]


async def get_saga(ask: Ask[BookingPath, Nothing, Nothing]) -> Answer:
    """Every change of a booking."""
    visit, _ = await ask.counter.booking(ask.company_id, ask.path.booking_id)
    changes = select(saga).where(saga.c.appointment_id == visit.id).order_by(saga.c.started_at)
    steps = (
        select(saga_step)
        .join(saga, saga.c.id == saga_step.c.saga_id)
        .where(saga.c.appointment_id == visit.id)
        .order_by(saga_step.c.position)
    )
    async with ask.counter.engine.connect() as connection:
        rows = (await connection.execute(changes)).all()
        taken = (await connection.execute(steps)).all()
    return Answer(
        body=SagaList(
            items=[
                SagaView(
                    kind=SagaKind(row.kind),
                    version=row.version,
                    state=SagaState(row.state),
                    setback=Setback(row.setback) if row.setback else None,
                    ordered_by=row.ordered_by,
                    started_at=row.started_at,
                    ended_at=row.ended_at,
                    steps=[
                        StepView(
                            position=step.position,
                            action=Action(step.action),
                            segment=step._mapping["index"],  # noqa: SLF001 - public; `index` is a tuple's own
                            former_segment=step.former,
                            state=StepState(step.state),
                            attempts=step.attempt,
                            uncertain=step.uncertain,
                            changed_at=step.changed_at,
                        )
                        for step in taken
                        if step.saga_id == row.id
                    ],
                )
                for row in rows
            ]
        )
    )


ENDPOINTS: Final[tuple[AnyEndpoint, ...]] = (
    Endpoint(
        method="GET",
        path="/bookings/{booking_id}/saga",
        tag="Bookings",
        summary="See how a booking came about",
        description="Every change with its requests to the external calendar.",
        scope=Scope.ADMIN,
        handle=get_saga,
        path_model=BookingPath,
        answers={200: SagaList},
    ),
)
