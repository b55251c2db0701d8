"""Every example of the protocol's reference: taken where it is right, refused where it is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import SecretStr
from referencing import Registry, Resource

from voice_agent.retell.functions import HANDLERS
from voice_agent.retell.gate import wall_ms
from voice_agent.retell.signature import HEADER, is_signed, sign
from voice_agent.simulator.from_retell import from_retell
from voice_agent.simulator.management_types import problem_of
from voice_agent.simulator.post import Attempt, Delivery
from voice_agent.simulator.ringing import Connected, FellBack, Rejected, Ringing, understood

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from booking_core.domain.catalogue import Salon

RETELL = Path(__file__).resolve().parents[4].parent / "shared" / "reference" / "retell"
pytestmark = pytest.mark.skipif(
    not RETELL.is_dir(), reason="the reference of the protocol is not part of the project"
)
KEY = "key_of_the_probe"
VECTOR_BODY, VECTOR_KEY, VECTOR_MS = b'{"event":"call_ended"}', "test-api-key", 1_700_000_000_000

ELSEWHERE = ("ws_in_", "ws_out_", "session_")
"""Of the websocket: tests of frames, of the simulator's protocol, and of whole sessions."""
HERE = (
    "webhook_",
    "inbound_request_",
    "inbound_response_",
    "custom_function_request_",
    "custom_function_response_",
    "custom_function_args_at_root",
    "signature_header",
    "api_",
)


def examples(prefix: str, *, invalid: bool = False) -> list[Any]:
    folder = RETELL / "examples" / ("invalid" if invalid else "")
    return [pytest.param(path, id=path.stem) for path in sorted(folder.glob(f"{prefix}*.json"))]


def validator(name: str) -> Draft202012Validator:
    schemas = [json.loads(path.read_text()) for path in (RETELL / "schemas").glob("*.json")]
    registry: Registry[Any] = Registry().with_resources(
        [(schema["$id"], Resource.from_contents(schema)) for schema in schemas]
    )
    (wanted,) = (schema for schema in schemas if schema["$id"].endswith(f":{name}"))
    return Draft202012Validator(wanted, registry=registry)


def test_no_example_is_forgotten() -> None:
    files = [path.stem for path in (RETELL / "examples").rglob("*.json")]

    forgotten = [name for name in files if not name.startswith((*HERE, *ELSEWHERE))]

    assert forgotten == []
    assert len(files) > 80


@pytest.fixture
async def post(open_office: Any) -> AsyncIterator[Any]:
    """Sends what is written to a server that wants signatures; status and answer come back."""
    async with open_office(retell_api_key=SecretStr(KEY)) as office:

        async def post(path: str, raw: bytes) -> tuple[int, Any]:
            headers = {HEADER: sign(raw, KEY, at_ms=wall_ms()), "Content-Type": "application/json"}
            url = f"{office.url}{path}"
            async with office.session.post(url, data=raw, headers=headers) as answer:
                return answer.status, json.loads(await answer.text())

        yield post


async def test_every_message_of_the_reference_is_taken_at_its_door(post: Any) -> None:
    doors = {"webhook_": "/retell/webhook", "inbound_request_": "/retell/inbound"}
    statuses = {}
    for prefix, path in doors.items():
        for example in examples(prefix):
            (file,) = example.values
            statuses[file.stem], told = await post(path, file.read_bytes())
            if prefix == "inbound_request_":
                validator("inbound_webhook_response").validate(told)

    assert len(statuses) >= 10
    assert set(statuses.values()) == {200}, statuses


async def test_every_function_call_of_the_reference_is_answered_in_its_form(post: Any) -> None:
    files = [*examples("custom_function_request_"), *examples("custom_function_args_at_root")]
    for example in files:
        (file,) = example.values
        raw = file.read_bytes()
        named = json.loads(raw).get("name")
        for name in (named if named in HANDLERS else "check_availability", "list_services"):
            status, told = await post(f"/retell/functions/{name}", raw)
            assert status == 200, (file.stem, told)
            validator("custom_function_response").validate(told)

    assert len(files) == 4


async def test_what_the_reference_calls_invalid_is_refused_at_its_door(post: Any) -> None:
    refused = {
        "webhook_call_event_without_call": "/retell/webhook",
        "custom_function_request_without_call": "/retell/functions/check_availability",
    }
    statuses = {}
    for name, path in refused.items():
        raw = (RETELL / "examples" / "invalid" / f"{name}.json").read_bytes()
        statuses[name], _ = await post(path, raw)

    assert set(statuses.values()) == {400}, statuses


@pytest.mark.parametrize(
    ("path", "accepted"),
    [
        *((one.values[0], True) for one in examples("signature_header")),
        *((one.values[0], False) for one in examples("signature_header", invalid=True)),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else "",
)
def test_a_signature_of_the_reference_holds_or_not(path: Path, accepted: bool) -> None:  # noqa: FBT001 - a column of the table
    header = json.loads(path.read_text())

    holds = is_signed(VECTOR_BODY, header, (VECTOR_KEY,), now_ms=VECTOR_MS)

    assert holds is accepted


def _rung(path: Path) -> Ringing:
    attempt = Attempt(status=200, ms=1.0, body=path.read_bytes())
    return understood(Delivery(name="call_inbound", attempts=[attempt]))


@pytest.mark.parametrize("path", examples("inbound_response_"))
def test_every_inbound_answer_of_the_reference_can_be_used(path: Path) -> None:
    assert type(_rung(path)) is (Rejected if "reject" in path.stem else Connected)


@pytest.mark.parametrize("path", examples("inbound_response_", invalid=True))
def test_an_inbound_answer_that_the_reference_calls_invalid_cannot(path: Path) -> None:
    assert type(_rung(path)) is FellBack


@pytest.mark.parametrize("path", examples("custom_function_response_"))
def test_every_function_answer_of_the_reference_is_of_the_form_that_ours_have(path: Path) -> None:
    told = json.loads(path.read_text())

    validator("custom_function_response").validate(told)
    assert set(told) <= {"ok", "say", "code", "data"}


def _kind(path: Path) -> str:
    """The request an example stands for, by the name of its address."""
    name = path.stem.removeprefix("api_").replace("_", "-")
    for kind in ("create-agent-version", "create-agent", "create-conversation-flow"):
        if name.startswith(kind):
            return kind
    return name


@pytest.mark.parametrize("path", examples("api_"))
def test_every_management_request_of_the_reference_is_accepted(path: Path) -> None:
    assert problem_of(_kind(path), json.loads(path.read_text())) is None


@pytest.mark.parametrize("path", examples("api_", invalid=True))
def test_a_management_request_that_the_reference_calls_invalid_is_refused(path: Path) -> None:
    assert problem_of(_kind(path), json.loads(path.read_text())) is not None


def test_the_call_of_the_reference_can_be_replayed(demo_salon: Salon) -> None:
    text = (RETELL / "examples" / "api_call.json").read_text("utf-8")

    assert "turns:" in from_retell(text, demo_salon)
