"""The state of a call is small, comes back from its text, and voids an old yes by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, get_args
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_agent.dialogue.asked import (
    AddService,
    AnythingElse,
    AskChange,
    AskEmail,
    AskName,
    AskProof,
    AskService,
    AskStaff,
    AskTime,
    AskWhat,
    CheckEmail,
    CheckName,
    CheckVisit,
    ChooseOffer,
    ChooseService,
    ChooseStaff,
    ChooseTime,
    ChooseVisit,
    ConfirmCancel,
    Consent,
    Question,
    Retry,
    SameAgain,
    SecondVisit,
)
from voice_agent.dialogue.events import Work
from voice_agent.dialogue.request import About, AskNumber, AskWho, CheckNumber, OfferRequest
from voice_agent.dialogue.state import CallState, Draft, dump, load, start
from voice_agent.dialogue.wish import Days, Hours, Wish, on

if TYPE_CHECKING:
    Call, Said = Any, Any

BERLIN = ZoneInfo("Europe/Berlin")
ONE, TWO = (uuid4(), uuid4())
TUESDAY = on(date(2025, 10, 28), Hours(at=time(14), about=True))
QUESTIONS = (
    AskWhat(),
    AskService(),
    ChooseService(options=(ONE, TWO), adds=True),
    AddService(services=(ONE,)),
    AskStaff(excluded=ONE),
    AskStaff(heard="Schneider"),
    ChooseStaff(options=(ONE, TWO)),
    AskTime(rounds=2),
    ChooseTime(readings=(TUESDAY, Wish(hours=Hours(start=time(9), end=time(12)))), conflict=True),
    ChooseOffer(),
    AskName(),
    CheckName(name="Kröger"),
    CheckEmail(email="lena@example.org"),
    AskEmail(),
    Consent(version=3, offer_id="x"),
    AskChange(),
    Retry(work=Work.BOOKING),
    AskProof(),
    ChooseVisit(options=(ONE, TWO)),
    CheckVisit(visit=ONE),
    ConfirmCancel(visit=ONE),
    SecondVisit(visit=ONE),
    SameAgain(services=(ONE, TWO), staff=TWO),
    OfferRequest(about=About.MEDICAL, waiting=True, topic="..."),
    AskNumber(digits="0176"),
    CheckNumber(phone="+4917604069012", own=True),
    AskWho(),
    AnythingElse(),
)

days = st.builds(
    lambda first, last, weekdays: Days(
        first=min(first, last), last=max(first, last), weekdays=weekdays
    ),
    st.dates(date(2025, 1, 1), date(2027, 1, 1)),
    st.dates(date(2025, 1, 1), date(2027, 1, 1)),
    st.lists(st.integers(0, 6), max_size=3, unique=True).map(tuple),
)
clocks = st.none() | st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 55]))
hours = st.builds(Hours, at=clocks, about=st.booleans(), start=clocks, end=clocks, ends_by=clocks)
wishes = st.builds(Wish, days=st.none() | days, hours=st.none() | hours)
ids = st.uuids().map(lambda found: UUID(str(found)))
drafts = st.builds(
    Draft,
    services=st.lists(ids, max_size=2).map(tuple),
    staff=st.none() | ids,
    wishes=st.lists(wishes, max_size=3).map(tuple),
    avoid=st.lists(wishes, max_size=2).map(tuple),
    name=st.none() | st.text(max_size=20),
    version=st.integers(0, 99),
)


@given(draft=drafts, question=st.none() | st.sampled_from(QUESTIONS), turn=st.integers(0, 50))
def test_what_is_written_is_read_back(draft: Draft, question: Any, turn: int) -> None:
    state = replace(start(call_id="call_7"), draft=draft, question=question, turn=turn)

    assert load(dump(state)) == state


def test_every_question_can_be_kept() -> None:
    kinds = {type(question) for question in QUESTIONS}

    assert kinds == set(get_args(get_args(Question)[0]))


def test_a_state_in_the_middle_of_a_call_stays_small(call: Call, said: Said) -> None:
    call.says(said(services=said.service(177), times=said.at("2025-10-30"), name=said.name("Vogt")))

    assert len(dump(call.state)) < 16_000


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '[{"call_id": 7}]', "[[]]"])
def test_what_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        load(text)


def test_a_change_makes_a_new_version() -> None:
    state = start(call_id="call_7")

    assert state.amend(replace(state.draft, name="Vogt")).draft.version == 1


def test_the_same_again_is_no_change() -> None:
    state = start(call_id="call_7").amend(Draft(name="Vogt"))

    assert state.amend(replace(state.draft, name="Vogt")) is state


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({"name": "Vogt"}, True),
        ({"email": "v@example.org"}, True),
        ({"wishes": (TUESDAY,)}, False),
        ({"services": (ONE,)}, False),
        ({"staff": TWO}, False),
        ({"refused": (datetime(2025, 10, 28, 14, tzinfo=BERLIN),)}, False),
    ],
)
def test_only_what_a_search_depends_on_drops_the_offers(
    call: Call,
    said: Said,
    change: dict[str, Any],
    kept: bool,  # noqa: FBT001 - expected value
) -> None:
    call.says(said(services=said.service(177), times=said.at("2025-10-28 14:00")))
    state: CallState = call.state

    after = state.amend(replace(state.draft, **change))

    assert bool(after.offers) is kept
    assert (after.offer is not None) is kept
