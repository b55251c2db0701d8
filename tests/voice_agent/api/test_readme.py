"""What the README tells integrators to type is what works."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from booking_core.domain.errors import AppointmentOutdated
from booking_core.domain.orders import CancelAppointment

README = Path(__file__).resolve().parents[3] / "README.md"


async def test_the_snippet_of_the_readme_books_a_visit(api: Any) -> None:
    section = README.read_text(encoding="utf-8").partition("### Over the REST API")[2]
    found = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert found
    code = f"token = {api.token!r}\n" + found[1].replace("http://127.0.0.1:8080", api.url)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, complained = await process.communicate()
    listed = await api("GET", "/bookings")

    assert process.returncode == 0, complained.decode()
    assert "(2 von 4)" in said.decode()
    assert said.decode().startswith(listed.json["items"][0]["code"])


async def test_a_cancellation_of_another_version_cancels_nothing(api: Any, house: Any) -> None:
    made = (await api.book()).json
    order = CancelAppointment(
        key="other-version",
        branch_id=api.salon.branch.id,
        appointment_id=UUID(made["id"]),
        version=7,
    )
    with pytest.raises(AppointmentOutdated):
        await house.do(house.runtime.core.cancel(order))
    read = await api("GET", f"/bookings/{made['id']}")

    assert read.json["state"] == "booked"
