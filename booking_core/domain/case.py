"""One question put to one board: who may do the visit, and which starts are open to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from booking_core.domain.availability import Search
from booking_core.domain.board import build
from booking_core.domain.errors import UnknownService, UnknownStaff
from booking_core.domain.interval import shift
from booking_core.domain.layout import lay_out
from booking_core.domain.rules import bookable, today
from booking_core.domain.selling import Selling

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from booking_core.domain.board import Board
    from booking_core.domain.catalogue import Salon, Service, Staff
    from booking_core.domain.interval import Span
    from booking_core.domain.layout import Layout
    from booking_core.domain.plan import VisitRequest
    from booking_core.domain.rules import Holidays
    from booking_core.domain.slots import SlotQuery, TimeWish


@dataclass(frozen=True, kw_only=True)
class Case:
    """A query with everything that was looked up for it."""

    query: SlotQuery
    salon: Salon
    now: datetime
    layout: Layout
    board: Board
    reach: Span
    """Where starts are looked for."""
    wished: Staff | None
    """The person who was asked for."""

    @cached_property
    def search(self) -> Search:
        """The search on the whole board."""
        return Search(self.salon, self.board, self.layout)

    @cached_property
    def selling(self) -> Selling:
        """Which of the starts are sold, and how."""
        return Selling(self)

    @cached_property
    def able(self) -> tuple[Staff, ...]:
        """Everybody who can lead the visit."""
        return self.search.crew.leads

    @cached_property
    def own(self) -> tuple[Staff, ...]:
        """Those who are as good as what was wished."""
        return tuple(s for s in self.able if self.wished is None or s.id == self.wished.id)

    @cached_property
    def others(self) -> tuple[Staff, ...]:
        """Those who can do it as well, though somebody else was wished."""
        return tuple(s for s in self.able if s not in self.own)

    @property
    def is_doable(self) -> bool:
        """Whether there are people for the visit as it was wished."""
        return bool(self.own) or (self.wished is None and self.search.crew.may_change)

    @cached_property
    def bookable(self) -> int:
        """Cells that the salon's notice and horizon leave open."""
        span = bookable(self.salon.branch, self.now)
        within = self.board.grid.starting_in(self.reach)
        return within & self.board.grid.starting_in(span) if span else 0

    @cached_property
    def allowed(self) -> int:
        """The same without what the caller has refused."""
        refused = 0
        for span in self.query.rejected:
            refused |= self.board.grid.starting_in(span)
        return self.bookable & ~refused

    @cached_property
    def own_starts(self) -> int:
        """Where the visit fits as wished."""
        starts = any_starts(self.search, self.own)
        return starts if self.wished else starts | self._shared_starts

    @cached_property
    def other_starts(self) -> int:
        """Where it fits with somebody else."""
        starts = any_starts(self.search, self.others)
        return starts | self._shared_starts if self.wished else starts

    @cached_property
    def _shared_starts(self) -> int:
        """Where it fits if it may be handed over; the lead of such a visit was not wished for."""
        return self.search.starts(None) if self.search.crew.may_change else 0

    def wanted(self, wish: TimeWish) -> int:
        """The cells a wish means: its own start on any cell, a window on the raster of offers.

        A start off the five minutes is no cell: nothing is shifted silently.
        """
        if wish.at is None:
            return self._window(wish)
        cell = self.board.grid.ceil(wish.at)
        return self.about(wish) if self.board.grid.moment(cell) == wish.at else 0

    def about(self, wish: TimeWish) -> int:
        """The same, with the next cell for a start off the five minutes."""
        if wish.at is None:
            return self._window(wish)
        cell = self.board.grid.ceil(wish.at)
        return self.board.grid.between(cell, cell + 1)

    def _window(self, wish: TimeWish) -> int:
        cells = self.board.grid.starting_in(wish.window)
        return cells & self.board.steps or cells

    def ending_by(self, wish: TimeWish) -> Case:
        """The same case for a visit that has to be over in time."""
        if wish.ends_by is None:
            return self
        board = self.board.until(self.board.grid.floor(wish.ends_by))
        return self.on(board)

    def on(self, board: Board) -> Case:
        """The same case on another board."""
        return Case(
            query=self.query,
            salon=self.salon,
            now=self.now,
            layout=self.layout,
            board=board,
            reach=self.reach,
            wished=self.wished,
        )


def open_case(
    query: SlotQuery,
    salon: Salon,
    busy: Mapping[UUID, Sequence[Span]],
    now: datetime,
    holidays: Holidays,
    reach: Span,
    *,
    given_up: Mapping[UUID, Sequence[Span]] | None = None,
) -> Case:
    """Look everything up; UnknownService and UnknownStaff when it is not of this salon."""
    branch = salon.branch
    days = (today(branch, reach.start), today(branch, shift(reach.end, -1)))
    return Case(
        query=query,
        salon=salon,
        now=now,
        layout=lay_out(services_of(query.visit, salon), elastic=branch.elastic_pauses),
        board=build(salon, busy, days, holidays, given_up=given_up),
        reach=reach,
        wished=_member(query.visit.staff, salon),
    )


def services_of(visit: VisitRequest, salon: Salon) -> tuple[Service, ...]:
    """The services of a visit, as they were asked for."""
    known = {service.id: service for service in salon.services}
    missing = [service_id for service_id in visit.services if service_id not in known]
    if missing:
        raise UnknownService(service_id=missing[0])
    return tuple(known[service_id] for service_id in visit.services)


def any_starts(search: Search, leads: Iterable[Staff]) -> int:
    """Where the visit fits with at least one of them."""
    mask = 0
    for lead in leads:
        mask |= search.starts(lead)
    return mask


def _member(staff_id: UUID | None, salon: Salon) -> Staff | None:
    if staff_id is None:
        return None
    try:
        return salon.member(staff_id)
    except KeyError as error:
        raise UnknownStaff(staff_id=staff_id) from error
