"""A contract whose event is tied to its request in one way, the target behind it, and a batch of requests at once."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bothends.cases import plain_cases
from bothends.contract import load
from bothends.engine.control import Interruption
from bothends.engine.counts import Counts
from bothends.engine.evidence.callbacks import CallbackNotes, not_proven
from bothends.engine.judge.contexts import judge_for
from bothends.engine.options import Options
from bothends.engine.play.batches import Batch, batches_of
from bothends.engine.play.exchange_runner import ExchangeRunner
from bothends.engine.play.own_keys import OwnKeys
from bothends.engine.testbed.testbed import open_testbed
from bothends.records import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.records import Case

TARGET = Path(__file__).with_name("target.py")
TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
KIND: dict[str, Any] = {"type": "string", "enum": ["pen", "cup"]}

# By tie: the members of a request, an example, and the members of the event.
TIES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "path": (
        {"callbackUrl": {"type": "string", "format": "uri"}, "text": TEXT},
        {"callbackUrl": "https://example.com/hook", "text": "Two Pens"},
        {"text": {**TEXT, "x-from": "request.body#/text"}},
    ),
    "user": (
        {"text": TEXT},
        {"text": "Two Pens"},
        {"user": {**TEXT, "x-from": "session.sub"}, "text": {**TEXT, "x-from": "request.body#/text"}},
    ),
    "value": (
        {"ref": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{6}$"}, "text": TEXT},
        {"ref": "ABC-123456", "text": " Two Pens"},
        {
            "ref": {"type": "string", "x-from": "request.body#/ref"},
            "text": {**TEXT, "x-from": "request.body#/text"},
        },
    ),
    "mark": ({"title": TEXT, "text": TEXT}, {"title": "Pens", "text": "Two Pens"}, {"title": TEXT, "text": TEXT}),
    "traceparent": ({"kind": KIND, "text": TEXT}, {"kind": "pen", "text": "Two Pens"}, {"kind": KIND, "text": TEXT}),
    "none": ({"kind": KIND}, {"kind": "pen"}, {"kind": KIND}),
    "form": (
        {
            "sku": TEXT,
            "count": {"type": "integer", "minimum": 1},
            "to": {"type": "object", "properties": {"zip": TEXT}, "additionalProperties": False},
        },
        {"sku": "Two Pens", "count": 2, "to": {"zip": "3000"}},
        {
            "sku": {**TEXT, "x-from": "request.body#/sku"},
            "count": {"type": "integer", "x-from": "request.body#/count"},
            "zip": {**TEXT, "x-from": "request.body#/to/zip"},
        },
    ),
}
"""The ties that are tried."""


@dataclass(slots=True)
class Seen:
    """What a batch has shown.

    Attributes:
        laws: How many exchanges broke each law.
        successes: How many requests succeeded.
        events: How many events were tied to them.
        guessed: How many of them have events that may be another's.
        phantoms: Events that no exchange can have caused.
        unexplained: Events that have nothing of the run.
        notes: What the run says of keys.
        most: The most requests that were under way at once.
        not_proven: Why callbacks are not proven.
    """

    laws: dict[str, int]
    successes: int
    events: int
    guessed: int
    phantoms: int
    unexplained: int
    notes: tuple[str, ...]
    most: int
    not_proven: list[str] = field(default_factory=list)


def write(folder: Path, tie: str, answer: str = "after", form: str = "", **env: str) -> Path:
    """Write a contract, its answers after their events or at any time; return the settings file."""
    members, example, sent = TIES[tie]
    url = "{$request.body#/callbackUrl}" if tie == "path" else "{ingest}/e/{eventKey}"
    data = {"type": "object", "required": [n for n in sent if n != "zip"], "properties": sent}
    event = {
        "type": "object",
        "required": ["name", "data"],
        "properties": {"name": {"const": "shop/ordered"}, "data": data},
    }
    body = {
        "type": "object",
        "required": [n for n in members if n != "to"],
        "properties": members,
        "additionalProperties": False,
    }
    operation: dict[str, Any] = {
        "operationId": "placeOrder",
        "requestBody": {"required": True, "content": {"application/json": {"schema": body, "example": example}}},
        "responses": {"201": {"description": "Taken."}},
        "callbacks": {
            "ordered": {
                url: {
                    "post": {
                        "x-when": True,
                        "x-delivery": {"answer": answer},
                        "requestBody": {"content": {"application/json": {"schema": event}}},
                        "responses": {"200": {"description": "Thanks."}},
                    }
                }
            }
        },
    }
    spec: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "1"},
        "paths": {"/orders": {"post": operation}},
    }
    if "ANSWER" in env:
        told = {"type": "object", "properties": {"text": {"type": "string", "x-from": "request.body#/text"}}}
        operation["responses"]["201"]["content"] = {"application/json": {"schema": told}}
    if form:
        told = {"schema": body, "example": example, "encoding": {"to": {"style": "deepObject", "explode": True}}}
        operation["requestBody"]["content"] = {form: told}
        operation["responses"]["422"] = {"description": "Wrong.", "x-given": "invalid-body"}
    if tie == "user":
        operation["security"] = [{"bearer": []}]
        spec["components"] = {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}}
    (folder / "openapi.json").write_text(json.dumps(spec), "utf-8")
    variables = {"TIE": tie, "PORT": "{port}", **env}
    kind = "webhook" if tie == "path" else "inngest"
    if tie != "path":
        variables["EVENTS"] = "{world.ingest}/e/{world.event_key}"
    lines = [
        'spec = "openapi.json"',
        "[target]",
        f"command = [{json.dumps(sys.executable)}, {json.dumps(str(TARGET))}]",
        'ready = "/ready"',
        "[target.env]",
        *(f"{name} = {json.dumps(value)}" for name, value in variables.items()),
        "[world.ingest]",
        f'kind = "{kind}"',
        *(['[world.sessions.bearer]\nkind = "jwt"'] if tie == "user" else []),
    ]
    file = folder / "bothends.toml"
    file.write_text("\n".join(lines), "utf-8")
    return file


def at_once(file: Path, count: int, seed: int = 7) -> Seen:
    """Send so many requests at once, after those that show which keys come back; return what was seen."""
    return asyncio.run(_at_once(file, count, seed))


def played(file: Path, *families: str, seed: int = 7) -> dict[str, set[str]]:
    """Play the plain cases of some families; return the laws that are broken, each with the cases that show it."""
    return asyncio.run(_played(file, families, seed))


async def _played(file: Path, families: Sequence[str], seed: int) -> dict[str, set[str]]:
    contract = load(file)
    found: dict[str, set[str]] = {}
    async with open_testbed(contract, Options(config=file), seed, Interruption()) as testbed:
        runner = ExchangeRunner(testbed, 4, contract.operations, own_keys=OwnKeys(contract, seed))
        judge = judge_for(contract, testbed)
        cases = [case for family in families for case in plain_cases(contract, family)]
        for batch in batches_of(cases):
            each = await runner.play(batch)
            for judged in judge.batch(each.attributed, runner.tying.calls):
                for breach in judged.breaches:
                    if breach.severity is Severity.ERROR:
                        found.setdefault(breach.law, set()).add(judged.exchange.case.name)
    return found


def _with_text_of_its_own(case: Case, index: int) -> Case:
    """Return a case with another text than the others, where bothends makes no value unique as there is another tie."""
    if "application/json" != case.request.header("content-type"):
        return case
    body = json.loads(case.request.body or b"{}")
    if "callbackUrl" not in body and list(body) != ["text"]:
        return case
    body["text"] = f"{index} pens"
    return replace(case, request=replace(case.request, body=json.dumps(body).encode()))


async def _at_once(file: Path, count: int, seed: int) -> Seen:
    contract = load(file)
    own_keys = OwnKeys(contract, seed)
    counts = Counts()
    tallies = CallbackNotes(counts, contract)
    async with open_testbed(contract, Options(config=file), seed, Interruption()) as testbed:
        runner = ExchangeRunner(testbed, count, contract.operations, own_keys=own_keys)
        judge = judge_for(contract, testbed)
        case = testbed.control(contract)[0]
        probed = [await runner.play(Batch((), (one,), concurrency=1)) for one in own_keys.probes({"placeOrder"})]
        own_keys.learn(exchange for played in probed for exchange in played.attributed.exchanges)
        cases = tuple(_with_text_of_its_own(case, index) for index in range(count))
        played = await runner.play(Batch((), cases, concurrency=count))
        after = await runner.tying.settle()
        attributed = played.attributed.followed_by(after)
        judged = list(judge.batch(attributed, runner.tying.calls))
        for each in judged:
            tallies.note(contract.operation(each.exchange.case.operation), each.exchange)
    laws: Counter[str] = Counter()
    for each in judged:
        laws.update({breach.law for breach in each.breaches})
    exchanges = attributed.exchanges
    ends = sorted([(e.began, 1) for e in exchanges] + [(e.ended, -1) for e in exchanges])
    under_way = [sum(step for _, step in ends[: place + 1]) for place in range(len(ends))]
    earlier = sum(len(each.attributed.unexplained) for each in probed)
    return Seen(
        laws=dict(laws),
        successes=sum(exchange.succeeded for exchange in exchanges),
        events=sum(len(exchange.declared) for exchange in exchanges),
        guessed=sum(exchange.guessed for exchange in exchanges),
        phantoms=len(attributed.phantoms),
        unexplained=len(attributed.unexplained) + earlier,
        notes=own_keys.notes(),
        most=max(under_way),
        not_proven=[
            item.why for item in not_proven(counts, contract, whole=True, unexplained=len(attributed.unexplained))
        ],
    )
