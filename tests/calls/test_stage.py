"""The stage tells the truth: what is not as written is found, and nothing leaks between files."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from sqlalchemy import func, select, text

from booking_core.adapters.postgres.booking_tables import appointment
from booking_core.adapters.postgres.salon_tables import customer
from voice_agent.simulator.backdrop import BackdropImpossible
from voice_agent.simulator.replay_yaml import parse_replay
from voice_agent.simulator.report import print_verdict

if TYPE_CHECKING:
    from voice_agent.simulator.report import Verdict
    from voice_agent.simulator.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

ONE_BREATH = (Path(__file__).parent / "one_breath.yaml").read_text(encoding="utf-8")
SHORT = """
call: Ein kurzer Anruf
salon: friseur1
at: 2026-04-14T09:00:00+02:00
from: "+493023125070"
turns: [{caller: "Auf Wiederhören."}]
"""


async def replayed(stage: Stage, text: str) -> Verdict:
    return await stage.replay(parse_replay(text, name="test.yaml"))


@pytest.mark.parametrize(
    ("written", "changed", "complaint"),
    [
        ("says: [gebucht]", "says: [storniert]", 'turn 3: "storniert" was not said'),
        ("never: [gebucht, eingetragen]", "never: [Emma]", 'turn 2: "Emma" was said'),
        ('start: "2026-04-15T14:00"', 'start: "2026-04-15T15:00"', "starts 2026-04-15T14:00"),
        ("staff: Emma Lindner", "staff: Dilara Yıldız", "staff is Emma Lindner"),
        ("segments: 4", "segments: 3", "segments are 4"),
        ("customer: Henrike Brinkmann", "customer: Brinkmann", "customer is Henrike Brinkmann"),
        ("accepted: 4", "accepted: 5", "accepted at Cal.com: 5 expected, 4 found"),
        ("cancelled: 0", "cancelled: 1", "cancelled at Cal.com: 1 expected, 0 found"),
        ("{confirmation: 1}", "2", "mails: 2 expected, 1 found ({'confirmation': 1})"),
        ("{confirmation: 1}", "{cancellation: 1}", "cancellation mails: 1 expected, 0 found"),
        ("callbacks: 0", "callbacks: 1", "callbacks: 1 expected, 0 found"),
        ("waiting_list: 0", "waiting_list: 2", "entries on the waiting list: 2 expected, 0 found"),
        ("[technisch,", "[Morgenrot,", '"Morgenrot" was said'),
    ],
)
async def test_what_is_not_as_written_is_found(
    stage: Stage, written: str, changed: str, complaint: str
) -> None:
    assert ONE_BREATH.count(written) == 1

    verdict = await replayed(stage, ONE_BREATH.replace(written, changed))

    assert not verdict.passed
    assert any(complaint in found for found in verdict.complaints), verdict.complaints


async def test_the_example_that_explains_the_format_is_a_call_that_passes(stage: Stage) -> None:
    page = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
    example = page.partition("```yaml\n")[2].partition("```")[0]

    verdict = await replayed(stage, example)

    assert verdict.passed, verdict.complaints


async def test_an_appointment_nobody_wrote_down_is_found(stage: Stage) -> None:
    head, _, _ = ONE_BREATH.partition("expect:")

    verdict = await replayed(stage, f"{head}expect: {{appointments: []}}\n")

    assert verdict.complaints == [
        "unexpected appointment: 177 2026-04-15T14:00 Emma Lindner (4 segments, booked)"
    ]


async def test_the_same_file_gives_the_same_call_every_time(stage: Stage) -> None:
    """But for what is said while a search takes long, which is up to the machine."""
    first, second = [await replayed(stage, ONE_BREATH) for _ in range(2)]

    said = [[answer.text for answer in run.callers[0].call.answers] for run in (first, second)]
    assert first.passed
    assert len(said[0]) == len(said[1])
    assert all(a.endswith(b) or b.endswith(a) for a, b in zip(*said, strict=True)), said
    assert first.aftermath == second.aftermath
    assert first.notes == second.notes


async def test_nothing_is_left_for_the_next_file(stage: Stage) -> None:
    await replayed(stage, ONE_BREATH)
    verdict = await replayed(stage, SHORT)

    async with stage.runtime.engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(appointment)) == 0
        assert await connection.scalar(select(func.count()).select_from(customer)) == 0
    assert verdict.aftermath.appointments == ()
    assert stage.sandbox.control("dump")["bookings"] == []
    assert list(stage.runtime.mail_dir.glob("*.eml")) == []


async def test_settings_of_one_file_are_not_those_of_the_next(stage: Stage) -> None:
    await replayed(
        stage, f"{SHORT}before: {{settings: {{services: {{177: {{pause_policy: blocked}}}}}}}}\n"
    )
    changed = await stage.runtime.salons.by_key("friseur1")
    await replayed(stage, SHORT)
    restored = await stage.runtime.salons.by_key("friseur1")

    assert changed.service_numbered(177).pause_policy == "blocked"
    assert restored.service_numbered(177).pause_policy == "free"


async def test_appointments_from_before_stand_and_are_not_counted_as_the_callers(
    stage: Stage,
) -> None:
    before = """
before:
  appointments:
    - {service: 177, start: "2026-04-15T14:00", staff: Emma Lindner, customer: Vera Sievers,
       email: sievers@example.org}
expect: {appointments: [], calcom: {accepted: 0, cancelled: 0}, mails: 0}
"""

    verdict = await replayed(stage, SHORT + before)

    assert verdict.complaints == []
    (standing,) = verdict.aftermath.appointments
    assert (standing.customer, standing.untouched) == ("Vera Sievers", True)
    assert len(stage.sandbox.control("dump")["bookings"]) == 4
    assert len(list(stage.runtime.mail_dir.glob("*.eml"))) == 1


@pytest.mark.parametrize(
    ("before", "problem"),
    [
        (
            "appointments: [{service: 177, start: '2026-04-13T14:00', staff: Emma}]",
            "before.appointments[0] does not fit",
        ),
        ("appointments: [{service: 999, start: '2026-04-15T14:00'}]", "has no service 999"),
        (
            "absences: [{staff: Frieda, start: '2026-04-15T09:00', end: '2026-04-15T10:00'}]",
            "has no (one) Frieda; there are Emma Lindner",
        ),
        ("settings: {services: {999: {active: false}}}", "has no service 999"),
    ],
)
async def test_what_cannot_have_been_before_is_said(
    stage: Stage, before: str, problem: str
) -> None:
    with pytest.raises(BackdropImpossible) as caught:
        await replayed(stage, f"{SHORT}before: {{{before}}}\n")

    assert problem in str(caught.value)


async def test_a_failing_call_is_shown_with_what_was_understood_and_done(stage: Stage) -> None:
    verdict = await replayed(stage, ONE_BREATH.replace("says: [gebucht]", "says: [storniert]"))

    page = StringIO()
    print_verdict(Console(file=page, width=300), verdict)

    assert "FAIL" in page.getvalue()
    assert "services: Ansatzfärbung" in page.getvalue()
    assert "FindSlots" in page.getvalue()
    assert '"storniert" was not said' in page.getvalue()


async def test_bookings_of_a_calendar_that_was_down_are_undone_once_it_is_back(
    stage: Stage,
) -> None:
    file = (Path(__file__).parent / "segment_refused.yaml").read_text(encoding="utf-8")

    verdict = await replayed(stage, file)

    async with stage.runtime.engine.connect() as connection:
        claims = await connection.scalar(text("SELECT count(*) FROM claim WHERE state = 'final'"))
    assert verdict.passed, verdict.complaints
    assert claims == 0
