"""Over the banks of planted bugs: the request of each finding that is reproduced, sent once more, shows the same.

    python -m tests.minimized.once_more [--only 'bank/hardened/*'] [--chunk-seconds 540] [--jobs 1] [--again]

Each bug is verified with the quick profile. Each finding that was reproduced by one request is replayed in a target
that is launched anew: it must show the law, the cause and the status of its finding. What was seen is kept in
`outcomes.jsonl` beside this file, one line for each bug, with its date. Run again, this goes on with the bugs that are
not known yet; `--again` tries those as well whose code has changed since.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bank.bank import ROOT, plant
from tests.bank.results import whole_bank
from tests.bank.trial import PARTS, digest, now, run, share_cases, this_bothends
from tests.orders.bank import all_bugs
from tests.orders.bank import plant as plant_order
from tests.verdicts.command import environment, write_trial
from tests.verdicts.rows import files, trials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.bank.bank import Mutant
    from tests.verdicts.rows import Trial

    Command = Callable[..., tuple[int | None, str]]

OUTCOMES = Path(__file__).parent / "outcomes.jsonl"
SECONDS = 300.0
"""How long a run may take."""
PLANTED = ROOT / "tests" / "planted"
QUICK = ("--profile", "quick", "--seed", "1")


@dataclass(frozen=True, slots=True)
class Bug:
    """A target with one bug.

    Attributes:
        name: `bank/…`, `orders/…`, `table/…` or `planted/…`.
        plant: Writes contract, settings and target into a folder; returns the words that name them.
    """

    name: str
    plant: Callable[[Path], tuple[str, ...]]


def every_bug() -> Iterator[Bug]:
    """Yield the bugs of all banks."""
    for mutant in whole_bank():
        yield Bug(f"bank/{mutant.target}/{mutant.name}", partial(_of_the_bank, mutant))
    for mutant in all_bugs():
        yield Bug(f"orders/{mutant.target}/{mutant.name}", partial(_of_orders, mutant))
    for file in files():
        for trial in trials(file):
            if trial.breaks:
                yield Bug(f"table/{trial.name}", partial(_of_the_table, trial))
    for path in sorted(PLANTED.glob("*.py")):
        yield Bug(f"planted/{path.stem}", partial(_planted, path))


def _of_the_bank(mutant: Mutant, folder: Path) -> tuple[str, ...]:
    settings = plant(mutant, folder)
    share_cases(settings.parent)
    return ("--config", str(settings))


def _of_orders(mutant: Mutant, folder: Path) -> tuple[str, ...]:
    settings = plant_order(mutant, folder)
    share_cases(settings.parent)
    return ("--config", str(settings))


def _of_the_table(trial: Trial, folder: Path) -> tuple[str, ...]:
    write_trial(folder, trial)
    return ("--max-examples", "8")


def _planted(path: Path, folder: Path) -> tuple[str, ...]:
    for name in ("openapi.yaml", "bothends.toml"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("contracts", "reference", "tests"):
        (folder / name).symlink_to(ROOT / name)
    return ("--command", f"{sys.executable} tests/planted/{path.name}", "--env", f"PYTHONPATH={ROOT}")


# One bug.


def tried(bug: Bug, folder: Path, command: Command, *more: str) -> dict[str, Any]:
    """Verify a bug, and send the request of each of its findings once more; return what was seen.

    Args:
        bug: The bug.
        folder: An empty folder.
        command: Runs bothends with some words in a folder.
        more: More words of `verify`.
    """
    named = bug.plant(folder)
    code, report = _reported(folder, command, "verify", *named, *QUICK, *more)
    config = named if named[:1] == ("--config",) else ()
    found = [one for one in report.get("findings", ()) if one["reproduced"] and not one["history"]]
    return {"bug": bug.name, "code": code, "findings": [_once_more(one, folder, command, config) for one in found]}


def _once_more(finding: dict[str, Any], folder: Path, command: Command, config: Sequence[str]) -> dict[str, Any]:
    """Replay a finding; return it, and whether it was the same."""
    _, report = _reported(folder, command, "replay", finding["id"], *config)
    same = [one for one in report.get("findings", ()) if one["id"] == finding["id"]]
    again = same[0] if same else None
    known = {name: finding[name] for name in ("law", "cause", "case", "smaller")}
    shown = again is not None and all(again[name] == finding[name] for name in ("law", "cause"))
    return {
        **known,
        "status": _status(finding),
        "tries": (report.get("replay") or {}).get("tries"),
        "same": shown and again is not None and _status(again) == _status(finding),
        **({} if again is None else {"again": _status(again)}),
    }


def _status(finding: dict[str, Any]) -> int | str:
    answer = (finding["exchange"] or {}).get("answer") or {}
    return answer.get("status") or answer.get("none") or ""


def _reported(folder: Path, command: Command, *words: str) -> tuple[int | None, dict[str, Any]]:
    report = folder / "once-more.json"
    report.unlink(missing_ok=True)
    code, _ = command(folder, *words, "--json", str(report))
    return code, json.loads(report.read_text("utf-8")) if report.exists() else {}


def in_a_process(folder: Path, *words: str) -> tuple[int | None, str]:
    """Run bothends as a process of its own."""
    assignments = [f"{name}={value}" for name, value in environment().items()]
    return run(["env", *assignments, sys.executable, "-m", "bothends", *words], folder, SECONDS)


# All bugs.


@cache
def key() -> str:
    """Return the digest of what all outcomes depend on."""
    parts = [ROOT / "src" / "bothends" / part for part in PARTS]
    return digest("", [*parts, ROOT / "tests" / "bank", ROOT / "tests" / "orders" / "bugs", ROOT / "examples"])[:16]


def known() -> dict[str, dict[str, Any]]:
    """Return what was seen so far, by the names of the bugs."""
    lines = OUTCOMES.read_text("utf-8").splitlines() if OUTCOMES.exists() else []
    return {row["bug"]: row for row in map(json.loads, lines)}


def keep(rows: dict[str, dict[str, Any]]) -> None:
    """Write what was seen, whole or not at all."""
    partial_file = OUTCOMES.with_suffix(".partial")
    lines = (json.dumps(rows[name], ensure_ascii=False) for name in sorted(rows))
    partial_file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    partial_file.replace(OUTCOMES)


def main(argv: Sequence[str] | None = None) -> int:
    """Work for one chunk of time; return 1 where a request did not show its finding."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default="*", help="names of bugs, with * and ?")
    parser.add_argument("--chunk-seconds", type=float, default=540.0, help="no bug is begun after so long")
    parser.add_argument("--jobs", type=int, default=1, help="bugs at a time")
    parser.add_argument("--again", action="store_true", help="also those that are known, though code has changed since")
    asked = parser.parse_args(argv)
    began, rows = time.monotonic(), known()
    chosen = [bug for bug in every_bug() if fnmatch.fnmatch(bug.name, asked.only)]
    left = [bug for bug in chosen if bug.name not in rows or (asked.again and rows[bug.name]["key"] != key())]
    with ThreadPoolExecutor(asked.jobs) as pool:
        for row in pool.map(lambda bug: _in_time(bug, began + asked.chunk_seconds), left):
            if row is not None:
                rows = known() | {row["bug"]: row}
                keep(rows)
                say(f"{row['bug']} {row['seconds']:.0f} s: {_told(row)}")
    return _summed_up([rows[bug.name] for bug in chosen if bug.name in rows], len(chosen))


def _in_time(bug: Bug, until: float) -> dict[str, Any] | None:
    """Try a bug; return what was seen, None if it is too late to begin."""
    start = time.monotonic()
    if start > until:
        return None
    with tempfile.TemporaryDirectory(prefix="bothends-once-more-") as folder:
        row = tried(bug, Path(folder), in_a_process)
    seconds = round(time.monotonic() - start, 1)
    return {**row, "key": key(), "at": now(), "tool": this_bothends(), "seconds": seconds}


def _told(row: dict[str, Any]) -> str:
    wrong = [f"{one['law']} ({one['cause']})" for one in row["findings"] if not one["same"]]
    return f"{len(row['findings'])} findings" + (f", NOT THE SAME: {', '.join(wrong)}" if wrong else "")


def _summed_up(rows: Sequence[dict[str, Any]], count: int) -> int:
    findings = [one for row in rows for one in row["findings"]]
    same = [one for one in findings if one["same"]]
    at_once = [one for one in same if one["tries"] == 1]
    smaller = [one for one in findings if one["smaller"]]
    say(
        f"{len(rows):,} of {count:,} bugs; {len(findings):,} findings that one request shows, {len(smaller):,} of them "
        f"minimized: {len(same):,} show the same again, {len(at_once):,} with one sending"
    )
    return int(len(same) < len(findings))


def say(line: str) -> None:
    """Tell a person."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
