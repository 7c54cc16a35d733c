"""Contracts, loaded: this project's own, and what others may hold."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract import Contract, Operation, admission
from bothends.contract.terms import FAMILIES, OBJECT_FAMILIES
from bothends.records import Request
from bothends.schemas import Schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.folder import Folder

ROOT = Path(__file__).parent.parent.parent


def test_this_projects_operation(contract: Contract) -> None:
    """The operation has its answers, its limit, its example and its cookie."""
    operation = contract.operation("postRoute")
    assert ("POST", "/api/route") == (operation.method, operation.path)
    assert (("session",),) == tuple(one.schemes for one in operation.security.alternatives)
    assert operation.security.demanded
    assert operation.body is not None
    assert (False, 65536) == (operation.body.required, operation.body.max_bytes)
    assert {"application/json"} == operation.body.content.keys()
    assert [("usual", "application/json", {"data": "data"})] == [
        (example.name, example.media_type, example.value) for example in operation.examples
    ]
    assert {200} == operation.success_statuses
    assert {400, 401, 413, 415, 422, 502, 503, 504} == operation.error_statuses
    assert set(FAMILIES) - {"forbidden", "quota", *OBJECT_FAMILIES} == {
        family for answer in operation.answers for family in answer.families
    }
    assert {504} == operation.statuses_of("upstream-timeout", "ingest")


def test_this_projects_event(contract: Contract) -> None:
    """The event has its address and its schema, and the settings have theirs."""
    (event,) = contract.operation("postRoute").events
    assert ("routeRequested", "POST", "{ingest}/e/{eventKey}") == (event.name, event.method, event.url_template)
    assert "/e/k%2Fy" == event.path_for("http://127.0.0.1:1/", "k/y")
    assert event.body.errors({"name": "x"})
    settings = Schema(contract.answer_schema("settings"))
    assert settings.is_valid(
        {"appName": "a", "environment": "staging", "locale": "x", "features": {"f": True}, "more": 1}
    )
    assert not settings.is_valid({"appName": "a", "environment": "x", "locale": "x", "features": {}})


def test_what_is_not_there_is_a_key_error(contract: Contract) -> None:
    """Whoever asks for an operation or an upstream that the contract has not is told."""
    with pytest.raises(KeyError, match="other"):
        contract.operation("other")
    with pytest.raises(KeyError, match="other"):
        contract.answer_schema("other")


def test_loading_imports_nothing_heavy() -> None:
    """Neither openapi-spec-validator nor Schemathesis nor jsonschema is imported to load a contract."""
    code = """
import sys
from pathlib import Path
from bothends.contract import load
load(Path("bothends.toml"))
heavy = ("openapi_spec_validator", "schemathesis", "jsonschema", "hypothesis", "rich")
print([name for name in heavy if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "[]\n" == done.stdout


def test_a_contract_can_be_sent_to_another_process(contract: Contract) -> None:
    """A contract is the same after pickling."""
    again = pickle.loads(pickle.dumps(contract))  # noqa: S301 -- made here
    assert contract.digest == again.digest
    request = Request("POST", "/api/route", (("Content-Type", "application/json"),), b'{"x":1}')
    assert {"invalid-body"} == admission(again.operation("postRoute"), request).refusals


def test_yaml_and_json_are_the_same_contract(folder: Folder) -> None:
    """The digest is of what is said, not of how it is written."""
    written_as_yaml = folder.load()
    folder.file("spec.json", folder.spec)
    folder.toml = folder.toml.replace("openapi.yaml", "spec.json")
    folder.toml = folder.toml.replace('answer = "spec.json#', 'answer = "#')
    as_json = folder.load()
    folder.toml = folder.toml.replace("spec.json", "openapi.yaml")
    assert as_json.digest == folder.load().digest
    assert written_as_yaml.digest != as_json.digest  # the answer's reference is another one


def change_spec(folder: Folder) -> None:
    """Change a limit."""
    folder.operation["responses"]["413"]["x-given"]["bytes"] = 100


def change_session(folder: Folder) -> None:
    """Change the kind of sessions."""
    folder.toml = folder.toml.replace("next-auth-v4", "auth-js-v5")


def change_upstream(folder: Folder) -> None:
    """Change an upstream's path."""
    folder.toml = folder.toml.replace('path = "/settings"', 'path = "/other"')


def change_port(folder: Folder) -> None:
    """Change a port, a secret, a key and a time limit."""
    folder.toml = folder.toml.replace('kind = "inngest"', 'kind = "inngest"\nport = 4000\nevent_key = "k"')
    folder.toml = folder.toml.replace('kind = "next-auth-v4"', 'kind = "next-auth-v4"\nsecret = "s"')


@pytest.mark.parametrize(
    ("change", "same"), [(change_spec, False), (change_session, False), (change_upstream, False), (change_port, True)]
)
def test_the_digest_is_of_what_shapes_cases(folder: Folder, change: Callable[[Folder], None], same: bool) -> None:  # noqa: FBT001 -- a column
    """Another spec, session or upstream is another contract; another port, secret or key is not."""
    before = folder.load().digest
    change(folder)
    assert same == (before == folder.load().digest)


def test_the_digest_covers_the_files_that_are_referred_to(folder: Folder) -> None:
    """A schema in another file is part of the contract."""
    folder.schemas["User"] = {"$ref": "user.json"}
    folder.file("user.json", {"type": "object"})
    before = folder.load().digest
    folder.file("user.json", {"type": "object", "required": ["name"]})
    assert before != folder.load().digest


def test_the_settings_answer_may_be_in_a_file_of_its_own(folder: Folder) -> None:
    """An upstream's answer is any JSON Schema, and starts from the settings file's folder."""
    folder.toml = folder.toml.replace("openapi.yaml#/components/schemas/AppSettings", "schemas/settings.json#/$defs/S")
    folder.file("schemas/settings.json", {"$defs": {"S": {"items": {"$ref": "#/$defs/T"}}, "T": {"type": "integer"}}})
    schema = Schema(folder.load().answer_schema("settings"))
    assert (True, False) == (schema.is_valid([1]), schema.is_valid(["x"]))
    folder.file("schemas/settings.json", "{")
    assert "settings.json:1: The file can't be read as JSON" in str(folder.error())
    folder.toml = folder.toml.replace("schemas/settings.json#/$defs/S", "#/components/schemas/Nope")
    line = next(n for n, text in enumerate(folder.toml.splitlines(), 1) if text.startswith("answer = "))
    told = f"bothends.toml:{line} world.upstreams.settings.answer: The reference #/components/schemas/Nope does"
    assert told in str(folder.error())


def operation_with(folder: Folder, **changes: Any) -> Operation:
    """Load the contract with changes of its operation."""
    folder.operation.update(changes)
    return folder.load().operations[0]


def test_an_operation_without_an_id_is_named_by_its_place(folder: Folder) -> None:
    """The label is the method and the path."""
    del folder.operation["operationId"]
    assert "POST /api/route" == folder.load().operations[0].id


def test_classes_and_default_stand_for_statuses(folder: Folder) -> None:
    """A status has its own answer, else that of its class, else the default."""
    problem = folder.operation["responses"]["400"]["content"]
    wrong = {"family": "upstream-wrong"}
    responses = {
        "2XX": {"description": "ok"},
        "204": {"description": "none", "x-given": "signed-out"},
        "5XX": {
            "description": "x",
            "content": problem,
            "x-given": {**wrong, "upstream": "settings"},
        },
        "503": {"description": "y", "x-given": {**wrong, "upstream": "ingest"}},
        "default": {"description": "z", "x-given": "malformed-body"},
    }
    operation = operation_with(folder, responses=responses)
    names = {200: "2XX", 204: "204", 299: "2XX", 503: "503", 504: "5XX", 301: "default", 404: "default", 777: "default"}
    assert names == {s: a.status for s in names if (a := operation.answer_for(s)) is not None}
    assert frozenset(range(200, 300)) - {204} == operation.success_statuses
    assert frozenset(range(400, 600)) == operation.error_statuses
    assert frozenset(range(500, 600)) - {503} == operation.statuses_of("upstream-wrong", "settings")
    assert {503} == operation.statuses_of("upstream-wrong", "ingest")
    assert frozenset(range(500, 600)) == operation.statuses_of("upstream-wrong")
    assert frozenset(range(400, 500)) == operation.statuses_of("malformed-body")
    assert frozenset() == operation.statuses_of("invalid-body")
    assert operation_with(folder, responses={"200": {"description": "ok"}}).answer_for(404) is None


def test_parameters_and_examples_are_read_from_wherever_they_stand(folder: Folder) -> None:
    """Those of the path item and of the operation, by reference too, with the first example that there is."""
    folder.spec["paths"] = {"/o/{id}": {"post": folder.operation}}
    item = folder.spec["paths"]["/o/{id}"]
    integer = {"type": "integer"}
    folder.spec["components"]["parameters"] = {"Id": {"name": "id", "in": "path", "required": True, "schema": integer}}
    item["parameters"] = [
        {"$ref": "#/components/parameters/Id"},
        {"name": "a", "in": "query", "schema": {"default": 5}},
        {"name": "b", "in": "query", "schema": {"$ref": "#/components/schemas/Colour"}},
        {"name": "c", "in": "query", "schema": {}, "examples": {"none": {"externalValue": "x"}, "one": {"value": [1]}}},
        {"name": "d", "in": "query", "content": {"application/json": {}}},
        {"name": "e", "in": "query", "schema": {"examples": ["x"]}},
        {"name": "f", "in": "query", "schema": {"const": 7}},
    ]
    item["post"]["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": integer, "example": 7}]
    folder.schemas["Colour"] = {"enum": ["red", "blue"]}
    body = item["post"]["requestBody"]["content"]["application/json"]
    body["examples"]["schema-example"] = {"value": {}}
    body["schema"] = {**folder.schemas["RouteRequest"], "example": {"data": 1}, "examples": [{"data": 2}]}
    body["x-note"] = "kept"
    operation = folder.load().operations[0]
    examples = {each.name: each.example for each in operation.parameters}
    assert {"id": 7, "a": 5, "b": "red", "c": [1], "d": None, "e": "x", "f": 7} == examples
    assert ["usual", "schema-example", "schema-example-2", "schema-example-1"] == [e.name for e in operation.examples]
    del body["examples"]
    body["example"] = {"data": 3}
    assert [3, 1, 2] == [e.value["data"] for e in folder.load().operations[0].examples]


def test_callbacks_and_path_items_may_be_references(folder: Folder) -> None:
    """A callback in components, and a path item in a file of its own, are followed."""
    item = folder.operation["callbacks"]["routeRequested"]["{ingest}/e/{eventKey}"]
    text = json.dumps(item).replace("#/components", "openapi.yaml#/components")
    folder.file("event.json", text)
    folder.spec["components"]["callbacks"] = {
        "Sent": {"{ingest}/e/{event_key}?x={$request.query.x}": {"$ref": "event.json"}}
    }
    parameters = [{"name": "x", "in": "query", "schema": {"type": "string"}}]
    callbacks = {"sent": {"$ref": "#/components/callbacks/Sent"}}
    operation = operation_with(folder, callbacks=callbacks, parameters=parameters)
    (event,) = operation.events
    assert "/e/k?x={$request.query.x}" == event.path_for("http://h", "k")
    assert ["$request.query.x"] == [expression.text for expression in event.url.expressions]
    assert {"ingest", "eventKey"} == event.url.names
    assert 3 == len(event.provenance({"ts": 1, "user": {}, "data": {"appSettings": {}}}))


@pytest.mark.parametrize(
    "key",
    [
        "$request.body#/callbackUrl",
        "{$request.body#/a~1b}/x",
        "{$request.header.X-Url}",
        "{$url}/{$method}",
        "http://fixed/e",
    ],
)
def test_runtime_expressions_need_no_ingest(folder: Folder, key: str) -> None:
    """A callback whose URL the exchange gives needs nothing of the world's."""
    callbacks = folder.operation["callbacks"]["routeRequested"]
    callbacks[key] = callbacks.pop("{ingest}/e/{eventKey}")
    folder.operation["parameters"] = [{"name": "x-url", "in": "header", "schema": {"type": "string"}}]
    folder.toml = folder.toml.replace('[world.ingest]\nkind = "inngest"', "")
    (event,) = folder.load().operations[0].events
    assert key == event.url_template


SECOND = {"get": {"operationId": "postRoute", "responses": {"200": {"description": "x"}}, "callbacks": {}}}


def spoil_callback(key: str) -> Callable[[Folder], None]:
    """Return a change that gives the callback a second URL."""
    return lambda folder: folder.operation["callbacks"]["routeRequested"].update({key: {}})


def spoil_given(value: Any, status: str = "401") -> Callable[[Folder], None]:
    """Return a change that gives an answer another x-given."""
    return lambda folder: folder.operation["responses"][status].update({"x-given": value})


def double_path_item(folder: Folder) -> None:
    """Give a path item a reference and more."""
    folder.spec["components"]["pathItems"] = {"X": {}}
    folder.spec["paths"]["/api/route"]["$ref"] = "#/components/pathItems/X"


def only_webhooks(folder: Folder) -> None:
    """Take the paths away."""
    del folder.spec["paths"]
    folder.spec["webhooks"] = {}


STRAY = "x-given has no meaning here"
REFERENCE = {"$ref": "#/components/responses/X", "x-given": "signed-out"}


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda f: f.spec.update(paths={}), "The spec declares no operation."),
        (only_webhooks, "The spec declares no operation."),
        (lambda f: f.spec["paths"].update({"/x": SECOND}), "The operationId 'postRoute' is already used"),
        (lambda f: f.spec.update(openapi="3.3.0"), "The spec is OpenAPI 3.3.0. bothends supports 3.0, 3.1 and 3.2."),
        (lambda f: f.spec.pop("openapi"), "The spec has no OpenAPI version."),
        (lambda f: f.spec.pop("info"), 'This is not valid OpenAPI 3.1: "info" is a required property.'),
        (
            lambda f: f.spec.update(jsonSchemaDialect="https://x/y"),
            "bothends does not support the JSON Schema dialect https://x/y.",
        ),
        (lambda f: setattr(f, "spec", ["a list"]), "The spec is not a mapping."),
        (lambda f: f.operation["responses"].update({"600": {"description": ""}}), "('600' was unexpected)"),
        (lambda f: f.operation["responses"]["401"].pop("description"), '"description" is a required property'),
        (lambda f: f.operation.update(security=[{"sesion": []}]), "The security scheme 'sesion' is not declared"),
        (
            lambda f: f.spec["components"]["securitySchemes"].update(session={"$ref": "#"}),
            "The security scheme 'session' has no `type`.",
        ),
        (lambda f: f.spec["components"].pop("securitySchemes"), "The security scheme 'session' is not declared"),
        (
            lambda f: f.spec["paths"].update({"/x/{id}": SECOND}),
            "The path contains {id}, but no path parameter has that name",
        ),
        (spoil_callback("{ingest}"), "The callback 'routeRequested' has no operation."),
        (spoil_callback("{ingest"), "The callback's URL has an unmatched brace: {ingest."),
        (spoil_callback(""), "The callback has no URL."),
        (
            spoil_callback("{$request.x}"),
            "The callback's URL contains {$request.x}, which is not a runtime expression.",
        ),
        (spoil_callback("$request.x"), "The callback's URL contains {$request.x}, which is not a runtime expression."),
        (double_path_item, "This path item has a $ref and other keys"),
        (lambda f: f.operation["responses"].update({"401": REFERENCE}), "x-given is beside a $ref"),
        (lambda f: f.callback["responses"]["200"].update({"x-given": "signed-out"}), STRAY),
        (lambda f: f.schemas["User"].update({"x-given": "signed-out"}), STRAY),
        (lambda f: f.operation["responses"].update({"x-given": "signed-out"}), STRAY),
        (spoil_given(5), "x-given is neither a string nor a mapping."),
        (spoil_given({}), "x-given names no family."),
        (spoil_given({"family": ["x"]}), "x-given names an unknown family: ['x']."),
        (spoil_given({"family": "signed-out", "upstream": "settings"}), "'upstream' has no meaning for signed-out."),
        (spoil_given({"family": "signed-out", "bytes": 1}), "'bytes' has no meaning for signed-out."),
        (spoil_given({"family": "upstream-wrong", "upstream": "x"}, "502"), "x-given names an unknown upstream: 'x'."),
        (spoil_given({"family": "body-too-large", "bytes": -1}, "413"), "'bytes' is -1."),
        (spoil_given({"family": "body-too-large", "bytes": True}, "413"), "'bytes' is True."),
        (spoil_given({"family": "signed-out", "for": "id"}), "'for' has no meaning for signed-out."),
        (spoil_given({"family": "signed-out", "after": "show"}), "'after' has no meaning for signed-out."),
        (spoil_given({"family": "wrong-state", "after": ""}), "'after' is ''."),
        (spoil_given({"family": "not-found", "for": 5}), "'for' is 5."),
        (spoil_given([]), "x-given is an empty list."),
        (spoil_given(["not-found", "not_found"]), "x-given names an unknown family: 'not_found'."),
        (spoil_given(["not-found", {"family": "not-found"}]), "x-given names not-found twice."),
        (
            lambda f: f.operation["requestBody"]["content"].update({"Application/JSON": {}}),
            "The media type 'application/json' is declared twice.",
        ),
        (
            lambda f: setattr(f, "toml", f.toml.replace('[world.ingest]\nkind = "inngest"', "")),
            "The callback's URL contains {ingest}, but there is no ingest.",
        ),
    ],
)
def test_a_contract_that_cannot_hold_is_refused(
    folder: Folder, spoil: Callable[[Folder], object], expected: str
) -> None:
    """Each thing that nothing could be verified by is an error."""
    spoil(folder)
    assert expected in str(folder.error())


def test_extensions_are_words_only_where_they_mean_something(folder: Folder) -> None:
    """In examples, constants and names of properties, `$ref` and `x-given` are the user's."""
    folder.schemas["User"]["properties"]["x-given"] = {"const": {"$ref": "#/nowhere", "x-given": 1}}
    folder.schemas["User"]["examples"] = [{"$ref": "#/nowhere"}]
    folder.operation["requestBody"]["content"]["application/json"]["examples"]["odd"] = {
        "value": {"x-given": 1, "$ref": 5}
    }
    folder.operation["x-note"] = {"$ref": "#/nowhere"}
    folder.schemas["AppSettings"]["x-from"] = "nothing that is reached from the event is called that"
    del folder.schemas["RouteRequested"]["properties"]["data"]["properties"]["appSettings"]
    del folder.schemas["RouteRequested"]["properties"]["data"]["required"]
    assert folder.load().operations[0].id == "postRoute"


def without_session(folder: Folder) -> None:
    """Take the sessions out of the settings."""
    start = folder.toml.index("[world.session]")
    folder.toml = folder.toml[:start] + folder.toml[folder.toml.index("[world.upstreams") :]


def test_sessions_that_nobody_can_sign_in_to_are_read(folder: Folder) -> None:
    """What nothing plays is no error of the contract: the run says what it could not show."""
    folder.toml = folder.toml.replace('cookie = "next-auth.session-token"', 'cookie = "other"')
    assert folder.load().operations[0].security.unplayable
    folder.toml = folder.toml.replace('cookie = "other"', 'cookie = "__Secure-next-auth.session-token"')
    assert not folder.load().operations[0].security.unplayable
    without_session(folder)
    assert folder.load().operations[0].security.unplayable
    del folder.operation["security"]
    assert "x-from names the session's user, but no caller can sign in." in str(folder.error())
    del folder.schemas["RouteRequested"]["properties"]["user"]["x-from"]
    assert folder.load().operations


@pytest.mark.parametrize(
    ("servers", "target", "expected"),
    [
        ([{"url": "/api/v2/"}], "", "/api/v2"),
        ([{"url": "v2"}], "", "/v2"),
        ([{"url": "https://api.example.com/v2"}], "", "/v2"),
        (
            [{"url": "https://{who}.example.com/{v}", "variables": {"who": {"default": "a"}, "v": {"default": "v3"}}}],
            "",
            "/v3",
        ),
        ([{"url": "https://api.example.com/v2"}, {"url": "http://localhost:3000"}], "", None),
        ([{"url": "https://api.example.com/v2"}, {"url": "http://localhost:3000/dev"}], "", "/dev"),
        ([{"url": "https://api.example.com/v2"}, {"url": "https://eu.example.com/v2"}], "", "/v2"),
        ([{"url": "https://api.example.com/v2"}, {"url": "https://eu.example.com/eu/v2"}], "", None),
        ([{"url": "https://api.example.com/{v}"}], "", None),
        ([{"url": "http://[x/v2"}], "", None),
        ([{"url": "/"}], "", None),
        ([{"url": "/v2"}], 'base_path = "/v1"', "/v1"),
        ([{"url": "/v2"}], 'base_path = ""', ""),
        ([{"url": "/v2"}], 'url = "http://127.0.0.1:1/v1"', None),
        ([{"url": "/v2"}], 'url = "http://127.0.0.1:1"', "/v2"),
    ],
)
def test_what_stands_before_each_path(folder: Folder, servers: list[Any], target: str, expected: str | None) -> None:
    """The `servers` of a file say it, where no setting and no URL does; where they differ, none is more right."""
    folder.spec["servers"] = servers
    folder.toml = f'spec = "openapi.yaml"\n[target]\n{target}\n{folder.toml[folder.toml.index("[world") :]}'
    assert expected == folder.load().settings.target.base_path
