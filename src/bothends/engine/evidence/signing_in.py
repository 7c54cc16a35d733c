"""Sees where a request shows a credential in its body, as a sign-in does: no schema says which of them are right.

An email and a password have their forms, and each pair that has them is valid to the contract. A target knows few of
them, and answers the others with the 401 that it declares: of an operation that asks for no credential elsewhere, that
answer is about the body. So it is no bug, and no promise either: it is told as a note, with the lines that settle it.
What setup gives is right: where each text of a body is setup's, a 401 is an error as ever.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.cases import members
from bothends.contract.terms import SIGNED_OUT
from bothends.engine.counts import counted
from bothends.engine.evidence.valid_requests import hopeless_operations, is_valid
from bothends.laws import law_of
from bothends.records import Answer, Severity, count_of, were

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, Operation
    from bothends.engine.counts import Counts
    from bothends.records import Exchange, Finding

_REFUSED = counted("credentials in bodies refused", "operation")
_NAMES = frozenset({str(HTTPStatus.UNAUTHORIZED.value), "4XX"})
"""How a contract says that callers may be unknown; `default` says nothing of what leads to it."""


def note(counts: Counts, operation: Operation, exchange: Exchange) -> None:
    """Count a valid request whose credential was refused."""
    if not exchange.case.of_the_world and not exchange.excuse and _is_of_no_account(operation, exchange):
        counts.add(_REFUSED, operation.id)


def notes(counts: Counts, contract: Contract) -> Iterator[str]:
    """Yield a line for each operation whose requests show a credential, if some are right."""
    hopeless = hopeless_operations(counts)
    for operation in contract.operations:
        number = counts.number(_REFUSED, operation.id)
        if number and operation.id not in hopeless:
            where = contract.document.location(operation.pointer)
            yield (
                f"{count_of(number, 'valid request')} to {operation.id} {were(number)} answered 401: the contract asks"
                " for no credential elsewhere, so what their bodies have is one, and no schema says which is right."
                " This is no finding. These lines settle it: `x-from: setup.NAME` on the members that name the user,"
                f" and [[target.setup]] that makes it ({where})."
            )


def without_wrong_credentials(found: tuple[Finding, ...], contract: Contract) -> tuple[Finding, ...]:
    """Return the findings that say more than that a credential in a body was refused."""
    return tuple(one for one in found if not (one.breach.severity is Severity.ERROR and _says_so(contract, one)))


def _says_so(contract: Contract, finding: Finding) -> bool:
    exchange = finding.breach.exchange
    if exchange is None or not law_of(finding.breach.law).tells_status:
        return False
    usual = replace(exchange, case=replace(exchange.case, behaviour=""))  # it is refused however it is sent
    return _is_of_no_account(contract.operation(finding.case.operation), usual)


def _is_of_no_account(operation: Operation, exchange: Exchange) -> bool:
    """Return whether a valid request may have been refused as nobody has the credential in its body."""
    answer = exchange.answer
    if not isinstance(answer, Answer) or answer.status != HTTPStatus.UNAUTHORIZED or operation.security.alternatives:
        return False
    declared = operation.answer_for(answer.status)
    # Where no credential is asked for, nobody can be signed out: such a condition says nothing of this operation.
    if declared is None or declared.status not in _NAMES or not {SIGNED_OUT}.issuperset(declared.families):
        return False
    of_setup = {place.name for place in operation.setup_places if place.part == "body"}
    texts = {name for name, value in members(exchange.case.request) if isinstance(value, str)}
    return not texts <= of_setup and is_valid(operation, exchange)
