"""`[target] setup` and `x-from: setup.NAME`: what is read, what a case has, and what is sent."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.cases import plain_cases
from bothends.cases.families.requests import admitted_request
from bothends.contract import admission, load
from bothends.contract.requests import filled_by_setup, setup_named, with_marks
from bothends.contract.requests.setup_values import SetupPlace, mark_of
from bothends.contract.settings import load_settings
from bothends.contract.tables import fill, gaps
from bothends.errors import ContractError
from bothends.records import Request
from bothends.schemas import Schema
from tests.setup.project import ORDER, STEPS, Shop

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Contract

VALUES = {"project": "p-1/ü", "channel": 7, "region": "eu west/1"}


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    """Return a contract with a value of setup in the path, a header, the body and the event."""
    Shop(tmp_path).write()
    return load(tmp_path / "bothends.toml")


def test_gaps_of_a_text() -> None:
    """Names that are known as such are gaps; all other braces are text."""
    text = "{setup.a-b} {world.hooks.secret} {env.X} {port} {target} { me { id } } {other} {{setup.b}}"
    assert ["setup.a-b", "world.hooks.secret", "env.X", "port", "target", "setup.b"] == list(gaps(text))


def test_a_text_that_is_a_gap_becomes_the_value() -> None:
    """In JSON a number stays a number; within a text it is written out."""
    given = {"n": "{setup.n}", "t": "no {setup.n}", "l": ["{setup.l}", 1, True], "u": "{setup.u}"}
    values = {"setup.n": 7, "setup.l": [1]}
    assert {"n": 7, "t": "no 7", "l": [[1], 1, True], "u": "{setup.u}"} == fill(given, values)


def test_a_case_has_marks_and_what_is_sent_has_values(contract: Contract) -> None:
    """In a path the value is escaped, in a header it is as it is, in JSON it has its type."""
    operation = contract.operations[0]
    request = admitted_request(operation)
    assert request is not None
    assert f"/projects/{mark_of('project')}/orders" == request.target
    sent = filled_by_setup(request, operation.setup_places, VALUES)
    assert "/projects/p-1%2F%C3%BC/orders" == sent.target
    assert "eu west/1" == sent.header("x-region")
    assert 7 == json.loads(sent.body or b"")["channel"]
    assert {"project", "channel"} <= contract.setup_names


def test_all_cases_are_filled(contract: Contract) -> None:
    """No mark is left in what is sent, whatever form the case has, but in an odd spelling of the path."""
    operation = contract.operations[0]
    for family in ("success", "malformed-body", "invalid-body", "body-too-large", "framing", "odd-body", "sizes"):
        for case in plain_cases(contract, family):
            sent = filled_by_setup(case.request, operation.setup_places, VALUES)
            whole = b"".join([sent.target.encode(), sent.body or b"", sent.raw or b"", repr(sent.headers).encode()])
            assert not [name for name in VALUES if mark_of(name).encode() in whole], case.label


def test_a_raw_request_keeps_its_length(contract: Contract) -> None:
    """What a case says of the length of its body stays true; where the value is too long, the length is corrected."""
    operation = contract.operations[0]
    body = b'{"channel": "%b"}' % mark_of("channel", is_text=False).encode()
    raw = b"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    request = Request("POST", "/x", raw=raw)
    for value in (7, "x" * 200):
        sent = filled_by_setup(request, operation.setup_places, {"channel": value}).raw or b""
        head, _, rest = sent.partition(b"\r\n\r\n")
        assert b"Content-Length: %d" % len(rest) in head
        assert value == json.loads(rest)["channel"]


def test_another_value_gets_the_mark(contract: Contract) -> None:
    """What the schema takes there is another project's; what it refuses is what the case is about."""
    operation = contract.operations[0]
    request = admitted_request(operation)
    assert request is not None

    def marked(path: str, channel: Any) -> tuple[str, Any]:
        body = json.dumps({"item": "x", "channel": channel}).encode()
        found = with_marks(operation.setup_places, replace(request, target=path, body=body), operation.path)
        return found.target, json.loads(found.body or b"")["channel"]

    assert (request.target, mark_of("channel", is_text=False)) == marked("/projects/p-2/orders", 5)
    assert ("/projects/x/orders", "5") == marked("/projects/x/orders", "5")
    assert not admission(operation, request).refusals


def test_a_part_of_a_segment_gets_the_mark(contract: Contract) -> None:
    """A parameter need not be all that stands between two slashes; what is behind it stays."""
    request = with_marks(contract.operations[0].setup_places, Request("GET", "/p/p-2.json?a=%41"), "/p/{project}.json")
    assert f"/p/{mark_of('project')}.json?a=%41" == request.target


def test_a_report_names_the_value(contract: Contract) -> None:
    """A mark means nothing to a person."""
    request = admitted_request(contract.operations[0])
    assert request is not None
    shown = setup_named(request)
    assert "/projects/{setup.project}/orders" == shown.target
    assert b'"channel": {setup.channel}' in (shown.body or b"")


_LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
_OF_TYPES = {
    "string": st.text(),
    "integer": st.integers(),
    "number": st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
    "null": st.none(),
    "array": st.lists(_LEAVES, max_size=3),
    "object": st.dictionaries(st.text(), _LEAVES, max_size=3),
}


@pytest.mark.parametrize("kind", _OF_TYPES)
@given(data=st.data())
def test_what_is_shown_is_what_is_sent(kind: str, data: st.DataObject) -> None:
    """A text is shown in its quotes, what is no text without: who puts the value there has the JSON that is sent."""
    value = data.draw(_OF_TYPES[kind])
    place = SetupPlace("body", "/v", "it", Schema({"type": kind}), is_text=kind == "string")
    case = with_marks([place], Request("POST", "/", body=json.dumps({"v": value}).encode()), "/")
    written = json.dumps(value)
    shown = (setup_named(case).body or b"").decode()
    assert '{"v": "{setup.it}"}' == shown or kind != "string"
    filled = shown.replace("{setup.it}", written[1:-1] if kind == "string" else written)
    sent = filled_by_setup(case, [place], {"it": value})
    assert json.loads(filled) == json.loads(sent.body or b"")


@pytest.mark.parametrize(
    ("schema", "is_text"),
    [
        ({"type": "string", "minLength": 9}, True),
        ({"type": ["string", "null"]}, True),
        ({"$ref": "#/components/schemas/Number"}, False),
        ({"type": "integer"}, False),
        ({}, True),
    ],
)
def test_the_type_of_a_place_is_known_from_its_schema(tmp_path: Path, schema: Any, is_text: bool) -> None:  # noqa: FBT001 -- a column of the table
    """Where a text may stand, the value is taken for one."""
    shop = Shop(tmp_path)
    shop.write()
    document = json.loads((tmp_path / "spec.json").read_text("utf-8"))
    body = document["paths"]["/projects/{project}/orders"]["post"]["requestBody"]["content"]["application/json"]
    body["schema"]["properties"]["channel"] = {**schema, "x-from": "setup.channel"}
    document.setdefault("components", {}).setdefault("schemas", {})["Number"] = {"type": "number"}
    (tmp_path / "spec.json").write_text(json.dumps(document), "utf-8")
    places = load(tmp_path / "bothends.toml").operations[0].setup_places
    assert [is_text] == [place.is_text for place in places if place.value == "channel"]


@pytest.mark.parametrize(
    ("schema", "told", "expected"),
    [
        (
            {"properties": {"channels": {"type": "array", "items": {"x-from": "setup.channel"}}}},
            "In a request, x-from: setup.… can't stand here.",
            "a property of the body or of an object in it, not in a list or under oneOf or anyOf",
        ),
        (
            {"properties": {"channel": {"x-from": "setup.chanel"}}},
            "x-from names an unknown setup value: 'chanel'.",
            "one of ada, admin, bob, channel, eve, place, project, region",
        ),
    ],
)
def test_a_place_that_is_not_certain(tmp_path: Path, schema: dict[str, Any], told: str, expected: str) -> None:
    """The error has the place in the spec, and what would be right."""
    shop = Shop(tmp_path)
    shop.write()
    text = (tmp_path / "spec.json").read_text()
    (tmp_path / "spec.json").write_text(text.replace(json.dumps(ORDER), json.dumps({"type": "object", **schema})))
    with pytest.raises(ContractError) as caught:
        load(tmp_path / "bothends.toml")
    assert (told, expected) == (caught.value.problem, caught.value.expected)
    assert "/requestBody/" in str(caught.value.where)


HEAD = 'spec = "spec.json"\n[target]\n'
WRONG = [
    ("setup = 3\n", "3 target.setup", "'setup' is 3."),
    ('setup = ["sh", 3]\n', "3 target.setup", "Number 2 of 'setup' is 3."),
    ('setup = ["sh", {path = "/a"}]\n', "3 target.setup", "'setup' is a list of words and tables."),
    (
        'setup = "sh {setup.a}"\n',
        "3 target.setup",
        "The setup command uses {setup.a}, but no value is known before it has run.",
    ),
    ('[[target.setup]]\npath = "x"\n', "3 target.setup", "Setup step 1: the path is 'x'."),
    (
        '[[target.setup]]\npath = "/x"\nstats = 3\n',
        "3 target.setup",
        "Number 1 of 'setup' has the unknown key 'stats'.",
    ),
    (
        '[[target.setup]]\npath = "/x/{setup.a}"\n',
        "3 target.setup",
        "Setup step 1 uses {setup.a}, which no earlier step takes.",
    ),
    (
        '[[target.setup]]\npath = "/x"\ntake = {a = "bodi"}\n',
        "3 target.setup",
        "Setup step 1 takes 'bodi', which is no part of an answer.",
    ),
    (
        '[[target.setup]]\npath = "/x"\njson = {}\nform = {}\n',
        "3 target.setup",
        "Setup step 1 has both 'json' and 'form'.",
    ),
    (
        "setup_headers = {A = 3}\n",
        "3 target.setup_headers.A",
        "'A' is 3.",
    ),
    (
        'setup_headers = {A = {user = "ada"}}\n',
        "3 target.setup_headers.A",
        "'password' is missing in [target.setup_headers.A].",
    ),
    (
        'setup_headers = {A = {user = "a:b", password = "c"}}\n',
        "3 target.setup_headers.A.user",
        "'user' is 'a:b'.",
    ),
    (
        'setup_headers = {A = "b"}\n',
        "3 target.setup_headers",
        "'setup_headers' are headers of setup requests, but [target] has no setup.",
    ),
    (
        'setup = "sh"\nsetup_headers = {A = "b"}\n',
        "4 target.setup_headers",
        "'setup_headers' are headers of setup requests, but setup is a command.",
    ),
    (
        'setup_headers = {A = "{setup.b}"}\n[[target.setup]]\npath = "/x"\n',
        "3 target.setup_headers",
        "'setup_headers' uses {setup.b}, which no setup step takes.",
    ),
    (
        'setup_headers = {A = "{env.NOT_SET_ANYWHERE}"}\n[[target.setup]]\npath = "/x"\n',
        "3 target.setup_headers",
        "The environment variable NOT_SET_ANYWHERE is not set, but 'setup_headers' uses {env.NOT_SET_ANYWHERE}.",
    ),
    ('secrets = ["{setup.a}"]\n', "3 target.secrets", "'secrets' uses {setup.a}, but [target] has no setup."),
    (
        '[[target.setup]]\npath = "/x"\nheaders = {a = "{env.NOT_SET_ANYWHERE}"}\n',
        "3 target.setup",
        "The environment variable NOT_SET_ANYWHERE is not set, but 'setup' uses {env.NOT_SET_ANYWHERE}.",
    ),
]


@pytest.mark.parametrize(("text", "place", "problem"), WRONG)
def test_wrong_settings(tmp_path: Path, text: str, place: str, problem: str) -> None:
    """Each is told with its line."""
    file = tmp_path / "bothends.toml"
    file.write_text(HEAD + text)
    with pytest.raises(ContractError) as caught:
        load_settings(file)
    assert (f"{file}:{place}", problem) == (str(caught.value.where), caught.value.problem)


def test_a_value_that_no_step_takes(tmp_path: Path) -> None:
    """It is told where it is used."""
    shop = Shop(tmp_path, setup=STEPS.replace("{bob =", "{bill ="))
    shop.write()
    with pytest.raises(ContractError, match=r"'callers' uses \{setup\.bob\}, which no setup step takes") as caught:
        load_settings(tmp_path / "bothends.toml")
    assert "world.sessions.caller.callers" in str(caught.value.where)
