"""What it takes to compare two contracts: the project's own, and the largest document of the corpus.

    BOTHENDS_CORPUS=… python benchmarks/diffing.py

Each document is compared with itself, and with a copy in which much has changed: the five schemas that most others
refer to have lost a required member or have one of another type, and an operation is gone. Each comparison is a
process of its own, and is measured in seconds of processor, so that other work counts for little. Medians of several
rounds. The limits: 2 s for the project's own contract, 20 s for the largest document.
"""

from __future__ import annotations

import copy
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml
from rig import BIN, ROOT, measured

sys.path.insert(0, str(ROOT))
from tests.corpus.documents import VARIABLE, listed

ROUNDS = 3
OWN, LARGEST = 2.0, 20.0
_MOST_CHANGED = 5


def main() -> int:
    """Measure, and print the table; 1 where a limit is passed."""
    documents = [(ROOT / "openapi.yaml", OWN)]
    files = [each.folder / each.entry for each in listed() if each.files == 1 and each.folder is not None]
    there = [file for file in files if file.is_file()]
    if there:
        documents.append((max(there, key=lambda file: file.stat().st_size), LARGEST))
    else:
        print(f"No document of the corpus is here: set {VARIABLE} to its folder.")
    print(f"{'':<34}{'MB':>6}{'itself':>8}{'changed':>9}{'breaks':>8}{'undecided':>11}{'MiB':>6}{'limit':>7}")
    wrong = 0
    for file, limit in documents:
        with tempfile.TemporaryDirectory(prefix="bothends-benchmark-") as place:
            changed = Path(place) / "changed.json"
            changed.write_text(json.dumps(_changed(_read(file)), indent=2), "utf-8")
            itself, _, _ = _measured(file, file, Path(place))
            other, memory, output = _measured(file, changed, Path(place))
        counts = json.loads(output)["counts"]
        size, name = file.stat().st_size / 1e6, "/".join(file.parts[-2:])
        print(
            f"{name:<34}{size:>6.1f}{itself:>8.2f}{other:>9.2f}{counts['break']:>8}{counts['undecided']:>11}"
            f"{memory:>6.0f}{limit:>7.0f}"
        )
        wrong += max(itself, other) > limit or not counts["break"]
    return int(wrong > 0)


def _read(file: Path) -> Any:
    text = file.read_text("utf-8")
    return json.loads(text) if file.suffix == ".json" else yaml.safe_load(text)


def _changed(document: Any) -> Any:
    """Return a copy in which much has changed."""
    made = copy.deepcopy(document)
    schemas = made["components"]["schemas"]
    text = json.dumps(document)
    used = sorted(schemas, key=lambda name: text.count(f'"#/components/schemas/{name}"'), reverse=True)
    fields = [name for name in used if schemas[name].get("required") and schemas[name].get("properties")]
    for number, name in enumerate(fields[:_MOST_CHANGED]):
        member = schemas[name]["required"][0]
        if number % 2:
            schemas[name]["properties"][member] = {"type": "array", "items": {}}
        else:
            schemas[name]["required"].remove(member)
    paths = made["paths"]
    if len(paths) > 1:
        paths.pop(next(reversed(paths)))
    return made


def _measured(old: Path, new: Path, folder: Path) -> tuple[float, float, str]:
    """Return the median seconds of processor and the largest memory of a comparison, MiB, and what it says."""
    words = [str(BIN / "bothends"), "diff", str(old), str(new), "--config", str(folder / "none.toml")]
    runs = [measured([*words, "--format", "json"]) for _ in range(ROUNDS)]
    if any(run.code not in (0, 1) for run in runs):
        raise RuntimeError(runs[0].output)
    return statistics.median(run.cpu for run in runs), max(run.megabytes for run in runs), runs[0].output


if __name__ == "__main__":
    sys.exit(main())
