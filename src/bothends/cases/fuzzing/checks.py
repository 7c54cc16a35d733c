"""Schemathesis' own response checks, for the cases that it made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bothends.contract.media_types import best_match
from bothends.records import Answer, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bothends.cases.fuzzing.schemathesis_bridge import SchemathesisBridge
    from bothends.contract.model import Contract
    from bothends.records import Exchange


_SCHEMA_CHECK = "response_schema_conformance"
_REJECTION = "negative_data_rejection"
_CLIENT_ERRORS = range(400, 500)


def _meets_its_schema(contract: Contract, operation: str, answer: Answer) -> bool:
    """Whether an answer is as its schema asks for: Schemathesis asserts `format`, which is an annotation here."""
    declared = contract.operation(operation).answer_for(answer.status)
    key = None if declared is None or answer.media_type is None else best_match(answer.media_type, declared.content)
    schema = None if declared is None or key is None else declared.content[key]
    if schema is None or not schema.has_formats:
        return False
    try:
        return schema.is_valid(json.loads(answer.body))
    except ValueError:  # no JSON: what is wrong is another thing
        return False


def _may_refuse(contract: Contract, operation: str) -> bool:
    """Whether an operation declares a refusal: where it has none, to refuse is undeclared, and to take is not wrong."""
    return any(status in _CLIENT_ERRORS for status in contract.operation(operation).error_statuses)


def generator_checks(contract: Contract) -> Callable[[Exchange], Sequence[tuple[str, str, str]]]:
    """Return what runs Schemathesis' checks on an exchange.

    Schemathesis is imported at the first exchange of a case that it made, not before. What it says of
    methods that the operation does not declare is left out: that is a warning at most, and
    `SchemathesisBridge.check` has it.

    Returns:
        A function that gives, for each check that fails, its name, a title and a message.
    """
    bridges: list[SchemathesisBridge] = []

    def failed(exchange: Exchange) -> list[tuple[str, str, str]]:
        if exchange.case.origin is None or not isinstance(exchange.answer, Answer):
            return []
        if not bridges:
            from bothends.cases.fuzzing.schemathesis_bridge import SchemathesisBridge  # noqa: PLC0415 -- costs a second

            bridges.append(SchemathesisBridge(contract))
        found = bridges[0].check(exchange.case, exchange.answer)
        if not found:
            return []
        meets = _meets_its_schema(contract, exchange.case.operation, exchange.answer)
        takes = not _may_refuse(contract, exchange.case.operation)
        return [
            (one.check, one.title, one.message)
            for one in found
            if one.severity is Severity.ERROR
            and not (meets and one.check == _SCHEMA_CHECK)
            and not (takes and one.check == _REJECTION)
        ]

    return failed
