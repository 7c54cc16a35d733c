"""Which pacts a run verifies, and which of their interactions: all that is wrong in them is told before the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.cases import PACT
from bothends.engine.pact_cases import PactCases, label
from bothends.pacts import read_pacts
from bothends.records import NotProven

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.cases import Selector
    from bothends.contract import Contract
    from bothends.pacts import Interaction, Pact
    from bothends.records import Case


@dataclass(frozen=True, slots=True)
class Chosen:
    """A pact, and what of it is asked for.

    Attributes:
        pact: The pact.
        interactions: The interactions that are asked for, each with its case.
    """

    pact: Pact
    interactions: tuple[tuple[Interaction, Case], ...]


class PactSelection:
    """The pacts that a run verifies, read.

    Attributes:
        pacts: Each pact with those of its interactions that are asked for.
        not_proven: What is missing for pacts to be verified at all.
    """

    def __init__(self, contract: Contract, only: Selector | None) -> None:
        """Read the folder of pacts, if any is asked for, and make the cases.

        Args:
            contract: Names the folder.
            only: What is asked for: `pact`, `pact/FILE` or `pact/FILE/DESCRIPTION`; None: all.

        Raises:
            ContractError: The folder is not there, a pact can't be read, the world can't be put into a state that
                it names, or none is what was asked for.
        """
        self.pacts: Sequence[Chosen] = ()
        self.not_proven: tuple[NotProven, ...] = ()
        folder = contract.settings.pacts
        if only is not None and not only.takes(PACT):
            return
        if folder is None:
            if only is not None and only.family == PACT:
                raise only.unmatched([])
            return
        found = read_pacts(folder)
        if not found:
            missing = f"There is no *.json file in {folder}: put a pact there, or take `pacts` out."
            self.not_proven = (NotProven("pacts", missing),)
        asked = [(pact, _asked_for(pact, only)) for pact in found]
        if only is not None and only.case is not None:
            asked = [(pact, interactions) for pact, interactions in asked if interactions is not None]
            if not asked:
                raise only.unmatched(_names(found, only.case))
        cases = PactCases(contract)
        self.pacts = [
            Chosen(pact, tuple((i, cases.case(pact, i)) for i in interactions or ())) for pact, interactions in asked
        ]
        self.not_proven += tuple(nothing_in(chosen.pact) for chosen in self.pacts if not chosen.pact.interactions)


def nothing_in(pact: Pact) -> NotProven:
    """Return what is not proven of a pact without interactions: Pact's own verifier would pass it."""
    return NotProven(f"pact {pact.file.name}", "It has no interaction, so it says nothing.")


def _asked_for(pact: Pact, only: Selector | None) -> tuple[Interaction, ...] | None:
    """Return the interactions that are asked for; None when nothing of the pact is."""
    if only is None or only.case in (None, pact.file.stem, pact.file.name):
        return pact.interactions
    return tuple(i for i in pact.interactions if only.case == label(pact, i)) or None


def _names(pacts: Sequence[Pact], asked: str) -> list[str]:
    """Return what could have been asked for: interactions of the pact that was named, else pacts."""
    of_file = [label(p, i) for p in pacts if asked.startswith(f"{p.file.stem}/") for i in p.interactions]
    return of_file or [pact.file.stem for pact in pacts]
