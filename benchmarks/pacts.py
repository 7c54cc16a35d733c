"""What the verification of the pacts adds to a run: the start of Pact's library and the exchanges included.

    python benchmarks/pacts.py [ROUNDS]

Pairs of runs, each a process from start to exit: of the quick profile with `pacts` in the settings and without;
and of the pacts alone, beside a run of one good case, which is what such a run begins with. The rounds take turns,
so that a machine that gets slower gets slower for both. The memory is the peak of the largest process of a run;
Pact's library has one of its own. It fails when the pacts alone cost two seconds or more.
"""

from __future__ import annotations

import re
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from rig import BIN, ROOT, measured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rig import Measured

MOST_SECONDS = 2.0
PACTS = 'pacts = "contracts/pacts"\n'


def project(folder: Path, *, pacts: bool) -> Path:
    """Put the repository's contract into a folder, with its pacts or without; return the settings file."""
    settings = (ROOT / "bothends.toml").read_text(encoding="utf-8")
    settings = settings.replace("[target]\n", f'[target]\ncwd = "{ROOT}"\n')
    folder.mkdir()
    shutil.copy(ROOT / "openapi.yaml", folder)
    shutil.copytree(ROOT / "contracts", folder / "contracts")
    file = folder / "bothends.toml"
    file.write_text(settings if pacts else settings.replace(PACTS, ""), encoding="utf-8")
    return file


def run(settings: Path, *asked: str) -> Measured:
    """Verify, and return what it took."""
    return measured([str(BIN / "bothends"), "verify", "--config", str(settings), "--seed", "7", "--lanes", "1", *asked])


def row(name: str, runs: Sequence[Measured]) -> None:
    """Print a line of the table."""
    exchanges = re.search(r"([\d,]+) exchanges? in", runs[-1].output)
    seconds, memory = (statistics.median(getattr(r, what) for r in runs) for what in ("seconds", "megabytes"))
    print(f"{name:<34}{exchanges[1] if exchanges else '?':>10}{seconds:>9.2f}{memory:>7.0f}")


def added(pairs: Sequence[tuple[Measured, Measured]]) -> float:
    """Return what the second run of a pair takes more than the first, the median, seconds."""
    return statistics.median(second.seconds - first.seconds for first, second in pairs)


def main() -> int:
    """Run all, and print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    quick = ("--profile", "quick")
    whole, alone = [], []
    with tempfile.TemporaryDirectory(prefix="bothends-benchmark-") as place:
        bare, full = (project(Path(place) / name, pacts=name == "with") for name in ("without", "with"))
        for _ in range(rounds):
            whole.append((run(bare, *quick), run(full, *quick)))
            alone.append((run(full, "--only", "success/usual"), run(full, "--only", "pact")))
    for each in (one for pair in (*whole, *alone) for one in pair):
        if each.code != 0:
            print(each.output)
            return 1
    kept = re.search(r"\d+ pacts kept \(\d+ interactions\)", alone[-1][1].output)
    if kept is None:
        print(alone[-1][1].output)
        return 1
    print(f"{'':<34}{'exchanges':>10}{'seconds':>9}{'MiB':>7}")
    row("quick run, without pacts", [pair[0] for pair in whole])
    row("quick run, with pacts", [pair[1] for pair in whole])
    row("one good case", [pair[0] for pair in alone])
    row(kept[0], [pair[1] for pair in alone])
    print(f"the pacts add {added(alone):.2f} s, in a whole run {added(whole):.2f} s (at most {MOST_SECONDS:.0f})")
    return 0 if added(alone) < MOST_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
