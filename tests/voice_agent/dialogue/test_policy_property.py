"""Whatever callers and calendars do, in any order: no silence, no untrue word, one end."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking_core.domain.appointment import Customer
from booking_core.domain.booking import Booked
from booking_core.domain.orders import Cancelled, Moved
from booking_core.domain.slots import NoSlots, Obstacle, Reason, SlotsFound
from nlu import (
    Choice,
    Grain,
    Intent,
    IntentScore,
    Role,
    TimeExpression,
    Understanding,
    YesNo,
)
from prompts import problems
from voice_agent.dialogue import sentences
from voice_agent.dialogue.actions import (
    Book,
    Cancel,
    EndCall,
    FindSlots,
    LookUp,
    Move,
    NoteLate,
    NoteRequest,
    Say,
)
from voice_agent.dialogue.asked import ConfirmCancel, Consent, Retry
from voice_agent.dialogue.events import (
    BookingAnswered,
    CallerHungUp,
    CallerSilent,
    CallerSpoke,
    CancelAnswered,
    MoveAnswered,
    SlotsAnswered,
    Work,
    WorkFailed,
)
from voice_agent.dialogue.state import dump, load
from voice_agent.simulator.brevity import too_much

if TYPE_CHECKING:
    from collections.abc import Callable

    Said, World = Any, Any
    Begin = Callable[..., Any]

CALLER = "+4917139200044"
BERLIN = ZoneInfo("Europe/Berlin")
DAY = datetime(2025, 10, 28, tzinfo=BERLIN)
TIMES = (
    TimeExpression(start=DAY.replace(hour=14), grain=Grain.HOUR),
    TimeExpression(start=DAY.replace(day=30), grain=Grain.DAY),
    TimeExpression(start=time(11), grain=Grain.HOUR, about=True),
    TimeExpression(start=time(9), end=time(12), grain=Grain.HOUR),
    TimeExpression(grain=Grain.EARLIEST),
    TimeExpression(grain=Grain.SHIFT, shift_s=3600),
    TimeExpression(grain=Grain.SHIFT, direction=-1),
    TimeExpression(grain=Grain.WEEKDAY_SET, weekdays=(4,)),
    TimeExpression(grain=Grain.DURATION, duration_s=900),
    TimeExpression(start=DAY.replace(day=29), grain=Grain.DAY, role=Role.REJECT),
    TimeExpression(start=DAY.replace(day=20), grain=Grain.DAY),
    TimeExpression(start=datetime(2026, 8, 1, tzinfo=BERLIN), grain=Grain.MONTH),
    TimeExpression(
        start=DAY.replace(day=31, hour=10),
        grain=Grain.HOUR,
        conflict=True,
        alt=(TimeExpression(start=DAY.replace(hour=10), grain=Grain.HOUR),),
    ),
)
TEXTS = 7
SERVICES = ((177,), (42,), (436,), (433,), (41, 436), ())
NAMES = ("Vogt", "Kröger", "{x} <b>", "MAYR", "Sommer-Lanz")
CALENDARS = ("real", "real", "real", "broken", *Reason)
MOVES = ("done", "same", "taken", "failed", "undoing", "late", "gone", "outdated", "busy", "broken")
ANSWERS = Say | FindSlots | Book | LookUp | Cancel | Move | NoteLate | NoteRequest
FATES = ("booked", "booked", "taken", "failed", "broken")

moves = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["speak"] * 12 + ["yes"] * 4 + ["silent", "hang_up"]),
        "text": st.integers(0, TEXTS - 1),
        "intents": st.lists(st.sampled_from(list(Intent)), max_size=2),
        "service": st.none() | st.sampled_from(SERVICES),
        "score": st.sampled_from([1.0, 0.7, 0.3]),
        "staff": st.none() | st.sampled_from([("Emma",), ("Emma", "Oliver"), ("Nobody",), ()]),
        "times": st.lists(st.sampled_from(TIMES), max_size=2),
        "name": st.none() | st.sampled_from(NAMES),
        "yes_no": st.none() | st.sampled_from(list(YesNo)),
        "choice": st.none() | st.integers(1, 3),
        "interrupted": st.booleans(),
        "meanwhile": st.booleans(),
        "calendar": st.sampled_from(CALENDARS),
        "fate": st.sampled_from(FATES),
        "cancelled": st.sampled_from(["done", "done", "slow", "late", "gone", "busy", "broken"]),
        "moved": st.sampled_from(MOVES),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """What is listened for in one language."""

    language: str
    unbacked: re.Pattern[str]
    unchanged: re.Pattern[str]
    free: re.Pattern[str]
    texts: tuple[str, ...]
    """What callers may say, beside what is understood by hand."""


TONGUES = {
    "de": Tongue(
        language="de",
        unbacked=re.compile(r"(?<!nichts )(?<!nicht )\bgebucht\b"),
        unchanged=re.compile(r"\b(?:abgesagt|verlegt|geändert|storniert|verschoben)\b"),
        free=re.compile(r"\b(?:frei|vergeben|ausgebucht)\b", re.IGNORECASE),
        texts=(
            *("Wenn da frei ist, buchen Sie es bitte.", "wie gesagt", "Warum?", "Lang"),
            *("Sind Sie ein Mensch?", "noch dazu", "statt dessen"),
        ),
    ),
    "en": Tongue(
        language="en",
        unbacked=re.compile(r"(?<!nothing is )(?<!not )(?<!fully )\bbooked\b"),
        unchanged=re.compile(r"\b(?:cancelled|called off|moved|changed)\b"),
        free=re.compile(
            r"\b(?:free(?! of charge)|taken|available|gone|fully booked)\b", re.IGNORECASE
        ),
        texts=(
            *("If that is free, please book it.", "like I said", "Why?", "Long"),
            *("Are you a real person?", "and on top of that", "instead of that"),
        ),
    ),
}


class Watch:
    """Plays events one by one and checks every promise at every step."""

    def __init__(self, call: Any, said: Said, tongue: Tongue) -> None:
        self.call, self.said, self.tongue = call, said, tongue
        call.scene = replace(call.scene, language=tongue.language)
        call.state = replace(call.state, language=tongue.language)
        self.orders: dict[int, list[Book]] = {}
        self.lost: set[int] = set()
        self.told_booked: set[str] = set()
        self.turn: list[str] = []
        """What the caller hears between two things they say."""

    def play(self, move: dict[str, Any]) -> None:
        queue = [self._event(move)]
        while queue:
            if isinstance(queue[0], CallerSpoke):
                self._check_length()
            queue += self._happens(queue.pop(0), move)
        self._check_length()

    def _check_length(self) -> None:
        said = " ".join(self.turn)
        assert too_much(said) == (), said
        self.turn = []

    def _happens(self, event: Any, move: dict[str, Any]) -> list[Any]:
        before = self.call.state
        actions = self.call.step(event)
        after = self.call.state
        assert load(dump(after)) == after
        assert len(after.offers) <= 2
        spoken = [action.sentence for action in actions if isinstance(action, Say)]
        words = [sentences.words(sentence, language=self.tongue.language) for sentence in spoken]
        self.turn += words
        self._check_words(event, before, words)
        self._check_presence(event, before, actions)
        self._check_end(event, before, after, actions)
        results = [r for action in actions for r in self._carry_out(action, before, move)]
        return self._meanwhile(results, event, move)

    def _meanwhile(self, results: list[Any], event: Any, move: dict[str, Any]) -> list[Any]:
        """The caller may say something else before the result is there."""
        speaks = results and move["meanwhile"] and isinstance(event, CallerSpoke)
        if not speaks or event.during_work:
            return results
        words = self._understanding({**move, "yes_no": YesNo.YES})
        return [CallerSpoke(understanding=words, during_work=True), *results]

    def _check_words(self, event: Any, before: Any, words: list[str]) -> None:
        for sentence in words:
            assert problems(sentence) == (), sentence
        whole = " ".join(words)
        if isinstance(event, BookingAnswered) and isinstance(event.result, Booked):
            self.told_booked.add(whole)
        elif self.tongue.unbacked.search(whole):
            assert before.booked is not None
            assert whole == before.last_words
        if self.tongue.unchanged.search(whole):
            done = isinstance(event, CancelAnswered | MoveAnswered)
            assert done or whole == before.last_words, whole
            assert not done or isinstance(event.result, Cancelled | Moved), whole
        if self.tongue.free.search(whole):
            searched = isinstance(event, SlotsAnswered | BookingAnswered | MoveAnswered)
            assert searched or before.offers

    @staticmethod
    def _check_end(event: Any, before: Any, after: Any, actions: Any) -> None:
        """One end at a time, and after it an end again or a call that goes on."""
        ends = sum(isinstance(action, EndCall) for action in actions)
        assert ends <= 1
        assert after.ended or not ends
        if before.ended and isinstance(event, CallerSpoke | CallerSilent):
            assert ends == 1 or not after.ended

    def _check_presence(self, event: Any, before: Any, actions: Any) -> None:
        owed = not isinstance(event, CallerHungUp) and not self._hung_up(before, event)
        if owed:
            assert any(isinstance(action, ANSWERS) for action in actions), event

    @staticmethod
    def _hung_up(before: Any, event: Any) -> bool:
        return before.ended and not isinstance(event, CallerSpoke | CallerSilent)

    def _carry_out(  # noqa: PLR0911 - one row per action
        self, action: Any, before: Any, move: dict[str, Any]
    ) -> list[Any]:
        match action:
            case FindSlots():
                return [self._search(action, move["calendar"])]
            case Book():
                return self._book(action, before, move["fate"])
            case LookUp():
                return [self.call.world.look_up(action, self.call.scene.now)]
            case NoteRequest():
                return [self.call.world.note(action.order)]
            case NoteLate():
                return [self.call.world.note_late(action.order)]
            case Cancel():
                assert isinstance(before.question, ConfirmCancel | Retry)
                self.call.world.fates = [move["cancelled"]]
                return [self.call.world.cancel(action.order)]
            case Move():
                assert isinstance(before.question, Consent | Retry)
                assert action.order.plan == before.offer.plan
                self.call.world.fates = [move["moved"]]
                return [self.call.world.move(action.order)]
            case _:
                return []

    def _search(self, action: FindSlots, calendar: str) -> SlotsAnswered | WorkFailed:
        world = self.call.world
        real = world.find(action.query, self.call.scene.now)
        match calendar:
            case "real":
                return real
            case "broken":
                return WorkFailed(work=Work.SEARCH)
            case _:
                return self._hindered(real, Reason(calendar))

    def _hindered(self, real: SlotsAnswered, reason: Reason) -> SlotsAnswered:
        emma = next(m for m in self.call.world.salon.staff if m.first_name == "Emma")
        obstacle = Obstacle(
            reason=reason,
            start=DAY.replace(hour=14),
            staff_id=emma.id,
            latest=date(2026, 1, 25),
            earliest=DAY.replace(hour=10),
            opens=time(9),
            closes=time(18),
            holiday="Neujahr",
            qualified=(emma.id,),
        )
        if isinstance(real.answer, SlotsFound):
            return SlotsAnswered(answer=SlotsFound(offers=real.answer.offers, obstacle=obstacle))
        return SlotsAnswered(answer=NoSlots(obstacle=obstacle, searched=real.answer.searched))

    def _book(self, action: Book, before: Any, fate: str) -> list[Any]:
        version = int(action.order.key.rpartition(":")[2])
        assert before.draft.version == version
        if before.in_advance == version and before.work is Work.SEARCH:
            assert action.order.plan == self.call.state.offer.plan
        else:
            assert isinstance(before.question, Consent | Retry)
            assert action.order.plan == before.offer.plan
        earlier = self.orders.setdefault(version, [])
        assert not earlier or (version in self.lost and earlier[0] == action)
        earlier.append(action)
        self.call.world.fates = [fate]
        if fate == "broken":
            self.lost.add(version)
        return [self.call.world.book(action.order)]

    def _event(self, move: dict[str, Any]) -> Any:
        match move["kind"]:
            case "silent":
                return CallerSilent()
            case "hang_up":
                return CallerHungUp()
            case "yes":
                return CallerSpoke(understanding=self.said.yes())
            case _:
                return CallerSpoke(
                    understanding=self._understanding(move),
                    interrupted=move["interrupted"],
                    during_work=False,
                )

    def _understanding(self, move: dict[str, Any]) -> Understanding:
        said = self.said
        services = move["service"]
        return Understanding(
            text=self.tongue.texts[move["text"]],
            language=self.tongue.language,
            intents=tuple(IntentScore(intent=i, score=0.9) for i in move["intents"]),
            services=() if services is None else said.service(*services, score=move["score"]),
            staff=() if move["staff"] is None else said.staff(*move["staff"], score=move["score"]),
            times=tuple(move["times"]),
            name=said.name(move["name"]) if move["name"] else None,
            yes_no=move["yes_no"],
            choice=Choice(index=move["choice"]) if move["choice"] else None,
        )


@pytest.mark.inc(64)
@pytest.mark.inc(118)
@pytest.mark.parametrize("language", TONGUES)
@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    complete=st.booleans(),
    script=st.lists(moves, min_size=1, max_size=14),
)
def test_every_order_of_events_keeps_every_promise(
    complete: bool,  # noqa: FBT001 - drawn
    script: list[dict[str, Any]],
    begin: Begin,
    said: Said,
    language: str,
) -> None:
    call = begin(known=(Customer(name="Petra Vogt", phone=CALLER),) if complete else ())
    call.world.visits.clear()
    call.world.busy.clear()
    call.world.stand(177, "2025-10-30T16:00", "Emma", name="Petra Vogt")
    call.world.stand(434, "2025-11-01T10:00", "Fabian", name="Tim Vogt", code="C4C4C4")
    watch = Watch(call, said, TONGUES[language])
    watch.call.world.busy.clear()
    if complete:
        watch.call.says(
            said(services=said.service(177), times=TIMES[:1], name=said.name("Lanz")),
        )

    for move in script:
        watch.play(move)  # every promise is looked at after every step

    again = {version for version, orders in watch.orders.items() if len(orders) > 1}
    assert again <= watch.lost  # nothing is ordered twice unless the answer to it was lost
