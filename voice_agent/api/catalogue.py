"""What a salon offers and who works there: branches, services, staff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID  # noqa: TC003 - pydantic reads the annotations

from pydantic import Field

from booking_core.domain.catalogue import Level, PausePolicy, Role
from voice_agent.api.endpoint import Answer, AnyEndpoint, Ask, Endpoint, Nothing
from voice_agent.api.problems import Code, Problem
from voice_agent.api.shapes import Asked, Id, Page, Told
from voice_agent.api.tokens import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from booking_core.domain.catalogue import Pause, Salon, Segment, Service, Staff


class InBranch(Asked):
    """A list of one branch."""

    branch_id: Id | None = Field(
        default=None, description="May be left out by a company with one branch."
    )


class ServicePath(Asked):
    """One service."""

    service_id: Id


class StaffPath(Asked):
    """One staff member."""

    staff_id: Id


class BranchView(Told):
    """One salon of the company."""

    id: UUID
    name: str
    address: str
    timezone: str
    language: str
    lead_minutes: int = Field(description="A visit starts no sooner than this after now.")
    horizon_days: int = Field(description="The last day that can be booked, from today.")
    cancel_limit_hours: int = Field(description="Until then a visit can be changed.")


class CataloguePause(Told):
    """Time after a segment in which the customer waits."""

    min_minutes: int
    max_minutes: int


class CatalogueSegment(Told):
    """One piece of work of a service."""

    key: str
    name: str
    minutes: int
    role: Role
    pause_after: CataloguePause | None


class Listed(Told):
    """Something of a salon's that has an id."""

    id: UUID
    branch_id: UUID


class ServiceView(Listed):
    """What can be booked."""

    number: int = Field(description="The salon's own number.")
    name: str
    category: str
    price_cents: int
    minutes: int = Field(description="The customer's stay with pauses at their shortest.")
    composite: bool
    pause_policy: PausePolicy | None
    segments: list[CatalogueSegment]
    staff_ids: list[UUID] = Field(description="Who can be asked for by name.")


class StaffView(Listed):
    """Somebody who works in a salon."""

    name: str
    first_name: str
    level: Level
    service_ids: list[UUID] = Field(description="What they can be asked for.")


async def list_branches(ask: Ask[Nothing, Nothing, Nothing]) -> Answer:
    """Every salon of the company."""
    found = [_branch(salon) for salon in await ask.counter.branches(ask.company_id)]
    return Answer(body=Page[BranchView](items=found, next_cursor=None))


async def list_services(ask: Ask[Nothing, InBranch, Nothing]) -> Answer:
    """What can be booked in a branch."""
    salon = await ask.counter.branch(ask.company_id, ask.query.branch_id)
    return Answer(body=Page[ServiceView](items=_services(salon), next_cursor=None))


async def get_service(ask: Ask[ServicePath, Nothing, Nothing]) -> Answer:
    """One service, of whichever branch of the company."""
    return await _one(ask, _services, ask.path.service_id)


async def list_staff(ask: Ask[Nothing, InBranch, Nothing]) -> Answer:
    """Who works in a branch."""
    salon = await ask.counter.branch(ask.company_id, ask.query.branch_id)
    return Answer(body=Page[StaffView](items=_team(salon), next_cursor=None))


async def get_member(ask: Ask[StaffPath, Nothing, Nothing]) -> Answer:
    """One staff member, of whichever branch of the company."""
    return await _one(ask, _team, ask.path.staff_id)


def can_lead(member: Staff, service: Service) -> bool:
    """Whether somebody can be asked for: all that is a hairdresser's own is theirs."""
    own = [segment.skill for segment in service.segments if segment.role is Role.LEAD]
    return bool(own) and member.skills.issuperset(own)


async def _one(
    ask: Ask[Any, Any, Any], listed: Callable[[Salon], Sequence[Listed]], key: UUID
) -> Answer:
    for salon in await ask.counter.branches(ask.company_id):
        for view in listed(salon):
            if view.id == key:
                return Answer(body=view)
    raise Problem(Code.NOT_FOUND)


def _services(salon: Salon) -> list[ServiceView]:
    return [_service(service, salon) for service in salon.services if service.active]


def _team(salon: Salon) -> list[StaffView]:
    return [_member(member, salon) for member in salon.staff if member.active]


def _branch(salon: Salon) -> BranchView:
    branch = salon.branch
    return BranchView(
        id=branch.id,
        name=branch.name,
        address=branch.address,
        timezone=branch.timezone,
        language=branch.language,
        lead_minutes=branch.lead_minutes,
        horizon_days=branch.horizon_days,
        cancel_limit_hours=branch.cancel_limit_hours,
    )


def _service(service: Service, salon: Salon) -> ServiceView:
    return ServiceView(
        id=service.id,
        branch_id=salon.branch.id,
        number=service.number,
        name=service.name,
        category=service.category,
        price_cents=service.price_cents,
        minutes=service.total_minutes,
        composite=len(service.segments) > 1,
        pause_policy=service.pause_policy,
        segments=[_segment(segment) for segment in service.segments],
        staff_ids=[one.id for one in salon.staff if one.active and can_lead(one, service)],
    )


def _segment(segment: Segment) -> CatalogueSegment:
    return CatalogueSegment(
        key=segment.key,
        name=segment.name,
        minutes=segment.minutes,
        role=segment.role,
        pause_after=_pause(segment.pause_after) if segment.pause_after else None,
    )


def _pause(pause: Pause) -> CataloguePause:
    return CataloguePause(min_minutes=pause.min_minutes, max_minutes=pause.max_minutes)


def _member(member: Staff, salon: Salon) -> StaffView:
    able = [one.id for one in salon.services if one.active and can_lead(member, one)]
    return StaffView(
        id=member.id,
        branch_id=salon.branch.id,
        name=member.name,
        first_name=member.first_name,
        level=member.level,
        service_ids=able,
    )


TAG: Final = "Catalogue"
ENDPOINTS: Final[tuple[AnyEndpoint, ...]] = (
    Endpoint(
        method="GET",
        path="/branches",
        tag=TAG,
        summary="List the company's branches",
        scope=Scope.READ,
        handle=list_branches,
        answers={200: Page[BranchView]},
    ),
    Endpoint(
        method="GET",
        path="/services",
        tag=TAG,
        summary="List what can be booked",
        scope=Scope.READ,
        handle=list_services,
        query=InBranch,
        answers={200: Page[ServiceView]},
        problems=(Code.BRANCH_REQUIRED, Code.NOT_FOUND),
    ),
    Endpoint(
        method="GET",
        path="/services/{service_id}",
        tag=TAG,
        summary="Get a service",
        scope=Scope.READ,
        handle=get_service,
        path_model=ServicePath,
        answers={200: ServiceView},
    ),
    Endpoint(
        method="GET",
        path="/staff",
        tag=TAG,
        summary="List who works in a branch",
        scope=Scope.READ,
        handle=list_staff,
        query=InBranch,
        answers={200: Page[StaffView]},
        problems=(Code.BRANCH_REQUIRED, Code.NOT_FOUND),
    ),
    Endpoint(
        method="GET",
        path="/staff/{staff_id}",
        tag=TAG,
        summary="Get a staff member",
        scope=Scope.READ,
        handle=get_member,
        path_model=StaffPath,
        answers={200: StaffView},
    ),
)
