"""Formats that have changed, and what is said of values where members that no schema names would make a difference."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bothends.diff import Options, compare
from tests.diff.schema_pairs import SchemaMaker
from tests.diff.table import contract, event, operation, parameter
from tests.diff.test_inclusion import inline, quick, sample
from tests.diff.test_table import write
from tests.in_process import bothends

if TYPE_CHECKING:
    from pathlib import Path

Json = dict[str, Any]
OF_EVENTS, OF_REQUESTS = "consumers of event orderPlaced of POST /orders/{id}", "callers of POST /orders/{id}"
SENT_FITS = "Each value that the old schema allowed is one of the new one."
GOT_FITS = "Each value that the new schema allows is one of the old one."


def _body(holder: Json) -> Json:
    found: Json = holder["requestBody"]["content"]["application/json"]["schema"]
    return found


def _with(place: str, schema: Json) -> Json:
    """Return a contract that has a schema for a member of an event or of a request, or for a parameter."""
    made = contract()
    match place:
        case "event":
            _body(event(made))["properties"]["at"] = schema
        case "request":
            _body(operation(made))["properties"]["at"] = schema
        case _:
            parameter(made, "hook")["schema"] = schema
    return made


def _texts(name: str | None) -> Json:
    return {"type": "string"} | ({} if name is None else {"format": name})


def _diff(folder: Path, old: Json, new: Json, *words: str) -> tuple[int, list[str]]:
    """Run the command on two contracts; its exit code, and the lines of its output."""
    write(folder, old, new)
    done = bothends(folder, "diff", "old.json", "new.json", *words)
    return done.returncode, [line.strip() for line in done.stdout.splitlines()]


@pytest.mark.parametrize("words", [(), ("--strict",)], ids=["usual", "strict"])
@pytest.mark.parametrize(
    ("place", "whom", "name"),
    [("event", OF_EVENTS, "/at"), ("request", OF_REQUESTS, "/at"), ("parameter", OF_REQUESTS, "The whole value")],
)
def test_another_format_is_told(tmp_path: Path, place: str, whom: str, name: str, words: tuple[str, ...]) -> None:
    """Of what is read and of what is sent: the exit code is that of a doubt, and nobody says `no break`."""
    code, lines = _diff(tmp_path, _with(place, _texts("date-time")), _with(place, _texts("date")), *words)
    assert 0 == code
    assert [f"UNDECIDED for {whom}", f'{name} was of the format "date-time", and is of "date".'] == lines[:2]
    assert "1 undecided" == lines[-1]
    assert any(line.startswith("was") and 'date-time"' in line for line in lines)
    assert any(line.startswith("is") and 'date"' in line for line in lines)


@pytest.mark.parametrize(
    ("old", "new", "of_event", "of_request"),
    [
        (None, "date", "compatible", "undecided"),
        ("date", None, "undecided", "compatible"),
        ("uri", "uri-reference", "undecided", "compatible"),
        ("email", "email", "", ""),
        ("phone", "iban", "undecided", "undecided"),
    ],
)
def test_who_reads_it_may_be_in_doubt(
    tmp_path: Path, old: str | None, new: str | None, of_event: str, of_request: str
) -> None:
    """A format that is new where values are read, or gone where they are sent, breaks nobody; nor does a wider one."""
    for place, expected in (("event", of_event), ("request", of_request)):
        files = write(tmp_path, _with(place, _texts(old)), _with(place, _texts(new)))
        found = compare(*files, Options(config=tmp_path / "none.toml")).changes
        assert [("format", expected)] * bool(expected) == [(each.rule, str(each.verdict)) for each in found]


def test_formats_of_numbers_and_of_items_are_told(tmp_path: Path) -> None:
    """Where formats are asserted, too: no value is refused for them."""
    numbers = [{"type": "array", "items": {"type": "integer", "format": name}} for name in ("int32", "int64")]
    old, new = (_with("event", schema) for schema in numbers)
    (tmp_path / "bothends.toml").write_text('spec = "new.json"\nformats = "assert"\n', "utf-8")
    code, lines = _diff(tmp_path, old, new)
    assert (0, '/at/* was of the format "int32", and is of "int64".') == (code, lines[1])
    code, lines = _diff(tmp_path, new, old)
    assert (0, True) == (code, lines[-1].startswith("no break; "))


@pytest.mark.parametrize("place", ["event", "request"])
def test_another_format_breaks_where_formats_are_asserted(tmp_path: Path, place: str) -> None:
    """With a value that shows it, and once."""
    (tmp_path / "bothends.toml").write_text('spec = "new.json"\nformats = "assert"\n', "utf-8")
    code, lines = _diff(tmp_path, _with(place, _texts("date-time")), _with(place, _texts("date")), "--all")
    assert (1, "1 break: 1 for " + ("consumers" if place == "event" else "callers")) == (code, lines[-1])
    assert [] == [line for line in lines if line.startswith("rule") and "pattern" not in line]
    assert any(line.startswith(("allowed now", "refused now")) for line in lines)


def test_a_wider_format_breaks_nobody_where_formats_are_asserted(tmp_path: Path) -> None:
    """Each URI is a URI reference."""
    (tmp_path / "bothends.toml").write_text('spec = "new.json"\nformats = "assert"\n', "utf-8")
    code, lines = _diff(tmp_path, _with("request", _texts("uri")), _with("request", _texts("uri-reference")))
    assert (0, True) == (code, lines[-1].startswith("no break; "))


def test_a_format_is_told_beside_what_else_has_changed(tmp_path: Path) -> None:
    """A member that may be missing now, and is of another format: both are told; another type is told alone."""
    old, new = _with("event", _texts("date-time")), _with("event", _texts("date"))
    _body(event(old))["required"].append("at")
    _, lines = _diff(tmp_path, old, new)
    assert {"/at may now be missing.", '/at was of the format "date-time", and is of "date".'} <= set(lines)
    _, lines = _diff(tmp_path, _with("event", _texts("date-time")), _with("event", {"type": "integer"}))
    assert [] == [line for line in lines if "format" in line]


# What is said of values.


def test_what_fits_is_told_beside_a_format_that_is_in_doubt(tmp_path: Path) -> None:
    """Of the same body: what else has changed fits, and it is said that formats do not count in that."""
    old, new = _with("request", _texts("date-time")), _with("request", _texts("date"))
    _body(operation(new))["properties"]["note"]["minLength"] = 0
    _body(operation(new))["properties"]["item"] = {"type": ["string", "null"]}
    code, lines = _diff(tmp_path, old, new, "--all")
    assert (0, "1 undecided; 1 compatible change") == (code, lines[-1])
    assert SENT_FITS in lines
    assert any(line.startswith("note") and "does not count here" in line for line in lines)


@pytest.mark.parametrize(
    ("old", "new", "fits"),
    [
        ({}, {"additionalProperties": False}, False),
        ({"additionalProperties": False}, {}, True),
        ({}, {"properties": {"item": {"type": "string"}, "note": {"type": ["string", "null"]}}}, True),
        ({}, {"unevaluatedProperties": {"type": "integer"}}, False),
    ],
    ids=["closed", "opened", "wider", "others"],
)
def test_each_value_is_said_to_fit_only_where_it_does(tmp_path: Path, old: Json, new: Json, *, fits: bool) -> None:
    """A request that is closed refuses values which the old schema allowed: the sentence is then another one."""
    before, after = contract(), contract()
    _body(operation(before)).update(old)
    _body(operation(after)).update(new)
    code, lines = _diff(tmp_path, before, after, "--all")
    assert (0, fits) == (code, SENT_FITS in lines)
    named = "Each value with no members but those that the old schema names is still one of the new one."
    assert (not fits) == (named in lines)
    assert "no break; 1 compatible change" == lines[-1]


def test_each_event_is_said_to_fit_only_where_it_does(tmp_path: Path) -> None:
    """An event that is open now may have members that the old schema refused, and readers pass by them."""
    old, new = contract(), contract()
    _body(event(old))["additionalProperties"] = False
    _body(event(new))["properties"]["note"]["maxLength"] = 9
    _, lines = _diff(tmp_path, old, new, "--all")
    assert (False, True) == (GOT_FITS in lines, any("readers pass by others" in line for line in lines))
    _body(event(new))["additionalProperties"] = False
    _, lines = _diff(tmp_path, old, new, "--all")
    assert GOT_FITS in lines


@settings(quick, max_examples=60)
@given(seed=st.integers(0, 2**32))
def test_no_value_refutes_what_is_said_of_each_value(tmp_path_factory: Any, seed: int) -> None:
    """For pairs of schemas of a request: where each value is said to be one of the new schema, each sampled one is."""
    rng = Random(seed)  # noqa: S311 -- reproducible on purpose
    first, second = (inline(each) for each in SchemaMaker(rng).pair())
    contracts = []
    for schema in (first, second):
        made = contract()
        operation(made)["requestBody"]["content"]["application/json"]["schema"] = schema
        contracts.append(made)
    folder: Path = tmp_path_factory.mktemp("pair")
    found = compare(*write(folder, *contracts), Options(config=folder / "none.toml")).changes
    if any(each.problem == SENT_FITS for each in found):
        sent, got = (Draft202012Validator(each) for each in (first, second))
        assert [] == [value for value in sample(rng, first) if sent.is_valid(value) and not got.is_valid(value)]


def test_what_is_said_is_the_same_in_json(tmp_path: Path) -> None:
    """A doubt about a format has its rule, its pointer and both lines."""
    write(tmp_path, _with("event", _texts("date-time")), _with("event", _texts("date")))
    done = bothends(tmp_path, "diff", "old.json", "new.json", "--format", "json")
    [change] = json.loads(done.stdout)["changes"]
    assert ("format", "undecided", "/at") == (change["rule"], change["verdict"], change["pointer"])
    assert ('"format": "date-time"', '"format": "date"') == (change["old"]["text"], change["new"]["text"])
