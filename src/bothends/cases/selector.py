"""What `--only` asks for: a family, or one case of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.cases.families.registry import FAMILIES
from bothends.cases.generated.names import GENERATED
from bothends.contract.nearest import did_you_mean, one_of
from bothends.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.records import Case

ALL_FAMILIES = (*FAMILIES, *GENERATED)
_MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class Selector:
    """What to run: `FAMILY`, or `FAMILY/CASE`.

    Attributes:
        family: A family's name.
        case: A case's name; None: all of the family.
    """

    family: str
    case: str | None = None

    @classmethod
    def parse(cls, text: str) -> Selector:
        """Read `FAMILY[/CASE]`.

        Raises:
            ContractError: There is no such family.
        """
        family, slash, case = text.partition("/")
        if family not in ALL_FAMILIES or (slash and not case):
            problem = f"there is no family {family!r}" if family not in ALL_FAMILIES else f"{text!r} names no case"
            raise ContractError(
                f"--only {text}: {problem}.",
                expected=f"FAMILY or FAMILY/CASE, where FAMILY is {one_of(ALL_FAMILIES)}",
                advice=did_you_mean(family, ALL_FAMILIES) if family not in ALL_FAMILIES else "",
            )
        return cls(family, case if slash else None)

    def matches(self, case: Case) -> bool:
        """Whether a case is asked for."""
        return case.family == self.family and self.case in (None, case.name)

    def unmatched(self, names: Iterable[str]) -> ContractError:
        """Return the error of a case that is not there.

        Args:
            names: The cases that the family has.
        """
        known = list(names)
        if not known:
            return ContractError(f"--only {self}: this contract has no case of the family {self.family}.")
        listed = known if len(known) <= _MOST_LISTED else [*known[:_MOST_LISTED], "…"]
        return ContractError(
            f"--only {self}: there is no such case.",
            expected=one_of(listed),
            advice=did_you_mean(self.case or "", known),
        )

    def __str__(self) -> str:
        """Return it as a person writes it."""
        return self.family if self.case is None else f"{self.family}/{self.case}"
