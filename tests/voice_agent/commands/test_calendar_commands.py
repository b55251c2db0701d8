"""`voice-agent calcom sync` and `drift`, as the processes that people and scripts run."""

from __future__ import annotations

import json
from typing import Any

CUTTING = "friseur1-ber-435-a-emma"


async def test_sync_and_drift_tell_by_words_and_by_status(shell: Any, redis: Any) -> None:
    first = await shell("calcom", "sync")
    await redis.flushall()  # the minute is over in which Cal.com answers so many and no more
    before = shell.written()
    second = await shell("calcom", "sync", "--salon", "friseur1")
    unchanged = shell.written() == before
    await shell.change(CUTTING, "emma", lengthInMinutes=55, hidden=False)

    told = await shell("calcom", "drift", "--json")
    await redis.flushall()
    repaired = await shell("calcom", "drift", "--fix")
    clean = await shell("calcom", "drift")

    assert [one.status for one in (first, second, told, repaired, clean)] == [0, 0, 1, 0, 0]
    assert "182 created" in first.said
    assert "182 unchanged" in second.said
    assert unchanged, "the second run only asks"
    (report,) = json.loads(told.said)["salons"]
    assert (report["salon"], report["clean"], report["unbookable"]) == ("friseur1", False, [])
    assert [(one["fault"], one["subject"], one["repaired"]) for one in report["deviations"]] == [
        ("length", CUTTING, None),
        ("visible", CUTTING, None),
    ]
    assert f"repaired: length: {CUTTING} (lengthInMinutes = 55 instead of" in repaired.said
    assert f"repaired: visible: {CUTTING}" in repaired.said
    assert clean.said == "friseur1: everything is as it should be\n"


async def test_without_an_external_calendar_there_is_nothing_to_hold_to_the_salon(
    shell: Any,
) -> None:
    shell.env["CALENDAR"] = "local"

    told = await shell("calcom", "drift")

    assert told.status == 1
    assert "CALENDAR=local" in told.complained


async def test_sync_counts_with_the_servers_and_lets_cal_com_write_to_them(
    shell: Any, redis: Any
) -> None:
    shell.env |= {"PUBLIC_URL": "https://salon.example", "CALCOM_WEBHOOK_SECRET": "geheim"}

    first = await shell("calcom", "sync")
    second = await shell("calcom", "sync")

    counted = [await redis.zcard(name) for name in await redis.keys("allowance:*:sent")]
    assert len(counted) == 5  # one for each key
    assert all(counted)
    assert "5 webhook subscriptions changed" in first.said
    assert "0 webhook subscriptions changed" in second.said
