"""Pact files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract import load
from bothends.engine.pacts.cases import PactCases
from bothends.pacts import disagreements, read_pact
from tests.fuzzing.documents import ROOT, files
from tests.fuzzing.mutation import json_value
from tests.fuzzing.reader import Reader, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def _pact(folder: Path, _shared: Path) -> Callable[[bytes], object]:
    """Read a pact, compare it with a contract, and make its cases, as each run does before it sends anything."""
    contract = load(ROOT / "bothends.toml")
    cases = PactCases(contract)
    file = folder / "pact.json"

    def read(data: bytes) -> None:
        file.write_bytes(data)
        pact = read_pact(file)
        for _ in disagreements(pact, contract):
            pass
        for interaction in pact.interactions:
            cases.case(pact, interaction)

    return read


def _pacts(_shared: Path) -> Iterator[bytes]:
    yield from files("contracts/pacts/*.json", "notebooks/**/pacts/*.json")
    yield from _MORE


_MORE = (
    (
        b'{"consumer":{"name":"a"},"provider":{"name":"b"},"interactions":[{"description":"d","provider_state":"s",'
        b'"request":{"method":"get","path":"/x","query":"a=1","headers":{"A":"b"}},"response":{"status":200,"body":{}}}]}'
    ),
    (
        b'{"consumer":{"name":"a"},"provider":{"name":"b"},"metadata":{"pactSpecification":{"version":"3.0.0"}},"messages":'
        b'[{"description":"d","providerStates":[{"name":"s","params":{"a":1}}],"contents":{"a":1},"metaData":{"k":"v"},'
        b'"matchingRules":{"body":{"$.a":{"matchers":[{"match":"regex","regex":"[0-9]"}],"combine":"AND"}}}}]}'
    ),
    (
        b'{"consumer":{"name":"a"},"provider":{"name":"b"},"metadata":{"pactSpecification":{"version":"4.0"}},'
        b'"interactions":[{"type":"Synchronous/HTTP","description":"d","request":{"method":"POST","path":"/x","query":'
        b'{"a":["1",null]},"headers":{"content-type":["application/json"]},"body":{"content":"aGk=","contentType":'
        b'"text/plain","encoded":"base64"}},"response":{"status":201,"body":{"content":{"a":[1]},"encoded":false}}},'
        b'{"type":"Asynchronous/Messages","description":"e","contents":{"content":{"x":null},"contentType":"a/b"}}]}'
    ),
)

PACTS = Reader("pacts", "pact files", _pact, _pacts, json_value, words_of("pacts"))
