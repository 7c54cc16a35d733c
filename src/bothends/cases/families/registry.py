"""The plain families, in the order they run. A new one is one file and one line here."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import chain, count
from typing import TYPE_CHECKING, Protocol

from bothends.cases.families import (
    body_too_large,
    content_codings,
    crowd,
    disconnects,
    framing,
    invalid_body,
    lost_acknowledgement,
    malformed_body,
    methods,
    odd_acknowledgement,
    odd_body,
    odd_headers,
    odd_media_types,
    other_origins,
    precedence,
    recovery,
    routing,
    signed_in,
    signed_out,
    sizes,
    slow_clients,
    success,
    time_budgets,
    unsupported_media_type,
    upstream_odd,
    upstream_timeout,
    upstream_unclear,
    upstream_unreachable,
    upstream_wrong,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bothends.contract.model import Contract, Operation
    from bothends.records import Case


class Family(Protocol):
    """A module that makes the plain cases of one family.

    It may name those that belong to a quick run, as patterns in `quick`; else all do.
    """

    family: str

    def cases(self, contract: Contract, operation: Operation) -> Iterator[Case]:
        """Yield the family's cases for an operation; names are unique within the family."""
        ...


def registry(families: Iterable[Family]) -> Mapping[str, Family]:
    """Return the families by their names.

    Raises:
        ValueError: Two have one name.
    """
    found: dict[str, Family] = {}
    for family in families:
        if family.family in found:
            raise ValueError(f"two families are named {family.family!r}")
        found[family.family] = family
    return found


FAMILIES: Mapping[str, Family] = registry(
    (
        success,
        signed_in,
        signed_out,
        malformed_body,
        unsupported_media_type,
        body_too_large,
        invalid_body,
        odd_body,
        odd_media_types,
        content_codings,
        precedence,
        odd_headers,
        other_origins,
        sizes,
        methods,
        routing,
        framing,
        slow_clients,
        upstream_unreachable,
        upstream_timeout,
        upstream_wrong,
        upstream_unclear,
        upstream_odd,
        lost_acknowledgement,
        odd_acknowledgement,
        recovery,
        disconnects,
        time_budgets,
        crowd,
    )
)


ANYBODY = frozenset({signed_out.family})
"""Families whose cases hold whoever can sign in: those of nobody."""


def is_quick(case: Case) -> bool:
    """Whether a plain case belongs to a quick run."""
    patterns: tuple[str, ...] = getattr(FAMILIES[case.family], "quick", ("*",))
    return any(fnmatchcase(case.name, one) or fnmatchcase(case.name, f"{case.operation}.{one}") for one in patterns)


def plain_cases(contract: Contract, family: str) -> Iterator[Case]:
    """Yield the cases of one plain family, for each operation of the contract.

    With several operations, a name begins with the operation's: `getOrder.usual`. Names are made of those that a
    contract gives its properties, and so two may come out alike: the second has a number.

    Args:
        contract: The contract.
        family: A name in `FAMILIES`.
    """
    several = len(contract.operations) > 1
    names: set[str] = set()
    for operation in contract.operations:
        if operation.security.unplayable and family not in ANYBODY:
            continue  # what it needs a caller for can't be judged, and the run says so
        for case in FAMILIES[family].cases(contract, operation):
            name = f"{operation.id}.{case.name}" if several else case.name
            free = next(each for each in chain([name], (f"{name}-{n}" for n in count(2))) if each not in names)
            names.add(free)
            yield replace(case, name=free)
