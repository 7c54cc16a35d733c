"""`upstream-wrong`: an upstream that answers in full, and wrongly.

Error statuses that say nothing of the moment, answers that are no JSON, and JSON that is not what the
contract's schema of the answer asks for. Redirects are wrong too: they are not to be followed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.cases.families.faults import fault_cases, ingests_of, taken_for
from bothends.cases.families.spoilt import answers_json, not_objects, spoilt
from bothends.cases.families.wanted import acknowledged, acknowledgement, without_identity
from bothends.records import Condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Schema
    from bothends.contract.model import Contract, Operation
    from bothends.records import Case

family = "upstream-wrong"
quick = (
    "*-answers-40[0134]",
    "*-answers-500",
    "*-answers-204",
    "*-answers-garbage",
    "*-answers-nothing",
    "*-answers-page-200",
    "*-answers-500-with-a-right-body",
    "*-answers-null",
    "*-answers-list",
    "*-answers-empty-object",
    "*-answers-without-*",
    "*-answers-*-of-text",
    "*-answers-*-as-text",
    "*-answers-200-with-*",
    "*-redirects-30[27]",
)

# 408, 429, 502, 503 and 504 say "not now": `upstream-unclear` has those.
_STATUSES = (400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 500, 501)
_ERROR_IN_IT = Condition.of("answers-error-as-success")
_STATES = {
    **{f"answers-{status}": Condition.of("answers-status", status=status) for status in _STATUSES},
    "answers-garbage": Condition.of("answers-garbage"),
    "answers-nothing": Condition.of("answers-nothing", status=200),
    **{f"answers-page-{status}": Condition.of("answers-page", status=status) for status in (200, 404, 500)},
    "answers-500-and-nothing": Condition.of("answers-nothing", status=500),
    **{f"answers-{n}-with-a-right-body": Condition.of("says-otherwise", status=n) for n in (404, 500)},
    "answers-400-and-empty-object": answers_json({}, 400),
}
_OF_AN_UPSTREAM = {
    "answers-204": Condition.of("answers-nothing", status=204),
}
_OF_AN_INGEST = {
    "answers-200-with-an-error": _ERROR_IN_IT,
    "answers-200-with-an-error-beside": Condition.of("answers-error-beside"),
}
_REDIRECTS = {f"redirects-{status}": Condition.of("redirects", status=status) for status in (301, 302, 303, 307, 308)}
_TOLD_OF_AN_ERROR = {"error": "Internal Server Error", "status": 500}


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield the cases of each wrong answer, for each upstream and for each ingest."""
    yield from fault_cases(contract, operation, family, _STATES, taken_for(family))
    for name in contract.settings.world.upstreams:
        wrong = {**_OF_AN_UPSTREAM, **_shapes(contract, name)}
        yield from fault_cases(contract, operation, family, wrong, taken_for(family), upstream=name)
    for name in ingests_of(contract, operation):
        schema = acknowledgement(operation, name)
        wrong = {
            **_OF_AN_INGEST,
            **_statuses_beside(schema),
            **{f"answers-{n}": answers_json(v) for n, v in _no_acknowledgements(schema)},
        }
        yield from fault_cases(contract, operation, family, wrong, taken_for(family), upstream=name)
    # What is called after a redirect must be known to be the case's own.
    yield from fault_cases(contract, operation, family, _REDIRECTS, taken_for(family), alone=True)


def _shapes(contract: Contract, upstream: str) -> dict[str, Condition]:
    """Return the states of an upstream whose JSON answers are not what the schema of an upstream's answer asks for."""
    schema = contract.answers[upstream]
    states = {f"answers-{name}": answers_json(value) for name, value in spoilt(schema)}
    if not schema.is_valid(_TOLD_OF_AN_ERROR):
        states["answers-200-with-an-error"] = _ERROR_IN_IT
    return states


def _statuses_beside(schema: Schema | None) -> dict[str, Condition]:
    """Return the state of a status in the body that tells of an error, where the contract has no such answer."""
    if schema is None or schema.is_valid({**acknowledged(schema), "status": _TOLD_OF_AN_ERROR["status"]}):
        return {}
    return {"answers-200-with-500-in-the-body": Condition.of("answers-status-beside", status=500)}


def _no_acknowledgements(schema: Schema | None) -> Iterator[tuple[str, Any]]:
    """Yield values that say that nothing was stored, or nothing at all; none where the contract names no other."""
    if schema is not None:
        yield from not_objects(schema)
        yield from without_identity(schema).items()
