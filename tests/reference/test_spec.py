"""Reading the contract: what the endpoint can't do without, and what it says when that is not there."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reference.document import Document, SpecError
from reference.event import CLOCK, SETTINGS, USER, EventBuilder
from reference.spec import FAMILIES, read
from tests.reference.endpoint import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILE = ROOT / "openapi.yaml"
SPEC: dict[str, Any] = yaml.safe_load(FILE.read_text())
REMOVED = object()


def operation(spec: dict[str, Any]) -> Any:
    """Return the operation's node."""
    return spec["paths"]["/api/route"]["post"]


def message_of(tmp_path: Path, edit: Callable[[dict[str, Any]], object]) -> str:
    """Return what is said of the contract after an edit."""
    spec = copy.deepcopy(SPEC)
    edit(spec)
    file = tmp_path / "openapi.yaml"
    file.write_text(yaml.safe_dump(spec))
    with pytest.raises(SpecError) as caught:
        EventBuilder((contract := read(file)).document, contract.event.schema)
    return str(caught.value)


def test_every_family_has_its_answer() -> None:
    """The contract as it stands declares all that the endpoint answers."""
    contract = read(FILE)
    assert [401, 400, 415, 413, 422, 502, 503, 504] == [contract.operation.error(family).status for family in FAMILIES]
    assert ("POST", "/api/route", 65_536) == (
        contract.operation.method,
        contract.operation.path,
        contract.operation.max_bytes,
    )


def test_key_is_quoted_in_the_url() -> None:
    """A key stays one segment of the path, and a slash after the base makes no second one."""
    assert "http://i/x/e/a%2Fb%20c" == read(FILE).event.url("http://i/x/", "a/b c")


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda spec: operation(spec).pop("operationId"), "no operation has the operationId postRoute"),
        (lambda spec: operation(spec)["responses"].pop("503"), "upstream-unreachable"),
        (lambda spec: operation(spec).pop("callbacks"), "postRoute has no callbacks"),
        (lambda spec: operation(spec)["responses"].pop("200"), "no answer of success"),
        (lambda spec: operation(spec)["responses"]["413"]["x-given"].pop("bytes"), "how long a body may be"),
        (lambda spec: operation(spec).update(security=[]), "expected"),
        (lambda spec: spec["components"]["securitySchemes"]["session"].update({"in": "header"}), "no cookie"),
        (lambda spec: spec["components"]["schemas"]["Success"].update(required=["other"]), "example of answer 200"),
        (lambda spec: spec["components"]["schemas"]["RouteRequest"].update(type=7), "no schema"),
        (lambda spec: spec["components"]["schemas"].pop("RouteRequested"), "leads nowhere"),
        (
            lambda spec: spec["components"]["schemas"]["RouteRequested"]["properties"].pop("v"),
            "the event's v has neither",
        ),
        (
            lambda spec: spec["components"]["schemas"]["RouteRequested"]["properties"]["ts"].update({"x-from": "moon"}),
            "the event's ts is from moon",
        ),
        (lambda spec: spec["components"]["schemas"]["RouteRequested"]["required"].remove("user"), "session.user"),
        (lambda spec: spec["components"]["schemas"].update(User={"$ref": "other.yaml#/User"}), "within the document"),
        (lambda spec: spec["components"]["schemas"].update(RouteRequested=[]), "an object was expected"),
    ],
)
def test_contract_that_says_too_little(tmp_path: Path, edit: Callable[[dict[str, Any]], object], words: str) -> None:
    """What is missing or not understood is named."""
    assert words in message_of(tmp_path, edit)


def test_unknown_name_in_the_url(tmp_path: Path) -> None:
    """A callback's key may name the ingest and its key, nothing else."""
    text = FILE.read_text().replace("{ingest}/e/{eventKey}", "{ingest}/e/{secret}")
    (tmp_path / "openapi.yaml").write_text(text)
    with pytest.raises(SpecError, match=r"only \{ingest\} and \{eventKey\} are known"):
        read(tmp_path / "openapi.yaml").event.url("http://i", "k")


@pytest.mark.parametrize(
    ("text", "words"), [(None, "No such file"), ("a: [", "no YAML"), ("- a", "no OpenAPI document"), ("", "no OpenAPI")]
)
def test_file_that_is_no_document(tmp_path: Path, text: str | None, words: str) -> None:
    """A file that can't be read is named, with the reason."""
    file = tmp_path / "openapi.yaml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(SpecError, match=words) as caught:
        read(file)
    assert str(file) in str(caught.value)


def test_what_stands_beside_a_reference_wins() -> None:
    """The siblings of a `$ref` are kept, the nearest ones first, and pointers are unescaped."""
    document = Document({"a/b": {"$ref": "#/c~d", "x": 2, "y": 2}, "c~d": {"x": 3, "y": 3, "z": 3}})
    assert {"x": 1, "y": 2, "z": 3} == document.resolve({"$ref": "#/a~1b", "x": 1})
    assert {"x": 3, "y": 3, "z": 3} == document.resolve({"$ref": "#/c%7E0d"})


def test_event_has_an_id_of_its_own() -> None:
    """Two events of the same values differ in their id alone, and keep the contract."""
    contract = read(FILE)
    builder = EventBuilder(contract.document, contract.event.schema)
    user = {"name": "a", "email": None, "image": None}
    app_settings = {"appName": "a", "environment": "staging", "locale": "b", "features": {}}
    first, second = (builder.build({CLOCK: 1, USER: user, SETTINGS: app_settings}) for _ in range(2))
    assert contract.document.validator(contract.event.schema).is_valid(first)
    assert first.pop("id") != second.pop("id")
    assert first == second


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path to each value in a document."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, value in items for place in places(value, (*path, key)))]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(places(SPEC)[1:]), value=st.sampled_from([REMOVED, None, 7, "text", [], {}, [{}]]))
def test_any_edit_is_read_or_refused(tmp_path: Path, place: tuple[Any, ...], value: Any) -> None:
    """Whatever is taken out of the contract or put wrong in it, it is read, or refused in so many words."""
    spec = copy.deepcopy(SPEC)
    node: Any = spec
    for key in place[:-1]:
        node = node[key]
    if value is REMOVED:
        del node[place[-1]]
    else:
        node[place[-1]] = value
    file = tmp_path / "openapi.yaml"
    file.write_text(json.dumps(spec))
    try:
        contract = read(file)
        EventBuilder(contract.document, contract.event.schema)
    except SpecError as error:
        assert "\n" not in str(error)  # noqa: PT017 -- either outcome is right
