"""Objects that a run creates before it asks for them: for whom, how many, and what becomes of them."""

from __future__ import annotations

import asyncio
import functools
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ParamSpec

import pytest

from bothends.cases import calling_nobody, plain_cases
from bothends.cases.families.objects import with_variant
from bothends.cases.families.permissions import are_told_apart
from bothends.contract import load
from bothends.contract.operations import about_theirs
from bothends.engine.counts import Counts
from bothends.engine.evidence import object_states
from bothends.engine.evidence.ids import makers_not_under_test, never_found, theirs_not_proven, why_none
from bothends.engine.play import GAVE, GAVE_AGAIN
from bothends.engine.play.batches import Batch
from bothends.engine.play.known_ids import KnownIds
from bothends.engine.play.known_objects import Deletions, Known, KnownObject, all_known, lacks_variant, with_ids
from bothends.records import Answer, Case, Exchange, Expectation, Request
from tests.plain.shapes import SHAPES, settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from bothends.contract import Contract


P = ParamSpec("P")


def in_a_loop(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """Return a test that runs in a loop of its own."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        async def whole() -> None:
            await test(*args, **kwargs)

        asyncio.run(whole())

    return run


def contract(folder: Path, shape: str, *more: str) -> Contract:
    """Return the contract of a shape."""
    (folder / "openapi.json").write_text(json.dumps(SHAPES[shape]), "utf-8")
    (folder / "bothends.toml").write_text(settings(shape, *more), "utf-8")
    return load(folder / "bothends.toml")


class Target:
    """Creates an object for each POST, and lists one that was there before.

    Attributes:
        played: The operations that were asked, in order.
    """

    def __init__(self, read: Contract, ids: KnownIds, *, fails: bool = False) -> None:
        """Begin with exchange 1."""
        self._read = read
        self._ids = ids
        self._fails = fails
        self.number = 0
        self.played: list[str] = []

    async def play(self, batch: Batch) -> Sequence[Exchange]:
        """Play a batch."""
        await self._ids.stock(batch, self.play)
        numbers = range(self.number + 1, self.number + 1 + len(batch.cases))
        self._ids.bind(numbers, batch)
        return [self._exchange(number, case) for number, case in zip(numbers, batch.cases, strict=True)]

    def _exchange(self, number: int, case: Case) -> Exchange:
        self.number = number
        self.played.append(case.operation)
        known = self._ids.of(number, case, lambda _: True)
        body: Any = {"id": f"made-{number}", "title": "x"}
        body = body if case.request.method == "POST" else [{"id": "listed"}]
        sent = with_ids(self._read.operation(case.operation), case.request, known)
        return replace(exchange(number, case, 400 if self._fails else 201, body), sent=sent)


def exchange(number: int, case: Case, status: int, body: Any = None, known: str = "") -> Exchange:
    """Return an exchange."""
    headers = (("content-type", "application/json"), ("location", f"/carts/made-{number}"))
    answer = Answer(status, headers, json.dumps(body).encode(), 2, "")
    return Exchange(number, case, None, case.request, answer, 0.0, 0.0, known=known)


def case(read: Contract, operation: str, *, theirs: bool = False, **more: Any) -> Case:
    """Return a case of an operation with ids in its path."""
    found = read.operation(operation)
    path = found.path
    for place in found.id_places:
        path = path.replace(f"{{{place.name}}}", place.mark)
    request = Request(found.method, path)
    expect = Expectation(frozenset({200}), absent=frozenset({404}))
    return Case(operation, "success", "x", about_theirs(found, request) if theirs else request, expect=expect, **more)


@in_a_loop
async def test_what_reads_shares_what_deletes_has_its_own(tmp_path: Path) -> None:
    """Reads, changes and deletions have objects of their own; each deletion another one, which is then gone."""
    read = contract(tmp_path, "resource")
    ids = KnownIds(read, lambda: 0.0)
    target = Target(read, ids)
    cases = [case(read, name) for name in ("getTask", "getTask", "changeTask", "dropTask", "dropTask", "dropTask")]
    await ids.stock(Batch((), tuple(cases)), target.play)
    chosen = [ids.of(100 + place, each, lambda _: True) for place, each in enumerate(cases)]
    values = [known.values["/tasks/{}"] for known in chosen if known is not None]
    reads, changes, deletes = set(values[:2]), {values[2]}, values[3:]
    assert 3 == len(set(deletes))
    assert not reads & {*changes, *deletes}
    assert not changes & {*deletes}
    assert ids.of(200, cases[-1], lambda _: True) is None
    assert chosen[-1] is ids.of(105, cases[-1], lambda _: True)
    assert set() == {*target.played} - {"addTask"}


@in_a_loop
async def test_a_target_that_starts_anew_may_have_none_of_its_objects(tmp_path: Path) -> None:
    """None of those that were made before is asked for; others are made."""
    read, starts = contract(tmp_path, "resource"), [0.0]
    ids = KnownIds(read, lambda: 0.0, starts=starts)
    target, reads = Target(read, ids), case(read, "getTask")
    await ids.stock(Batch((), (reads,)), target.play)
    before = ids.of(100, reads, lambda _: True)
    assert before is not None
    starts.append(1.0)
    assert ids.of(101, reads, lambda _: True) is None
    await ids.stock(Batch((), (reads,)), target.play)
    after = ids.of(102, reads, lambda _: True)
    assert after is not None
    assert before.values != after.values


@in_a_loop
async def test_what_may_be_refused_takes_no_object_from_what_deletes(tmp_path: Path) -> None:
    """Deletions that may be refused have objects of their own, so that neither kind uses up those of the other."""
    read = contract(tmp_path, "resource")
    ids = KnownIds(read, lambda: 0.0)
    target = Target(read, ids)
    sure = case(read, "dropTask")
    unsure = replace(sure, expect=Expectation(frozenset({200, 422})))
    chosen = []
    for number in range(70):  # more than there are for one kind
        await ids.stock(Batch((), (sure,)), target.play)
        chosen.append(ids.of(1000 + number, sure, lambda _: True))
    await ids.stock(Batch((), (unsure,)), target.play)
    last = ids.of(2000, unsure, lambda _: True)
    assert (64, 6) == (sum(one is not None for one in chosen), chosen.count(None))
    assert last is not None
    assert all(last is not one for one in chosen)


@in_a_loop
async def test_what_was_there_before_is_only_read(tmp_path: Path) -> None:
    """Where nothing may be written, a listed object is read, and never changed or deleted."""
    read = contract(tmp_path, "resource")
    ids = KnownIds(read, lambda: 0.0, reads_only=True)
    target = Target(read, ids)
    cases = [case(read, name) for name in ("getTask", "changeTask", "dropTask")]
    await ids.stock(Batch((), tuple(cases)), target.play)
    got, changed, dropped = (ids.of(100 + place, each, lambda _: True) for place, each in enumerate(cases))
    assert got is not None
    assert {"/tasks/{}": "listed"} == got.values
    assert (None, None) == (changed, dropped)
    assert {"listTasks"} == {*target.played}
    assert ids.of(300, case(read, "getTask", theirs=True), lambda _: True) is None


@in_a_loop
async def test_what_gives_nothing_is_not_asked_for_ever(tmp_path: Path) -> None:
    """Where no source gives an id, it is made up, and the run goes on."""
    read = contract(tmp_path, "resource")
    counts = Counts()
    ids = KnownIds(read, lambda: 0.0, counts=counts)
    target = Target(read, ids, fails=True)
    one = case(read, "changeTask")
    for _ in range(5):
        await ids.stock(Batch((), (one,)), target.play)
    assert 2 == len(target.played)
    assert ids.of(100, one, lambda _: True) is None
    operation = read.operation("changeTask")
    assert not all_known(operation, one.request, None)
    assert "~" not in with_ids(operation, one.request, None).target
    assert "no request to addTask that was to give one succeeded" == why_none(counts, read, operation)


@in_a_loop
async def test_a_part_is_made_in_its_object(tmp_path: Path) -> None:
    """A line has the cart that it was added to, and its caller is the one who made the cart."""
    read = contract(tmp_path, "nested")
    ids = KnownIds(read, lambda: 0.0)
    target = Target(read, ids)
    one = case(read, "getLine")
    await ids.stock(Batch((), (one,)), target.play)
    known = ids.of(100, one, lambda _: True)
    assert ["openCart", "addLine"] == target.played
    assert known is not None
    assert {"/carts/{}": "made-1", "/carts/{}/lines/{}": "made-2"} == known.values
    assert 1 == known.maker
    assert all_known(read.operation("getLine"), one.request, known)
    assert "/carts/made-1/lines/made-2" == with_ids(read.operation("getLine"), one.request, known).target


@in_a_loop
async def test_another_caller_s_object(tmp_path: Path) -> None:
    """It is one whose maker shows another credential; where there is none, none is known."""
    read = contract(tmp_path, "resource")
    ids = KnownIds(read, lambda: 0.0)
    theirs = case(read, "getTask", theirs=True)
    await ids.stock(Batch((), (theirs,)), Target(read, ids).play)
    known = ids.of(100, theirs, lambda maker: maker == 2)
    assert known is not None
    assert 2 == known.maker
    assert ids.of(101, theirs, lambda _: False) is None
    assert ids.roles.about_theirs(theirs)


@pytest.mark.parametrize(("since", "status", "there"), [(3.0, 200, True), (1.0, 200, False), (3.0, 404, False)])
@in_a_loop
async def test_what_was_found_a_while_ago_is_there(tmp_path: Path, since: float, status: int, *, there: bool) -> None:
    """An object counts as there once its operation has found it, and it is no longer new."""
    now = [0.0]
    read = contract(tmp_path, "resource")
    ids = KnownIds(read, lambda: now[0])
    one = case(read, "getTask")
    await ids.stock(Batch((), (one,)), Target(read, ids).play)
    ids.of(100, one, lambda _: True)
    ids.note(exchange(100, one, status, known="addTask"))
    now[0] = since
    assert there == ids.is_there(100, one)


@in_a_loop
async def test_what_is_gone_is_made_again(tmp_path: Path) -> None:
    """After several answers that an object is not there, another one is made; the answers are counted."""
    read = contract(tmp_path, "resource")
    counts = Counts()
    ids = KnownIds(read, lambda: 0.0, counts=counts)
    target = Target(read, ids)
    one = case(read, "getTask")
    await ids.stock(Batch((), (one,)), target.play)
    before = len(target.played)
    for number in range(100, 106):
        ids.of(number, one, lambda _: True)
        ids.note(exchange(number, one, 404, known="addTask"))
    await ids.stock(Batch((), (one,)), target.play)
    assert before + 2 == len(target.played)
    assert (6, 6) == never_found(counts, read.operation("getTask"))
    ids.of(200, one, lambda _: True)
    ids.note(exchange(200, one, 200, known="addTask"))
    assert (0, 7) == never_found(counts, read.operation("getTask"))


@in_a_loop
@pytest.mark.parametrize(
    ("refused", "status", "anew"),
    [
        pytest.param(True, 200, True, id="taken though it was to be refused"),
        pytest.param(True, 400, False, id="refused"),
        pytest.param(False, 200, False, id="right"),
    ],
)
async def test_what_a_wrong_request_has_changed_is_asked_for_no_more(
    tmp_path: Path, status: int, *, refused: bool, anew: bool
) -> None:
    """The next batch has another object, so that no other request shows the wrong value; its own batch goes on."""
    read = contract(tmp_path, "resource")
    ids = KnownIds(read, lambda: 0.0)
    target = Target(read, ids)
    one = case(read, "changeTask")
    wrong = replace(one, expect=replace(one.expect, refused=refused))
    await ids.stock(Batch((), (wrong, one)), target.play)
    before = ids.of(100, wrong, lambda _: True)
    ids.see(exchange(100, wrong, status))
    assert before is not None
    beside = ids.of(102, one, lambda _: True)
    assert beside is not None
    assert before.values == beside.values
    await ids.stock(Batch((), (one,)), target.play)
    after = {known.values["/tasks/{}"] for number in (200, 201) if (known := ids.of(number, one, lambda _: True))}
    assert (2, anew) == (len(after), before.values["/tasks/{}"] not in after)


@in_a_loop
async def test_wrong_values_use_up_no_objects(tmp_path: Path) -> None:
    """However often a target takes what it has to refuse, there is an object for each request that follows."""
    read = contract(tmp_path, "resource")
    ids = KnownIds(read, lambda: 0.0)
    target = Target(read, ids)
    one = case(read, "changeTask")
    wrong = replace(one, expect=replace(one.expect, refused=True))
    for number in range(100, 140):
        await ids.stock(Batch((), (wrong,)), target.play)
        assert ids.of(number, wrong, lambda _: True) is not None
        ids.see(exchange(number, wrong, 200))
    assert len(target.played) <= 12


@in_a_loop
async def test_a_refused_deletion_deletes_nothing(tmp_path: Path) -> None:
    """A request that must be refused shares an object: none is made for it alone."""
    read = contract(tmp_path, "resource")
    ids = KnownIds(read, lambda: 0.0)
    target = Target(read, ids)
    one = case(read, "dropTask")
    refused = replace(one, expect=replace(one.expect, refused=True))
    await ids.stock(Batch((), (refused,) * 8), target.play)
    assert 2 == len(target.played)


@in_a_loop
async def test_only_what_is_there_is_deleted(tmp_path: Path) -> None:
    """A success for an id that no object has may have changed nothing, whatever the contract declares for it."""
    read = contract(tmp_path, "resource")
    operation = read.operation("dropTask")
    ids = KnownIds(read, lambda: 0.0)
    target, there = Target(read, ids), case(read, "dropTask")
    nowhere = with_variant(there.request, operation.id_places[0], "never")
    assert nowhere is not None
    both = (there, replace(there, request=nowhere))
    await ids.stock(Batch((), both), target.play)
    idle = []
    for number, one in enumerate(both, 100):
        known, deletions = ids.of(number, one, lambda _: True), Deletions()
        deletions.take(number, with_ids(operation, one.request, known))
        idle.append((known is None, deletions.is_idle(number, operation, one, known)))
    assert [(False, False), (False, True)] == idle


def test_objects_of_other_callers_are_told(tmp_path: Path) -> None:
    """What the contract does not say of them is not proven, and so is what could not be asked."""
    read = contract(tmp_path, "resource")
    (line,) = theirs_not_proven(Counts(), read)
    assert "objects of other callers: getTask, changeTask, dropTask" == line.what
    assert line.add == "x-given: forbidden, on the answer that such a caller gets; or x-shared: true, if all share it"


@pytest.mark.parametrize(("scheme", "apart"), [("admin", True), ("token", False)])
def test_a_forbidden_caller_stands_in_nobodys_way_who_signs_in_otherwise(
    tmp_path: Path, scheme: str, *, apart: bool
) -> None:
    """Whose an object is counts, but where one of the same scheme lacks permission: an answer is about that one."""
    lines = (
        f'{settings("resource")}[world.sessions.admin]\nkind = "static"\ncallers = [{{headers = {{X-Key = "one"}}}}]\n'
    )
    end, header = ("}}]", 'Authorization = "Bearer three"') if scheme == "token" else ('"one"}}]', 'X-Key = "three"')
    lines = lines.replace(end, f"{end[:-1]}, {{headers = {{{header}}}, forbidden = true}}]", 1)
    document = json.loads(json.dumps(SHAPES["resource"]))
    document["components"]["securitySchemes"]["admin"] = {"type": "apiKey", "in": "header", "name": "X-Key"}
    report = {"operationId": "report", "security": [{"admin": []}], "responses": {"200": {"description": "Done."}}}
    document["paths"]["/report"] = {"get": report}
    (tmp_path / "openapi.json").write_text(json.dumps(document), "utf-8")
    (tmp_path / "bothends.toml").write_text(lines, "utf-8")
    read = load(tmp_path / "bothends.toml")
    every = ["getTask", "changeTask", "dropTask"] if apart else []
    assert every == [one.id for one in read.operations if are_told_apart(read, one)]


def test_owners_are_known_by_their_sign_in(tmp_path: Path) -> None:
    """It matters which schemes are asked for, and not where; without two callers, nobody can ask for another's."""
    document = {**SHAPES["resource"], "security": []}
    paths = {
        path: {
            name: {**each, "security": [{"token": []}]} if isinstance(each, dict) else each
            for name, each in item.items()
        }
        for path, item in document["paths"].items()
    }
    (tmp_path / "openapi.json").write_text(json.dumps({**document, "paths": paths}), "utf-8")
    (tmp_path / "bothends.toml").write_text(settings("resource"), "utf-8")
    read = load(tmp_path / "bothends.toml")
    assert ["getTask", "changeTask", "dropTask"] == [one.id for one in read.operations if are_told_apart(read, one)]
    alone = settings("resource").replace(', {headers = {Authorization = "Bearer the-secret-of-bo"}}', "")
    (tmp_path / "bothends.toml").write_text(alone, "utf-8")
    read = load(tmp_path / "bothends.toml")
    assert [] == [one.id for one in read.operations if are_told_apart(read, one)]


def test_makers_that_are_not_under_test_are_named(tmp_path: Path) -> None:
    """The operations on the path before the parameter could give an id."""
    read = contract(tmp_path, "resource", 'operations = ["getTask"]')
    assert ["GET /tasks", "POST /tasks"] == makers_not_under_test(read, read.operation("getTask"))
    why = why_none(Counts(), read, read.operation("getTask"))
    assert "GET /tasks or POST /tasks, which could give one, is not under test" == why


def sales(folder: Path, **more: Any) -> Contract:
    """Return the contract of sales of things to people, which are changed by their tag."""
    text = {"type": "string"}
    ok = {"200": {"description": "It."}}

    def making(name: str, member: str) -> dict[str, Any]:
        link = {"operationId": "sell", "requestBody": {member: "$response.body#/id"}}
        return {"post": {"operationId": name, "responses": {"201": {"description": "Made.", "links": {"sale": link}}}}}

    body = {"type": "object", "required": ["thing", "person"], "properties": {"thing": text, "person": text}}
    tag = {"id": "$request.path.id", "If-Match": "$response.header.ETag"}
    shown = {"200": {"description": "It.", "links": {"change": {"operationId": "change", "parameters": tag}}}}
    one = {"name": "id", "in": "path", "required": True, "schema": text}
    match = {"name": "If-Match", "in": "header", "required": True, "schema": text}
    sell = {"content": {"application/json": {"schema": body}}, "required": True}
    paths = {
        "/things": making("addThing", "thing"),
        "/people": making("addPerson", "person"),
        "/sales": {
            "post": {"operationId": "sell", "requestBody": sell, "responses": {"201": {"description": "Sold."}}}
        },
        "/sales/{id}": {
            "parameters": [one],
            "get": {"operationId": "show", "responses": shown},
            "put": {"operationId": "change", "parameters": [match], "responses": ok, **more},
        },
    }
    document = {"openapi": "3.1.0", "info": {"title": "Sales", "version": "1"}, "paths": paths}
    (folder / "openapi.json").write_text(json.dumps(document), "utf-8")
    (folder / "bothends.toml").write_text('spec = "openapi.json"\n', "utf-8")
    return load(folder / "bothends.toml")


class Shop(Target):
    """Makes what it is asked for; each answer has a tag, which no other one has."""

    def _exchange(self, number: int, case: Case) -> Exchange:
        made = super()._exchange(number, case)
        answer = made.answer
        assert isinstance(answer, Answer)
        status = 201 if case.request.method == "POST" else 200
        tagged = replace(answer, status=status, headers=(("content-type", "application/json"), ("etag", f'"{number}"')))
        exchange_of = replace(made, answer=tagged)
        self._ids.see(exchange_of)
        return exchange_of


def valid(read: Contract, operation: str) -> Case:
    """Return the usual case of an operation."""
    return next(one for one in calling_nobody(read, plain_cases(read, "success")) if one.operation == operation)


@in_a_loop
async def test_what_a_body_names_beside_each_other_is_of_one_caller(tmp_path: Path) -> None:
    """The person of a sale was made by the caller who has made the thing; a second sale may have the same."""
    read = sales(tmp_path)
    ids = KnownIds(read, lambda: 0.0)
    target, one = Shop(read, ids), valid(read, "sell")
    await ids.stock(Batch((), (one, one)), target.play)
    assert ["addThing", "addPerson"] == target.played
    first, second = ids.of(100, one, lambda _: True), ids.of(101, one, lambda _: True)
    assert first is not None
    assert second is not None
    assert [(1, "addThing"), (1, "addPerson")] == [(known.maker, known.by) for known in first.objects]
    assert first.objects == second.objects
    sent = with_ids(read.operation("sell"), one.request, first)
    assert {"thing": "made-1", "person": "made-2"} == json.loads(sent.body or b"")


@in_a_loop
async def test_who_changes_by_a_tag_has_a_sale_of_its_own(tmp_path: Path) -> None:
    """Each has the tag of the last answer about it, for which it is read where it was only made."""
    read = sales(tmp_path)
    ids = KnownIds(read, lambda: 0.0)
    target, one = Shop(read, ids), valid(read, "change")
    await ids.stock(Batch((), (one, one)), target.play)
    assert 2 <= target.played.count("sell") == target.played.count("show")
    chosen = [ids.of(number, one, lambda _: True) for number in (100, 101)]
    tags = []
    for known in chosen:
        assert known is not None
        request = with_ids(read.operation("change"), one.request, known)
        tags.append((request.target, request.header("if-match")))
    assert 2 == len({target for target, _ in tags}) == len({tag for _, tag in tags})
    assert None not in {tag for _, tag in tags}
    ids.see(replace(exchange(100, one, 200), began=1.0, ended=2.0))
    assert all("If-Match" not in leads and "if-match" not in leads for leads in chosen[0].values)  # type: ignore[union-attr]


@in_a_loop
async def test_an_object_of_a_target_that_has_ended_is_bound_to_nobody(tmp_path: Path) -> None:
    """A step that was to be about it is about another one."""
    read, starts = sales(tmp_path), [0.0]
    ids = KnownIds(read, lambda: 1.0, starts=starts)
    one = valid(read, "show")
    old = KnownObject({"/sales/{}": "old"}, "sell", 1, 0.5, made=True)
    batch = Batch((), (one,), about=(old,))
    ids.bind([7], batch)
    assert ids.is_bound(7)
    starts.append(0.9)
    ids.bind([8], batch)
    assert not ids.is_bound(8)
    assert batch.bound(0) is old
    assert replace(batch, cases=(one, one)).bound(0) is None


@in_a_loop
async def test_steps_that_make_an_object(tmp_path: Path) -> None:
    """They are played in order about one object, by one caller; where the last one is not ready, there is none."""
    needs = {"steps": ["sell", {"operation": "show"}], "ready": {"at": "/title", "is": "x"}}
    read = sales(tmp_path, **{"x-needs": needs})
    ids = KnownIds(read, lambda: 0.0)
    target, one = Shop(read, ids), valid(read, "change")
    await ids.stock(Batch((), (one,)), target.play)
    assert ["addThing", "addPerson", *["sell", "show"] * 2] == target.played  # it is tried twice
    known = ids.of(100, one, lambda _: True)
    assert known is None
    (line,) = ids.not_proven()
    assert "steps of change" == line.what
    assert "Step 2 of x-needs, show, was answered with nothing at /title, and not x." in line.why


@in_a_loop
async def test_what_a_step_names_is_of_the_caller_who_plays_the_others(tmp_path: Path) -> None:
    """Objects are made for the caller of the object that a request is about, though others have some."""
    read = sales(tmp_path)
    ids = KnownIds(read, lambda: 0.0)
    target, one = Shop(read, ids), valid(read, "sell")
    await ids.stock(Batch((), (one,)), target.play)
    batch = Batch((), (one,), about=(KnownObject({}, "", 50, 0.0, made=False),))
    await ids.stock(batch, target.play)
    ids.bind([100], batch)
    known = ids.of(100, one, lambda _: True)
    assert known is not None
    assert ([50] * 3, ["", "addThing", "addPerson"]) == (
        [each.maker for each in known.objects],
        [each.by for each in known.objects],
    )
    assert ("addThing", 50) == (known.by, known.maker)
    assert ["addThing", "addPerson"] * 2 == target.played


@in_a_loop
async def test_an_object_is_made_for_a_case_that_is_after_others(tmp_path: Path) -> None:
    """They are played about it, and no other request has it."""
    read = contract(tmp_path, "resource")
    ids = KnownIds(read, lambda: 0.0)
    target = Target(read, ids)
    changed = case(read, "changeTask")
    one = case(read, "getTask", after=(changed, replace(changed, name="y")))
    await ids.stock(Batch((), (one, case(read, "getTask"))), target.play)
    known, other = ids.of(100, one, lambda _: True), ids.of(101, case(read, "getTask"), lambda _: True)
    assert ["addTask", "changeTask", "changeTask"] == target.played[:3]
    assert known is not None
    assert other is not None
    assert known.values["/tasks/{}"] != other.values["/tasks/{}"]
    assert ids.of(102, one, lambda _: True) is None


@in_a_loop
async def test_an_id_that_no_object_has_is_like_one_that_an_object_has(tmp_path: Path) -> None:
    """Of what is not known at all, none is certain."""
    read = contract(tmp_path, "resource")
    ids, operation = KnownIds(read, lambda: 0.0), read.operation("getTask")
    plain = case(read, "getTask")
    (place,) = operation.id_places
    one = replace(plain, request=Request("GET", plain.request.target.replace(place.mark, place.variant("never"))))
    await ids.stock(Batch((), (one,)), Target(read, ids).play)
    known = ids.of(100, one, lambda _: True)
    assert known is not None
    assert "made-" in str(known.values["/tasks/{}"])
    assert re.fullmatch(r"/tasks/made-\d{10}", with_ids(operation, one.request, known).target)
    assert not all_known(operation, one.request, known)
    assert (False, True) == tuple(lacks_variant(operation, one.request, each) for each in (known, None))


@pytest.mark.parametrize(("known", "told"), [(True, []), (False, ["cases of getTask about an object"])])
def test_what_was_to_be_about_an_object_that_nobody_knows_is_not_proven(
    tmp_path: Path, told: list[str], *, known: bool
) -> None:
    """Of an object that is known there may be no id that is like it for certain: that is no gap of the run."""
    read, counts = contract(tmp_path, "resource"), Counts()
    ids = KnownIds(read, lambda: 0.0, counts=counts)
    plain = case(read, "getTask")
    (place,) = read.operation("getTask").id_places
    one = replace(plain, request=Request("GET", plain.request.target.replace(place.mark, place.variant("never"))))
    if known:
        ids.bind([100], Batch((), (one,), about=(KnownObject({"/tasks/{}": "lamp"}, "addTask", 1, 0.0, made=True),)))
    assert known is (ids.of(100, one, lambda _: True) is not None)
    ids.note(exchange(100, one, 404))
    ids.note(exchange(101, one, 404))  # what it was about is not known any more
    assert told == [line.what for line in object_states.not_proven(counts, read)]


@in_a_loop
async def test_what_follows_a_refused_request_on_its_connection_uses_up_no_shared_object(tmp_path: Path) -> None:
    """A text of two requests, of which the second may succeed, has its own; others share one."""
    read = sales(tmp_path)
    ids = KnownIds(read, lambda: 0.0)
    never = Expectation(refused=True, any_answer=True)
    refused = replace(valid(read, "change"), expect=never)
    cases = [replace(refused, following=following) for following in (Expectation(any_answer=True), never, None)]
    await ids.stock(Batch((), tuple(cases)), Shop(read, ids).play)
    own, first, second = (ids.of(100 + place, one, lambda _: True) for place, one in enumerate(cases))
    assert own is not None
    assert first is not None
    assert second is not None
    assert first.main is second.main
    assert own.main is not first.main


@pytest.mark.parametrize(("shop", "known"), [("mine", True), ("other", False)])
def test_an_object_that_was_made_elsewhere_is_not_known(tmp_path: Path, shop: str, known: bool) -> None:  # noqa: FBT001 -- a column of the table
    """The id of an order leads to it in the shop where it was made: in another one, nobody knows of such an order."""
    text = {"in": "path", "required": True, "schema": {"type": "string"}}
    names = [{"name": "shop", "example": "mine", **text}, {"name": "order", **text}]
    answers = {"200": {"description": "It."}}
    made = {"201": {"description": "Made."}}
    paths = {
        "/{shop}/orders": {"post": {"operationId": "make", "parameters": names[:1], "responses": made}},
        "/{shop}/orders/{order}": {"get": {"operationId": "show", "parameters": names, "responses": answers}},
    }
    document = {"openapi": "3.1.0", "info": {"title": "Shops", "version": "1"}, "paths": paths}
    (tmp_path / "openapi.json").write_text(json.dumps(document), "utf-8")
    (tmp_path / "bothends.toml").write_text('spec = "openapi.json"\n', "utf-8")
    operation = load(tmp_path / "bothends.toml").operation("show")
    request = Request("GET", f"/{shop}/orders/{operation.id_places[0].mark}")
    made_there = KnownObject({"/{}": "mine", "/{}/orders/{}": "7"}, "make", 1, 0.0, made=True)
    assert known == all_known(operation, request, Known((made_there,)))


def test_an_id_that_comes_again_is_told(tmp_path: Path) -> None:
    """An answer that gives an id which is known is one that gives one, and nothing new: other values may be refused."""
    read = contract(tmp_path, "resource")
    operation = read.operation("dropTask")
    leads = operation.id_places[0].leads
    counts = Counts()
    counts.add(GAVE, leads, "addTask")
    assert "no answer of addTask gives one" == why_none(counts, read, operation)
    counts.add(GAVE_AGAIN, leads, "addTask")
    told = "addTask gave the same id again, and none with other values in its requests"
    assert told == why_none(counts, read, operation)
