"""Reads `x-idempotency`: what it says, and whether it may stand there."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

from bothends.contract.openapi import X_IDEMPOTENCY
from bothends.contract.terms import Idempotency, check_extension, fitting
from bothends.records import ERRORS, REFUSALS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.contract.model import DeclaredAnswer, Parameter
    from bothends.documents import Place

_EXPECTED = (
    "true, or some of conflict: 422, in_flight: 409, errors: again or anew, refusals: anew, scope: [operation, path] "
    "and survives: stop or kill"
)
_ANEW = "anew"
_RESERVED = frozenset({"accept", "content-type", "authorization"})  # OpenAPI 3.1.0, section 4.8.12.2


def read_idempotency(place: Place, parameter: Parameter) -> Parameter:
    """Return a header parameter with what its `x-idempotency` says; each valid request has a key.

    Args:
        place: The parameter.
        parameter: What was read of it.

    Raises:
        ContractError: The extension is wrong, is on no header, or the schema takes too few values.
    """
    if X_IDEMPOTENCY not in place.mapping():
        return parameter
    extension = place.child(X_IDEMPOTENCY)
    check_extension(extension, X_IDEMPOTENCY, _EXPECTED)
    if parameter.location != "header":
        raise extension.error(
            f"{X_IDEMPOTENCY} is on the {parameter.location} parameter '{parameter.name}'.",
            expected="a header parameter, such as Idempotency-Key",
        )
    if parameter.name.lower() in _RESERVED:
        raise extension.error(
            f"{X_IDEMPOTENCY} is on the header '{parameter.name}', which OpenAPI does not treat as a parameter.",
            expected="a header of its own, such as Idempotency-Key",
        )
    said: dict[str, Any] = {} if extension.value is True else extension.value
    draw = fitting(parameter.schema, parameter.example)
    if draw is None:
        raise extension.error(
            f"The schema of '{parameter.name}' takes no value that is new in each request.",
            expected="a schema that takes a UUID, or an `example` whose letters and digits may be any others",
        )
    fixed = Random(0)  # noqa: S311 -- the mark is the same in each run, and no secret
    scope = said.get("scope", [])
    found = Idempotency(
        header=parameter.name,
        mark=draw(fixed),
        schema=parameter.schema,
        draw=draw,
        conflict=said.get("conflict"),
        in_flight=said.get("in_flight"),
        errors=said.get("errors") == "again",
        frees=frozenset(one for one in (ERRORS, REFUSALS) if said.get(one) == _ANEW),
        scope=frozenset([scope] if isinstance(scope, str) else scope),
        survives=said.get("survives"),
        location=extension.location,
    )
    return replace(parameter, example=found.mark, always=True, fixed=(), idempotency=found)


def check_idempotency(place: Place, parameters: Sequence[Parameter], answers: Sequence[DeclaredAnswer]) -> None:
    """Check what the parameters of an operation promise of their keys.

    Args:
        place: The operation.
        parameters: Its parameters.
        answers: Its answers.

    Raises:
        ContractError: Two parameters are keys, or a promised status is not declared.
    """
    keys = [one.idempotency for one in parameters if one.idempotency is not None]
    if len(keys) > 1:
        names = " and ".join(f"'{key.header}'" for key in keys)
        raise place.error(
            f"The parameters {names} both have {X_IDEMPOTENCY}.", expected=f"{X_IDEMPOTENCY} on one of them"
        )
    declared = {answer.status for answer in answers}
    for key in keys:
        for name, status in (("conflict", key.conflict), ("in_flight", key.in_flight)):
            if status is not None and declared.isdisjoint({str(status), f"{status // 100}XX", "default"}):
                problem = (
                    f"{X_IDEMPOTENCY} of '{key.header}' promises {status} for `{name}`, which no response declares."
                )
                raise place.error(problem, expected=f"a response '{status}' of this operation")
