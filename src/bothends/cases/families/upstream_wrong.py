"""`upstream-wrong`: an upstream that answers in full, and wrongly.

Error statuses that say nothing of the moment, answers that are no JSON, and JSON that is not what the
contract's schema of the answer asks for. Redirects are wrong too: they are not to be followed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.cases.families.faults import INGEST, fault_cases, taken_for
from bothends.cases.families.spoilt import json_sentence, not_objects, spoilt
from bothends.cases.families.wanted import acknowledged, acknowledgement, without_identity

if TYPE_CHECKING:
    from collections.abc import Iterator

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
_SENTENCES = {
    **{f"answers-{status}": f"the {{upstream}} answers {status}" for status in _STATUSES},
    "answers-garbage": "the {upstream} answers garbage",
    "answers-nothing": "the {upstream} answers 200 with no body",
    **{f"answers-page-{status}": f"the {{upstream}} answers {status} with a web page" for status in (200, 404, 500)},
    "answers-500-and-nothing": "the {upstream} answers 500 with no body",
    **{f"answers-{n}-with-a-right-body": f"the {{upstream}} answers {n} as if all were well" for n in (404, 500)},
    "answers-400-and-empty-object": "the {upstream} answers 400 with the JSON {}",
}
_OF_AN_UPSTREAM = {
    "answers-204": "the {upstream} answers 204 with no body",
}
_OF_THE_INGEST = {
    "answers-200-with-an-error": "the {upstream} answers 200 with an error in it",
    "answers-200-with-an-error-beside": "the {upstream} acknowledges with an error beside it",
}
_REDIRECTS = {
    f"redirects-{status}": f"the {{upstream}} redirects with {status}" for status in (301, 302, 303, 307, 308)
}
_TOLD_OF_AN_ERROR = {"error": "Internal Server Error", "status": 500}


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield the cases of each wrong answer, for each upstream and for the ingest."""
    yield from fault_cases(contract, operation, family, _SENTENCES, taken_for(family))
    for name in contract.settings.world.upstreams:
        wrong = {**_OF_AN_UPSTREAM, **_shapes(contract, name)}
        yield from fault_cases(contract, operation, family, wrong, taken_for(family), upstream=name)
    wrong = {
        **_OF_THE_INGEST,
        **_statuses_beside(operation),
        **{f"answers-{n}": json_sentence(v) for n, v in _no_acknowledgements(operation)},
    }
    yield from fault_cases(contract, operation, family, wrong, taken_for(family), upstream=INGEST)
    # What is called after a redirect must be known to be the case's own.
    yield from fault_cases(contract, operation, family, _REDIRECTS, taken_for(family), alone=True)


def _shapes(contract: Contract, upstream: str) -> dict[str, str]:
    """Return sentences of JSON answers that are not what the schema of an upstream's answer asks for."""
    schema = contract.answers[upstream]
    sentences = {f"answers-{name}": json_sentence(value) for name, value in spoilt(schema)}
    if not schema.is_valid(_TOLD_OF_AN_ERROR):
        sentences["answers-200-with-an-error"] = "the {upstream} answers 200 with an error in it"
    return sentences


def _statuses_beside(operation: Operation) -> dict[str, str]:
    """Return the sentence of a status in the body that tells of an error, where the contract has no such answer."""
    schema = acknowledgement(operation)
    if schema is None or schema.is_valid({**acknowledged(schema), "status": _TOLD_OF_AN_ERROR["status"]}):
        return {}
    return {"answers-200-with-500-in-the-body": "the {upstream} acknowledges with status 500 in the body"}


def _no_acknowledgements(operation: Operation) -> Iterator[tuple[str, Any]]:
    """Yield values that say that nothing was stored, or nothing at all; none where the contract names no other."""
    schema = acknowledgement(operation)
    if schema is not None:
        yield from not_objects(schema)
        yield from without_identity(schema).items()
