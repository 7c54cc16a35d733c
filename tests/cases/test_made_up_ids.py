"""The ids that stand in requests where nobody knows one that exists: what writes must not hit a real object."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from bothends.cases import plan
from bothends.cases.families.requests import made_up, target_of
from bothends.cases.families.routing import methods_cases
from bothends.cases.fuzzing.unlikely_ids import unlikely
from bothends.contract import Parameter
from bothends.contract.requests import SAFE
from bothends.schemas import Schema, fits_schema
from tests.laws import kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.contract import Contract


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


# What a generator draws begins with small numbers, too.


@pytest.mark.parametrize(
    ("schema", "drawn", "sent"),
    [
        ({"type": "integer"}, "1", "2147483628"),
        ({"type": "integer"}, "2", "2147483627"),
        ({"type": "integer"}, "-1", "-2147483628"),
        ({"type": "integer"}, "3000000000", "3000000000"),
        ({"type": "integer", "maximum": 500}, "1", "499"),
        ({"type": "integer", "exclusiveMaximum": 500}, "0", "499"),
        ({"type": "integer", "maximum": 500}, "400", "400"),
        ({"type": "integer", "minimum": 1}, "0", "0"),
        ({"type": "integer"}, "1.5", "1.5"),
        (None, "0", "2147483629"),
        ({"type": "string"}, "%091o", "%092147483628o"),
        ({"type": "string"}, "o1", "o1"),
        ({"type": "string", "maxLength": 4}, "7", "9992"),
        ({"type": "string", "pattern": "^[0-9]{12}$"}, "000000000001", "999999999998"),
        ({"enum": ["1", "2"]}, "1", "1"),
        ({"type": "string", "format": "uuid"}, "1cc10ae8-d0c7-4829-b9e4-a122cf26b4fc", ""),
    ],
)
def test_a_small_id_that_was_drawn_is_a_large_one(schema: dict[str, Any] | None, drawn: str, sent: str) -> None:
    """Each has one of its own; what the schema refuses stays, and so does what has no other value."""
    assert (sent or drawn) == unlikely(parameter(schema), drawn)


def test_an_example_that_was_drawn_stays() -> None:
    """It is the user's own choice."""
    assert "7" == unlikely(parameter({"type": "integer"}, example=7), "7")


@pytest.mark.parametrize("method", ["delete", "get"])
def test_generated_requests_that_write_meet_no_object(method: str, make_contract: Callable[..., Contract]) -> None:
    """Right ids are large ones there, wrong ones are as they were drawn; what reads has small ids as well."""
    schema = {"type": "integer", "minimum": 1}
    own = {"name": "id", "in": "path", "required": True, "schema": schema}
    asked = {"name": "limit", "in": "query", "schema": {"type": "integer"}}
    operation = {"parameters": [own, asked], "responses": {"200": {"description": "Done."}}}
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "paths": {"/things/{id}": {method: operation}},
    }
    contract = make_contract(spec, 'spec = "spec.json"\n[target]\nurl = "http://127.0.0.1:1"\n')
    made = [case.request for case in plan(contract, seed=1, max_examples=60) if case.origin]
    ids: dict[bool, set[str]] = {True: set(), False: set()}
    for request in made:
        ids[request.method in SAFE].add(unquote(request.target.partition("?")[0].rpartition("/")[2]))
    right = {safe: {int(each) for each in texts if fits_schema(Schema(schema), each)} for safe, texts in ids.items()}
    assert min(right[False]) > 10**9
    assert "0" in ids[method == "get"]
    assert 1 in right[True]
    if method == "delete":
        assert len(right[False]) > 20
