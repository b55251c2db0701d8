"""Webhooks, inbound questions and function calls leave the simulator as Retell would send them."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from retell.lib import webhook_auth

from voice_agent.simulator.functions import (
    LONGEST_ANSWER,
    FunctionCaller,
    Payload,
    made_up,
)
from voice_agent.simulator.phone import PhoneCall
from voice_agent.simulator.post import Effort, Mishaps, Order, Post, deliver
from voice_agent.simulator.records import Record, Shape
from voice_agent.simulator.ringing import Connected, FellBack, Rejected, ring
from voice_agent.simulator.signing import HEADER, Flaw, Signer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from voice_agent.simulator.retell import RetellCall

    Frame = dict[str, Any]
    Calling = Callable[..., AbstractAsyncContextManager[RetellCall]]

RETELL = Path(__file__).resolve().parents[3].parent / "shared" / "reference" / "retell"
KEY = "key_of_the_test"
PHONE = PhoneCall(
    base_url="ws://nowhere.invalid", to_number="+493023125000", from_number="+4930555001"
)
WORDS = ({"role": "user", "content": "Grüß Gott"}, {"role": "agent", "content": "Gern."})
RECORD = Record(
    phone=PHONE,
    ending="user_hangup",
    plain=WORDS,
    woven=(*WORDS, {"role": "dtmf", "digit": "4"}),
    latencies_ms=[80.0, 120.0, 400.0],
    duration_ms=61_500,
    ended_ms=1_795_600_061_500,
)
QUICK = Effort(timeout_s=5.0)


@dataclass
class Hook:
    """A server that writes down what it gets and answers as it is told to."""

    url: str
    answers: list[Any] = field(default_factory=list)
    """Statuses, texts, or seconds to be slow; the last one goes on for ever."""
    requests: list[tuple[str, bytes, str | None]] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)

    async def receive(self, request: web.Request) -> web.Response:
        raw = await request.read()
        self.requests.append((request.method, raw, request.headers.get(HEADER)))
        self.queries.append(dict(request.query))
        answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        match answer:
            case int():
                return web.Response(status=answer)
            case float():
                await asyncio.sleep(answer)
                return web.Response()
            case _:
                return web.Response(text=answer, content_type="application/json")

    @property
    def events(self) -> list[str]:
        return [json.loads(raw)["event"] for _, raw, _ in self.requests]


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    found = Hook(url="", answers=[200])
    app = web.Application()
    app.router.add_route("*", "/hook", found.receive)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield found
    await runner.cleanup()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def post(session: aiohttp.ClientSession) -> Post:
    return Post(session=session, signer=Signer(key=KEY), effort=QUICK)


def verifies(raw: bytes, header: str | None) -> bool:
    """Whether Retell's own library takes it."""
    verified: bool = webhook_auth.symmetric["verify"](raw.decode(), KEY, header or "")
    return verified


async def test_every_webhook_is_compact_utf_8_signed_over_its_very_bytes(
    post: Post, hook: Hook
) -> None:
    await deliver(post, hook.url, RECORD.letters())

    assert hook.events == ["call_started", "transcript_updated", "call_ended", "call_analyzed"]
    for _, raw, header in hook.requests:
        assert verifies(raw, header)
        assert b'", "' not in raw
    assert "Grüß Gott".encode() in hook.requests[2][1]


@pytest.mark.parametrize("flaw", [flaw for flaw in Flaw if flaw is not Flaw.NONE])
def test_each_flaw_makes_a_signature_that_retells_library_refuses(flaw: Flaw) -> None:
    raw = RECORD.letters()[0].raw

    good, bad = (Signer(key=KEY, flaw=one).headers(raw).get(HEADER) for one in (Flaw.NONE, flaw))

    assert verifies(raw, good)
    assert not verifies(raw, bad)


async def test_events_come_late_twice_in_another_order_or_never(post: Post, hook: Hook) -> None:
    letters = RECORD.letters()
    backwards = Mishaps(order=Order.BACKWARDS, doubled=frozenset({"call_ended"}))
    await deliver(post, hook.url, letters, backwards)
    first = hook.events
    hook.requests.clear()
    await deliver(
        post,
        hook.url,
        letters,
        Mishaps(lost=frozenset({"call_started"}), late_s={"transcript_updated": 1.0}),
    )

    assert first == [
        "call_analyzed",
        "call_ended",
        "call_ended",
        "transcript_updated",
        "call_started",
    ]
    assert Counter(hook.events) == Counter(letter.event for letter in letters[1:])
    assert hook.events.index("call_ended") == 0


async def test_the_same_seed_shuffles_alike(post: Post, hook: Hook) -> None:
    orders = []
    for seed in (1, 1, 2, 3, 4):
        hook.requests.clear()
        await deliver(post, hook.url, RECORD.letters(), Mishaps(order=Order.SHUFFLED, seed=seed))
        orders.append(tuple(hook.events))

    assert orders[0] == orders[1]
    assert len(set(orders)) > 1


async def test_a_webhook_that_is_not_taken_is_sent_three_times_more(post: Post, hook: Hook) -> None:
    hook.answers = [500]

    started, *_, analyzed = await deliver(post, hook.url, RECORD.letters())

    assert [attempt.status for attempt in started.attempts] == [500] * 4
    assert not analyzed.taken
    assert Counter(hook.events)["call_analyzed"] == 4


async def test_an_event_that_fails_does_not_hold_back_the_next_one(hook: Hook) -> None:
    hook.answers = [3.0, 200]
    hurried = Effort(timeout_s=0.2, retries=2, spacing_s=(1.0,))

    async with aiohttp.ClientSession() as session:
        post = Post(session=session, signer=Signer(key=KEY), effort=hurried)
        deliveries = await deliver(post, hook.url, RECORD.letters())

    assert hook.events[:2] == ["call_started", "transcript_updated"]
    assert Counter(hook.events)["call_started"] == 2
    assert [attempt.status for attempt in deliveries[0].attempts] == [None, 200]


@pytest.mark.parametrize("anew", [True, False])
async def test_retries_carry_the_same_bytes_and_a_signature_that_is_new_or_not(
    session: aiohttp.ClientSession, hook: Hook, *, anew: bool
) -> None:
    hook.answers = [503, 503, 200]
    stamps = iter(range(1_000, 9_000))
    signer = Signer(key=KEY, now_ms=lambda: next(stamps))
    post = Post(session=session, signer=signer, effort=replace(QUICK, signs_anew=anew))

    delivery = await post.send(hook.url, RECORD.letters()[0].raw)

    assert delivery.taken
    assert len({raw for _, raw, _ in hook.requests}) == 1
    assert len({header for *_, header in hook.requests}) == (3 if anew else 1)


@pytest.mark.parametrize(
    ("spacing_s", "pauses"), [((0.0,), [0, 0, 0]), ((1, 6), [1, 6, 6]), ((), [0, 0, 0])]
)
def test_retries_are_spaced_as_they_are_set_to(
    spacing_s: tuple[float, ...], pauses: list[float]
) -> None:
    effort = Effort(spacing_s=spacing_s)

    assert [effort.pause_s(retry) for retry in range(3)] == pauses


@pytest.mark.parametrize(
    ("ending", "status", "events"),
    [
        ("dial_no_answer", "not_connected", 2),
        ("error_llm_websocket_open", "error", 4),
        ("call_transfer", "ended", 4),
        ("agent_hangup", "ended", 4),
    ],
)
def test_a_call_that_never_was_has_not_started(ending: str, status: str, events: int) -> None:
    letters = replace(RECORD, ending=ending).letters()

    names = [letter.event for letter in letters]
    assert letters[-1].body["call"]["call_status"] == status
    assert len(letters) == events
    assert ("call_started" in names) == (status != "not_connected")


def test_words_stand_in_the_call_or_beside_it() -> None:
    documented, observed = (RECORD.letters(shape)[1].body for shape in Shape)

    assert documented["call"]["transcript_with_tool_calls"][0]["content"] == "Grüß Gott"
    assert "transcript_with_tool_calls" not in observed["call"]
    assert observed["transcript_with_tool_calls"][-1] == {"role": "dtmf", "digit": "4"}


def test_what_was_not_given_is_left_out_and_what_was_is_there() -> None:
    given = replace(PHONE, metadata={"a": 1}, variables={"salon": "b"})

    bare, full = (replace(RECORD, phone=one).letters()[0].body["call"] for one in (PHONE, given))

    assert not {"metadata", "retell_llm_dynamic_variables"} & bare.keys()
    assert full["metadata"] == {"a": 1}
    assert full["retell_llm_dynamic_variables"] == {"salon": "b"}


async def test_a_played_call_is_reported_with_its_words_and_figures(
    calling: Calling, agent: Any, say: Any
) -> None:
    async with calling(agent(answers={1: [say(1, "Auf Wiederhören.", end_call=True)]})) as call:
        await call.say("Tschüss")
        await call.listen()

    ended = Record.of(call).ended()

    assert ended["disconnection_reason"] == "agent_hangup"
    assert ended["transcript"].endswith("User: Tschüss\nAgent: Auf Wiederhören.\n")
    assert ended["latency"]["llm"]["num"] == 1
    assert ended["duration_ms"] == round(call.clock_s * 1000)


@pytest.mark.parametrize(
    ("text", "kind", "facts"),
    [
        ('{"call_inbound": {}}', Connected, {}),
        ('{"call_inbound": {"dynamic_variables": {"a": "b"}}}', Connected, {"a": "b"}),
        ('{"call_inbound": {"reject": true}}', Rejected, None),
        ('{"call_inbound": {"reject": false}}', Connected, {}),
        ('{"call_inbound": {"reject": "true"}}', FellBack, "reject"),
        ('{"call_inbound": {"dynamic_variables": {"a": 1}}}', FellBack, "dynamic_variables"),
        ('{"reject": true}', FellBack, "call_inbound"),
        ("", FellBack, "answer"),
    ],
)
async def test_an_inbound_answer_is_believed_only_if_all_of_it_is_right(
    session: aiohttp.ClientSession, hook: Hook, text: str, kind: type[Any], facts: Any
) -> None:
    hook.answers = [text]

    found = await ring(session, hook.url, PHONE, signer=Signer(key=KEY), effort=QUICK)

    assert type(found) is kind
    match found:
        case Connected(answer=answer):
            assert (answer.dynamic_variables or {}) == facts
        case FellBack(reason=reason):
            assert facts in reason


async def test_who_does_not_answer_while_it_rings_is_asked_again_about_the_same_call(
    session: aiohttp.ClientSession, hook: Hook
) -> None:
    hook.answers = [502, 2.0, '{"call_inbound": {"metadata": {"x": 1}}}']
    effort = Effort(timeout_s=0.3, retries=3)

    found = await ring(session, hook.url, PHONE, signer=Signer(key=KEY), effort=effort)

    assert isinstance(found, Connected)
    asked = [json.loads(raw)["call_inbound"] for _, raw, _ in hook.requests]
    assert [one["call_id"] for one in asked] == [PHONE.call_id] * 3
    assert all(verifies(raw, header) for _, raw, header in hook.requests)


@pytest.mark.parametrize(
    ("answer", "reason"), [(500, "answered 500"), (5.0, "no answer"), (204, "answer")]
)
async def test_when_nothing_can_be_used_the_number_falls_back(
    session: aiohttp.ClientSession, hook: Hook, answer: Any, reason: str
) -> None:
    hook.answers = [answer]

    found = await ring(
        session, hook.url, PHONE, signer=Signer(key=KEY), effort=Effort(timeout_s=0.3, retries=1)
    )

    assert isinstance(found, FellBack)
    assert reason in found.reason


async def test_the_question_may_carry_sip_headers_and_no_call_id(
    session: aiohttp.ClientSession, hook: Hook
) -> None:
    hook.answers = ['{"call_inbound": {}}']

    await ring(
        session,
        hook.url,
        replace(PHONE, from_number=None),
        signer=Signer(key=KEY),
        sip_headers={"X-Line": "3"},
        names_call=False,
    )

    asked = json.loads(hook.requests[0][1])["call_inbound"]
    assert asked["custom_sip_headers"] == {"x-line": "3"}
    assert "call_id" not in asked
    assert asked["from_number"] == "anonymous"


@pytest.fixture
def caller(session: aiohttp.ClientSession) -> FunctionCaller:
    return FunctionCaller(session=session, signer=Signer(key=KEY), effort=replace(QUICK, retries=0))


async def test_a_function_is_called_with_name_call_and_arguments(
    caller: FunctionCaller, hook: Hook
) -> None:
    hook.answers = ['{"ok": true}']

    answer = await caller.call(hook.url, "find", {"service": "Färben"}, RECORD)

    _, raw, header = hook.requests[0]
    body = json.loads(raw)
    assert (body["name"], body["args"]) == ("find", {"service": "Färben"})
    assert body["call"]["call_id"] == PHONE.call_id
    assert body["call"]["call_status"] == "ongoing"
    assert verifies(raw, header)
    assert (answer.succeeded, answer.content) == (True, {"ok": True})


async def test_arguments_may_come_alone_or_in_the_query(caller: FunctionCaller, hook: Hook) -> None:
    args = {"service": "Färben", "count": 2}

    await replace(caller, payload=Payload.AT_ROOT).call(hook.url, "find", args, RECORD)
    await replace(caller, payload=Payload.QUERY).call(hook.url, "find", args, RECORD)
    await replace(caller, method="PATCH").call(hook.url, "find", args, RECORD)

    assert [method for method, *_ in hook.requests] == ["POST", "GET", "PATCH"]
    assert json.loads(hook.requests[0][1]) == args
    assert hook.requests[1][1] == b""
    assert verifies(b"", hook.requests[1][2])
    assert hook.queries[1] == {"service": "Färben", "count": "2"}


async def test_a_long_answer_is_cut_where_the_model_stops_reading(
    caller: FunctionCaller, hook: Hook
) -> None:
    hook.answers = [json.dumps({"text": "ä" * LONGEST_ANSWER}, ensure_ascii=False)]

    answer = await caller.call(hook.url, "find", {}, RECORD)

    assert answer.cut
    assert len(answer.text) == LONGEST_ANSWER
    assert answer.content is None


@pytest.mark.parametrize("retries", [0, 2, 5])
async def test_a_function_that_fails_is_tried_again_with_the_same_body(
    caller: FunctionCaller, hook: Hook, retries: int
) -> None:
    hook.answers = [500]

    answer = await replace(caller, effort=replace(QUICK, retries=retries)).call(
        hook.url, "find", {}, RECORD
    )

    assert not answer.succeeded
    assert len(hook.requests) == retries + 1
    assert len({raw for _, raw, _ in hook.requests}) == 1


async def test_a_function_that_takes_too_long_has_failed(
    caller: FunctionCaller, hook: Hook
) -> None:
    hook.answers = [5.0]

    answer = await replace(caller, effort=Effort(timeout_s=0.2, retries=0)).call(
        hook.url, "find", {}, RECORD
    )

    assert (answer.succeeded, answer.delivery.last.status) == (False, None)


async def test_the_same_is_asked_again_while_the_first_is_still_worked_on(
    caller: FunctionCaller, hook: Hook
) -> None:
    hook.answers = [1.5, '{"ok": true}']

    first, second = await caller.call_twice(hook.url, "book", {"a": 1}, RECORD, apart_s=0.1)

    assert first.succeeded
    assert second.content == {"ok": True}
    assert second.delivery.last.ms < first.delivery.last.ms
    assert len({raw for _, raw, _ in hook.requests}) == 1


def test_arguments_are_made_up_missing_and_of_other_kinds() -> None:
    found = dict(made_up({"service": "Färben", "when": "morgen"}))

    assert found["a call id of 'None'"]["call_id"] == "None"
    assert found["no when"] == {"service": "Färben"}
    assert found["a list for service"]["service"] == ["Färben"]
    assert found["no arguments"] == {}
    assert found["a tenant"]["to_number"] != PHONE.to_number


@pytest.mark.skipif(not RETELL.is_dir(), reason="the schemas lie beside the repository, not in it")
@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize("ending", ["user_hangup", "dial_busy", "call_transfer"])
def test_what_is_sent_is_what_the_schemas_allow(shape: Shape, ending: str) -> None:
    web_call = replace(PHONE, to_number=None, from_number=None)
    moved = "+4930555002" if ending == "call_transfer" else None
    for phone in (PHONE, web_call):
        record = replace(RECORD, phone=phone, ending=ending, transfer_to=moved)
        for letter in record.letters(shape):
            validator("webhook_event").validate(letter.body)
        body = {"name": "find", "call": record.talking(), "args": {}}
        validator("custom_function_request").validate(body)


def validator(name: str) -> Draft202012Validator:
    schemas = [json.loads(path.read_text()) for path in (RETELL / "schemas").glob("*.json")]
    registry: Registry[Any] = Registry().with_resources(
        [(schema["$id"], Resource.from_contents(schema)) for schema in schemas]
    )
    (wanted,) = (schema for schema in schemas if schema["$id"].endswith(f":{name}"))
    return Draft202012Validator(wanted, registry=registry)
