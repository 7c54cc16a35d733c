"""Which pacts a run verifies, and which of their interactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases import PACT
from bothends.pacts import read_pacts
from bothends.records import NotProven

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.cases import Selector
    from bothends.contract import Contract
    from bothends.pacts import Interaction, Pact

Chosen = tuple["Pact", tuple["Interaction", ...]]


class PactSelection:
    """The pacts that a run verifies, read.

    Attributes:
        pacts: Each pact with those of its interactions that are asked for.
        not_proven: What is missing for pacts to be verified at all.
    """

    def __init__(self, contract: Contract, only: Selector | None) -> None:
        """Read the folder of pacts, if any is asked for.

        Args:
            contract: Names the folder.
            only: What is asked for: `pact`, `pact/FILE` or `pact/FILE/DESCRIPTION`; None: all.

        Raises:
            ContractError: The folder is not there, a pact can't be read, or none is what was asked for.
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
            self.not_proven = (NotProven("pacts", f"There is none in {folder}: put one there, or take `pacts` out."),)
        self.pacts = [(pact, _asked_for(pact, only)) for pact in found]
        if only is not None and only.case is not None:
            self.pacts = [(pact, interactions) for pact, interactions in self.pacts if interactions]
            if not self.pacts:
                raise only.unmatched([pact.file.stem for pact in found])


def _asked_for(pact: Pact, only: Selector | None) -> tuple[Interaction, ...]:
    if only is None or only.case in (None, pact.file.stem):
        return pact.interactions
    return tuple(i for i in pact.interactions if only.case == f"{pact.file.stem}/{i.description}")
