"""What a replay file expects against what was said and what is left: a list of complaints."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from voice_agent.simulator.matching import contains, contains_any, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from voice_agent.simulator.caller import Caller, PlayedTurn
    from voice_agent.simulator.replay_file import (
        Expect,
        ExpectedAppointment,
        ExpectedMails,
        ReplayFile,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftAppointment:
    """An appointment as the database has it after the call."""

    services: tuple[int, ...]
    """Numbers, in no particular order."""
    start: datetime
    """Local time of the salon, without zone, as files write it."""
    end: datetime
    staff: str
    """Full name of whoever does the lead segments."""
    segments: int
    status: str
    customer: str
    phone: str | None
    email: str | None
    untouched: bool = False
    """It stood before the call and is as it was."""

    def __str__(self) -> str:
        services = "+".join(str(number) for number in self.services)
        when = f"{self.start:%Y-%m-%dT%H:%M}"
        return f"{services} {when} {self.staff} ({self.segments} segments, {self.status})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """The state of the world after a call."""

    appointments: tuple[LeftAppointment, ...] = ()
    accepted: int = 0
    """Bookings at Cal.com that the call made and that stand."""
    cancelled: int = 0
    """Bookings at Cal.com that were cancelled during the call."""
    mails: Counter[str] = field(default_factory=Counter)
    callbacks: int = 0
    waiting_list: int = 0
    holds: int = 0
    """Holds of callers who are gone."""
    unsettled: tuple[str, ...] = ()
    """Work that was still going on when waiting for it was given up."""


def complaints(file: ReplayFile, callers: Sequence[Caller], aftermath: Aftermath) -> list[str]:
    """Everything that is not as it should be; nothing when all is well."""
    found = []
    for number, caller in enumerate(callers, start=1):
        place = f"call {number}, " if len(callers) > 1 else ""
        found += [f"{place}{words}" for words in _about_caller(caller, file.expect.never_said)]
    return [*found, *_about_world(file.expect, aftermath)]


def _about_caller(caller: Caller, never_said: Sequence[str]) -> Iterator[str]:
    for played in caller.played:
        for words in _about_turn(played):
            yield f"turn {played.number}: {words}"
    said = [answer.text for answer in caller.call.answers]
    for words in never_said:
        yield from (f'"{words}" was said: {text}' for text in said if contains(text, words))
    yield from (str(finding) for finding in caller.call.findings)


def _about_turn(played: PlayedTurn) -> Iterator[str]:
    if played.unsaid:
        yield f"the call was over before: {played.line}"
    check, answer = played.turn.agent, played.answer
    if check is None or answer is None:
        return
    for alternatives in check.says:
        if not contains_any(answer.text, alternatives):
            yield f"{quoted(alternatives)} was not said: {answer.text}"
    for words in check.never:
        if contains(answer.text, words):
            yield f'"{words}" was said: {answer.text}'
    ms = answer.first_words_ms
    if check.within_ms and (ms is None or ms > check.within_ms):
        yield f"first words within {check.within_ms} ms, not {ms and round(ms)}"


def _about_world(expect: Expect, aftermath: Aftermath) -> Iterator[str]:
    if expect.appointments is not None:
        yield from _about_appointments(expect.appointments, aftermath.appointments)
    counts = {
        "accepted at Cal.com": (expect.calcom.accepted, aftermath.accepted),
        "cancelled at Cal.com": (expect.calcom.cancelled, aftermath.cancelled),
        "callbacks": (expect.callbacks, aftermath.callbacks),
        "entries on the waiting list": (expect.waiting_list, aftermath.waiting_list),
        "holds of callers who are gone": (0, aftermath.holds),
    }
    for name, (wanted, found) in counts.items():
        if wanted is not None and wanted != found:
            yield f"{name}: {wanted} expected, {found} found"
    yield from _about_mails(expect.mails, aftermath.mails)
    yield from (f"still going on after the call: {work}" for work in aftermath.unsettled)


def _about_appointments(
    wanted: Sequence[ExpectedAppointment], found: Sequence[LeftAppointment]
) -> Iterator[str]:
    left = list(found)
    for expected in wanted:
        match = next((a for a in left if not _differences(expected, a)), None)
        if match is None:
            yield from _missing(expected, left)
        else:
            left.remove(match)
    unexpected = [a for a in left if not a.untouched and a.status != "failed"]
    yield from (f"unexpected appointment: {appointment}" for appointment in unexpected)


def _missing(expected: ExpectedAppointment, left: list[LeftAppointment]) -> Iterator[str]:
    """Name the nearest one there is, which then counts as the one that was meant."""
    described = f"{'+'.join(map(str, expected.services))} {expected.start:%Y-%m-%dT%H:%M}"
    live = [a for a in left if a.status != "failed" or expected.status == "failed"]
    if not live:
        yield f"no appointment {described}"
        return
    nearest = min(live, key=lambda a: (a.untouched, len(_differences(expected, a))))
    left.remove(nearest)
    yield f"no appointment {described}; but {nearest}: {', '.join(_differences(expected, nearest))}"


def _differences(expected: ExpectedAppointment, found: LeftAppointment) -> list[str]:
    staff = {found.staff, found.staff.split()[0]} if found.staff else set()
    same = {
        "service": (sorted(expected.services) == sorted(found.services), "services are"),
        "start": (expected.start == found.start, "starts"),
        "end": (expected.end == found.end, "ends"),
        "staff": (expected.staff in staff, "staff is"),
        "segments": (expected.segments == found.segments, "segments are"),
        "status": (expected.status == found.status, "status is"),
        "customer": (expected.customer == found.customer, "customer is"),
        "phone": (expected.phone == found.phone, "phone is"),
        "email": (expected.email == found.email, "email is"),
    }
    given = expected.model_fields_set | {"status"}
    facts = asdict(found) | {"service": found.services}
    return [
        f"{words} {_shown(facts[name])}"
        for name, (holds, words) in same.items()
        if name in given and not holds
    ]


def _shown(fact: object) -> str:
    return f"{fact:%Y-%m-%dT%H:%M}" if isinstance(fact, datetime) else str(fact)


def _about_mails(wanted: int | ExpectedMails | None, found: Counter[str]) -> Iterator[str]:
    if wanted is None:
        return
    if isinstance(wanted, int):
        if wanted != found.total():
            yield f"mails: {wanted} expected, {found.total()} found ({dict(found)})"
        return
    for kind, count in wanted.model_dump().items():
        if count != found[kind]:
            yield f"{kind} mails: {count} expected, {found[kind]} found"
