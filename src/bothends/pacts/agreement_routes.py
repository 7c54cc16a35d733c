"""Pacts in which the target is the provider, held against the operations of the spec."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.contract import admission
from bothends.contract.admission import doubts_of_parameters
from bothends.contract.families import BODY_TOO_LARGE, INVALID_BODY, MALFORMED_BODY, UNSUPPORTED_MEDIA_TYPE
from bothends.contract.nearest import one_of
from bothends.contract.pointers import join
from bothends.pacts.example import body_disagreements
from bothends.records import MISSING, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, DeclaredAnswer, Operation
    from bothends.pacts.disagreement import Comparison, Disagreement
    from bothends.pacts.model import Interaction

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
        summary = f"The spec declares no body of the answer {declared.status}."
        actual = "a body that the consumer reads"
        yield comparison.at("/response/body", declared.pointer, summary, "no content", actual)
    yield from body_disagreements(comparison, declared, f"answer {interaction.status}")


def operation_of(contract: Contract, interaction: Interaction) -> Operation | None:
    """Return the operation of an example's method and path, or None; a path without parameters comes first."""
    fitting = [o for o in _of_path(contract, interaction) if o.method == interaction.method]
    return min(fitting, key=lambda o: o.path.count("{"), default=None)


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
    """Yield where the request does not bring the answer about."""
    interaction = comparison.interaction
    request = request_of(interaction)
    verdict = admission(operation, request)
    spec = operation.pointer
    at = "/request/body" if interaction.request_body is not MISSING else "/request"
    if interaction.status in operation.success_statuses:
        for doubt in doubts_of_parameters(operation, request):
            summary = f"The answer is {interaction.status}, and {doubt}."
            yield comparison.at("/request", spec, summary, "a request that the spec allows", interaction.target)
        if verdict.refusals and verdict.certain:
            families = " or ".join(sorted(verdict.refusals))
            summary = f"The answer is {interaction.status}, and the spec refuses this request ({families})."
            expected = "a body that the spec admits"
            yield comparison.at(at, f"{spec}/requestBody", summary, expected, _told(request))
        return
    family = None if declared.given is None else declared.given.family
    if family in _OF_BODIES and verdict.certain and not verdict.refusals:
        summary = f"The answer is {interaction.status}, and the spec refuses nothing about this request."
        yield comparison.at(at, declared.pointer, summary, f"a request of {family}", _told(request))


def _told(request: Request) -> str:
    media_type = request.header("content-type") or "no Content-Type"
    return "no body" if request.body is None else f"{media_type}: {request.body[:200].decode('utf-8', 'replace')}"
