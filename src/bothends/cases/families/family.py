"""What a family of plain cases is; a family is registered where it is defined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.errors import ContractError
from bothends.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bothends.contract import Contract, Operation
    from bothends.records import Case


@dataclass(frozen=True, slots=True)
class Family:
    """The plain cases of one family.

    Attributes:
        family: Its name.
        cases: Yields the family's cases for an operation; names are unique within the family.
        about: What it contains, for the docs.
        quick: Which of them belong to a quick run, as patterns of names.
        after: The family that it follows in a run; empty: it comes after all families with an `after`.
        needs_caller: Whether its cases need a caller who can sign in.
        in_vain: Whether the target waits in its cases until its timeout expires.
    """

    family: str
    cases: Callable[[Contract, Operation], Iterator[Case]]
    about: str
    quick: tuple[str, ...] = ("*",)
    after: str = ""
    needs_caller: bool = True
    in_vain: bool = False


FAMILIES: Registry[Family] = Registry("family", lambda family: family.family)


def register(family: Family) -> Family:
    """Take a family in, and return it.

    Raises:
        HarnessError: There is one of this name.
    """
    return FAMILIES.add(family)


def in_order() -> Mapping[str, Family]:
    """Return all families by their names, in the order in which they run: each directly after the one it follows.

    Raises:
        ContractError: One follows a family that there is not.
    """
    following: dict[str, list[Family]] = {}
    for family in FAMILIES:
        if family.after and FAMILIES.find(family.after) is None:
            raise ContractError(f"The family `{family.family}` follows `{family.after}`, which there is not")
        following.setdefault(family.after, []).append(family)
    found: dict[str, Family] = {}
    # What comes next is at the end: of those that follow one family, the last to be registered.
    waiting = following.get("", [])[::-1]
    while waiting:
        family = waiting.pop()
        found[family.family] = family
        waiting += following.get(family.family, [])
    return found
