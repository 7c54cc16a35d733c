"""Holds the examples of a pact against the spec: what both are about, both must say alike."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.contract import admission, doubts_of_parameters
from bothends.contract.messages import EVENT_KEY, best_match, parse_media_type
from bothends.contract.terms import BODY_TOO_LARGE, INVALID_BODY, MALFORMED_BODY, UNSUPPORTED_MEDIA_TYPE
from bothends.errors import one_of
from bothends.pacts.comparison import Comparison, Disagreement, body_disagreements, json_value
from bothends.pacts.model import part_played
from bothends.pacts.values import for_parts
from bothends.records import MISSING, Request, join
from bothends.world import INGEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, DeclaredAnswer, EventContract, Operation
    from bothends.contract.messages import UrlTemplate
    from bothends.pacts.model import Interaction, Pact


# Pacts in which the target is the provider, checked against the operations of the spec.

_OF_BODIES = frozenset({MALFORMED_BODY, UNSUPPORTED_MEDIA_TYPE, BODY_TOO_LARGE, INVALID_BODY})


def route_disagreements(comparison: Comparison) -> Iterator[Disagreement]:
    """Yield where an interaction disagrees with the operation that its request is for."""
    interaction = comparison.interaction
    operation = operation_of(comparison.contract, interaction)
    if operation is None:
        yield _no_operation(comparison)
        return
    declared = operation.answer_for(interaction.status)
    if declared is None:
        expected = one_of([answer.status for answer in operation.answers])
        summary = f"The spec declares no answer {interaction.status} of {operation.method} {operation.path}."
        spec = operation.pointer + "/responses"
        yield comparison.at("/response/status", spec, summary, expected, str(interaction.status))
        return
    yield from _of_request(comparison, operation, declared)
    if not declared.content and interaction.response_body is not MISSING:
        summary = f"The spec declares no body for the answer {declared.status}."
        actual = "a body that the consumer reads"
        yield comparison.at("/response/body", declared.pointer, summary, "no content", actual)
    yield from body_disagreements(comparison, declared, f"answer {interaction.status}")


def operation_of(contract: Contract, interaction: Interaction) -> Operation | None:
    """Return the operation of an example's method and path, or None; a path without parameters comes first."""
    fitting = [o for o in _of_path(contract, interaction) if o.method == interaction.method]
    return min(fitting, key=lambda o: o.path.count("{"), default=None)


def is_left_out(contract: Contract, pact: Pact, interaction: Interaction) -> bool:
    """Whether an interaction is a request for an operation of the spec that is not under test."""
    if interaction.kind != "http" or part_played(pact, contract.settings.world) is not None:
        return False
    if operation_of(contract, interaction) is not None:
        return False
    there = any(method == interaction.method for method, _ in contract.routes_at(interaction.path))
    return there or not contract.operations


def _of_path(contract: Contract, interaction: Interaction) -> list[Operation]:
    return [o for o in contract.operations if re.fullmatch(_path_pattern(o.path), interaction.path)]


def request_of(interaction: Interaction) -> Request:
    """Return the request of an interaction's example, with the type of its body."""
    body = interaction.request_body
    payload = None if body is MISSING else as_bytes(body)
    return with_media_type(
        interaction, Request(interaction.method, interaction.target, interaction.request_headers, payload)
    )


def with_media_type(interaction: Interaction, request: Request) -> Request:
    """Return a request of an interaction's with the type of its body, where no header says it.

    Pact's verifier sends none then, although the pact may have it beside the body.
    """
    if request.body is None or request.header("content-type") is not None:
        return request
    # As Pact's own mock server has it, where neither a header nor the body says.
    guess = "text/plain" if isinstance(interaction.request_body, str | bytes) else "application/json"
    media_type = interaction.request_media_type or guess
    return replace(request, headers=(*request.headers, ("Content-Type", media_type)))


def as_bytes(body: object) -> bytes:
    """Return an example as it goes over the wire."""
    if isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)).encode()


def _path_pattern(template: str) -> str:
    parts = re.split(r"\{[^{}]+\}", template)
    return "[^/]+".join(map(re.escape, parts))


def _no_operation(comparison: Comparison) -> Disagreement:
    interaction = comparison.interaction
    actual = f"{interaction.method} {interaction.path}"
    of_path = _of_path(comparison.contract, interaction)
    listed = of_path or comparison.contract.operations
    expected = one_of([f"{operation.method} {operation.path}" for operation in listed])
    summary = f"The spec has no operation {actual}."
    if of_path:
        return comparison.at("/request/method", of_path[0].pointer.rpartition("/")[0], summary, expected, actual)
    return comparison.at("/request/path", join("paths"), summary, expected, actual)


def _of_request(comparison: Comparison, operation: Operation, declared: DeclaredAnswer) -> Iterator[Disagreement]:
    """Yield where the request does not trigger the answer."""
    interaction = comparison.interaction
    request = request_of(interaction)
    verdict = admission(operation, request)
    spec = operation.pointer
    at = "/request/body" if interaction.request_body is not MISSING else "/request"
    if interaction.status in operation.success_statuses:
        for doubt in doubts_of_parameters(operation, request):
            summary = f"The answer is {interaction.status}, but {doubt}."
            yield comparison.at("/request", spec, summary, "a request that the spec allows", interaction.target)
        if verdict.refusals and verdict.certain:
            families = " or ".join(sorted(verdict.refusals))
            summary = f"The answer is {interaction.status}, but the spec refuses this request ({families})."
            expected = "a body that the spec allows"
            yield comparison.at(at, f"{spec}/requestBody", summary, expected, _describe(request))
        return
    named = declared.families
    if named and _OF_BODIES.issuperset(named) and verdict.certain and not verdict.refusals:
        summary = f"The answer is {interaction.status}, but the spec does not refuse this request."
        expected = f"a request of {' or '.join(named)}"
        yield comparison.at(at, declared.pointer, summary, expected, _describe(request))


def _describe(request: Request) -> str:
    media_type = request.header("content-type") or "no Content-Type"
    return "no body" if request.body is None else f"{media_type}: {request.body[:200].decode('utf-8', 'replace')}"


# Requests to an upstream and its answers, checked against `[world.upstreams.<name>]`.

_SUCCESS = range(200, 300)


def upstream_disagreements(comparison: Comparison, name: str) -> Iterator[Disagreement]:
    """Yield where an interaction with an upstream is not what the settings and the spec say of it."""
    interaction = comparison.interaction
    upstream = comparison.contract.settings.world.upstreams[name]
    for key, expected, actual in (
        ("method", upstream.method, interaction.method),
        ("path", upstream.path, interaction.path),
    ):
        if expected != actual:
            spec = comparison.setting(f"world.upstreams.{name}.{key}")
            summary = f"The pact calls the {name} with another {key}."
            yield comparison.at(f"/request/{key}", spec, summary, expected, actual)
    schema = comparison.contract.answers[name]
    value = json_value(interaction.response_body, schema)
    if interaction.status in _SUCCESS and value is not MISSING:
        pointer = interaction.body_pointer("response").removeprefix(interaction.pointer)
        what = f"answer {interaction.status} of the {name}"
        yield from comparison.by_schema(pointer, value, schema, what, comparison.upstream_schema(name))


# Messages, and requests to the ingest, checked against the callbacks of the spec.

_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/]*")


def message_disagreements(comparison: Comparison) -> Iterator[Disagreement]:
    """Yield where a message is no part of an event that the spec declares, as its consumer receives it."""
    interaction = comparison.interaction
    events = _events(comparison)
    if not events:
        yield _no_event(comparison, "/contents")
        return
    pointer = interaction.body_pointer("contents").removeprefix(interaction.pointer)
    found: list[list[Disagreement]] = []
    for event in events:
        schema = for_parts(event.whole)
        value = json_value(interaction.contents, schema)
        if value is MISSING:
            summary, expected = "The message is not text, so it is not JSON, but the event is.", event.media_type
            found.append([comparison.at("/contents", event.body.pointer, summary, expected, "bytes")])
        else:
            value = [value] if event.always_listed else value  # a consumer receives one of the list
            found.append(list(comparison.by_schema(pointer, value, schema, "event")))
    # With several events, the message is the one that it comes nearest to.
    yield from min(found, key=len)


def ingest_disagreements(comparison: Comparison) -> Iterator[Disagreement]:
    """Yield where a request to the ingest, or its answer, is not what a callback declares."""
    interaction = comparison.interaction
    events = [event for operation in comparison.contract.operations for event in operation.events]
    if not events:
        yield _no_event(comparison, "/request")
        return
    actual = f"{interaction.method} {interaction.path}"
    fitting = [e for e in events if e.method == interaction.method and _fits(e.url, interaction.path)]
    if not fitting:
        expected = one_of(dict.fromkeys(f"{event.method} {event.url_template}" for event in events))
        summary = f"The spec has no callback {actual}."
        yield comparison.at("/request/path", events[0].pointer, summary, expected, actual)
        return
    found = [list(_of_callback(comparison, event)) for event in fitting]
    yield from min(found, key=len)


def _of_callback(comparison: Comparison, event: EventContract) -> Iterator[Disagreement]:
    interaction = comparison.interaction
    media_type = interaction.request_media_type
    if media_type is not None and not best_match(parse_media_type(media_type).essence, [event.media_type]):
        summary = "The pact's event has a media type that the callback does not declare."
        at = "/request/headers" if interaction.request_headers else "/request/body"
        yield comparison.at(at, f"{event.pointer}/requestBody/content", summary, event.media_type, media_type)
    value = json_value(interaction.request_body, event.whole)
    pointer = interaction.body_pointer("request").removeprefix(interaction.pointer)
    if value is MISSING:
        summary = "The pact's request to the ingest contains no event."
        yield comparison.at("/request", event.body.pointer, summary, "the event that the callback declares", "no event")
    else:
        yield from comparison.by_schema(pointer, value, event.whole, "event")
    yield from _of_answer(comparison, event)


def _of_answer(comparison: Comparison, event: EventContract) -> Iterator[Disagreement]:
    interaction = comparison.interaction
    if not event.answers:
        return  # the callback leaves open what the ingest answers
    declared = event.answer_for(interaction.status)
    if declared is None:
        summary = f"The callback declares no answer {interaction.status} of the ingest."
        expected = one_of([answer.status for answer in event.answers])
        spec = f"{event.pointer}/responses"
        yield comparison.at("/response/status", spec, summary, expected, str(interaction.status))
    else:
        # An answer without content is described in words only: nothing to check a body against.
        yield from body_disagreements(comparison, declared, f"ingest's answer {interaction.status}")


def _events(comparison: Comparison) -> list[EventContract]:
    """Return the events that a message may be: those of the operation that its description names, else all."""
    operations = comparison.contract.operations
    words = re.findall(r"[\w.-]+", comparison.interaction.description)
    named = [operation for operation in operations if operation.events and operation.id in words]
    return [event for operation in named or operations for event in operation.events]


def _no_event(comparison: Comparison, pointer: str) -> Disagreement:
    summary = "The spec declares no event."
    expected = "a callback on an operation of the spec"
    return comparison.at(pointer, join("paths"), summary, expected, comparison.interaction.description)


def _fits(url: UrlTemplate, path: str) -> bool:
    """Return whether a path is one that a callback's URL may have; the ingest's base URL has none."""
    pattern = ""
    for number, (literal, gap) in enumerate(url.parts):
        if gap == EVENT_KEY:
            pattern += "[^/]+"
        elif gap.startswith("$"):
            pattern += ".*"
        else:
            pattern += re.escape(_ORIGIN.sub("", literal) if number == 0 else literal)
    return re.fullmatch(pattern.partition(re.escape("?"))[0], path) is not None


def disagreements(pact: Pact, contract: Contract) -> list[Disagreement]:
    """Return where a pact and the contract disagree; empty where they agree.

    | the pact's provider | what is checked against what |
    |---|---|
    | the target, over HTTP | the request against the operation, the answer against what is declared for its status |
    | any, of a message | the message against the event of the callback |
    | an upstream | the request and a 2xx answer against `[world.upstreams.<name>]` |
    | the ingest | the request against the callback, the answer against its responses |

    What a consumer *reads* may be a part of what it gets: what is not named is not missed. What is *sent*,
    and what the world gives an answer of, must be whole.
    """
    return list(_disagreements(pact, contract))


def _disagreements(pact: Pact, contract: Contract) -> Iterator[Disagreement]:
    part = part_played(pact, contract.settings.world)
    for interaction in pact.interactions:
        if is_left_out(contract, pact, interaction):
            continue
        comparison = Comparison(pact, interaction, contract)
        if interaction.kind == "message":
            yield from message_disagreements(comparison)
        elif part is None:
            yield from route_disagreements(comparison)
        elif part == INGEST:
            yield from ingest_disagreements(comparison)
        else:
            yield from upstream_disagreements(comparison, part)
