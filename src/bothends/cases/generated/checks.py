"""Schemathesis' own response checks, for the cases that it made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.records import Answer, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bothends.cases.generated.schemathesis_bridge import SchemathesisBridge
    from bothends.contract.model import Contract
    from bothends.records import Exchange


def generator_checks(contract: Contract) -> Callable[[Exchange], Sequence[tuple[str, str, str]]]:
    """Return what runs Schemathesis' checks on an exchange.

    Schemathesis is imported at the first exchange of a case that it made, not before. What it says of
    methods that the operation does not declare is left out: that is a warning at most, and
    `SchemathesisBridge.check` has it.

    Args:
        contract: The contract.

    Returns:
        A function that gives, for each check that fails, its name, a title and a message.
    """
    bridges: list[SchemathesisBridge] = []

    def failed(exchange: Exchange) -> list[tuple[str, str, str]]:
        if exchange.case.origin is None or not isinstance(exchange.answer, Answer):
            return []
        if not bridges:
            from bothends.cases.generated.schemathesis_bridge import SchemathesisBridge  # noqa: PLC0415 -- costs a second

            bridges.append(SchemathesisBridge(contract))
        found = bridges[0].check(exchange.case, exchange.answer)
        return [(one.check, one.title, one.message) for one in found if one.severity is Severity.ERROR]

    return failed
