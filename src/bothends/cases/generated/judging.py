"""What the contract says of a request that Schemathesis made.

Two judges look at each: `admission`, which reads the contract alone, and Schemathesis' label. Only
where the first is certain and both agree is a case held to its family's statuses; elsewhere any
declared answer that is no server error is right, and Schemathesis' own checks of acceptance are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families.expectations import anything_declared, refusal, success
from bothends.contract.admission import admission
from bothends.records import Case, Expectation

if TYPE_CHECKING:
    from bothends.cases.generated.schemathesis_bridge import Made
    from bothends.contract.model import Operation


def judged(operation: Operation, family: str, name: str, made: Made) -> Case:
    """Return a case that Schemathesis made, with what the contract expects of it.

    Args:
        operation: The operation.
        family: The case's family.
        name: The case's name.
        made: What Schemathesis made.
    """
    expect, agreed = _expectation(operation, made)
    origin = {**made.origin, "acceptance": agreed and "meta" in made.origin}
    return Case(operation.id, family, name, made.request, expect=expect, origin=origin)


def _expectation(operation: Operation, made: Made) -> tuple[Expectation, bool]:
    """Return the expectation, and whether the two judges agree."""
    if made.request.method != operation.method:
        why = f"{operation.path} declares no {made.request.method}: whatever is answered, nothing is called or sent"
        return Expectation(refused=True, why=why), False
    verdict = admission(operation, made.request)
    if not verdict.certain or made.positive == bool(verdict.refusals):
        return anything_declared(operation), False
    return (refusal(operation, verdict.refusals) if verdict.refusals else success(operation)), True
