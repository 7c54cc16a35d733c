"""Schemathesis' own response checks, for the cases that it made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bothends.contract.messages import best_match
from bothends.records import Answer, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.cases.fuzzing.schemathesis_bridge import SchemathesisBridge
    from bothends.contract import Contract
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


class GeneratorChecks:
    """Runs Schemathesis' checks on exchanges of cases that it made.

    Schemathesis is imported at the first answer to such a case. What it says of methods that the operation does not
    declare is left out: that is a warning at most, and `SchemathesisBridge.check` has it.
    """

    def __init__(self, contract: Contract) -> None:
        """Take a contract."""
        self._contract = contract
        self._bridge: SchemathesisBridge | None = None

    def __call__(self, exchange: Exchange) -> Sequence[tuple[str, str, str]]:
        """Return, for each check that fails, its name, a title and a message."""
        case, answer = exchange.case, exchange.answer
        if case.origin is None or not isinstance(answer, Answer):
            return []
        if self._bridge is None:
            from bothends.cases.fuzzing.schemathesis_bridge import SchemathesisBridge  # noqa: PLC0415 -- costs a second

            self._bridge = SchemathesisBridge(self._contract)
        found = self._bridge.check(exchange.case, answer)
        if not found:
            return []
        meets = _meets_its_schema(self._contract, exchange.case.operation, answer)
        takes = not _may_refuse(self._contract, exchange.case.operation)
        return [
            (one.check, one.title, one.message)
            for one in found
            if one.severity is Severity.ERROR
            and not (meets and one.check == _SCHEMA_CHECK)
            and not (takes and one.check == _REJECTION)
        ]
