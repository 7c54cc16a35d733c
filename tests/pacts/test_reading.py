"""Pact files of all versions are read; a bad one is refused with its place, and never passed over."""

from __future__ import annotations

import copy
import os
from typing import TYPE_CHECKING, Any

import pytest

from bothends.errors import ContractError
from bothends.pacts import read_pacts
from tests.pacts.pact_files import (
    V2,
    V3,
    exchange,
    message,
    pact_json,
    read,
    signed_out,
    success,
    wrapped,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path


def error_of(folder: Path, value: Any) -> str:
    """Return what a person reads of a bad pact, its folder left out."""
    with pytest.raises(ContractError) as caught:
        read(folder, value)
    return str(caught.value).replace(f"{folder}{os.sep}", "")


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    """All *.json of the folder are pacts, and nothing else is."""
    for name in ("b.json", "a.JSON", "README.md", "c.json.orig"):
        write(tmp_path, pact_json("route", success()), name)
    for folder in ("deeper", ".kept"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder, "of no pact", "notes.txt")
    write(tmp_path / ".kept", pact_json("route", success()))
    assert ["a.JSON", "b.json"] == [pact.file.name for pact in read_pacts(tmp_path)]


def test_nothing_to_verify_is_read_as_such(tmp_path: Path) -> None:
    """An empty folder, and a pact without interactions, are for the run to call unproven."""
    assert () == read_pacts(tmp_path)
    assert () == read(tmp_path, pact_json("route")).interactions


def test_v2_is_read(tmp_path: Path) -> None:
    """V2: one state as a text, the query as a text, the body as it is."""
    pact = read(tmp_path, V2)
    only = pact.interactions[0]
    assert ("web", "route", "2.0.0") == (pact.consumer, pact.provider, pact.version)
    assert [("signed in", "/interactions/0/provider_state")] == [(s.name, s.pointer) for s in only.states]
    assert ("http", {"data": 1}, "/api/route?a=1") == (only.kind, only.request_body, only.target)


def test_v3_messages_are_read(tmp_path: Path) -> None:
    """V3: messages in a list of their own, states with parameters."""
    pact = read(tmp_path, V3)
    only = pact.interactions[0]
    assert ("3.0.0", "message", "/messages/0") == (pact.version, only.kind, only.pointer)
    assert [("signed in as {user}", {"user": "Ada"})] == [(s.name, s.parameters) for s in only.states]
    assert {"name": "app/route.requested"} == only.contents


def test_v4_is_read(tmp_path: Path) -> None:
    """V4: both kinds in one list, told apart by their type."""
    pact = read(tmp_path, pact_json("route", success(), message(wrapped({"name": "x"}))))
    assert [("http", "it works"), ("message", "an event")] == [(i.kind, i.description) for i in pact.interactions]


@pytest.mark.parametrize(
    ("spelling", "value", "expected"),
    [
        ("provider_state", "a", [("a", {})]),
        ("providerState", "a", [("a", {})]),
        ("providerState", None, []),
        ("providerStates", [], []),
        ("providerStates", "a", [("a", {})]),
        ("providerStates", ["a", {"name": "b"}], [("a", {}), ("b", {})]),
        ("providerStates", [{"name": "b", "params": None}], [("b", {})]),
        ("provider_states", [{"name": "b", "params": {"c": 1}}], [("b", {"c": 1})]),
    ],
)
def test_states_are_read_in_all_spellings(tmp_path: Path, spelling: str, value: Any, expected: Any) -> None:
    """Tools differ in how they write provider states."""
    only = read(tmp_path, pact_json("route", {**signed_out(), "providerStates": None, spelling: value})).interactions[0]
    assert expected == [(state.name, state.parameters) for state in only.states]


def test_a_file_without_a_version_is_read(tmp_path: Path) -> None:
    """As Pact does: what has no version is of one before V4."""
    for metadata in [{}, None, {"pactSpecification": {}}, 5]:  # type: ignore[var-annotated]  # JSON values
        assert "" == read(tmp_path, {**V2, "metadata": metadata}).version


def test_numbers_are_as_good_as_texts_in_headers(tmp_path: Path) -> None:
    """Some tools write the values of headers and queries as numbers."""
    request = {"method": "GET", "path": "/", "headers": {"X": 1}, "query": {"a": [2]}}
    only = read(tmp_path, pact_json("route", exchange(request, {}))).interactions[0]
    assert ((("X", "1"),), "/?a=2") == (only.request_headers, only.target)


def changed(value: Any, **parts: Any) -> Any:
    """Return a pact with parts of its first interaction replaced; `...` leaves one out."""
    made = copy.deepcopy(value)
    each = made["interactions"][0]
    each.update(parts)
    for key in [key for key, part in parts.items() if part is ...]:
        del each[key]
    return made


ONE = pact_json("route", success())
REQUEST = success()["request"]

BAD: dict[str, tuple[Any, str]] = {
    "not JSON": (
        '{"consumer": {"name": "web"},\n "provider" }',
        "web-route.json:2: The pact can't be read as JSON: expecting ':' delimiter.",
    ),
    "empty file": ("", "web-route.json: The pact can't be read as JSON: it is empty."),
    "a list": (
        "[]",
        (
            "web-route.json:1: This is not a pact: it is not a JSON object.\n"
            "  expected: consumer, provider and interactions"
        ),
    ),
    "no consumer": (
        {key: value for key, value in ONE.items() if key != "consumer"},
        'web-route.json:1: This is not a pact: it does not name its consumer.\n  expected: "consumer": {"name": "…"}',
    ),
    "no provider's name": (
        {**ONE, "provider": {"name": ""}},
        (
            "web-route.json:49 /provider: This is not a pact: it does not name its provider.\n"
            '  expected: "provider": {"name": "…"}'
        ),
    ),
    "nothing of a pact": (
        {"consumer": {"name": "a"}, "provider": {"name": "b"}},
        (
            "web-route.json:1: This is not a pact: it has neither interactions nor messages.\n"
            '  expected: "interactions": […]; in V3, "messages": […] for messages'
        ),
    ),
    "no list": (
        {**ONE, "interactions": {}},
        "web-route.json:5 /interactions: The pact's interactions are not a list.\n  expected: a list",
    ),
    "no object": (
        pact_json("route", 5),
        "web-route.json:6 /interactions/0: This is not an interaction.\n  expected: a JSON object with a description",
    ),
    "version 5": (
        pact_json("route", version="5.0"),
        (
            "web-route.json:8 /metadata/pactSpecification/version: bothends does not support this version of the "
            "Pact specification: '5.0'.\n  expected: a version from 1 to 4, as a text: 4.0"
        ),
    ),
    "plugin": (
        {**ONE, "metadata": {**ONE["metadata"], "plugins": [{"name": "protobuf"}]}},
        (
            "web-route.json:48 /metadata/plugins: The pact needs a Pact plugin, and bothends loads none.\n"
            "  expected: a pact of HTTP or messages, without plugins"
        ),
    ),
    "messages of V4": (
        {**ONE, "messages": [5]},
        (
            "web-route.json:52 /messages: A V4 pact has no separate list of messages.\n"
            "  expected: all of them under interactions, each with its type"
        ),
    ),
    "no description": (
        changed(ONE, description=...),
        'web-route.json:6 /interactions/0: This interaction has no description.\n  expected: "description": "…"',
    ),
    "no type": (
        changed(ONE, type=...),
        (
            "web-route.json:6 /interactions/0: This interaction has no type.\n"
            "  expected: one of Synchronous/HTTP, Asynchronous/Messages"
        ),
    ),
    "unknown type": (
        changed(ONE, type="HTTP"),
        (
            "web-route.json:8 /interactions/0/type: This interaction has an unknown type: 'HTTP'.\n"
            "  expected: one of Synchronous/HTTP, Asynchronous/Messages"
        ),
    ),
    "synchronous messages": (
        changed(ONE, type="Synchronous/Messages"),
        (
            "web-route.json:8 /interactions/0/type: Synchronous messages are not supported yet.\n"
            "  expected: one of Synchronous/HTTP, Asynchronous/Messages"
        ),
    ),
    "type of V4 in V3": (
        pact_json("route", success(), version="3.0.0"),
        (
            "web-route.json:8 /interactions/0/type: "
            "This interaction has a type of V4, but the pact's version is 3.0.0.\n"
            '  expected: "metadata": {"pactSpecification": {"version": "4.0"}}'
        ),
    ),
    "one description twice": (
        pact_json("route", success(), {**signed_out(), "description": "it works"}),
        (
            "web-route.json:44 /interactions/1/description: Two interactions have the description 'it works': this one"
            ", and the one at /interactions/0.\n"
            "  expected: a different description for each interaction of a pact\n"
            "  next: Change one description in the consumer's test, and generate the pact again."
        ),
    ),
    "no request": (
        changed(ONE, request=...),
        'web-route.json:6 /interactions/0: This interaction has no request.\n  expected: "request": {…}',
    ),
    "response is a text": (
        changed(ONE, response="no"),
        'web-route.json:32 /interactions/0/response: This interaction has no response.\n  expected: "response": {…}',
    ),
    "no path": (
        changed(ONE, request={"method": "GET"}),
        'web-route.json:21 /interactions/0/request: The request has no path.\n  expected: "path": "…"',
    ),
    "method is a number": (
        changed(ONE, request={**REQUEST, "method": 5}),
        'web-route.json:22 /interactions/0/request/method: The request has no method.\n  expected: "method": "…"',
    ),
    "query is a list": (
        changed(ONE, request={**REQUEST, "query": [["a", "b"]]}),
        (
            "web-route.json:31 /interactions/0/request/query: The query is neither a text nor an object.\n"
            "  expected: a text, or an object of lists of texts"
        ),
    ),
    "headers are a list": (
        changed(ONE, request={**REQUEST, "headers": ["a: b"]}),
        (
            "web-route.json:31 /interactions/0/request/headers: The headers are not an object of texts.\n"
            "  expected: an object of texts, or of lists of texts"
        ),
    ),
    "status is a text": (
        changed(ONE, response={"status": "200"}),
        (
            "web-route.json:33 /interactions/0/response/status: The status is '200'.\n"
            "  expected: a whole number from 100 to 599"
        ),
    ),
    "body is not wrapped": (
        changed(ONE, response={"body": "x"}),
        (
            "web-route.json:33 /interactions/0/response/body: The body can't be read: a body of V4 is {content, "
            'contentType, encoded}.\n  expected: {"content": …, "contentType": "application/json", "encoded": false}'
        ),
    ),
    "body is no base64": (
        changed(ONE, response={"body": {"content": "x", "encoded": "base64"}}),
        (
            "web-route.json:33 /interactions/0/response/body: The body can't be read: it is not base64."
            '\n  expected: {"content": …, "contentType": "application/json", "encoded": false}'
        ),
    ),
    "base64 of a number": (
        changed(ONE, response={"body": {"content": 5, "encoded": True}}),
        (
            "web-route.json:33 /interactions/0/response/body: The body can't be read: base64 content is a text.\n"
            '  expected: {"content": …, "contentType": "application/json", "encoded": false}'
        ),
    ),
    "states are a number": (
        changed(ONE, providerStates=5),
        (
            "web-route.json:9 /interactions/0/providerStates: The provider states are neither a text nor a list.\n"
            '  expected: [{"name": "the ingest answers {status}", "params": {"status": 500}}]'
        ),
    ),
    "a state without a name": (
        changed(ONE, providerStates=[{"params": {}}]),
        (
            "web-route.json:10 /interactions/0/providerStates/0: This provider state has no name.\n"
            '  expected: [{"name": "the ingest answers {status}", "params": {"status": 500}}]'
        ),
    ),
    "parameters are a list": (
        changed(ONE, providerStates=[{"name": "a", "params": [1]}]),
        (
            "web-route.json:12 /interactions/0/providerStates/0/params: The parameters of this provider state are not "
            'an object.\n  expected: [{"name": "the ingest answers {status}", "params": {"status": 500}}]'
        ),
    ),
    "message without contents": (
        pact_json("route", {key: value for key, value in message(1).items() if key != "contents"}),
        'web-route.json:6 /interactions/0: This message has no contents.\n  expected: "contents": {…}',
    ),
    "message of nothing": (
        pact_json("route", message({})),
        (
            "web-route.json:9 /interactions/0/contents: This message has no contents, so every message would match.\n"
            "  expected: the contents"
        ),
    ),
    "metadata are a list": (
        pact_json("route", message(wrapped({}), metadata=[])),
        "web-route.json:14 /interactions/0/metadata: The metadata is not an object.\n  expected: an object",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_says_what_is_wrong_and_where(tmp_path: Path, name: str) -> None:
    """Each bad file has a message of its own, with file, line and pointer."""
    value, expected = BAD[name]
    assert expected == error_of(tmp_path, value)


def test_a_missing_folder_says_what_to_do(tmp_path: Path) -> None:
    """There is advice for the folder that is not there, and a reason for the one that is no folder."""
    with pytest.raises(ContractError) as missing:
        read_pacts(tmp_path / "pacts")
    assert (
        f"{tmp_path / 'pacts'}: The folder of pacts does not exist.\n"
        "  next: Create the folder, or set `pacts` in the settings file to the folder with the pacts."
    ) == str(missing.value)
    (tmp_path / "file").write_text("")
    with pytest.raises(ContractError, match=r"can't be read: Not a directory"):
        read_pacts(tmp_path / "file")
    with pytest.raises(ContractError, match=r"can't be read"):
        read_pacts(tmp_path / "a\0b")


def test_a_folder_that_is_named_like_a_pact_is_refused(tmp_path: Path) -> None:
    """It is not passed over: someone may have meant it."""
    (tmp_path / "a.json").mkdir()
    with pytest.raises(ContractError, match=r"can't be read: Is a directory"):
        read_pacts(tmp_path)


def test_pacts_in_a_folder_below_are_refused(tmp_path: Path) -> None:
    """They are not passed over: nobody would see that they are not verified."""
    (tmp_path / "web" / "old").mkdir(parents=True)
    write(tmp_path / "web" / "old", pact_json("route", success()))
    with pytest.raises(ContractError, match=r"web: A subfolder of the folder of pacts has \*.json files"):
        read_pacts(tmp_path)


def test_what_has_no_end_is_not_read(tmp_path: Path) -> None:
    """A pipe would be waited for, a device never ends, and a file of gigabytes takes minutes."""
    pact = tmp_path / "web-route.json"
    os.mkfifo(pact)
    with pytest.raises(ContractError, match="not a file, but a pipe or a device"):
        read_pacts(tmp_path)
    pact.unlink()
    with pact.open("wb") as file:
        file.truncate(17 << 20)
    with pytest.raises(ContractError, match=r"too large: 17 MiB.\n  expected: at most 16 MiB"):
        read_pacts(tmp_path)
