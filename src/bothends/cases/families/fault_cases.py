"""Cases of a right request while an upstream is in a faulty state."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from bothends.cases.families import expectations, requests
from bothends.conditions import kind_of, tried_faults
from bothends.contract.messages import is_json
from bothends.records import Case
from bothends.schemas import sample_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bothends.cases.families.family import Family
    from bothends.conditions import ConditionKind
    from bothends.contract import Contract, Operation
    from bothends.records import Condition, Expectation
    from bothends.schemas import Schema


def upstreams_of(contract: Contract, operation: Operation) -> list[str]:
    """Return the names of all that the operation may call: the upstreams, and the ingest when it sends events.

    An operation that sends no event, and declares no answer for an upstream's fault, calls none; one
    whose faults all name their upstream calls those.
    """
    every = list(contract.settings.world.upstreams)
    if operation.events:
        refused = [place.expression for place in operation.addresses if place.refused is not None]
        asked = [event for event in operation.events if event.ingest and event.url.whole not in refused]
        return [*every, *dict.fromkeys(event.ingest for event in asked)]
    given = [rule for answer in operation.answers for rule in answer.family_rules]
    named = {one.upstream for one in given if one.family in expectations.UPSTREAM_FAMILIES}
    return every if None in named else [name for name in every if name in named]


def is_ingest(contract: Contract, name: str) -> bool:
    """Whether a part of the world is one that events go to."""
    return name not in contract.settings.world.upstreams


def ingests_of(contract: Contract, operation: Operation) -> list[str]:
    """Return the names of the ingests that the operation sends events to."""
    return [name for name in upstreams_of(contract, operation) if is_ingest(contract, name)]


def says_in_words(operation: Operation, ingest: str) -> bool:
    """Whether an ingest acknowledges in words that a callback declares, and not by its status alone.

    A schema that admits anything says nothing: generators write `{}` where nobody has said what the words are.
    """
    answers = (answer for event in operation.events if event.ingest == ingest for answer in event.answers)
    schemas = (schema for answer in answers if answer.status.startswith("2") for schema in answer.content.values())
    return any(schema is not None and not all(map(schema.is_valid, _ANYTHING)) for schema in schemas)


_ANYTHING: tuple[Any, ...] = (None, True, 0, "", [], {})


def _is_in_words(state: Condition) -> bool:
    return kind_of(state.name).in_words and state.texts.get("status", "2").startswith("2")


def taken_for(*families: str) -> Callable[[Operation, str], Expectation]:
    """Return what gives the expectation of a fault that may be taken for any of some families."""

    def expect(operation: Operation, upstream: str) -> Expectation:
        return expectations.fault(operation, families, upstream)

    return expect


ANY_FAULT = taken_for(*expectations.UPSTREAM_FAMILIES)
"""Gives the expectation of a fault that is neither clearly wrong nor clearly unreachable."""


def timeout_group(upstream: str) -> str:
    """Return the group of the cases that wait for an upstream until the target's timeout: all wait at once."""
    return f"the timeout of the {upstream}"


def fault_cases(  # noqa: PLR0913 -- each says another thing of the cases
    contract: Contract,
    operation: Operation,
    family: str,
    states: Mapping[str, Condition],
    expect: Callable[[Operation, str], Expectation],
    *,
    exclusive: bool = False,
    upstream: str | None = None,
    group: str = "",
    in_vain: bool = False,
) -> Iterator[Case]:
    """Yield one case for each upstream that the operation may call, and each state.

    Args:
        contract: The contract.
        operation: The operation.
        family: The cases' family.
        states: Names, and states of an upstream that is still to be said.
        expect: Gives what may come of a fault of an upstream.
        exclusive: Whether the calls that are made must be known to be the case's own.
        upstream: The one upstream that it is about; None: each.
        group: What cases of one upstream that wait together are called.
        in_vain: Whether the target waits until its timeout expires.
    """
    request = requests.admitted_request(operation)
    if request is None:
        return
    for name in upstreams_of(contract, operation):
        if upstream not in (None, name):
            continue
        right = expect(operation, name)
        by_status = is_ingest(contract, name) and not says_in_words(operation, name)
        for what, state in states.items():
            if kind_of(state.name).of_ingest and not is_ingest(contract, name):
                continue
            if by_status and _is_in_words(state):
                continue  # who goes by the status has been told of a success
            given = (state.at(name),)
            label = f"{name}-{what}"
            both = timeout_group(name) if in_vain else group and f"{group} of the {name}"
            yield Case(operation.id, family, label, request, given, right, exclusive=exclusive, group=both)


# Faults that say themselves which case tries them, as they are registered.


def only_of_faults(_contract: Contract, _operation: Operation) -> Iterator[Case]:
    """Yield nothing: a family has no cases but those of the faults that name it."""
    return iter(())


def registered_cases(contract: Contract, operation: Operation, family: Family) -> Iterator[Case]:
    """Yield the cases of the faults that name a family. What may come of one follows from what it says of itself."""
    for name, condition in tried_faults().get(family.family, {}).items():
        kind = kind_of(condition.name)
        if kind.outlasts and not contract.settings.knows_timeout:
            continue  # who has more time than is assumed may read to its end
        # Of one that the target may come through, the call that failed must be the case's own.
        yield from fault_cases(
            contract,
            operation,
            family.family,
            {name: condition},
            _told_of(kind),
            exclusive=kind.recovers,
            in_vain=family.in_vain,
        )


def _told_of(kind: ConditionKind) -> Callable[[Operation, str], Expectation]:
    if kind.recovers:
        return expectations.recovery
    if not kind.family:
        return lambda operation, _: expectations.success(operation)
    return taken_for(kind.family) if kind.family in expectations.UPSTREAM_FAMILIES else ANY_FAULT


# What the contract says of an ingest's acknowledgement.

_ITEMS: tuple[Any, ...] = ("one", 1, {}, True)


def acknowledgement(operation: Operation, ingest: str) -> Schema | None:
    """Return the schema of what an ingest answers with 200; None where no callback says.

    A media type that is not JSON's counts as well: a server may name its JSON `text/plain`.
    """
    for event in operation.events:
        declared = event.answer_for(HTTPStatus.OK) if event.ingest == ingest else None
        if declared is not None:
            content = sorted(declared.content.items(), key=lambda one: not is_json(one[0]))
            return next((schema for _, schema in content if schema is not None), None)
    return None


def acknowledged(schema: Schema) -> dict[str, Any]:
    """Return an acknowledgement of one event, with one thing in each list; empty where none can be guessed."""
    value = sample_of(schema.raw)
    if not isinstance(value, dict):
        return {}
    for key, part in value.items():
        if isinstance(part, list):
            item = next((one for one in _ITEMS if schema.is_valid({**value, key: [one]})), "one")
            value = {**value, key: [item]}
    return value


def without_identity(schema: Schema) -> dict[str, dict[str, Any]]:
    """Return acknowledgements, named, with an empty text in a list: what a server says that has stored nothing."""
    base = acknowledged(schema)
    empty = {f"{key}-with-empty-text": {**base, key: [""]} for key, part in base.items() if isinstance(part, list)}
    return {name: value for name, value in empty.items() if not schema.is_valid(value)}
