"""What a replay file expects against what was said and what is left: a list of complaints."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from voice_agent.simulator.matching import contains, contains_any, quoted
from voice_agent.simulator.replay_expect import ExpectedCallback, ExpectedWaiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from voice_agent.simulator.caller import Caller, PlayedTurn
    from voice_agent.simulator.replay_expect import (
        Expect,
        ExpectedAppointment,
        ExpectedMails,
    )
    from voice_agent.simulator.replay_file import ReplayFile


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
    version: int = 1
    price_cents: int = 0
    parts: tuple[tuple[str, str], ...] = ()
    """Letter and stretch of each segment: A, 14:00-14:30."""
    note: str = ""
    """What the salon reads beside it."""
    untouched: bool = False
    """It stood before the call and is as it was."""

    def __str__(self) -> str:
        services = "+".join(str(number) for number in self.services)
        when = f"{self.start:%Y-%m-%dT%H:%M}"
        return f"{services} {when} {self.staff} ({self.segments} segments, {self.status})"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftWish:
    """What a caller has left behind for the salon: a request for a call, or a place on a list."""

    name: str
    phone: str | None
    reason: str = ""
    wish: str = ""
    """Everything else that is noted, as a text that can be searched."""
    services: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} {self.phone} ({self.reason}) {self.wish}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """The state of the world after a call."""

    appointments: tuple[LeftAppointment, ...] = ()
    accepted: int = 0
    """Bookings at Cal.com that the call made and that stand."""
    cancelled: int = 0
    """Bookings at Cal.com that were cancelled during the call."""
    mails: Counter[str] = field(default_factory=Counter)
    callbacks: tuple[LeftWish, ...] = ()
    waiting_list: tuple[LeftWish, ...] = ()
    live: int = 0
    """Bookings that stand at Cal.com, whoever made them."""
    first: datetime | None = None
    """When the earliest one that the call made begins."""
    outcome: str = ""
    searches: int = 0
    on_file: tuple[str, ...] = ()
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
    return [*found, *_unsaid(file.expect, callers), *_about_world(file.expect, aftermath)]


def _unsaid(expect: Expect, callers: Sequence[Caller]) -> Iterator[str]:
    said = " ".join(answer.text for caller in callers for answer in caller.call.answers)
    for alternatives in expect.said:
        if not contains_any(said, alternatives):
            yield f"{quoted(alternatives)} was never said"


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
    yield from _about_numbers(expect, aftermath)
    yield from _about_wishes("callbacks", expect.callbacks, aftermath.callbacks)
    yield from _about_wishes(
        "entries on the waiting list", expect.waiting_list, aftermath.waiting_list
    )
    yield from _about_mails(expect.mails, aftermath.mails)
    if expect.outcome and aftermath.outcome not in expect.outcome:
        yield f"outcome: {quoted(expect.outcome)} expected, {aftermath.outcome} found"
    if expect.on_file is not None and sorted(expect.on_file) != sorted(aftermath.on_file):
        yield f"on file: {list(expect.on_file)} expected, {list(aftermath.on_file)} found"
    yield from (f"still going on after the call: {work}" for work in aftermath.unsettled)


def _about_numbers(expect: Expect, aftermath: Aftermath) -> Iterator[str]:
    numbers = {
        "accepted at Cal.com": (expect.calcom.accepted, aftermath.accepted),
        "cancelled at Cal.com": (expect.calcom.cancelled, aftermath.cancelled),
        "live at Cal.com": (expect.calcom.live, aftermath.live),
        "first start at Cal.com": (expect.calcom.first, aftermath.first),
        "searches": (expect.searches, aftermath.searches),
        "holds of callers who are gone": (0, aftermath.holds),
    }
    for name, (wanted, found) in numbers.items():
        if wanted is not None and wanted != found:
            yield f"{name}: {wanted} expected, {found} found"


def _about_wishes(
    kind: str,
    wanted: int | Sequence[ExpectedCallback | ExpectedWaiting] | None,
    found: Sequence[LeftWish],
) -> Iterator[str]:
    if wanted is None:
        return
    count = wanted if isinstance(wanted, int) else len(wanted)
    if count != len(found):
        listed = "".join(f"; {wish}" for wish in found)
        yield f"{kind}: {count} expected, {len(found)} found{listed}"
    if not isinstance(wanted, int):
        for expected in wanted:
            if not any(_is_meant(expected, wish) for wish in found):
                given = expected.model_dump(exclude_unset=True)
                yield f"none of the {kind} is {given}"


def _is_meant(expected: ExpectedCallback | ExpectedWaiting, found: LeftWish) -> bool:
    given, noted = expected.model_fields_set, f"{found.reason} {found.wish}"
    same: dict[str, Callable[[], bool]] = {
        "name": lambda: contains(found.name, expected.name or ""),
        "phone": lambda: found.phone == expected.phone,
    }
    match expected:
        case ExpectedCallback(reason=reason, wish=wish):
            same["reason"] = lambda: found.reason in (reason or ())
            same["wish"] = lambda: all(contains_any(noted, words) for words in wish)
        case ExpectedWaiting(services=services):
            same["services"] = lambda: sorted(services or ()) == sorted(found.services)
    return all(holds() for name, holds in same.items() if name in given)


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
    starts = " or ".join(f"{start:%Y-%m-%dT%H:%M}" for start in expected.start)
    described = f"{'+'.join(map(str, expected.services))} {starts}"
    live = [a for a in left if a.status != "failed" or expected.status == "failed"]
    if not live:
        yield f"no appointment {described}"
        return
    nearest = min(live, key=lambda a: (a.untouched, len(_differences(expected, a))))
    left.remove(nearest)
    yield f"no appointment {described}; but {nearest}: {', '.join(_differences(expected, nearest))}"


def _differences(expected: ExpectedAppointment, found: LeftAppointment) -> list[str]:
    staff = {found.staff, found.staff.split()[0]} if found.staff else set()
    one_of = set(expected.staff or ())
    parts = {key: stretch for key, stretch in found.parts if key in expected.parts}
    same = {
        "service": (sorted(expected.services) == sorted(found.services), "services are"),
        "start": (found.start in expected.start, "starts"),
        "end": (expected.end == found.end, "ends"),
        "staff": (bool(one_of & staff), "staff is"),
        "segments": (expected.segments == found.segments, "segments are"),
        "parts": (expected.parts == parts, "parts are"),
        "version": (expected.version == found.version, "version is"),
        "price_cents": (expected.price_cents == found.price_cents, "cents to pay are"),
        "note": (contains(found.note, expected.note or ""), "note is"),
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
