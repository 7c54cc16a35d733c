"""What is tried on a busy machine: correct targets, and targets with a bug about time."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bank.bank import ROOT, TARGETS, mutants_in
from tests.bank.trial import PARTS, digest

if TYPE_CHECKING:
    from tests.bank.bank import Mutant

BUGS = Path(__file__).parent / "time_bugs"
AREA = "time"
SEEDS = 20
_LENGTH = 16
_NEXTJS = "examples/nextjs"
_ORDERS = "examples/orders"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is verified, with several seeds.

    Attributes:
        name: What it is called; that of a bug is `bugs/TARGET/BUG`.
        profile: How many cases.
        seeds: How many runs there are, from seed 1 on.
        settings: The settings file of a correct target, relative to the repository's root.
        parts: Files and folders that its target is made of, relative to the repository's root.
        built: The file without which it can't run; empty when nothing has to be built.
        bug: The bug; None for a correct target.
    """

    name: str
    profile: str
    seeds: int
    settings: str
    parts: tuple[str, ...]
    built: str = ""
    bug: Mutant | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it is built."""
        return not self.built or (ROOT / self.built).exists()

    def key(self) -> str:
        """Return the digest of all that an outcome depends on, the seed and the machine left aside."""
        edits = json.dumps([asdict(edit) for edit in self.bug.edits]) if self.bug else ""
        return digest(f"{self.profile} {edits} {_tool()}", [ROOT / part for part in self.parts])[:_LENGTH]


@cache
def _tool() -> str:
    """Return the digest of what decides what is found, as it is when this program begins."""
    return digest("", [ROOT / "openapi.yaml", *(ROOT / "src" / "bothends" / part for part in PARTS)])


def correct_targets() -> tuple[Subject, ...]:
    """Return the targets in which no error may be found."""
    nextjs = (f"{_NEXTJS}/corrected", f"{_NEXTJS}/package-lock.json")
    built = f"{_NEXTJS}/corrected/.next/.built"
    return (
        Subject("reference", "default", SEEDS, "bothends.toml", ("reference", "contracts/pacts", "bothends.toml")),
        Subject(
            "hardened", "default", SEEDS, "examples/hardened/bothends.toml", ("examples/hardened", "contracts/pacts")
        ),
        Subject("node", "default", SEEDS, "examples/node/bothends.toml", ("examples/node", "contracts/pacts")),
        Subject(
            "starlette", "default", SEEDS, "examples/starlette/bothends.toml", ("examples/starlette", "contracts/pacts")
        ),
        Subject("nextjs", "quick", SEEDS, f"{_NEXTJS}/bothends.toml", (*nextjs, f"{_NEXTJS}/bothends.toml"), built),
        Subject("nextjs", "default", 5, f"{_NEXTJS}/bothends.toml", (*nextjs, f"{_NEXTJS}/bothends.toml"), built),
        *(
            Subject(
                f"orders in {language}", "quick", SEEDS, f"{folder}/bothends.toml", (folder, f"{_ORDERS}/openapi.yaml")
            )
            for language, folder in (("Python", f"{_ORDERS}/python"), ("Node.js", f"{_ORDERS}/node"))
        ),
    )


def time_bugs() -> tuple[Subject, ...]:
    """Return the targets with a bug about time, each of which must be found."""
    return tuple(
        Subject(
            name=f"bugs/{target}/{bug.name}",
            profile="quick",
            seeds=SEEDS,
            settings=known.settings,
            parts=(known.folder, known.settings, "contracts/pacts"),
            bug=bug,
        )
        for target, known in TARGETS.items()
        for bug in mutants_in(BUGS / f"{target}.toml", target, AREA)
    )


def subjects() -> tuple[Subject, ...]:
    """Return all of them."""
    return (*correct_targets(), *time_bugs())
