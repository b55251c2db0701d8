"""The mail that tells a salon what somebody has changed in its calendar; it names no customer."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from booking_core.adapters.mail.letter import one_line
from booking_core.adapters.mail.render import sender_of
from booking_core.domain.attention import Fate, Stray, StrayFate
from booking_core.domain.labels import segment_label

if TYPE_CHECKING:
    from datetime import datetime

    from booking_core.domain.attention import Attention, Found
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.interval import Span

HEADINGS = {
    "de": {
        Fate.CANCELLED: "In Cal.com abgesagt: Termin {code}",
        Fate.MOVED: "In Cal.com verlegt: Termin {code}",
        Fate.MISSING: "In Cal.com verschwunden: Termin {code}",
        StrayFate.SWEPT: "In Cal.com aufgeräumt: {there}",
        StrayFate.UNKNOWN: "In Cal.com, aber bei uns unbekannt: {there}",
    },
    "en": {
        Fate.CANCELLED: "Cancelled in Cal.com: appointment {code}",
        Fate.MOVED: "Moved in Cal.com: appointment {code}",
        Fate.MISSING: "Gone from Cal.com: appointment {code}",
        StrayFate.SWEPT: "Tidied up in Cal.com: {there}",
        StrayFate.UNKNOWN: "In Cal.com, but not known to us: {there}",
    },
}


def render_notice(news: Attention | Stray, salon: Salon, now: datetime) -> EmailMessage:
    """To the salon, from the salon: what was found, and what a person has to decide."""
    language = salon.branch.language if salon.branch.language in HEADINGS else "en"
    zone = ZoneInfo(salon.branch.timezone)
    facts = _of_stray(news, zone) if isinstance(news, Stray) else _of_visit(news, salon, zone)
    heading = HEADINGS[language][news.fate].format_map(facts)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = heading
    message["From"] = Address(one_line(salon.branch.name), addr_spec=sender_of(salon))
    message["To"] = salon.branch.email
    message["Date"] = format_datetime(now.replace(microsecond=0))
    message["Auto-Submitted"] = "auto-generated"
    template = _template("stray.txt.j2" if isinstance(news, Stray) else "notice.txt.j2")
    text = template.render(language=language, heading=heading, fate=news.fate.value, **facts)
    message.set_content(text + "\n", cte="quoted-printable")
    return message


def _of_stray(news: Stray, zone: ZoneInfo) -> dict[str, Any]:
    return {"there": _written(news.span, zone)}


def _of_visit(news: Attention, salon: Salon, zone: ZoneInfo) -> dict[str, Any]:
    visit = news.appointment
    return {
        "whole": news.is_whole,
        "code": visit.code,
        "services": ", ".join(map(one_line, visit.service_names)),
        "start": f"{visit.plan.start.astimezone(zone):%d.%m.%Y %H:%M}",
        "parts": [_part(part, news, salon, zone) for part in news.parts],
    }


def _part(part: Found, news: Attention, salon: Salon, zone: ZoneInfo) -> dict[str, str]:
    segment = news.appointment.plan.segments[part.index - 1]
    return {
        "label": one_line(segment_label(salon, segment)),
        "staff": one_line(salon.member(segment.staff_id).first_name),
        "here": _written(part.here, zone),
        "there": _written(part.there, zone) if part.there else "",
    }


def _written(span: Span, zone: ZoneInfo) -> str:
    start, end = span.start.astimezone(zone), span.end.astimezone(zone)
    return f"{start:%d.%m.%Y %H:%M}-{end:%H:%M}"


@cache
def _template(name: str) -> Template:
    return Environment(  # noqa: S701 - plain text, not HTML
        loader=PackageLoader("booking_core.adapters.mail"), undefined=StrictUndefined
    ).get_template(name)
