"""A shop whose contract is changed as a test needs it: the least that bothends has always been able to read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.verdicts.command import QUICK, record, run, write_trial
from tests.verdicts.rows import trials_of
from tests.yaml_files import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.verdicts.command import Ended

BASE = Path(__file__).parent / "base.yaml"
REFUSED = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
NOT_THERE = {"description": "There is no such thing.", "content": REFUSED}


@dataclass(frozen=True)
class Shop:
    """A folder with the shop's contract, settings and target.

    Attributes:
        folder: The folder.
    """

    folder: Path

    def write(self, row: Mapping[str, Any] | None = None, breaks: str = "") -> None:
        """Write it.

        Args:
            row: What differs from the base, as a row of the table has it.
            breaks: What is broken in the target, `BREAK` of the kit.
        """
        base = read_yaml(BASE)
        whole = {"right": "proven", **base["row"], **(row or {}), "broken": [{"break": breaks}]}
        right, broken = trials_of(whole, "point", base)
        write_trial(self.folder, broken if breaks else right)

    def run(self, name: str, *words: str, env: Mapping[str, str] | None = None) -> Ended:
        """Run `bothends` in it, under a name for the record."""
        ended = run(self.folder, *words, env=env)
        record(name, ended)
        return ended

    def verify(
        self, name: str, row: Mapping[str, Any] | None = None, *words: str, breaks: str = "", quick: bool = True
    ) -> Ended:
        """Write it, and verify it."""
        self.write(row, breaks)
        return self.run(name, "verify", *(QUICK if quick else ("--seed", "1")), *words)
