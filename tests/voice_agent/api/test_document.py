"""The OpenAPI document against the running server: schemathesis, and models of our own."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as hypothesis_settings
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode

from voice_agent.api.openapi import document, operation_id
from voice_agent.api.problems import KINDS, Code
from voice_agent.api.routes import ENDPOINTS

OPERATIONS = [operation_id(endpoint) for endpoint in ENDPOINTS]
BOUNDED = hypothesis_settings(
    max_examples=6,
    database=None,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


def excluded() -> list[Any]:
    """Well-formed ids and tokens that were never given out are refused, and rightly so."""
    checks = schemathesis.checks
    checks.load_all_checks()
    return [checks.CHECKS.get_one("positive_data_acceptance")]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("name", OPERATIONS)
def test_whatever_is_sent_the_answer_is_as_documented(
    name: str, mode: GenerationMode, api: Any
) -> None:
    schema = schemathesis.openapi.from_dict(document())
    schema.config.update(base_url=f"{api.url}/api/v2")
    operation = schema.find_operation_by_id(name)
    documented = {int(status) for status in operation.definition.raw["responses"]}
    answered: Counter[int] = Counter()
    without = excluded()

    @seed(7)
    @BOUNDED
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: Any) -> None:
        answer = case.call_and_validate(
            headers={"Authorization": f"Bearer {api.token}"}, excluded_checks=without
        )
        answered[answer.status_code] += 1

    holds()

    assert answered.total() > 0
    assert set(answered) <= documented
    assert max(answered) < 500


def test_every_example_of_a_request_is_valid() -> None:
    components = document()["components"]
    found = 0
    for methods in document()["paths"].values():
        for operation in methods.values():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body is None:
                continue
            validator = Draft202012Validator(body["schema"] | {"components": components})
            assert body["examples"], operation["operationId"]
            for example in body["examples"].values():
                validator.validate(example["value"])
                found += 1

    assert found >= 8


def test_every_problem_is_documented_where_it_may_come_up() -> None:
    told = {
        code
        for methods in document()["paths"].values()
        for operation in methods.values()
        for status, answer in operation["responses"].items()
        for media, content in answer.get("content", {}).items()
        if media == "application/problem+json"
        for code, example in content["examples"].items()
        if str(example["value"]["status"]) == status
    }

    assert told == set(Code) - {Code.METHOD_NOT_ALLOWED}
    assert set(KINDS) == set(Code)


def test_each_operation_has_a_name_of_its_own() -> None:
    assert len(set(OPERATIONS)) == len(OPERATIONS)


async def test_the_document_that_is_served_is_the_one_that_is_tested(api: Any) -> None:
    served = await api("GET", "/openapi.json")

    assert served.status == 200
    assert served.json == document()
    assert served.json["openapi"].startswith("3.1")
