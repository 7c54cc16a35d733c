"""What is declared and was not looked at: a line for each thing, and none where a run had all of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.cases import plain_cases
from bothends.cases.families.registry import is_quick
from bothends.contract import load
from bothends.contract.terms import (
    FAMILIES,
    OBJECT_FAMILIES,
    QUOTA,
    UPSTREAM_FAMILIES,
    ProvenanceWalk,
    Requirement,
    Source,
)
from bothends.engine.evidence.looked_at import not_proven
from bothends.records import AnswerTally, Condition, Credential, Exchange, Weight
from bothends.schemas import Schema
from tests.engine.evidence_of import seen
from tests.laws import kept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from bothends.contract import Contract
    from bothends.records import Case, NotProven

CONTRACT = kept.contract()
OPERATION = CONTRACT.operations[0]
[SCHEME] = OPERATION.security.played[0].schemes
[EVENT] = OPERATION.events
EVERY_ANSWER = [
    AnswerTally(OPERATION.id, a.status, " or ".join(a.families) or "success", 1, 1) for a in OPERATION.answers
]
RIGHT = Credential(right=True, schemes=(SCHEME,), session=kept.user())
NOBODY = Credential(right=False)
SPOILT = Credential(right=False, schemes=(SCHEME,), invalid_schemes=(SCHEME,))


def of(family: str, *subjects: str, credential: Credential = RIGHT) -> Exchange:
    """Return a refused exchange of a family, some parts of the world at fault."""
    exchange = kept.refused(status=401)
    given = tuple(Condition.of("hangs", subject) for subject in subjects)
    return replace(exchange, case=replace(exchange.case, family=family, given=given), credential=credential)


def succeeded() -> Exchange:
    """Return an exchange that has succeeded, with its event."""
    exchange = kept.exchange()
    named = tuple(replace(one, callback=EVENT.name) for one in exchange.deliveries)
    return replace(exchange, deliveries=named, credential=RIGHT)


EVERYTHING = (
    succeeded(),
    *(of(family) for family in FAMILIES if family not in UPSTREAM_FAMILIES),
    *(of(family, name) for family in UPSTREAM_FAMILIES for name in ("settings", "ingest")),
    of("signed-out", credential=NOBODY),
    of("signed-out", credential=SPOILT),
)


def missed(
    exchanges: Iterable[Exchange],
    answers: Sequence[AnswerTally] = EVERY_ANSWER,
    quiet: Sequence[str] = (),
    contract: Contract = CONTRACT,
) -> list[NotProven]:
    """Return what some exchanges have not looked at."""
    return list(not_proven(seen(contract, *exchanges), contract, answers, quiet=quiet))


def without(is_left_out: Callable[[Exchange], bool]) -> list[Exchange]:
    """Return all but some exchanges."""
    return [exchange for exchange in EVERYTHING if not is_left_out(exchange)]


def test_a_run_that_has_looked_at_everything_has_no_line() -> None:
    """Each family, each upstream in it, each source, and each way not to be signed in."""
    assert [] == missed(EVERYTHING)


_OTHERS = {*UPSTREAM_FAMILIES, *OBJECT_FAMILIES, "forbidden", QUOTA}


@pytest.mark.parametrize("family", [family for family in FAMILIES if family not in _OTHERS])
def test_a_family_without_a_case_of_its_own(family: str) -> None:
    """Its answer was seen, by cases that were about something else."""
    [line] = missed(
        of("odd-body", credential=e.credential or RIGHT) if e.case.family == family else e for e in EVERYTHING
    )
    status = next(a.status for a in OPERATION.answers if family in a.families)
    assert (f"answer {status}", Weight.ANSWERS) == (line.what, line.weight)
    assert f"{family}, but {OPERATION.id} got no case of this family" in line.why
    assert f"/responses/{status}" in line.where


@pytest.mark.parametrize(("more", "add"), [({}, True), ({"example": "bytes"}, False)])
def test_a_body_that_nobody_can_make_is_asked_for(tmp_path: Path, more: dict[str, Any], add: bool) -> None:  # noqa: FBT001 -- a column
    """No case about anything can be made of bytes that the contract says nothing of; with an example, it can."""
    answers = {"200": {"description": "It."}, "404": {"description": "Gone.", "x-given": "not-found"}}
    body = {"required": True, "content": {"application/octet-stream": more}}
    name = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    operation = {"operationId": "add", "parameters": [name], "requestBody": body, "responses": answers}
    document = {"openapi": "3.1.0", "info": {"title": "Parts", "version": "1"}, "paths": {"/{id}": {"put": operation}}}
    (tmp_path / "openapi.json").write_text(json.dumps(document), "utf-8")
    (tmp_path / "bothends.toml").write_text('spec = "openapi.json"\n', "utf-8")
    seen_once = AnswerTally("add", "404", "not-found", 0, 1)
    lines = missed([], [seen_once], contract=load(tmp_path / "bothends.toml"))
    told = [line.add for line in lines if "got no case of this family" in line.why]
    assert ["example: a right body, in the content of the requestBody" if add else ""] == told


@pytest.mark.parametrize("family", UPSTREAM_FAMILIES)
@pytest.mark.parametrize("name", ["settings", "ingest"])
def test_an_upstream_without_a_fault_of_a_family(family: str, name: str) -> None:
    """The answer was seen, when another one was at fault; where that one met nothing at all, that is said."""
    left = without(lambda e: e.case.family == family and e.case.of_the_world[0].subject == name)
    [line] = missed(left)
    assert f"{family}, but no case had a fault of {name}" in line.why
    assert [] == missed(left, quiet=[name])


def test_an_answer_that_was_never_seen_is_told_by_who_counts_answers() -> None:
    """One line a thing."""
    unseen = [replace(tally, seen=0) for tally in EVERY_ANSWER]
    assert [] == missed([of("signed-out", credential=NOBODY), of("signed-out", credential=SPOILT)], unseen)


SEEN = {"type": "string", "x-from": "request.body#/data"}
LINE = {"properties": {"id": SEEN, "note": SEEN}}


@pytest.mark.parametrize(
    ("content", "missing"),
    [
        ({"data": "1", "note": "2", "lines": [{"id": "1"}, {"note": "2"}]}, ""),
        ({"data": "1", "lines": [{"id": "1", "note": "2"}]}, "/note"),
        ({"data": "1", "note": "2", "lines": [{"id": "1"}]}, "/lines/*/note"),
        ({"data": "1"}, "/note, /lines/*/id, /lines/*/note"),
    ],
)
def test_a_member_that_never_came_is_told_once_though_its_source_was_compared(content: Any, missing: str) -> None:
    """Another member has the same source, so that line would not say it; a list is one place."""
    schema = Schema({"properties": {"data": SEEN, "note": SEEN, "lines": {"items": LINE}}})
    source = Source("request-body", "", "/data", SEEN["x-from"])
    event = replace(EVENT, body=schema, walk=ProvenanceWalk(schema, {source.text: source}))
    contract = replace(CONTRACT, operations=(replace(OPERATION, events=(event,)),))
    one = succeeded()
    told = tuple(replace(each, payload=content, event=content, consumed=content) for each in one.deliveries)
    lines = [line for line in missed([replace(one, deliveries=told)], contract=contract) if "x-from" in line.what]
    assert [f"callback {EVENT.name}: x-from on {missing}"] * bool(missing) == [line.what for line in lines]


@pytest.mark.parametrize("text", EVENT.walk.texts)
def test_a_source_that_no_value_was_compared_with(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events came, and none had a value under that `x-from`."""
    find = type(EVENT.walk).find
    monkeypatch.setattr(
        type(EVENT.walk), "find", lambda walk, payload: [c for c in find(walk, payload) if c.source.text != text]
    )
    [line] = missed(EVERYTHING)
    assert (f"callback {EVENT.name}: x-from {text}", Weight.VALUES) == (line.what, line.weight)
    assert "1 event was" in line.why
    assert line.where


def test_an_event_that_may_be_another_requests_shows_nothing_of_its_values() -> None:
    """A guess compares nothing; where no event came, its callback says so."""
    guessed = [replace(e, guessed=True) if e.deliveries else e for e in EVERYTHING]
    assert [] == missed(guessed)
    twice = [*guessed, replace(succeeded(), deliveries=(replace(succeeded().deliveries[0], payload={}, event={}),))]
    assert {f"callback {EVENT.name}: x-from {text}" for text in EVENT.walk.texts} == {e.what for e in missed(twice)}


def test_sign_in_that_nobody_was_without() -> None:
    """No request without a credential; none with a wrong one; no success."""
    [line] = missed(without(lambda e: e.credential is NOBODY))
    assert (f"sign-in of {OPERATION.id}", Weight.SIGN_IN) == (line.what, line.weight)
    [line] = missed(without(lambda e: e.credential is SPOILT))
    assert f"with a wrong credential for {SCHEME}." in line.why
    other = replace(succeeded(), credential=replace(RIGHT, schemes=("other",)))
    [line] = missed([other, *without(lambda e: e.case.family == "success")])
    assert (f"sign-in by {SCHEME}", f"No request to {OPERATION.id} with this sign-in succeeded.") == (
        line.what,
        line.why,
    )


def test_nobody_has_to_sign_in_and_nobody_is_let_in() -> None:
    """Where sign-in is optional, who shows nothing is let in at least once; a wrong credential shows something."""
    security = OPERATION.security
    optional = replace(security, alternatives=(*security.alternatives, Requirement((), "/security/1")))
    contract = replace(CONTRACT, operations=(replace(OPERATION, security=optional),))
    nobody = replace(succeeded(), credential=NOBODY)
    assert [] == missed([nobody, *EVERYTHING], contract=contract)
    for other in (SPOILT, RIGHT):
        [line] = missed([replace(succeeded(), credential=other), *EVERYTHING], contract=contract)
        assert "Sign-in is optional, but no request without a credential succeeded." == line.why


def about(case: Case) -> tuple[str, ...]:
    """Return the operation that a case is about, and of each state the upstream at fault or the scheme."""
    return (case.operation, *(c.subject or c.texts.get("scheme", "") for c in case.given))


@pytest.mark.parametrize("settings", ["bothends.toml", "tests/correct_targets/orders/bothends.toml"])
def test_a_quick_plan_has_a_case_of_all_that_a_whole_one_has(settings: str) -> None:
    """What the quick profile leaves out on purpose is never the last case of its kind."""
    contract = load(kept.ROOT / settings)
    for family in ("success", *(family for family in FAMILIES if family != QUOTA)):  # which no case brings about
        every = list(plain_cases(contract, family))
        assert set(map(about, every)) == {about(case) for case in every if is_quick(case)}, family
