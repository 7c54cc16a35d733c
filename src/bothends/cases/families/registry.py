"""The plain families, in the order they run. Each module of the folder is imported, and so registers its own."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import chain, count
from typing import TYPE_CHECKING

from bothends.cases.families.family import FAMILIES, in_order
from bothends.cases.families.fault_cases import registered_cases
from bothends.cases.families.unchanged import with_looks
from bothends.conditions import tried_faults
from bothends.errors import ContractError, did_you_mean, one_of
from bothends.registry import import_modules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.cases.families.family import Family
    from bothends.contract import Contract
    from bothends.records import Case

MODULES = import_modules("bothends.cases.families")
"""The modules in which they may be defined."""


def check_faults() -> None:
    """Check that each family in which a fault says that it is tried is there.

    Raises:
        ContractError: One is not.
    """
    for family, cases in tried_faults().items():
        if FAMILIES.find(family) is None:
            raise ContractError(
                f"The fault `{next(iter(cases.values())).name}` is tried in the family `{family}`, which there is not",
                expected=one_of(FAMILIES.names),
                advice=did_you_mean(family, FAMILIES.names),
            )


def plain_families() -> Mapping[str, Family]:
    """Return all plain families by their names, in the order they run (see `in_order`): a plugin's too."""
    return in_order()


def is_quick(case: Case) -> bool:
    """Whether a plain case belongs to a quick run."""
    patterns = FAMILIES.get(case.family).quick
    return any(fnmatchcase(case.name, one) or fnmatchcase(case.name, f"{case.operation}.{one}") for one in patterns)


def plain_cases(contract: Contract, family: str) -> Iterator[Case]:
    """Yield the cases of one plain family, for each operation of the contract.

    With several operations, a name begins with the operation's: `getOrder.usual`. Names are made of those that a
    contract gives its properties, and so two may come out alike: the second has a number.
    """
    chosen = FAMILIES.get(family)
    several = len(contract.operations) > 1
    names: set[str] = set()
    for operation in contract.operations:
        if operation.security.unplayable and chosen.needs_caller:
            continue  # what it needs a caller for can't be judged, and the run says so
        faults = registered_cases(contract, operation, chosen)
        every = chain(faults, chosen.cases(contract, operation))
        for case in with_looks(contract, operation, family, every):
            name = f"{operation.id}.{case.name}" if several else case.name
            free = next(each for each in chain([name], (f"{name}-{n}" for n in count(2))) if each not in names)
            names.add(free)
            yield replace(case, name=free)
