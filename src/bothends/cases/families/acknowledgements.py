"""Families of acknowledgements that are lost, or odd."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.cases.families import expectations
from bothends.cases.families.boundaries import compact
from bothends.cases.families.family import Family, register
from bothends.cases.families.fault_cases import ANY_FAULT, acknowledged, acknowledgement, fault_cases, ingests_of
from bothends.contract.settings import EXACT_ACKNOWLEDGEMENT
from bothends.records import Condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, Operation
    from bothends.records import Case, Expectation
    from bothends.schemas import Schema


# `lost-acknowledgement`: the ingest stores the event, but the target does not get the acknowledgement.
#
# Such an event is in doubt: it may be stored or not, and a failure is the right answer. A second event is
# wrong: a target that retries must use the same identity.

LOST_ACKNOWLEDGEMENT_NAME = "lost-acknowledgement"
_LOST_ACKNOWLEDGEMENT_QUICK = (
    "*-resets",
    "*-answers-500",
    "*-fails-once",
    "*-resets-once",
)

_EACH_TIME = {f"answers-{status}": Condition.of("stores-and-answers", status=status) for status in (400, 500, 503)}


def lost_acknowledgement_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each way in which an acknowledgement is lost, for each ingest; none without an event."""
    yield from fault_cases(contract, operation, LOST_ACKNOWLEDGEMENT_NAME, _EACH_TIME, ANY_FAULT)


LOST_ACKNOWLEDGEMENT_FAMILY = register(
    Family(
        LOST_ACKNOWLEDGEMENT_NAME,
        lost_acknowledgement_cases,
        "the ingest stores the event, but the target does not get the acknowledgement.\n\nSuch an event is in doubt: "
        "it may be stored or not, and a failure is the right answer. A second event is wrong: a target that retries "
        "must use the same identity.",
        _LOST_ACKNOWLEDGEMENT_QUICK,
        after="upstream-odd",
    )
)


# `odd-acknowledgement`: the ingest stores the event, and acknowledges it in a way that the real ingest never does.
#
# Success and failure are both right: no event is lost. A success is a warning, because it relies on an answer
# that the contract does not have.

ODD_ACKNOWLEDGEMENT_NAME = "odd-acknowledgement"
_ODD_ACKNOWLEDGEMENT_QUICK = (
    "*-answers-204",
    "*-without-*",
    "*-empty",
)

_STATUSES = {f"answers-{status}": Condition.of("says-otherwise", status=status) for status in (201, 202, 204)}
_LISTS = {"empty": [], "with-number": [1], "with-null": [None]}


def odd_acknowledgement_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield the cases of each ingest; those of a body only where the contract says what an acknowledgement is."""
    for ingest in ingests_of(contract, operation):
        schema = acknowledgement(operation, ingest)
        here = [event for event in operation.events if event.ingest == ingest]
        # A status that a callback declares is no odd one.
        states = {
            name: state
            for name, state in _STATUSES.items()
            if not any(event.answer_for(int(state.texts["status"])) for event in here)
        }
        for name, value in () if schema is None else _odd(schema):
            states[name] = Condition.of("acknowledges-with", status=200, json=compact(value))
        yield from fault_cases(contract, operation, ODD_ACKNOWLEDGEMENT_NAME, states, _taken_or_not, upstream=ingest)


def _taken_or_not(operation: Operation, upstream: str) -> Expectation:
    told = expectations.fault(operation, expectations.UPSTREAM_FAMILIES, upstream)
    either = expectations.recovery(operation, upstream)
    return expectations.refused_where_promised(either, EXACT_ACKNOWLEDGEMENT, told.statuses)


def _odd(schema: Schema) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield objects that are near to an acknowledgement of one event."""
    base = acknowledged(schema)
    yield "nothing", {}
    for key, value in base.items():
        yield f"without-{key}", {name: other for name, other in base.items() if name != key}
        yield f"{key}-null", {**base, key: None}
        if isinstance(value, list):
            yield from ((f"{key}-{how}", {**base, key: odd}) for how, odd in _LISTS.items())
            yield f"{key}-two", {**base, key: [*value, "two"]}
        else:
            yield f"{key}-as-text", {**base, key: str(value)}


ODD_ACKNOWLEDGEMENT_FAMILY = register(
    Family(
        ODD_ACKNOWLEDGEMENT_NAME,
        odd_acknowledgement_cases,
        "the ingest stores the event, and acknowledges it in a way that the real ingest never does.\n\nSuccess and "
        "failure are both right: no event is lost. A success is a warning, because it relies on an answer that the "
        "contract does not have.",
        _ODD_ACKNOWLEDGEMENT_QUICK,
        after="lost-acknowledgement",
    )
)
