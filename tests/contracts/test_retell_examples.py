"""Retell's messages as the reference has them: what is good is taken, what is bad is not.

The reference lies beside a development checkout; without it there is nothing to compare with.
"""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from booking_core.adapters.salon_file import load
from voice_agent.app import build_app
from voice_agent.config import Settings
from voice_agent.embedded import Endpoints
from voice_agent.retell.functions import HANDLERS
from voice_agent.retell.signature import is_signed
from voice_agent.runtime import open_runtime
from voice_agent.salons import salon_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

REFERENCE = Path(__file__).resolve().parents[2].parent / "shared" / "reference" / "retell"
GOOD, BAD = REFERENCE / "examples", REFERENCE / "examples" / "invalid"
pytestmark = pytest.mark.skipif(not GOOD.is_dir(), reason="the reference is not beside the project")

DIALLED_THERE = "+49300000000"
"""The salon's number in the examples."""


def _named(folder: Path, *prefixes: str) -> list[str]:
    return sorted(p.stem for p in folder.glob("*.json") if p.stem.startswith(prefixes))


def _read(folder: Path, stem: str) -> Any:
    return json.loads((folder / f"{stem}.json").read_text(encoding="utf-8"))


def _validator(name: str) -> Draft202012Validator:
    schemas = [_read(REFERENCE / "schemas", stem) for stem in _named(REFERENCE / "schemas", "")]
    known = Registry().with_resources(
        [(schema["$id"], Resource.from_contents(schema)) for schema in schemas]
    )
    (schema,) = [schema for schema in schemas if schema["$id"].endswith(f":{name}")]
    return Draft202012Validator(schema, registry=known)


@pytest.fixture
async def url(
    engine: object, redis: object, database_url: str, redis_url: str, tmp_path: Path
) -> AsyncIterator[str]:
    """A server for the salon that the examples call."""
    del engine, redis  # emptied
    settings = Settings().model_copy(
        update={"database_url": database_url, "calendar": "local", "mail_dir": tmp_path}
    )
    async with AsyncExitStack() as stack:
        ground = Endpoints(database_url=database_url, redis_url=redis_url)
        runtime = await stack.enter_async_context(open_runtime(settings, ground))
        text = salon_text("friseur1").replace("+493023125000", DIALLED_THERE)
        await runtime.salons.save(load(text, name="friseur1"))
        patience = replace(runtime.services.patience, ringing_s=30.0)
        services = replace(runtime.services, patience=patience, freeze_garbage=False)
        app = build_app(services)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/retell"


async def _post(url: str, body: Any) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as answer:
        return answer.status, await answer.json()


async def test_every_webhook_is_taken(url: str) -> None:
    told = {
        stem: await _post(f"{url}/webhook", _read(GOOD, stem)) for stem in _named(GOOD, "webhook_")
    }

    assert len(told) >= 9
    assert {status for status, _ in told.values()} == {200}
    ignored = {stem for stem, (_, answer) in told.items() if answer["status"] == "ignored"}
    assert ignored == {"webhook_unknown_event"}
    assert {answer["status"] for _, answer in told.values()} == {"noted", "ignored"}


async def test_a_webhook_about_no_call_is_refused(url: str) -> None:
    for stem in _named(BAD, "webhook_"):
        status, _ = await _post(f"{url}/webhook", _read(BAD, stem))
        assert status == 400, stem


async def test_every_question_before_a_call_gets_an_answer_retell_can_use(url: str) -> None:
    for stem in _named(GOOD, "inbound_request"):
        status, answer = await _post(f"{url}/inbound", _read(GOOD, stem))

        assert status == 200
        assert not list(_validator("inbound_webhook_response").iter_errors(answer))
        assert answer["call_inbound"]["dynamic_variables"]["salon_name"] == "Salon Morgenrot"


async def test_every_function_call_is_answered_in_the_agreed_form(url: str) -> None:
    form = _validator("custom_function_response")
    for stem in _named(GOOD, "custom_function_request", "custom_function_args"):
        for function in HANDLERS:
            status, answer = await _post(f"{url}/functions/{function}", _read(GOOD, stem))

            assert status == 200, (stem, function)
            assert not list(form.iter_errors(answer))
            assert answer["say"]


async def test_a_function_call_without_its_call_is_refused(url: str) -> None:
    for stem in _named(BAD, "custom_function_request"):
        status, answer = await _post(f"{url}/functions/check_availability", _read(BAD, stem))

        assert (status, answer["ok"]) == (400, False), stem


def test_the_signature_of_the_reference_holds_and_its_upper_case_twin_does_not() -> None:
    body, at_ms, keys = b'{"event":"call_ended"}', 1_700_000_000_000, ("test-api-key",)

    for folder, right in ((GOOD, True), (BAD, False)):
        for stem in _named(folder, "signature_header"):
            assert is_signed(body, _read(folder, stem), keys, now_ms=at_ms) is right
