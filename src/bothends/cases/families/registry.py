"""The plain families, in the order they run. A new one is one definition and one line here."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import chain, count
from typing import TYPE_CHECKING

from bothends.cases.families import (
    acknowledgements,
    clients,
    crowds,
    framing,
    odd_requests,
    routing,
    sessions,
    sign_in_first,
    sizes,
    success,
    upstreams,
    wrong_bodies,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bothends.cases.families.family import Family
    from bothends.contract.model import Contract
    from bothends.records import Case


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
        success.SUCCESS_FAMILY,
        sessions.SIGNED_IN_FAMILY,
        sessions.SIGNED_OUT_FAMILY,
        wrong_bodies.MALFORMED_BODY_FAMILY,
        wrong_bodies.UNSUPPORTED_MEDIA_TYPE_FAMILY,
        wrong_bodies.BODY_TOO_LARGE_FAMILY,
        wrong_bodies.INVALID_BODY_FAMILY,
        odd_requests.ODD_BODY_FAMILY,
        odd_requests.ODD_MEDIA_TYPES_FAMILY,
        odd_requests.CONTENT_CODINGS_FAMILY,
        sign_in_first.PRECEDENCE_FAMILY,
        odd_requests.ODD_HEADERS_FAMILY,
        odd_requests.OTHER_ORIGINS_FAMILY,
        sizes.FAMILY,
        routing.METHODS_FAMILY,
        routing.ROUTING_FAMILY,
        framing.FRAMING_FAMILY,
        clients.SLOW_CLIENTS_FAMILY,
        upstreams.UPSTREAM_UNREACHABLE_FAMILY,
        upstreams.UPSTREAM_TIMEOUT_FAMILY,
        upstreams.UPSTREAM_WRONG_FAMILY,
        upstreams.UPSTREAM_UNCLEAR_FAMILY,
        upstreams.UPSTREAM_ODD_FAMILY,
        acknowledgements.LOST_ACKNOWLEDGEMENT_FAMILY,
        acknowledgements.ODD_ACKNOWLEDGEMENT_FAMILY,
        upstreams.RECOVERY_FAMILY,
        clients.DISCONNECTS_FAMILY,
        upstreams.TIME_BUDGETS_FAMILY,
        crowds.CROWD_FAMILY,
    )
)


ANYBODY = frozenset({sessions.SIGNED_OUT_NAME})
"""Families whose cases hold whoever can sign in: those of nobody."""


def is_quick(case: Case) -> bool:
    """Whether a plain case belongs to a quick run."""
    patterns = FAMILIES[case.family].quick
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
