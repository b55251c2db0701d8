"""The counter at which functions are called: signed, each once, always answered in one form."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

import structlog
from aiohttp import web

from voice_agent.dialogue import sentences
from voice_agent.dialogue.scene import Scene
from voice_agent.dialogue.script import Notice
from voice_agent.dialogue.state import start
from voice_agent.dialogue.steps import owner
from voice_agent.retell.call_book import Noted, WrongSalon
from voice_agent.retell.functions.answer import CHANGES, FINAL, answer, form, outcome, written
from voice_agent.retell.functions.arguments import Arguments, arguments_of
from voice_agent.retell.functions.booking import book_appointment
from voice_agent.retell.functions.callbacks import request_callback
from voice_agent.retell.functions.envelope import Envelope, of_query, read_envelope
from voice_agent.retell.functions.memory import Memory
from voice_agent.retell.functions.moment import Moment, Reply
from voice_agent.retell.functions.salon_facts import get_context, get_opening_hours, list_services
from voice_agent.retell.functions.tickets import Tickets
from voice_agent.retell.functions.visits import (
    cancel_appointment,
    find_appointments,
    reschedule_appointment,
)
from voice_agent.retell.functions.wishes import check_availability, get_alternatives
from voice_agent.retell.gate import content
from voice_agent.retell.switchboard import other_number

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    from redis.asyncio import Redis

    from booking_core.domain.catalogue import Salon
    from booking_core.ports import Clock
    from voice_agent.dialogue.ports import Desk
    from voice_agent.dialogue.state import CallState
    from voice_agent.retell.call_book import CallBook
    from voice_agent.retell.gate import Gate
    from voice_agent.retell.switchboard import Switchboard

    Handler = Callable[[Moment], Awaitable[Reply]]

log = structlog.get_logger(__name__)

PATH = "/retell/functions/{name}"
METHODS = ("POST", "PUT", "PATCH", "GET")
MOST_BYTES = 8 * 1024 * 1024
"""The envelope carries the transcript of the call, twice, with the time of every word."""
FALLBACK_LANGUAGE = "de"

HANDLERS: Final[dict[str, Handler]] = {
    "get_context": get_context,
    "check_availability": check_availability,
    "get_alternatives": get_alternatives,
    "book_appointment": book_appointment,
    "find_appointments": find_appointments,
    "cancel_appointment": cancel_appointment,
    "reschedule_appointment": reschedule_appointment,
    "list_services": list_services,
    "get_opening_hours": get_opening_hours,
    "request_callback": request_callback,
}
"""Who carries out what; whoever declares tools declares these."""
_FOR_ANYBODY = frozenset({"get_context", "list_services", "get_opening_hours"})
"""Answered without knowing the call, where there is only one salon it can be about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Answers functions."""

    gate: Gate
    switchboard: Switchboard
    book: CallBook
    desk: Desk
    clock: Clock
    redis: Redis
    secrets: tuple[str, ...]
    turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def receive(self, request: web.Request) -> web.Response:
        """200 with an answer, also when it is a no; a wrong address or envelope is told as such."""
        raw = await self.gate.read(request, most_bytes=MOST_BYTES)
        name = request.match_info["name"]
        handler = HANDLERS.get(name)
        if handler is None:
            log.error("function_unknown", function=name[:64])
            return _sent(form("unknown_function", _trouble()), status=404)
        if request.method == "GET":
            envelope = of_query(request.query)
        else:
            envelope = read_envelope(content(raw), name)
        return _sent(await self._answered(name, handler, envelope))

    async def _answered(self, name: str, handler: Handler, envelope: Envelope) -> dict[str, Any]:
        try:
            return await self._answer(name, handler, envelope)
        except Exception:  # whatever it is, the caller hears something
            log.exception("function_failed", function=name, call_id=envelope.call_id)
            return form("failed", _trouble())

    async def _answer(self, name: str, handler: Handler, envelope: Envelope) -> dict[str, Any]:
        given = arguments_of(envelope.raw)
        if envelope.call is None:
            return await self._without_call(name, handler, given)
        salon = await self.switchboard.salon_of(envelope.call)
        if salon is None:
            log.error("function_for_nobody", function=name, call_id=envelope.call_id)
            words = sentences.words(sentences.plain("unknown_salon"), language=FALLBACK_LANGUAGE)
            return form("unknown_salon", words)
        return await self._once(name, handler, envelope, given, salon)

    async def _once(
        self, name: str, handler: Handler, envelope: Envelope, given: Arguments, salon: Salon
    ) -> dict[str, Any]:
        """The same to the same: for ever where something was done, else until more is said."""
        memory = Memory.of(self.redis, salon.branch.id, envelope.call_id, self.turns)
        lasting = given.fingerprint(name)
        passing = given.fingerprint(name, envelope.caller_words)
        async with memory.turn():
            for fingerprint in (lasting, passing):
                if known := await memory.answered(fingerprint):
                    log.info("function_repeated", function=name, call_id=envelope.call_id)
                    return known
            told = await self._carried_out(name, handler, envelope, given, salon, memory)
            is_final = told["code"] in FINAL
            if told["code"] in CHANGES:
                await memory.changed()
            if told["ok"]:
                await memory.keep_answer(lasting if is_final else passing, told, final=is_final)
            return told

    async def _carried_out(
        self,
        name: str,
        handler: Handler,
        envelope: Envelope,
        given: Arguments,
        salon: Salon,
        memory: Memory,
    ) -> dict[str, Any]:
        assert envelope.call is not None, "asked before"
        number = other_number(envelope.call)
        scene = self._scene(salon, envelope.call_id, number)
        state = await memory.state() or await self._begun(scene)
        moment = Moment(
            scene=scene,
            given=given,
            words=envelope.caller_words,
            state=state,
            desk=self.desk,
            memory=memory,
            tickets=Tickets(self.secrets, salon.branch.id, envelope.call_id),
        )
        reply = await handler(moment)
        await memory.keep(reply.state)
        told = answer(reply, moment)
        await self._written_down(told, reply, envelope, scene)
        log.info("function_answered", function=name, call_id=scene.call_id, code=told["code"])
        return told

    async def _begun(self, scene: Scene) -> CallState:
        number = scene.caller_number
        begun = start(call_id=scene.call_id, caller_number=number)
        if number is None:
            return begun
        known = await self.desk.known_callers(scene.salon.branch.id, number)
        return replace(begun, known=tuple(known))

    async def _without_call(self, name: str, handler: Handler, given: Arguments) -> dict[str, Any]:
        """Nobody knows which call this is: nothing is looked up, held or changed."""
        salon = await self.switchboard.only() if name in _FOR_ANYBODY else None
        if salon is None:
            log.error("function_without_call", function=name)
            return form("no_call", _trouble())
        scene = self._scene(salon, "", None)
        moment = Moment(
            scene=scene,
            given=given,
            words=(),
            state=start(call_id=""),
            desk=self.desk,
            memory=Memory.of(self.redis, salon.branch.id, "", self.turns),
            tickets=Tickets(self.secrets, salon.branch.id, ""),
        )
        return answer(await handler(moment), moment)

    def _scene(self, salon: Salon, call_id: str, number: str | None) -> Scene:
        return Scene(
            salon=salon,
            now=self.clock.now(),
            call_id=call_id,
            caller_number=number,
            language=salon.branch.language,
        )

    async def _written_down(
        self, told: dict[str, Any], reply: Reply, envelope: Envelope, scene: Scene
    ) -> None:
        """In the book of calls, and offers stay held; what was done stands without it."""
        noted = Noted(
            call_id=scene.call_id,
            at=scene.now,
            branch_id=scene.salon.branch.id,
            salon_version=scene.salon.version,
            caller_number=scene.caller_number,
            agent_version=envelope.call.agent_version if envelope.call else None,
            outcome=outcome(told, reply),
        )
        try:
            await self.book.note(noted)
            await self.desk.renew_holds(owner(scene.call_id))
        except WrongSalon:
            log.error("call_of_another_salon", call_id=scene.call_id)  # noqa: TRY400 - no trace needed
        except Exception:
            log.exception("function_not_written_down", call_id=scene.call_id)


def _trouble() -> str:
    sorry = sentences.plain(Notice.TECHNICAL_FAILURE.value)
    return sentences.words(sorry, language=FALLBACK_LANGUAGE)


def _sent(told: dict[str, Any], *, status: int = 200) -> web.Response:
    return web.Response(text=written(told), status=status, content_type="application/json")
