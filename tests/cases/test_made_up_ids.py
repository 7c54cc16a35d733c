"""The ids that stand in requests where nobody knows one that exists: what writes must not hit a real object."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bothends.cases.families.requests import made_up, target_of
from bothends.cases.families.routing import methods_cases
from bothends.contract.model import Parameter
from bothends.contract.schema import Schema
from tests.laws import kept


def parameter(schema: dict[str, Any] | None, location: str = "path", example: Any = None) -> Parameter:
    """Return a parameter with a schema."""
    return Parameter("id", location, True, None if schema is None else Schema(schema), example, "/paths")  # noqa: FBT003


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        (None, "2147483629"),
        ({"type": "string"}, "2147483629"),
        ({"type": "integer"}, "2147483629"),
        ({"type": "integer", "maximum": 500_000}, "214748"),
        ({"type": "integer", "minimum": 90, "maximum": 99}, "99"),
        ({"type": "string", "format": "uuid"}, "9d3c5b7a-6f1e-4c28-8b9d-0e5a7c4f2b61"),
        ({"type": "string", "maxLength": 4}, "2147"),
        ({"type": "string", "pattern": "^[0-9a-f]{24}$"}, "214748362921474836292147"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_writes_has_an_id_that_is_hardly_there(schema: dict[str, Any] | None, text: str, method: str) -> None:
    """It is one that the schema takes."""
    assert text == made_up(parameter(schema), method)


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "integer", "minimum": 1}, "1"),
        ({"type": "string", "pattern": "^[0-9]{3}$"}, "000"),
        ({"type": "string", "format": "uuid"}, "2f1c1b0e-3f5d-4d0e-9a57-6f8f0a3f0c11"),
        ({"type": "integer", "minimum": 100}, "100"),
    ],
)
def test_what_reads_has_a_value_that_the_schema_takes(schema: dict[str, Any], text: str) -> None:
    """As small as it may be."""
    assert text == made_up(parameter(schema), "GET")


@pytest.mark.parametrize(
    ("one", "method"),
    [
        (parameter(None), "GET"),
        (parameter({"type": "integer"}), "HEAD"),
        (parameter({"type": "integer"}, "query"), "DELETE"),
        (parameter(None, example=1), "DELETE"),
    ],
)
def test_what_reads_and_what_is_no_id_has_a_plain_value(one: Parameter, method: str) -> None:
    """An example of the contract stays what it is: it is the user's own choice."""
    assert "1" == made_up(one, method)


def test_another_method_on_a_path_that_is_read_has_an_unlikely_id() -> None:
    """The target may know the method, though its document does not."""
    reads = replace(kept.operation(), method="GET", path="/things/{id}", parameters=(parameter(None),), body=None)
    contract = replace(kept.contract(), operations=(reads,), routes=(("GET", "/things/{id}"),))
    assert "/things/1" == target_of(reads)
    sent = {case.request.method: case.request.target for case in methods_cases(contract, reads)}
    assert {"/things/2147483629"} == {sent[method] for method in ("PUT", "PATCH", "DELETE")}
