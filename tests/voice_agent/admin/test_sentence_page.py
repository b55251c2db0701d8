"""Sentences in the salon's own words: checked, heard before, said in calls, and taken back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from voice_agent.dialogue import sentences
from voice_agent.dialogue.salon_script import SalonScript
from voice_agent.dialogue.script import CallFacts

if TYPE_CHECKING:
    from collections.abc import Callable

GREETING = "/admin/settings/sentences/de/greeting"
OURS = "Moin bei {{ salon | plain }}, hier ist die digitale Assistentin. Was darf es sein?"


async def greeted(house: Any) -> str:
    salon = await house.do(house.runtime.salons.by_id(house.salon.branch.id))
    facts = CallFacts(call_id="one", salon=salon)
    return SalonScript().words(sentences.greeting(salon), facts)


def place(page: str) -> str:
    """The placeholder of the salon's name as the page names it."""
    found = re.search(r"\{\{ salon[^}]*\}\}", page)
    assert found, page
    return found[0]


async def test_an_own_greeting_is_said_from_the_next_call_on_and_can_be_taken_back(
    owner: Any, house: Any
) -> None:
    before = await greeted(house)
    _, page = await owner.get(GREETING)
    ours = re.sub(r"\{\{.*?\}\}", place(page), OURS)

    status, _ = await owner.send(GREETING, {"phrasing": ours})
    said = await greeted(house)
    await owner.send(GREETING, {"standard": "yes"})

    assert status == 200
    assert said.startswith(f"Moin bei {house.salon.branch.name}, hier ist die digitale")
    assert await greeted(house) == before
    _, page = await owner.get(GREETING)
    assert "Moin bei" in page  # among the versions


async def test_a_preview_is_heard_and_not_yet_said(owner: Any, house: Any) -> None:
    before = await greeted(house)
    _, page = await owner.get(GREETING)
    ours = re.sub(r"\{\{.*?\}\}", place(page), OURS)

    _, page = await owner.send(GREETING, {"phrasing": ours, "hear": "yes"})

    assert f"Moin bei {house.salon.branch.name}" in page
    assert await greeted(house) == before


@pytest.mark.parametrize(
    "phrasing",
    [
        "Moin, hier ist die digitale Assistentin.",
        "{{ salon.__class__ }} ist die digitale Assistentin.",
        "{% for x in y %}digitale{% endfor %}",
        "",
    ],
)
async def test_what_would_lose_a_fact_or_run_something_is_refused(
    owner: Any, house: Any, phrasing: str
) -> None:
    before = await greeted(house)

    status, page = await owner.send(GREETING, {"phrasing": phrasing})

    assert status == 422
    assert 'id="phrasing-wrong"' in page
    assert await greeted(house) == before


async def test_a_greeting_that_hides_the_machine_is_refused(owner: Any) -> None:
    _, page = await owner.get(GREETING)

    status, page = await owner.send(
        GREETING, {"phrasing": f"Moin bei {place(page)}, hier ist Emma. Was darf es sein?"}
    )

    assert status == 422
    assert "digitale Assistentin spricht" in page


async def test_a_sentence_without_proof_may_not_say_booked(owner: Any) -> None:
    status, page = await owner.send(
        "/admin/settings/sentences/de/complaint", {"phrasing": "Ihr Termin ist gebucht."}
    )

    assert status == 422
    assert "sicher weiß" in page


async def test_the_sentences_keep_nobody_out(
    house: Any, look: Callable[..., Any], obstacles: Callable[..., Any]
) -> None:
    async with look(house, "/admin/settings/sentences") as page:
        assert await obstacles(page) == []
        await page.goto(house.url + GREETING)
        assert await obstacles(page) == []
