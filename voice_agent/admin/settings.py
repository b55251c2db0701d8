"""The branch itself: where it is, which numbers it has, how far ahead it sells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import available_timezones

from aiohttp import web

from booking_core.domain.catalogue import Branch, Delegate
from booking_core.domain.errors import SalonFileInvalid
from booking_core.domain.gap_rules import (
    Beside,
    EmptyDay,
    GapBlocks,
    GapRules,
    GapScope,
    Raster,
)
from prompts import languages
from voice_agent.admin.audit import Change
from voice_agent.admin.catalogue_saving import change_salon
from voice_agent.admin.guard import owners_only
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.settings_frame import BASE, UNPROCESSABLE, saved, settings_page, texts_of
from voice_agent.admin.settings_reading import Reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from booking_core.domain.catalogue import Salon

LAENDER: Final = (
    *("BW", "BY", "BE", "BB", "HB", "HH", "HE", "MV", "NI", "NW", "RP", "SL", "SN", "ST", "SH"),
    "TH",
)
YEAR_DAYS: Final = 365
CHOICES: Mapping[str, Any] = {
    "delegate": Delegate,
    "raster": Raster,
    "beside": Beside,
    "empty_day": EmptyDay,
    "scope": GapScope,
    "blocks": GapBlocks,
}
SHOWN: Final = (
    *("name", "address", "timezone", "land", "language", "email", "transfer_number"),
    *("lead_minutes", "horizon_days", "step_minutes", "cancel_limit_hours", "delegate"),
    *("elastic_pauses", "phone_numbers", "gaps", "asks_email", "greets_by_name"),
)


@owners_only
async def form(request: web.Request) -> web.StreamResponse:
    """The branch as it is."""
    return _page(request, _texts(visitor_of(request).salon.branch))


@owners_only
async def save(request: web.Request) -> web.StreamResponse:
    """Change it, or say what is wrong with it."""
    office, visitor = office_of(request), visitor_of(request)
    reading = Reading(await texts_of(request))
    read = _read(reading)
    if reading.wrong:
        return _page(request, reading.texts, wrong=reading.wrong)

    def alter(salon: Salon) -> tuple[Salon, Change]:
        wanted = replace(salon.branch, **read)
        return replace(salon, branch=wanted), _change(salon.branch, wanted)

    try:
        await change_salon(office, visitor, alter)
    except SalonFileInvalid:
        return _page(request, reading.texts, wrong={"phone_numbers": "wrong_number_taken"})
    return saved(BASE)


def _page(
    request: web.Request, texts: Mapping[str, str], wrong: Mapping[str, str] | None = None
) -> web.Response:
    return settings_page(
        request,
        "branch",
        status=UNPROCESSABLE if wrong else 200,
        given=texts,
        wrong=wrong or {},
        laender=LAENDER,
        languages=languages(),
        zones=sorted(zone for zone in available_timezones() if zone.startswith("Europe/")),
        choices={name: [one.value for one in kind] for name, kind in CHOICES.items()},
    )


def _read(reading: Reading) -> dict[str, Any]:
    numbers, transfer = reading.phones("phone_numbers"), reading.phone("transfer_number")
    if not numbers:
        reading.wrong["phone_numbers"] = "wrong_missing"
    if transfer in numbers:
        reading.wrong["transfer_number"] = "wrong_calls_itself"
    return {
        "name": reading.text("name"),
        "address": reading.text("address", needed=False),
        "timezone": reading.among("timezone", available_timezones()),
        "land": reading.among("land", LAENDER),
        "language": reading.among("language", languages()),
        "email": reading.email("email"),
        "phone_numbers": numbers,
        "transfer_number": transfer,
        "lead_minutes": reading.number("lead_minutes", 0, YEAR_DAYS * 24 * 60),
        "horizon_days": reading.number("horizon_days", 1, YEAR_DAYS),
        "step_minutes": reading.number("step_minutes", 5, 120, step=5),
        "cancel_limit_hours": reading.number("cancel_limit_hours", 0, YEAR_DAYS * 24),
        "delegate": reading.one_of("delegate", Delegate),
        "elastic_pauses": reading.ticked("elastic_pauses"),
        "asks_email": reading.ticked("asks_email"),
        "greets_by_name": reading.ticked("greets_by_name"),
        "gaps": _gaps(reading),
    }


def _gaps(reading: Reading) -> GapRules:
    values: dict[str, Any] = {
        "flush": reading.ticked("flush"),
        "shift_start": reading.ticked("shift_start"),
        "shift_end": reading.ticked("shift_end"),
        "exact_wishes": reading.ticked("exact_wishes"),
        "idle_minutes": reading.optional_number("idle_minutes", 5, 600, step=5),
        "idle_before_minutes": reading.number("idle_before_minutes", 0, 600, step=5),
        "days": reading.optional_number("days", 1, YEAR_DAYS),
        "anchors": reading.times("anchors"),
        "empty_day": reading.one_of("empty_day", EmptyDay),
        "scope": reading.one_of("scope", GapScope),
        "blocks": reading.one_of("blocks", GapBlocks),
        "raster": reading.one_of("raster", Raster),
        "beside": reading.one_of("beside", Beside),
    }
    try:
        return GapRules(**values)
    except ValueError:
        reading.wrong.setdefault("anchors", "wrong_anchors")
        return GapRules()


def _texts(branch: Branch) -> dict[str, str]:
    """The branch as it stands in the fields; a box that is not ticked is not there."""
    gaps = branch.gaps
    texts: dict[str, str | int | None] = {
        "name": branch.name,
        "address": branch.address,
        "timezone": branch.timezone,
        "land": branch.land,
        "language": branch.language,
        "email": branch.email,
        "phone_numbers": "\n".join(branch.phone_numbers),
        "transfer_number": branch.transfer_number,
        "lead_minutes": branch.lead_minutes,
        "horizon_days": branch.horizon_days,
        "step_minutes": branch.step_minutes,
        "cancel_limit_hours": branch.cancel_limit_hours,
        "delegate": branch.delegate.value,
        "idle_minutes": gaps.idle_minutes,
        "idle_before_minutes": gaps.idle_before_minutes,
        "days": gaps.days,
        "anchors": ", ".join(f"{moment:%H:%M}" for moment in gaps.anchors),
        "empty_day": gaps.empty_day.value,
        "scope": gaps.scope.value,
        "blocks": gaps.blocks.value,
        "raster": gaps.raster.value,
        "beside": gaps.beside.value,
    }
    boxes = {
        "elastic_pauses": branch.elastic_pauses,
        "asks_email": branch.asks_email,
        "greets_by_name": branch.greets_by_name,
        "flush": gaps.flush,
        "shift_start": gaps.shift_start,
        "shift_end": gaps.shift_end,
        "exact_wishes": gaps.exact_wishes,
    }
    shown = {name: "" if value is None else str(value) for name, value in texts.items()}
    return shown | {name: "on" for name, ticked in boxes.items() if ticked}


def _change(before: Branch, after: Branch) -> Change:
    differing = [name for name in SHOWN if getattr(before, name) != getattr(after, name)]
    return Change(
        action="branch.changed",
        subject=after.name,
        subject_id=str(after.id),
        before={name: str(getattr(before, name)) for name in differing},
        after={name: str(getattr(after, name)) for name in differing},
    )


ROUTES: Sequence[web.RouteDef] = (
    web.get("/settings", form),
    web.post("/settings", save),
)
