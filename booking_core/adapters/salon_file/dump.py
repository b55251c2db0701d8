"""Write a salon as the file it came from, or would have come from."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from booking_core.adapters.gap_rules import to_plain
from booking_core.adapters.salon_file.models import WEEKDAYS
from booking_core.adapters.salon_file.text import Line, write
from booking_core.domain.catalogue import LeadChange, PausePolicy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from booking_core.adapters.salon_file.text import Node
    from booking_core.domain.catalogue import (
        Absence,
        Branch,
        Facts,
        Pause,
        Resource,
        Salon,
        Segment,
        Service,
        SpecialDay,
        Staff,
        Synonyms,
        WorkingHours,
    )

HEADER = """\
# A salon: who works there, when, and what can be booked. Edit, then: voice-agent salon import FILE
#
# Times are the salon's own; a stretch of a day is written 09:00-13:30, breaks are the gaps.
# A special day is 12-24 (every year) or 2026-12-24 (that one), with hours or `closed`.
#
# A service is a row of segments, A, B, C ... `minutes` is hands-on time; `pause_after` is the time
# in which the customer waits and colour works. A pause is min to max minutes long; the same number
# twice makes it fixed. What happens to the staff member meanwhile is the service's pause_policy:
#   free      they serve somebody else           never     they are free, but the time is not sold
#   blocked   they stay with the customer        flexible  each pause says `bookable: true | false`
# `role: lead` goes to the hairdresser of the visit, `role: assist` to whoever has a hand free.
#
# Synonyms: `sure` words are taken at once, `weak` ones are asked about, `heard` ones are how speech
# recognition spells them. `gender` is that of the spoken name: m (der), f (die), n (das), pl.
# `extra_minutes` says how much longer (or less long) somebody takes, per skill; where the skill is
# in `extra_from_minutes`, too, that is so only for segments of that length on.
#
# `gaps` of the branch avoids leftovers that nobody can use: {flush: true} offers only starts which
# touch a booking or a break, `shift_start` and `shift_end` add the ends of the working time,
# {idle_minutes: 60} those with as much room on both sides. A start that is wished exactly is free.
#
# Callers are greeted in the branch's `language`, and served in `other_languages`, too, once they
# speak one of them: [en], or left out.
#
# `asks_email: false` never asks for an address; otherwise it is asked for once, where a visit has
# several segments. `greets_by_name: true` greets a number on file by its name: numbers are shared.
#
# `facts` of the branch are read out as they are to callers who ask: parking, payment, preparation,
# arrival, a short sentence each. What is not written here is left to the salon: it calls back.
#
# Who or what is left out of a later import is kept as `active: false`: old bookings refer to it.

"""


def dump(salon: Salon) -> str:
    """The salon file of this salon; loading it gives the salon back."""
    zone = ZoneInfo(salon.branch.timezone)
    company = salon.company
    return HEADER + write(
        {
            "company": Line(key=company.key, code=company.code, name=company.name),
            "branch": _branch(salon.branch),
            "resources": [_resource(unit) for unit in salon.resources],
            "staff": [_person(person, zone) for person in salon.staff],
            "services": [_service(service) for service in salon.services],
        }
    )


def _branch(branch: Branch) -> dict[str, Node]:
    return _present(
        code=branch.code,
        name=branch.name,
        address=branch.address,
        timezone=branch.timezone,
        land=branch.land,
        language=branch.language,
        other_languages=[*branch.other_languages],
        asks_email=branch.asks_email,
        greets_by_name=branch.greets_by_name,
        email=branch.email,
        phone_numbers=[*branch.phone_numbers],
        transfer_number=branch.transfer_number,
        opening_hours=_hours(branch.opening_hours),
        special_days=[_special_day(day) for day in branch.special_days],
    ) | {
        "holidays_closed": branch.holidays_closed,
        "lead_minutes": branch.lead_minutes,
        "horizon_days": branch.horizon_days,
        "step_minutes": branch.step_minutes,
        "cancel_limit_hours": branch.cancel_limit_hours,
        "delegate": branch.delegate.value,
        **_unusual(branch),
        "elastic_pauses": branch.elastic_pauses,
        **_present(gaps=Line(to_plain(branch.gaps)), facts=_facts(branch.facts)),
    }


def _facts(facts: Facts) -> dict[str, Node]:
    return _present(
        parking=facts.parking,
        payment=facts.payment,
        preparation=facts.preparation,
        arrival=facts.arrival,
    )


def _unusual(branch: Branch) -> dict[str, Node]:
    usual = branch.lead_change is LeadChange.NEVER
    return {} if usual else {"lead_change": branch.lead_change.value}


def _person(person: Staff, zone: ZoneInfo) -> dict[str, Node]:
    return _present(
        key=person.key,
        first_name=person.first_name,
        last_name=person.last_name,
        nicknames=[*person.nicknames],
        level=person.level.value,
        calendar_user=person.calendar_user,
    ) | {
        "skills": [*sorted(person.skills)],
        **_present(
            extra_minutes=Line(sorted(person.extra_minutes.items())),
            extra_from_minutes=Line(sorted(person.extra_from_minutes.items())),
        ),
        "hours": _hours(person.hours),
        **_present(absences=[_absence(absence, zone) for absence in person.absences]),
        **_inactive(active=person.active),
    }


def _resource(unit: Resource) -> Node:
    return Line(key=unit.key, kind=unit.kind, name=unit.name)


def _service(service: Service) -> dict[str, Node]:
    flexible = service.pause_policy is PausePolicy.FLEXIBLE
    usual = type(service).__dataclass_fields__["pause_free_from_minutes"].default
    free_from = service.pause_free_from_minutes
    return {
        "number": service.number,
        "code": service.code,
        "name": service.name,
        "spoken_name": service.spoken_name,
        "gender": service.gender.value,
        **_present(category=service.category),
        "price": Decimal(service.price_cents) / 100,
        **_present(pause_policy=service.pause_policy and service.pause_policy.value),
        **({"pause_free_from_minutes": free_from} if flexible or free_from != usual else {}),
        "segments": [_segment(segment) for segment in service.segments],
        **_present(synonyms=_synonyms(service.synonyms)),
        **_inactive(active=service.active),
    }


def _segment(segment: Segment) -> Node:
    fields: dict[str, Node] = {
        "key": segment.key,
        "name": segment.name,
        "minutes": segment.minutes,
        "skill": segment.skill,
        "role": segment.role.value,
        "resources": [*segment.resources],
    }
    if segment.pause_after:
        fields["pause_after"] = _pause(segment.pause_after)
    return Line(fields)


def _pause(pause: Pause) -> Node:
    own = {} if pause.bookable is None else {"bookable": pause.bookable}
    lengths: dict[str, Node] = {"min": pause.min_minutes, "max": pause.max_minutes}
    return Line(lengths | own | {"keeps_chair": pause.keeps_chair})


def _synonyms(synonyms: Synonyms) -> dict[str, Node]:
    return _present(sure=[*synonyms.sure], weak=[*synonyms.weak], heard=[*synonyms.heard])


def _hours(hours: Iterable[WorkingHours]) -> dict[str, Node]:
    days: dict[str, list[Node]] = {}
    for stretch in hours:
        days.setdefault(WEEKDAYS[stretch.weekday], []).append(
            f"{stretch.start:%H:%M}-{stretch.end:%H:%M}"
        )
    return dict(days.items()) if days else Line()


def _special_day(day: SpecialDay) -> Node:
    date = f"{day.month:02}-{day.day:02}"
    open_ = f"{day.opens:%H:%M}-{day.closes:%H:%M}" if day.opens and day.closes else "closed"
    return Line(date=f"{day.year:04}-{date}" if day.year else date, hours=open_)


def _absence(absence: Absence, zone: ZoneInfo) -> Node:
    times = (absence.span.start, absence.span.end)
    starts, ends = (f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}" for moment in times)
    return Line(_present(starts=starts, ends=ends, reason=absence.reason))


def _present(**fields: Node | None) -> dict[str, Node]:
    """The fields that say something."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


def _inactive(*, active: bool) -> dict[str, Node]:
    return {} if active else {"active": False}
