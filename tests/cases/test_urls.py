"""Requests with URLs that a target may have to call: what can't be reached is a reason to refuse them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from bothends.cases import plain_cases
from bothends.cases.families import expectations
from bothends.cases.plan import calling_nobody
from bothends.contract.requests import is_coded, leads_nowhere
from bothends.engine.evidence.not_tested import notes_on
from bothends.records import Case, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.contract import Contract

JSON = (("Content-Type", "application/json"),)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
ANSWER = {"description": "An answer."}
SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Hooks", "version": "1"},
    "paths": {
        "/hooks": {
            "post": {
                "operationId": "hook",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {"type": "object", "properties": {"url": {"type": "string", "format": "uri"}}}
                        }
                    },
                },
                "responses": {"200": ANSWER, "502": ANSWER},
            }
        }
    },
}
CALLED = copy.deepcopy(SPEC)
CALLED["paths"]["/hooks"]["post"]["callbacks"] = {
    "sent": {"{$request.body#/url}": {"post": {"responses": {"200": ANSWER}}}}
}


@pytest.mark.parametrize(
    ("request_", "nowhere"),
    [
        (Request("POST", "/a?url=https%3A%2F%2Fx.invalid%3A9%2Fp"), True),
        (Request("POST", "/a?url=https%3A%2F%2Fworld.invalid%2F0-x"), False),
        (Request("POST", "/a?url=https%3A%2F%2F127.0.0.1%2Fx.invalid"), False),
        (Request("POST", "/a", JSON, b'{"a": ["HTTP://u@h.INVALID.?x"]}'), True),
        (Request("POST", "/a", JSON, b'{"a": "see http://h.invalid"}'), False),
        (Request("POST", "/a", JSON, b'{"a": "ldap://h.invalid"}'), False),
        (Request("POST", "/a", JSON, b'"http://h.invalid'), False),
        (Request("POST", "/a", FORM, b"url=http%3A%2F%2Fh.invalid"), True),
        (Request("POST", "/a", (), None, raw=b"POST /a?u=http://h.invalid HTTP/1.1\r\n\r\n"), False),
    ],
)
def test_what_leads_nowhere(request_: Request, *, nowhere: bool) -> None:
    """A whole value that is a URL of a host that is not there; the world's own marks are not."""
    assert nowhere == leads_nowhere(request_)


@pytest.mark.parametrize(
    ("headers", "body", "coded"),
    [
        ((), b'{"a": 1}', False),
        ((("content-encoding", "identity"),), b'{"a": 1}', False),
        ((("Content-Encoding", "gzip"),), b"\x1f\x8b", True),
        ((), '{"a": 1}'.encode("utf-16-le"), True),
        ((), None, False),
    ],
)
def test_what_is_coded(headers: tuple[tuple[str, str], ...], body: bytes | None, *, coded: bool) -> None:
    """A body that is not its text in UTF-8: nothing can be replaced in it."""
    assert coded == is_coded(Request("POST", "/a", headers, body))


def held(contract: Contract, request: Request) -> set[int]:
    """Return the statuses that are right for a valid request."""
    operation = contract.operation("hook")
    case = Case("hook", "success", "x", request, expect=expectations.success(operation), origin={"acceptance": True})
    (found,) = calling_nobody(contract, [case])
    assert found.origin == {"acceptance": found.expect == case.expect}
    return set(found.expect.statuses)


def test_a_target_may_refuse_what_it_can_not_call(make_contract: Callable[..., Contract]) -> None:
    """Where a callback reads the URL, the world's is there, and all is as it should be; elsewhere it leads nowhere."""
    named = Request("POST", "/hooks", JSON, b'{"url": "https://client.example/x"}')
    plain, called = make_contract(SPEC), make_contract(CALLED)
    assert {200, 502} == held(plain, named)
    assert {200} == held(plain, Request("POST", "/hooks", JSON, b"{}"))
    assert {200} == held(called, named)
    wide = Request("POST", "/hooks", JSON, '{"url": "https://client.example/x"}'.encode("utf-16"))
    assert {200, 502} == held(called, wide)


def test_a_path_that_is_spelt_the_same_is_no_other_path(make_contract: Callable[..., Contract]) -> None:
    """One segment has no slash that could be a back slash, and digits have no other case."""
    spec = copy.deepcopy(SPEC)
    spec["paths"]["/1"] = spec["paths"].pop("/hooks")
    names = {case.name for case in plain_cases(make_contract(spec), "routing")}
    assert "trailing-slash" in names
    assert not {"back-slash", "upper-case"} & names


@pytest.mark.parametrize(
    ("settings", "known"),
    [
        ("", False),
        ("[world]\nupstream_timeout_ms = 1000\n", True),
        ('[target]\ncommand = "true"\nenv = {TIMEOUT = "{world.upstream_timeout_ms}"}\n', True),
    ],
)
def test_a_late_answer_may_come_in_time(make_contract: Callable[..., Contract], settings: str, *, known: bool) -> None:
    """Where nobody says how long the target waits, it may well wait until then; else it must have given up."""
    spec = copy.deepcopy(CALLED)
    spec["paths"]["/hooks"]["post"]["callbacks"]["sent"]["{$request.body#/url}"]["post"] |= {
        "x-when": True,
        "x-delivery": "acknowledged",
    }
    contract = make_contract(spec, f'spec = "spec.json"\n{settings}')
    cases = {case.name: case for case in plain_cases(contract, "upstream-timeout")}
    assert known == (200 not in cases["ingest-answers-late"].expect.statuses)
    assert 200 not in cases["ingest-hangs"].expect.statuses
    assert known == (notes_on(contract) == ())
