"""Arguments as models make them: in German or English, nested, as lists, or made of nothing."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

LONGEST = 300
MOST_LISTED = 8

_NAMES = {
    "service": "service services service_name service_names leistung leistungen dienstleistung "
    "behandlung",
    "staff": "staff staff_name stylist employee mitarbeiter mitarbeiterin friseur friseurin",
    "when": "when when_text time_phrase datetime_text date_time datetime start start_time wann "
    "wunschtermin termin zeitraum zeitwunsch new_when neuer_termin",
    "date": "date day datum tag preferred_date new_date neues_datum",
    "time": "time clock uhrzeit zeit preferred_time uhr new_time neue_uhrzeit",
    "old_when": "old_when current_when old_time old_date bisher alter_termin which welcher",
    "name": "name customer_name caller_name full_name kunde kundenname kundin",
    "first_name": "first_name firstname vorname",
    "last_name": "last_name lastname surname nachname familienname",
    "phone": "phone phone_number telefon telefonnummer rufnummer nummer handynummer",
    "email": "email e_mail mail email_address e_mail_adresse",
    "offer_id": "offer_id offer option_id slot_id slot angebot angebot_id",
    "appointment_id": "appointment_id booking_id appointment visit_id termin_id buchung_id",
    "code": "code booking_code buchungscode terminnummer",
    "topic": "topic reason message note notes anliegen grund nachricht notiz betreff",
}
"""What is meant by which name; everything else, as ids of calls and salons, is not looked at."""
_NOTHING = frozenset(
    {*("none", "null", "nil", "undefined", "unknown", "unbekannt", "n/a", "na", "_", "–", "?")}
    | {*("leer", "empty", "string", "tbd", "nan", "not_provided", "nicht_angegeben")}
    | {*("kunde", "customer", "caller", "anrufer", "user")}
)
_ANYBODY = frozenset(
    {*("any", "anyone", "anybody", "egal", "beliebig", "keine_präferenz", "no_preference")}
    | {*("niemand_bestimmtes", "jeder", "wer_auch_immer")}
)
_TEMPLATE = re.compile(r"\{\{.*?\}\}|<[^>]*>")
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What the model passed on; None = nothing that means anything."""

    service: str | None = None
    staff: str | None = None
    when: str | None = None
    """In the caller's words, at best."""
    date: str | None = None
    """As the model worked it out: not to be trusted."""
    time: str | None = None
    old_when: str | None = None
    """When a visit is that is to be changed."""
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    email: str | None = None
    offer_id: str | None = None
    appointment_id: str | None = None
    code: str | None = None
    topic: str | None = None

    @property
    def who(self) -> str | None:
        """The caller's name, in one or two pieces."""
        pieces = [piece for piece in (self.first_name, self.last_name) if piece]
        return self.name or " ".join(pieces) or None

    @property
    def anybody(self) -> bool:
        """Whether it was said that it does not matter who does it."""
        return self.staff is not None and _folded(self.staff) in _ANYBODY

    def fingerprint(self, function: str, *more: object) -> str:
        """The same for calls of this function that mean the same."""
        meant = {
            field.name: " ".join(value.casefold().split())
            for field in fields(self)
            if (value := getattr(self, field.name)) is not None
        }
        # Ids are signed: whoever changes a letter of one means another, or none.
        meant |= {
            key: value for key in ("offer_id", "appointment_id") if (value := getattr(self, key))
        }
        written = json.dumps([function, meant, *more], sort_keys=True)
        return hashlib.sha256(written.encode()).hexdigest()


def arguments_of(raw: Mapping[str, Any]) -> Arguments:
    """What the names mean, in whatever language; blanks and placeholders are left out."""
    given = {_folded(name): value for name, value in _flat(raw)}
    found: dict[str, str] = {}
    for field, names in _NAMES.items():
        texts = (_text(given[name]) for name in names.split() if name in given)
        if text := next((text for text in texts if text), None):
            found[field] = text
    return Arguments(**found)


def _flat(raw: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """One level of nesting is unfolded: `{"customer": {"name": ...}}`."""
    flat: list[tuple[str, Any]] = []
    for name, value in list(raw.items())[:64]:
        flat += list(value.items())[:32] if isinstance(value, Mapping) else [(name, value)]
    return flat


def _text(value: object) -> str | None:
    if isinstance(value, list | tuple):
        texts = [text for part in value[:MOST_LISTED] if (text := _text(part))]
        return ", ".join(texts) or None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = _TEMPLATE.sub("", _NO_TEXT.sub(" ", str(value)[:LONGEST])).strip()
    return text if text and _folded(text) not in _NOTHING else None


def _folded(name: str) -> str:
    """camelCase, kebab-case and blanks are all the same name."""
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(name).strip())
    return re.sub(r"[\s-]+", "_", snake).casefold()
