"""The booking core as one object, put together from its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.adapters.beside_rests import BesideRests
from booking_core.adapters.urgency import in_background
from booking_core.chores import chores_of
from booking_core.domain.booking import Taken
from booking_core.domain.errors import UnknownAppointment
from booking_core.domain.still_open import closed_meanwhile
from booking_core.ports import Expectant
from booking_core.workflows.alternatives import with_alternatives
from booking_core.workflows.book import book
from booking_core.workflows.call_back import call_back, due, with_callback
from booking_core.workflows.cancel import cancel
from booking_core.workflows.check import check
from booking_core.workflows.find_appointments import find_appointments, standing_visits
from booking_core.workflows.find_slots import find_slots
from booking_core.workflows.hold import HOLD_TTL_S, offer_slots
from booking_core.workflows.lookout import SEEN_WITHIN_S
from booking_core.workflows.mark_visit import mark_visit
from booking_core.workflows.note_late import LatenessNoted, word_to_salon
from booking_core.workflows.notify import Notify
from booking_core.workflows.recover import recover_all, sweep_all
from booking_core.workflows.reschedule import reschedule
from booking_core.workflows.saga import Parts, renewal_of
from booking_core.workflows.side_by_side import book_side_by_side, find_side_by_side
from booking_core.workflows.under_way import UnderWay
from booking_core.workflows.wait_for_place import look_for_places

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from booking_core import ports
    from booking_core.adapters.jobs import Chores, Jobs
    from booking_core.adapters.postgres.diary import PostgresDiary
    from booking_core.domain.appointment import Appointment, Customer
    from booking_core.domain.booking import BookAppointment, BookingResult
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.interval import Span
    from booking_core.domain.orders import (
        CancelAppointment,
        CancelResult,
        RescheduleAppointment,
        RescheduleResult,
    )
    from booking_core.domain.override import Overridden
    from booking_core.domain.plan import Plan
    from booking_core.domain.preflight import Unbookable
    from booking_core.domain.requests import (
        CallbackNoted,
        JoinWaitingList,
        RequestCallback,
        WaitingEntry,
    )
    from booking_core.domain.rules import Holidays
    from booking_core.domain.slots import Obstacle, SlotAnswer, SlotQuery
    from booking_core.workflows.book import Pace
    from booking_core.workflows.call_back import Callbacks
    from booking_core.workflows.find_slots import Gaps
    from booking_core.workflows.keep_calendar import KeepCalendar
    from booking_core.workflows.lookout import Lookout
    from booking_core.workflows.mark_visit import MarkResult, MarkVisit
    from booking_core.workflows.note_late import NoteLateness
    from booking_core.workflows.notify import Render
    from booking_core.workflows.wait_for_place import WaitingList


class BookingCore:
    """The salon's appointment desk, and the work behind it."""

    def __init__(  # noqa: PLR0913 - the one place where everything meets
        self,
        *,
        salons: ports.Salons,
        customers: ports.Customers,
        diary: PostgresDiary,
        sagas: ports.Sagas,
        appointments: ports.Appointments,
        mail_log: ports.MailLog,
        calendar: ports.Calendar,
        locks: ports.Locks,
        clock: ports.Clock,
        holidays: Callable[[str], Holidays],
        jobs: Jobs,
        mailer: ports.Mailer,
        render: Render,
        pace: Pace | None = None,
        gaps: Gaps | None = None,
        keeper: KeepCalendar | None = None,
        lookout: Callable[[Parts, Callable[[Awaitable[object]], None]], Lookout] | None = None,
        callbacks: Callbacks | None = None,
        waiting: WaitingList | None = None,
        deliver: Callable[[int], Awaitable[object]] | None = None,
        keep_no_longer: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._diary = diary
        self._salons = salons
        self._appointments = appointments
        self._customers = customers
        self._clock = clock
        self._holidays = holidays
        self._jobs = jobs
        self._pace = pace
        self._gaps = gaps
        self._keeper = keeper
        self._parts = Parts(
            salons=salons,
            sagas=sagas,
            calendar=BesideRests(calendar),
            locks=locks,
            clock=clock,
            call_back_by=self._call_due if callbacks else None,
            closed=self._closed,
            expectant=calendar if isinstance(calendar, Expectant) else None,
            seen_within_s=SEEN_WITHIN_S if lookout else None,
            renew_every_s=renewal_of(sagas.lease_s),
        )
        self._notify = Notify(
            log_book=mail_log,
            appointments=appointments,
            salons=salons,
            mailer=mailer,
            render=render,
        )
        self._callbacks = callbacks
        self._waiting = waiting
        self._deliver = deliver
        self._keep_no_longer = keep_no_longer
        # Perhaps nobody waits for them any more; recovery carries on from the log.
        self._changes = UnderWay(broken="booking_not_ended")
        self._looks = UnderWay(broken="offer_not_verified")
        self._lookout = lookout(self._parts, self._look_beside) if lookout else None

    async def offer_slots(self, query: SlotQuery) -> SlotAnswer:
        """Search, and hold everything that is offered for `query.owner` in the same breath."""
        look = self._lookout
        return await (look.verified(query, self._offered) if look else self._offered(query))

    async def find_slots(self, query: SlotQuery) -> SlotAnswer:
        """Search, and hold nothing: for those who do not book at once, and may not at all."""
        look = self._lookout
        return await (look.verified(query, self._find) if look else self._find(query))

    async def hold(
        self, branch_id: UUID, owner: str, plans: Sequence[Plan], *, moving: UUID | None = None
    ) -> None:
        """Hold plans that were found earlier for this owner, and nothing else of theirs.

        SlotTaken when one of them cannot be had any more, with the `obstacle` if the salon itself
        is in the way.
        """
        for plan in plans:
            await self.check(branch_id, plan, owner=owner, moving=moving)
        await self._diary.hold(branch_id, owner, plans, ttl_s=HOLD_TTL_S, moving=moving)

    async def check(
        self, branch_id: UUID, plan: Plan, *, owner: str, moving: UUID | None = None
    ) -> None:
        """What an order would be refused for, without one: nothing is held or changed.

        InvalidRequest when it is no plan of this salon, or over; SlotTaken when it cannot be had
        any more, with the `obstacle` if the salon itself is in the way.
        """
        diary = self._diary
        await check(branch_id, plan, self._parts, diary=diary, owner=owner, moving=moving)

    async def book(self, order: BookAppointment) -> BookingResult:
        """Book all segments or none; carried out even if nobody waits for the answer any more."""
        together = book_side_by_side(order, book=self._booked, diary=self._diary)
        return await self._changes.carried_out(together)

    @property
    def lookout(self) -> Lookout | None:
        """Who watches the external calendar; None where there is none."""
        return self._lookout

    @property
    def keeper(self) -> KeepCalendar | None:
        """Who keeps the external calendar as the salons say; None where there is none."""
        return self._keeper

    async def unbookable(self, salon: Salon) -> Sequence[Unbookable]:
        """Segments and people that the external calendar has no room for, and why."""
        return await self._gaps.of(salon) if self._gaps else ()

    async def cancel(self, order: CancelAppointment) -> CancelResult:
        """Cancel a whole visit; carried out even if nobody waits for the answer any more."""
        return await self._changes.carried_out(
            cancel(order, self._parts, appointments=self._appointments, pace=self._pace)
        )

    async def reschedule(self, order: RescheduleAppointment) -> RescheduleResult:
        """Move a whole visit, or leave it as it is; carried out even if nobody waits any more."""
        return await self._changes.carried_out(
            reschedule(order, self._parts, appointments=self._appointments, pace=self._pace)
        )

    async def find_appointments(
        self,
        branch_id: UUID,
        *,
        phone: str | None = None,
        name: str | None = None,
        code: str | None = None,
        day: date | None = None,
        include_past: bool = False,
    ) -> Sequence[Appointment]:
        """Visits by number, by code, or by name and day; upcoming ones first."""
        return await find_appointments(
            branch_id,
            salons=self._salons,
            appointments=self._appointments,
            clock=self._clock,
            phone=phone,
            name=name,
            code=code,
            day=day,
            include_past=include_past,
        )

    async def standing_visits(
        self, branch_id: UUID, *, phone: str, within: Span | None = None
    ) -> Sequence[Appointment]:
        """Booked visits on this number that are not over; `within` = those that touch this time.

        To be asked before a time is offered: a caller who is there already rarely wants two.
        """
        return await standing_visits(
            branch_id,
            appointments=self._appointments,
            clock=self._clock,
            phone=phone,
            within=within,
        )

    async def call_back(self, request: RequestCallback) -> CallbackNoted:
        """Note whom the salon is to call back; to be promised only with the answer in hand."""
        assert self._callbacks is not None, "built without a place for callbacks"
        return await call_back(
            request,
            callbacks=self._callbacks,
            salons=self._salons,
            now=self._clock.now(),
            holidays=self._holidays,
        )

    async def note_lateness(self, order: NoteLateness) -> LatenessNoted:
        """Note on a visit that its customer will be late, and tell the salon; nothing moves."""
        await self._appointments.add_note(order.branch_id, order.appointment_id, order.note)
        word = word_to_salon(order)
        if word is not None and self._callbacks is not None:
            await self.call_back(word)
        return LatenessNoted(minutes=order.minutes)

    async def mark_visit(self, order: MarkVisit) -> MarkResult:
        """Note whether a customer came, or take that back; nothing moves."""
        return await mark_visit(
            order, appointments=self._appointments, salons=self._salons, clock=self._clock
        )

    async def join_waiting_list(self, wish: JoinWaitingList) -> WaitingEntry:
        """Note who waits for a place; the salon sees it when one becomes free."""
        assert self._waiting is not None, "built without a waiting list"
        return await self._waiting.join(wish)

    async def waiting_list(self, branch_id: UUID) -> Sequence[WaitingEntry]:
        """Who waits for a place here, those whose place became free first."""
        return await self._waiting.entries(branch_id) if self._waiting else ()

    async def settle_waiting(self, branch_id: UUID, entry_id: int) -> bool:
        """The salon has seen to it; False when nobody waits under this number."""
        return await self._waiting.settle(branch_id, entry_id) if self._waiting else False

    async def look_for_places(self) -> int:
        """Look for those who wait where something was given back; how many can come now."""
        if self._waiting is None:
            return 0
        return await look_for_places(
            self._waiting, find=self._find, salons=self._salons, clock=self._clock
        )

    async def overridden(self, branch_id: UUID, window: Span) -> Sequence[Overridden]:
        """Visits that the desk has put into the rest of others: who decided it, why and when."""
        return await self._diary.overridden(branch_id, window)

    async def known_callers(self, branch_id: UUID, phone: str) -> Sequence[Customer]:
        """Who is on file with this number."""
        return await self._customers.by_phone(branch_id, phone)

    async def renew_holds(self, owner: str) -> None:
        """Let the holds of a call that goes on expire later."""
        await self._diary.renew(owner, ttl_s=HOLD_TTL_S)

    async def release_holds(self, owner: str) -> None:
        """Give back what was held."""
        await self._diary.release(owner)

    async def recover(self) -> int:
        """Carry on what dead processes left behind; how many bookings that were."""
        return await recover_all(self._parts)

    async def notify(self) -> int:
        """Send the mails that are due and have no sender; how many went out."""
        return await self._notify.all_due()

    async def send_again(
        self, branch_id: UUID, appointment_id: UUID, version: int, kind: str
    ) -> int | None:
        """Send the mail about this version once more, byte for byte; how many went out now.

        0 = the mail server is away, it will; None = there is no mail that could be sent again.
        """
        about = await self._appointments.by_id(appointment_id)
        if about.branch_id != branch_id:
            raise UnknownAppointment(appointment_id=appointment_id)
        return await self._notify.again(appointment_id, version, kind)

    async def work(self, *, concurrency: int = 4, until_idle: bool = False) -> None:
        """Work background jobs off until cancelled, or until none is due."""
        await self._jobs.work(self.chores(), concurrency=concurrency, until_idle=until_idle)

    async def settle(self) -> None:
        """Wait for the changes under way; called before the process goes."""
        self._looks.cancel()
        await self._looks.ended()
        await self._changes.ended()
        await self._parts.errands.ended()

    def chores(self) -> Chores:
        """What the jobs of the booking core do."""
        return chores_of(
            self._parts,
            notify=self._notify,
            patrol=self._patrol,
            night_round=self._night_round,
            keeper=self._keeper,
            lookout=self._lookout,
            deliver=self._deliver,
        )

    async def _offered(self, query: SlotQuery) -> SlotAnswer:
        return await offer_slots(query, find=self._find, diary=self._diary)

    async def _booked(self, order: BookAppointment) -> BookingResult:
        result = await book(order, self._parts, pace=self._pace)
        if isinstance(result, Taken) and result.obstacle:
            return await with_alternatives(result, order, find=self._find)
        if self._lookout and isinstance(result, Taken) and not result.seen:
            await self._lookout.look_again(order.branch_id, order.plan)
        return await self._called_back(order, result)

    def _closed(self, plan: Plan, salon: Salon) -> Obstacle | None:
        return closed_meanwhile(plan, salon, self._holidays(salon.branch.land))

    async def _called_back(self, order: BookAppointment, result: BookingResult) -> BookingResult:
        if self._callbacks is None:
            return result
        return await with_callback(
            result,
            order,
            callbacks=self._callbacks,
            salons=self._salons,
            now=self._clock.now(),
            holidays=self._holidays,
        )

    def _call_due(self, salon: Salon, now: datetime) -> datetime:
        return due(salon, now, self._holidays(salon.branch.land))

    def _look_beside(self, look: Awaitable[object]) -> None:
        with in_background():
            self._looks.begin(look)

    async def _night_round(self) -> None:
        await sweep_all(self._parts)
        if self._keep_no_longer:
            await self._keep_no_longer()

    async def _patrol(self) -> None:
        await self.recover()
        await self.notify()
        await self._diary.tidy()
        await self.look_for_places()

    async def _find(self, query: SlotQuery) -> SlotAnswer:
        if query.beside is not None:
            return await find_side_by_side(query, find=self._find)
        return await find_slots(
            query,
            salons=self._salons,
            diary=self._diary,
            clock=self._clock,
            holidays=self._holidays,
            gaps=self._gaps,
        )
