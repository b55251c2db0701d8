"""From the wish to the visit: availability, holds, booking, changing, cancelling."""

from __future__ import annotations

from typing import Any


async def test_services_and_staff_are_those_of_the_salon(api: Any) -> None:
    services = await api("GET", "/services")
    staff = await api("GET", "/staff")
    colour = next(one for one in services.json["items"] if one["number"] == 177)
    one = await api("GET", f"/services/{colour['id']}")

    assert services.status == 200
    assert len(services.json["items"]) == 18
    assert colour["composite"] is True
    assert colour["minutes"] == 150
    assert {person["first_name"] for person in staff.json["items"]} >= {"Emma", "Jule"}
    assert one.json == colour


async def test_an_asked_start_that_fits_is_offered_with_its_segments(api: Any) -> None:
    found = await api(
        "POST",
        "/availability",
        {
            "service_ids": [api.service(177)],
            "staff_ids": [api.staff("emma")],
            "start": "2026-11-25T14:00:00+01:00",
        },
    )

    assert found.status == 200, found.raw
    option = found.json["options"][0]
    assert found.json["why_not"] is None
    assert option["is_wish"] is True
    assert option["plan"]["start"] == "2026-11-25T14:00:00+01:00"
    assert option["plan"]["composite"] is True
    assert [one["minutes"] for one in option["plan"]["segments"]] == [30, 15, 30, 30]
    assert option["plan"]["segments"][0]["pause"]["minutes"] == 30
    assert option["price_cents"] == 8500


async def test_a_start_that_cannot_be_has_a_reason_and_alternatives(api: Any) -> None:
    found = await api(
        "POST",
        "/availability",
        {"service_ids": [api.service(177)], "start": "2026-11-29T14:00:00+01:00"},
    )

    assert found.json["why_not"]["code"] == "closed_day"
    assert "geschlossen" in found.json["why_not"]["detail"]
    assert found.json["options"]
    assert not any(option["is_wish"] for option in found.json["options"])


async def test_a_booking_has_all_its_segments_and_one_identity(api: Any) -> None:
    option = await api.offer()
    customer = {"name": "Vera Sommer", "phone": "+4917139200017", "email": "vera@example.com"}
    made = await api(
        "POST",
        "/bookings",
        {"offer": {"token": option["token"]}, "customer": customer, "note": "Kommt mit Hund"},
    )
    read = await api("GET", f"/bookings/{made.json['id']}")

    assert made.status == 201, made.raw
    assert made.headers["Location"] == f"/api/v2/bookings/{made.json['id']}"
    assert made.headers["ETag"] == made.json["etag"] == '"1-booked"'
    assert made.json["state"] == "booked"
    assert made.json["customer"] == customer
    assert made.json["note"] == "Kommt mit Hund"
    assert len(made.json["plan"]["segments"]) == 4
    assert read.json == made.json
    assert read.headers["ETag"] == made.json["etag"]


async def test_a_time_that_is_booked_is_taken_and_others_are_offered(api: Any) -> None:
    options = [
        await api.offer(staff_ids=[api.staff("emma")], start="2026-11-25T14:00:00+01:00")
    ] * 2
    bodies = [
        {"offer": {"token": option["token"]}, "customer": {"name": name}}
        for option, name in zip(options, ["Vera Sommer", "Karin Winter"], strict=True)
    ]
    first = await api("POST", "/bookings", bodies[0])
    second = await api("POST", "/bookings", bodies[1])

    assert first.status == 201
    assert second.status == 409
    assert second.code == "taken"
    assert second.json["facts"]["alternatives"][0]["token"]


async def test_what_is_held_is_not_offered_to_others_and_becomes_a_booking(api: Any) -> None:
    wish = {"staff_ids": [api.staff("emma")], "start": "2026-11-25T14:00:00+01:00"}
    option = await api.offer(**wish)
    hold = await api("POST", "/holds", {"tokens": [option["token"]]})
    meanwhile = await api("POST", "/availability", {"service_ids": [api.service(177)], **wish})
    stolen = await api(
        "POST",
        "/bookings",
        {"offer": {"token": option["token"]}, "customer": {"name": "Karin Winter"}},
    )
    booked = await api(
        "POST",
        "/bookings",
        {"offer": {"hold_id": hold.json["id"]}, "customer": {"name": "Vera Sommer"}},
    )

    assert hold.status == 201, hold.raw
    assert 0 < hold.json["seconds_left"] <= 180
    assert meanwhile.json["why_not"]["code"] == "taken"
    assert stolen.code == "taken"
    assert booked.status == 201, booked.raw


async def test_a_booking_knows_whether_a_person_was_wished_for(api: Any) -> None:
    whoever = await api.book(start="2026-11-25T14:00:00+01:00")
    wished = await api.book(
        name="Karin Winter", staff_ids=[api.staff("emma")], start="2026-11-26T14:00:00+01:00"
    )

    assert (whoever.json["anyone"], wished.json["anyone"]) == (True, False)


async def test_a_hold_remembers_whether_a_person_was_wished_for(api: Any) -> None:
    found = []
    for day, staff in ((25, []), (26, [api.staff("emma")])):
        wish = {"staff_ids": staff, "start": f"2026-11-{day}T14:00:00+01:00"}
        tokens = [(await api.offer(**wish))["token"]]
        hold = await api("POST", "/holds", {"tokens": tokens})
        order = {"offer": {"hold_id": hold.json["id"]}, "customer": {"name": "Vera Sommer"}}
        made = await api("POST", "/bookings", order)
        read = await api("GET", f"/bookings/{made.json['id']}")
        found.append(read.json["anyone"])

    assert found == [True, False]


async def test_a_hold_that_is_given_back_frees_its_time(api: Any) -> None:
    option = await api.offer()
    hold = await api("POST", "/holds", {"tokens": [option["token"]]})
    gone = await api("DELETE", f"/holds/{hold.json['id']}")
    again = await api("GET", f"/holds/{hold.json['id']}")
    other = await api("POST", "/holds", {"tokens": [option["token"]]})

    assert (gone.status, again.status, other.status) == (204, 404, 201)


async def test_a_dry_run_says_what_would_be_booked_and_books_nothing(api: Any) -> None:
    option = await api.offer()
    body = {"offer": {"token": option["token"]}, "customer": {"name": "Vera Sommer"}}
    dry = await api("POST", "/bookings", {**body, "dry_run": True}, key="one")
    none = await api("GET", "/bookings")
    real = await api("POST", "/bookings", body, key="one")
    late = await api("POST", "/bookings", {**body, "dry_run": True})

    assert dry.status == 200, dry.raw
    assert dry.json["plan"] == option["plan"]
    assert none.json["items"] == []
    assert real.status == 201
    assert late.code == "taken"


async def test_a_booking_is_moved_by_its_version_only(api: Any) -> None:
    made = (await api.book()).json
    path = f"/bookings/{made['id']}"
    option = await api.offer(start="2026-11-26T14:00:00+01:00", moving_booking_id=made["id"])
    body = {"offer": {"token": option["token"]}}
    unversioned = await api("POST", f"{path}/reschedule", body)
    moved = await api("POST", f"{path}/reschedule", body, headers={"If-Match": made["etag"]})
    stale = await api("POST", f"{path}/cancel", {}, headers={"If-Match": made["etag"]})

    assert unversioned.code == "if_match_required"
    assert moved.status == 200, moved.raw
    assert moved.json["version"] == 2
    assert moved.json["plan"]["start"] == "2026-11-26T14:00:00+01:00"
    assert stale.status == 412
    assert stale.json["facts"]["current"] == moved.json
    assert stale.headers["ETag"] == moved.json["etag"]


async def test_a_booking_may_move_into_its_own_time(api: Any) -> None:
    wish = {"staff_ids": [api.staff("emma")]}
    made = (await api.book(start="2026-11-25T14:00:00+01:00", **wish)).json
    option = await api.offer(
        start="2026-11-25T14:15:00+01:00", moving_booking_id=made["id"], **wish
    )
    moved = await api(
        "POST",
        f"/bookings/{made['id']}/reschedule",
        {"offer": {"token": option["token"]}},
        headers={"If-Match": made["etag"]},
    )

    assert moved.status == 200, moved.raw
    assert moved.json["plan"]["start"] == "2026-11-25T14:15:00+01:00"


async def test_a_cancelled_booking_frees_its_time(api: Any) -> None:
    made = (await api.book()).json
    path, versioned = f"/bookings/{made['id']}/cancel", {"If-Match": made["etag"]}
    dry = await api("POST", path, {"dry_run": True}, headers=versioned)
    gone = await api("POST", path, {"reason": "Krank"}, headers=versioned)
    again = await api.book(name="Karin Winter")

    assert dry.status == 200
    assert gone.status == 200, gone.raw
    assert gone.json["state"] == "cancelled"
    assert again.status == 201


async def test_it_is_too_late_to_cancel_on_the_same_day(api: Any) -> None:
    made = (await api.book(start="2026-11-24T14:00:00+01:00")).json
    late = await api(
        "POST", f"/bookings/{made['id']}/cancel", {}, headers={"If-Match": made["etag"]}
    )

    assert late.code == "too_late"
    assert late.json["facts"]["limit_hours"] == 24


async def test_the_same_customer_at_the_same_time_is_asked_about(api: Any) -> None:
    customer = {"name": "Vera Sommer", "phone": "+4917139200017"}
    wish = {"start": "2026-11-25T14:30:00+01:00"}
    option = await api.offer(431, staff_ids=[api.staff("emma")], **wish)
    body = {"offer": {"token": option["token"]}, "customer": customer}
    first = await api("POST", "/bookings", body)
    other = await api.offer(431, staff_ids=[api.staff("oliver")], **wish)
    body = {"offer": {"token": other["token"]}, "customer": customer}
    second = await api("POST", "/bookings", body)
    dry = await api("POST", "/bookings", {**body, "dry_run": True})
    meant = await api("POST", "/bookings", {**body, "on_purpose": True})

    assert second.code == dry.code == "already_there"
    assert second.json["facts"]["booking_id"] == first.json["id"]
    assert meant.status == 201


async def test_a_move_onto_another_visit_of_the_customer_is_asked_about(api: Any) -> None:
    customer = {"name": "Vera Sommer", "phone": "+4917139200017"}
    first = await api.offer(431, staff_ids=[api.staff("emma")], start="2026-11-25T14:30:00+01:00")
    later = await api.offer(431, staff_ids=[api.staff("oliver")], start="2026-11-25T16:30:00+01:00")
    standing, moving = [
        (await api("POST", "/bookings", {"offer": {"token": one["token"]}, "customer": customer}))
        for one in (first, later)
    ]
    there = await api.offer(
        431,
        staff_ids=[api.staff("oliver")],
        start="2026-11-25T14:30:00+01:00",
        moving_booking_id=moving.json["id"],
    )
    path, versioned = f"/bookings/{moving.json['id']}", {"If-Match": moving.json["etag"]}
    body = {"offer": {"token": there["token"]}}
    refused = await api("POST", f"{path}/reschedule", body, headers=versioned)
    dry = await api("POST", f"{path}/reschedule", {**body, "dry_run": True}, headers=versioned)
    unmoved = await api("GET", path)
    meant = await api("POST", f"{path}/reschedule", {**body, "on_purpose": True}, headers=versioned)

    assert (refused.status, refused.code, dry.code) == (409, "already_there", "already_there")
    assert refused.json["facts"]["booking_id"] == standing.json["id"]
    assert unmoved.json == moving.json
    assert meant.status == 200, meant.raw
    assert meant.json["plan"]["start"] == "2026-11-25T14:30:00+01:00"
