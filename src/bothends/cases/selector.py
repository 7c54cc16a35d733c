"""What `--only` asks for: families and cases, by their names or by patterns."""

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
class Asked:
    """One thing that is asked for: `FAMILY`, or `FAMILY/CASE`.

    Attributes:
        family: A family's name, or a pattern of several: `fuzz-*`.
        case: A case's name, or a pattern of several; None: all of the family.
    """

    family: str
    case: str | None = None

    @classmethod
    def parse(cls, text: str) -> Asked:
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

    def names(self, name: str, operation: str = "") -> bool:
        """Whether a name within the family is asked for: a case's, with or without its operation's before it."""
        if self.case is None or self.case == name:
            return True
        return fnmatchcase(name, self.case) or (bool(operation) and fnmatchcase(name, f"{operation}.{self.case}"))

    def matches(self, case: Case) -> bool:
        """Whether a case is asked for."""
        return self.takes(case.family) and self.names(case.name, case.operation)

    def is_just(self, case: Case) -> bool:
        """Whether a case is all that is asked for."""
        return (self.family, self.case) == (case.family, case.name)

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


@dataclass(frozen=True, slots=True)
class Selector:
    """What to run: all that one of several asks for.

    Attributes:
        asked: What is asked for, as it was written.
    """

    asked: tuple[Asked, ...]

    @classmethod
    def parse(cls, text: str) -> Selector:
        """Read `FAMILY[/CASE]`, or several, one on each line, or raise ContractError: there is no such family."""
        return cls(tuple(dict.fromkeys(map(Asked.parse, text.split("\n")))))

    def takes(self, family: str) -> bool:
        """Whether a family, or a case of it, is asked for."""
        return any(one.takes(family) for one in self.asked)

    def of(self, family: str) -> tuple[Asked, ...]:
        """Return what is asked for of a family, by its name or a pattern."""
        return tuple(one for one in self.asked if one.takes(family))

    def by_name(self, family: str) -> tuple[Asked, ...]:
        """Return what is asked for of a family by its own name."""
        return tuple(one for one in self.asked if one.family == family)

    @property
    def takes_cases(self) -> bool:
        """Whether any family of cases is asked for, not only pacts."""
        return any(one.takes_cases for one in self.asked)

    def matches(self, case: Case) -> bool:
        """Whether a case is asked for."""
        return any(one.matches(case) for one in self.asked)

    def __str__(self) -> str:
        """Return it as a person writes it."""
        return "\n".join(map(str, self.asked))
