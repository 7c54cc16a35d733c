"""Whose answer a 404 may be: the operation's own, or that of a router which has no such path."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bothends.contract import Parameter
from bothends.engine.evidence import refusals
from bothends.engine.judge import Findings
from bothends.engine.play.batches import Batch
from bothends.records import Breach, Cause, NoAnswer, Severity
from tests.engine.evidence_of import seen
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.contract import Contract
    from bothends.records import Exchange

CONTRACT = kept.contract()
OWN = CONTRACT.operations[0]
OF_ROUTERS = frozenset({"404", "405"})


def contract(path: str = "/things") -> Contract:
    """Return a contract of two operations, of which the second has a path of its own."""
    names = [Parameter("id", "path", required=True, schema=None, example=None, pointer="/paths")] if "{" in path else []
    other = replace(OWN, id="other", path=path, parameters=(*OWN.parameters, *names))
    return replace(CONTRACT, operations=(OWN, other))


def asked(name: str, *answers: int) -> list[Exchange]:
    """Return valid requests of an operation, each with the status that it got; 0: none."""
    made = kept.exchange(deliveries=())
    case = replace(made.case, operation=name)
    return [
        replace(made, case=case, answer=kept.answer(status) if status else NoAnswer("closed")) for status in answers
    ]


@pytest.mark.parametrize(
    ("path", "own", "other", "of_a_router"),
    [
        ("/things", (200,), (404, 404), OF_ROUTERS),
        ("/things", (200,), (405, 404), OF_ROUTERS),
        ("/things", (200,), (404, 422), frozenset()),
        ("/things", (200,), (404, 200), frozenset()),
        ("/things", (200,), (501,), frozenset()),
        ("/things", (200,), (410,), frozenset()),
        ("/things", (200,), (0,), frozenset()),
        ("/things", (200,), (0, 404), OF_ROUTERS),
        ("/things/{id}", (200,), (404,), frozenset()),
        ("/things/{id}", (422,), (404,), frozenset()),
        ("/things/{id}", (401,), (404,), frozenset()),
    ],
)
def test_whose_404_it_may_be(
    path: str, own: tuple[int, ...], other: tuple[int, ...], of_a_router: frozenset[str]
) -> None:
    """A path that names an object may have a 404 of its own, where others of the contract are there."""
    whole = contract(path)
    counts = seen(whole, *asked(OWN.id, *own), *asked("other", *other))
    assert of_a_router == refusals(counts, whole, "other").of_a_router


@pytest.mark.parametrize("path", ["/things", "/things/{id}"])
def test_where_nothing_is_there_each_refusal_may_be_of_what_stands_before_the_routes(path: str) -> None:
    """A parser of bodies may have answered 400, and a gateway 401."""
    whole = contract(path)
    counts = seen(whole, *asked(OWN.id, 405), *asked("other", 404))
    assert {"400", "401", "404", "415"} <= refusals(counts, whole, "other").of_a_router
    assert "500" not in refusals(counts, whole, "other").of_a_router


@pytest.mark.parametrize(
    ("law", "status", "told"),
    [
        ("declared-media-type", 404, False),
        ("answer-schema", 404, False),
        ("answer-headers", 404, False),
        ("refused-undeclared", 404, False),
        ("family-status", 404, False),
        ("no-secret-in-answer", 404, True),
        ("answered-in-time", 404, True),
        ("no-event-without-success", 404, True),
        ("sign-in-demanded", 404, True),
        ("declared-media-type", 200, True),
        ("no-server-error", 500, True),
    ],
)
def test_what_an_answer_is_to_look_like_says_nothing_of_a_router(law: str, status: int, told: bool) -> None:  # noqa: FBT001 -- a column of the table
    """A leak, an event and a server error are there whoever has answered."""
    whole = contract()
    counts = seen(whole, *asked("other", 404))
    findings = Findings(refusals=lambda name: refusals(counts, whole, name))
    [exchange] = asked("other", status)
    breach = Breach(law, Severity.ERROR, Cause("cause"), "summary", "this", "that", exchange)
    findings.add(breach, Batch((), (exchange.case,)))
    assert told is bool(findings.ranked())
