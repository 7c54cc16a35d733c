"""What a family of plain cases is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Case


@dataclass(frozen=True, slots=True)
class Family:
    """The plain cases of one family.

    Attributes:
        family: Its name.
        cases: Yields the family's cases for an operation; names are unique within the family.
        about: What it holds, for the docs.
        quick: Which of them belong to a quick run, as patterns of names.
    """

    family: str
    cases: Callable[[Contract, Operation], Iterator[Case]]
    about: str
    quick: tuple[str, ...] = ("*",)
