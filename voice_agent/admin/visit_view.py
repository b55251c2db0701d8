"""A visit's record as rows of words: course, mails, changes step by step, audit trail. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from booking_core.domain.plan import ClaimKind
from voice_agent.admin.day_blocks import Drawing
from voice_agent.admin.day_queries import Visit
from voice_agent.admin.wall_time import clock, day_words, local, moment_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.plan import PlannedSegment
    from voice_agent.admin.rendering import Texts
    from voice_agent.admin.visit_queries import Record

TAIL = 4  # of a calendar's uid: enough to recognise it, too little to cancel with


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A segment or a pause of the course."""

    start: str
    end: str
    minutes: int
    what: str
    kind: str
    """segment, pause, blocked or rest."""
    who: str = ""
    where: str = ""
    booking: str = ""
    hue: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail about it."""

    version: int
    kind: str
    name: str
    state: str
    again: bool
    """Whether it can be sent once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """One request to the calendar."""

    position: int
    action: str
    segment: str
    outcome: str
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """One booking, move or cancellation."""

    title: str
    at: str
    by: str
    state: str
    setback: str
    reason: str
    took: str
    steps: tuple[StepLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All of it."""

    when: str
    price: str
    states: tuple[str, ...]
    source: str
    parts: tuple[Part, ...]
    mails: tuple[Mail, ...]
    changes: tuple[ChangeLine, ...]
    overrides: tuple[str, ...]
    trail: tuple[tuple[str, str, str], ...]
    """When, who, what."""
    notes: tuple[str, ...]


def view_of(record: Record, salon: Salon, texts: Texts) -> View:
    """In the language of whoever looks."""
    about, branch = record.appointment, salon.branch
    start = local(about.plan.start, branch)
    source = f"source_{about.source}"
    return View(
        when=texts(
            "visit_when",
            day=day_words(texts, start.date()),
            start=clock(about.plan.start, branch),
            end=clock(about.plan.end, branch),
        ),
        price=f"{about.price_cents / 100:.2f} €".replace(
            ".", "," if texts.language == "de" else "."
        ),
        states=tuple(texts(f"state_{name}") for name in _states(record, salon, texts)),
        source=texts(source) if source in texts.sentences else about.source,
        parts=tuple(_parts(record, salon, texts)),
        mails=tuple(_mail(row, salon, texts) for row in record.mails),
        changes=tuple(_change(row, record, salon, texts) for row in record.changes),
        overrides=tuple(
            texts(
                "override_note",
                reason=row.reason,
                author=row.author,
                at=moment_words(texts, row.noted_at, branch),
            )
            for row in record.overrides
        ),
        trail=tuple(
            (moment_words(texts, row.at, branch), row.actor, _doing(row)) for row in record.trail
        ),
        notes=tuple(line for line in about.note.splitlines() if line),
    )


def _states(record: Record, salon: Salon, texts: Texts) -> Sequence[str]:
    """As on the day page; what lies in a rest says so, with the reason, by itself."""
    seen = Visit(appointment=record.appointment, changing=record.changing, on_purpose=False)
    return Drawing(salon, texts).states(seen)


def _parts(record: Record, salon: Salon, texts: Texts) -> Iterator[Part]:
    about, branch = record.appointment, salon.branch
    names = {member.id: member.first_name for member in salon.staff}
    drawing = Drawing(salon, texts)
    for segment in about.plan.segments:
        yield Part(
            start=clock(segment.span.start, branch),
            end=clock(segment.span.end, branch),
            minutes=segment.span.minutes,
            what=segment.name,
            kind="segment",
            who=names.get(segment.staff_id, "?"),
            where=", ".join(_places(about, segment, salon)),
            booking=_booking(record, segment, texts),
            hue=drawing.hue(segment.service_id),
        )
        if pause := segment.pause:
            kind = "rest" if pause.rest else "blocked" if pause.occupied else "pause"
            minutes = pause.span.minutes
            yield Part(
                start=clock(pause.span.start, branch),
                end=clock(pause.span.end, branch),
                minutes=minutes,
                what=texts("course_pause", minutes=minutes, kind=texts(f"pause_{kind}")),
                kind=kind,
            )


def _places(about: Appointment, segment: PlannedSegment, salon: Salon) -> Iterator[str]:
    names = {unit.id: unit.name for unit in salon.resources}
    for claim in about.plan.claims:
        if claim.kind is ClaimKind.SEAT and claim.span.overlaps(segment.span):
            yield names.get(claim.resource_id, "?")


def _booking(record: Record, segment: PlannedSegment, texts: Texts) -> str:
    """The end of its uid: whoever has the whole of it can cancel the booking."""
    if segment.local:
        return texts("course_local")
    uid = record.bookings.get(segment.index)
    return f"…{uid[-TAIL:]}" if uid else texts("course_no_calendar")


def _mail(row: Any, salon: Salon, texts: Texts) -> Mail:  # noqa: ANN401 - a row
    at = moment_words(texts, row.sent_at, salon.branch) if row.sent_at else ""
    return Mail(
        version=row.version,
        kind=row.kind,
        name=texts(f"mail_{row.kind}"),
        state=texts(f"mail_state_{row.state}", at=at, reason=_reason(row.reason, texts)),
        again=row.state not in {"due", "sending"},
    )


def _reason(code: str | None, texts: Texts) -> str:
    key = f"mail_reason_{code}"
    return texts(key) if key in texts.sentences else code or ""


def _change(row: Any, record: Record, salon: Salon, texts: Texts) -> ChangeLine:  # noqa: ANN401 - a row
    took_s = (row.ended_at - row.started_at).total_seconds() if row.ended_at else None
    by = f"source_{row.ordered_by}"
    return ChangeLine(
        title=texts(f"history_{row.kind}"),
        at=moment_words(texts, row.started_at, salon.branch),
        by=texts("history_by", by=texts(by) if by in texts.sentences else row.ordered_by),
        state=texts(f"saga_{row.state}"),
        setback=texts(f"setback_{row.setback}") if row.setback else "",
        reason=row.reason,
        took="" if took_s is None else f"{took_s:.2f} s",
        steps=tuple(_step(step, texts) for step in record.steps.get(row.id, ())),
    )


def _step(row: Any, texts: Texts) -> StepLine:  # noqa: ANN401 - a row
    outcome = texts(f"step_{row.state}")
    index = row.index if row.index is not None else row.former
    return StepLine(
        position=row.position,
        action=texts(f"action_{row.action}"),
        segment=str(index or ""),
        outcome=f"{outcome}, {texts('step_uncertain')}" if row.uncertain else outcome,
        tries=row.attempt,
    )


def _doing(row: Any) -> str:  # noqa: ANN401 - a row
    """visit.moved: start 2026-11-25 14:00 → 2026-11-25 15:00."""
    before, after = row.before or {}, row.after or {}
    parts = [
        f"{name} {before[name]} → {after[name]}" if name in before else f"{name} {after[name]}"
        for name in after
        if after[name] and before.get(name) != after[name]
    ]
    return f"{row.action}: {', '.join(parts)}" if parts else str(row.action)
