"""What `--only` asks for: a family, several by a pattern, or one case of a family."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from bothends.cases.families.crowds import SOAK
from bothends.cases.families.registry import plain_families
from bothends.errors import ContractError, did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.records import Case

COVERAGE = "coverage"
FUZZ_VALID = "fuzz-valid"
FUZZ_INVALID = "fuzz-invalid"
GENERATED = (COVERAGE, FUZZ_VALID, FUZZ_INVALID)
"""The families that are generated, known without importing what generates them."""

PACT = "pact"
"""What `--only` calls the interactions of pacts, which are no cases of a family."""

START_AND_STOP = "start-and-stop"
"""What `--only` calls the ways in which a launched target starts and stops."""

_MOST_LISTED = 20


def all_families() -> tuple[str, ...]:
    """Return all that `--only` takes: families, plain and generated, and what is no family of cases."""
    return (*plain_families(), *GENERATED, SOAK, PACT, START_AND_STOP)


@dataclass(frozen=True, slots=True)
class Selector:
    """What to run: `FAMILY`, or `FAMILY/CASE`.

    Attributes:
        family: A family's name, or a pattern of several: `fuzz-*`.
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
        known = any(fnmatchcase(name, family) for name in all_families())
        if not known or (slash and not case):
            raise ContractError(
                f"--only {text}: {f'{text!r} names no case' if known else f'there is no family {family!r}'}.",
                expected=f"FAMILY or FAMILY/CASE, where FAMILY is {one_of(all_families())}",
                advice="" if known else did_you_mean(family, all_families()),
            )
        return cls(family, case if slash else None)

    def takes(self, family: str) -> bool:
        """Whether a family, or a case of it, is asked for."""
        return fnmatchcase(family, self.family)

    @property
    def takes_cases(self) -> bool:
        """Whether any family of cases is asked for, not only pacts."""
        return any(map(self.takes, (*plain_families(), *GENERATED, SOAK)))

    def matches(self, case: Case) -> bool:
        """Whether a case is asked for."""
        return self.takes(case.family) and self.case in (None, case.name)

    def unmatched(self, names: Iterable[str]) -> ContractError:
        """Return the error of a case that is not there."""
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
