"""Event types: what is kept of them, what is refused, and who sees which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox import Sandbox

DAY = "2026-11-26"
TEN = f"{DAY}T09:00:00Z"
BEN = "cal_localtest_ben_0002"
QUESTIONS = ["name", "email", "location", "title", "notes", "guests", "rescheduleReason"]


async def create(api: Any, **fields: object) -> Any:
    wish = {"title": "Schnitt", "slug": "schnitt", "lengthInMinutes": 30}
    return await api("POST", "/v2/event-types", {**wish, **fields})


async def test_whoever_says_nothing_gets_defaults_among_them_two_hours_of_notice(api: Any) -> None:
    made = (await create(api)).data

    assert made["minimumBookingNotice"] == 120
    assert (made["slotInterval"], made["scheduleId"], made["recurrence"]) == (None, None, None)
    assert (made["locations"], made["metadata"], made["description"]) == ([], {}, "")
    assert made["bookingWindow"] == made["seats"] == made["confirmationPolicy"]
    assert made["seats"] == {"disabled": True}
    assert made["disableCancelling"] == made["disableRescheduling"] == {"disabled": False}
    assert [field["slug"] for field in made["bookingFields"]] == QUESTIONS


async def test_lists_leave_out_the_hidden_question_for_the_title(api: Any) -> None:
    await create(api)

    (listed,) = (await api("GET", "/v2/event-types?username=anna", key=None)).data

    assert [field["slug"] for field in listed["bookingFields"]] == [
        slug for slug in QUESTIONS if slug != "title"
    ]


async def test_own_questions_stand_after_the_place_and_a_change_replaces_them_all(api: Any) -> None:
    own = {"type": "text", "slug": "laenge", "label": "Haarlänge", "required": True}
    phone = {"type": "phone", "slug": "attendeePhoneNumber", "label": "Telefon", "required": True}
    made = (await create(api, bookingFields=[own])).data

    changed = await api("PATCH", f"/v2/event-types/{made['id']}", {"bookingFields": [phone]})

    slugs = [field["slug"] for field in made["bookingFields"]]
    assert slugs == [*QUESTIONS[:3], "laenge", *QUESTIONS[3:]]
    asked = {field["slug"]: field["isDefault"] for field in changed.data["bookingFields"]}
    assert "laenge" not in asked
    assert asked["attendeePhoneNumber"] is True


async def test_a_slug_is_kept_as_it_is_but_for_blanks_and_signs_before_it(api: Any) -> None:
    odd = (await create(api, slug="  -._Färben & Schneiden ")).data

    assert odd["slug"] == "Färben & Schneiden"
    assert odd["bookingUrl"].endswith("/anna/Färben & Schneiden")


async def test_an_unchanged_slug_of_ones_own_may_be_sent_again(api: Any) -> None:
    made = (await create(api)).data

    again = await api("PATCH", f"/v2/event-types/{made['id']}", {"slug": "schnitt"})

    assert again.status == 200


async def test_a_choice_of_lengths_need_not_contain_the_usual_one(api: Any) -> None:
    made = await create(api, lengthInMinutesOptions=[15, 45])

    assert made.status == 201
    assert made.data["lengthInMinutesOptions"] == [15, 45]
    assert made.data["metadata"] == {"multipleDuration": [15, 45]}


async def test_metadata_and_mail_settings_cannot_be_given_through_the_api(api: Any) -> None:
    made = await create(
        api, metadata={"mine": "1"}, emailSettings={"disableEmailsToAttendees": True}
    )

    assert made.status == 201
    assert made.data["metadata"] == {}
    assert "emailSettings" not in made.data


async def test_any_change_through_the_api_switches_the_mails_on_again(
    api: Any, sandbox: Sandbox
) -> None:
    cut = await api.event_type("schnitt")
    quiet = {"disableStandardEmails": {"all": {"host": True, "attendee": True}}}
    sandbox.control("set_event_type_metadata", eventTypeId=cut, metadata=quiet)
    await api.book(cut, TEN)
    while_quiet = len(sandbox.control("mails")["mails"])

    patched = await api("PATCH", f"/v2/event-types/{cut}", {"description": "x"})
    await api.book(cut, f"{DAY}T12:00:00Z")

    assert while_quiet == 0
    assert patched.data["metadata"] == {
        "disableStandardEmails": {"all": {"host": False, "attendee": False}}
    }
    assert len(sandbox.control("mails")["mails"]) == 2


async def test_a_confirmation_can_be_silenced_alone_then_the_cancellation_is_still_mailed(
    api: Any, sandbox: Sandbox
) -> None:
    cut = await api.event_type("schnitt")
    quiet = {"disableStandardEmails": {"confirmation": {"host": True, "attendee": True}}}
    sandbox.control("set_event_type_metadata", eventTypeId=cut, metadata=quiet)

    uid = (await api.book(cut, TEN)).data["uid"]
    after_booking = len(sandbox.control("mails")["mails"])
    await api.cancel(uid)

    assert (after_booking, len(sandbox.control("mails")["mails"])) == (0, 2)


@pytest.mark.parametrize(
    ("fields", "findings"),
    [
        ({"lengthInMinutes": 0}, {"lengthInMinutes": {"min"}}),
        ({"lengthInMinutes": "30"}, {"lengthInMinutes": {"min", "isInt"}}),
        ({"title": None, "slug": 5}, {"title": {"isString"}, "slug": {"isString"}}),
    ],
    ids=["too short", "a text", "no title"],
)
async def test_what_is_wrong_is_told_field_by_field(
    api: Any, fields: dict[str, object], findings: dict[str, set[str]]
) -> None:
    refused = await create(api, **fields)

    assert refused.said == (400, "Bad Request Exception")
    errors = refused.body["error"]["details"]["errors"]
    assert {one["property"]: set(one["constraints"]) for one in errors} == findings


async def test_a_place_of_an_unknown_kind_is_named(api: Any) -> None:
    refused = await create(api, locations=[{"type": "moon"}])

    assert refused.said == (
        400,
        "Unsupported location type 'moon'. Valid types are address, link, integration, and phone.",
    )


@pytest.mark.parametrize("hides", [{"required": False}, {"required": True, "hidden": True}])
async def test_the_question_for_the_address_cannot_be_dropped(
    api: Any, hides: dict[str, bool]
) -> None:
    refused = await create(api, bookingFields=[{"type": "email", "slug": "email", **hides}])

    assert refused.said == (
        400,
        "checkIsEmailUserAccessible - Email booking field must be required and visible",
    )


async def test_somebody_elses_schedule_cannot_be_used(api: Any) -> None:
    body = {"name": "Bens", "timeZone": "Europe/Berlin", "isDefault": False}
    foreign = (await api("POST", "/v2/schedules", body, key=BEN)).data["id"]

    refused = await create(api, scheduleId=foreign)

    assert refused.said == (404, f"User with ID=1 does not own schedule with ID={foreign}")


async def test_what_is_not_there_is_told_in_two_ways(api: Any) -> None:
    read = await api("GET", "/v2/event-types/4711")
    patched = await api("PATCH", "/v2/event-types/4711", {"title": "X"})
    deleted = await api("DELETE", "/v2/event-types/4711")

    assert read.said == patched.said == (404, "Event type with id 4711 not found")
    assert deleted.said == (404, "Event type with ID=4711 does not exist.")


async def test_a_deletion_shows_what_is_gone(api: Any) -> None:
    cut = await api.event_type("schnitt")

    gone = await api("DELETE", f"/v2/event-types/{cut}")

    assert gone.data == {"id": cut, "lengthInMinutes": 30, "slug": "schnitt", "title": "Schnitt"}
    assert (await api("GET", "/v2/event-types")).data == []


async def test_lists_are_of_oneself_of_somebody_or_empty(api: Any) -> None:
    await api.event_type("schnitt")
    await api.event_type("farbe")
    await api.event_type("bens", key=BEN)

    async def slugs(path: str, **more: Any) -> list[str]:
        return [one["slug"] for one in (await api("GET", f"/v2/event-types{path}", **more)).data]

    assert await slugs("") == ["schnitt", "farbe"]
    assert await slugs("", key=None) == []
    assert await slugs("?username=ben", key=None) == ["bens"]
    assert await slugs("?username=nobody") == []
    assert await slugs("?username=anna&eventSlug=farbe") == ["farbe"]
    assert await slugs("?sortCreatedAt=desc") == ["farbe", "schnitt"]


async def test_without_the_version_header_another_api_wants_other_fields(api: Any) -> None:
    body = {"title": "X", "slug": "x", "lengthInMinutes": 30}

    refused = await api("POST", "/v2/event-types", body, version=None)

    (finding,) = refused.body["error"]["details"]["errors"]
    assert (refused.status, finding["property"]) == (400, "length")
    assert set(finding["constraints"]) == {"min", "isNumber"}


async def test_reading_needs_a_key(api: Any) -> None:
    cut = await api.event_type("schnitt")

    for method in ("GET", "PATCH", "DELETE"):
        refused = await api(method, f"/v2/event-types/{cut}", key=None)

        assert refused.status == 401
        assert refused.message.startswith("ApiAuthStrategy - No authentication method provided.")


@pytest.mark.parametrize(
    "more",
    [
        {"seats": {"seatsPerTimeSlot": 4, "showAttendeeInfo": True, "showAvailabilityCount": True}},
        {"recurrence": {"interval": 1, "occurrences": 4, "frequency": "weekly"}},
    ],
)
async def test_what_the_sandbox_cannot_do_it_says_instead_of_dropping_it(
    api: Any, more: dict[str, object]
) -> None:
    wish = {"title": "Kurs", "slug": "kurs", "lengthInMinutes": 60}
    (name,) = more

    refused = await api("POST", "/v2/event-types", {**wish, **more})
    made = await api("POST", "/v2/event-types", {**wish, name: {"disabled": True}})

    assert refused.said == (400, f"The sandbox does not know '{name}' of event types.")
    assert made.status == 201


async def test_a_booking_at_once_is_refused_instead_of_becoming_an_ordinary_one(api: Any) -> None:
    cut = await api.event_type("schnitt")

    refused = await api.book(cut, "2026-11-26T09:00:00Z", instant=True)

    assert refused.said == (400, "The sandbox does not know 'instant' bookings.")
