"""What a webhook's body tells, in each of the forms that Cal.com gives it."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import date

import pytest

from booking_core.adapters.calcom.webhooks import UnreadableLetter, hint_of, is_signed

ORGANIZER = {"username": "wanda", "timeZone": "Europe/Berlin", "name": "Wanda Kranz"}


def letter(trigger: str, **payload: object) -> bytes:
    return json.dumps({"triggerEvent": trigger, "createdAt": "x", "payload": payload}).encode()


def test_a_signature_is_of_exactly_these_bytes_and_this_secret() -> None:
    raw = '{"name": "Jörg"}'.encode()
    signature = hmac.new(b"pst", raw, hashlib.sha256).hexdigest()

    assert is_signed(raw, signature, "pst")
    assert is_signed(raw, signature.upper(), "pst")
    assert not is_signed(raw + b" ", signature, "pst")
    assert not is_signed(raw, signature, "laut")
    assert not is_signed(raw, "", "pst")
    assert not is_signed(raw, None, "pst")
    assert not is_signed(raw, "ü", "pst")


@pytest.mark.parametrize(
    "start", ["2026-12-02T23:30:00Z", "2026-12-02T23:30:00.000Z", "2026-12-02T23:30:00+00:00"]
)
def test_the_day_is_the_one_on_the_organizers_wall(start: str) -> None:
    hint = hint_of(letter("BOOKING_CREATED", organizer=ORGANIZER, startTime=start, uid="u1"))

    assert hint is not None
    assert hint.user == "wanda"
    assert hint.days == {date(2026, 12, 3)}
    assert hint.uids == {"u1"}


def test_a_move_is_about_the_old_day_and_the_new_one() -> None:
    hint = hint_of(
        letter(
            "BOOKING_RESCHEDULED",
            organizer=ORGANIZER,
            startTime="2026-12-04T10:00:00Z",
            endTime="2026-12-04T10:30:00Z",
            rescheduleStartTime="2026-12-02T13:00:00Z",
            uid="new",
            rescheduleUid="old",
            metadata={"group": "g-1"},
        )
    )

    assert hint is not None
    assert hint.days == {date(2026, 12, 2), date(2026, 12, 4)}
    assert hint.uids == {"new", "old"}
    assert hint.group == "g-1"


def test_an_absence_without_dates_is_about_every_day() -> None:
    entry = {"user": {"username": "wanda"}, "start": "2026-12-01T00:00:00.000Z"}

    hint = hint_of(letter("OOO_CREATED", oooEntry=entry))

    assert hint is not None
    assert hint.user == "wanda"
    assert hint.days == frozenset()


@pytest.mark.parametrize(
    ("end", "days"),
    [("2026-12-01T22:59:59Z", 1), ("2026-12-07T22:59:59Z", 7), ("2026-12-20T22:59:59Z", 0)],
)
def test_a_short_absence_is_about_its_days_and_a_long_one_about_all(end: str, days: int) -> None:
    person = {"username": "wanda", "timeZone": "Europe/Berlin"}
    entry = {"user": person, "start": "2026-11-30T23:00:00Z", "end": end}

    hint = hint_of(letter("OOO_CREATED", oooEntry=entry))

    assert hint is not None
    assert hint.days == {date(2026, 12, day) for day in range(1, days + 1)}


@pytest.mark.parametrize("trigger", ["MEETING_ENDED", "PING", "BOOKING_REQUESTED", "whatever"])
def test_other_events_are_no_reason_to_look(trigger: str) -> None:
    assert hint_of(letter(trigger, organizer=ORGANIZER)) is None


def test_who_has_no_name_cannot_be_looked_at() -> None:
    assert hint_of(letter("BOOKING_CREATED", organizer={"timeZone": "UTC"})) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{",
        b'{"payload": {}}',
        letter("BOOKING_CREATED", organizer="Wanda"),
        letter("BOOKING_CREATED", organizer=ORGANIZER, startTime="2026-12-02T10:00:00"),
    ],
)
def test_what_is_no_letter_is_refused_without_being_quoted(raw: bytes) -> None:
    with pytest.raises(UnreadableLetter) as refused:
        hint_of(raw)

    assert "Wanda" not in str(refused.value)
