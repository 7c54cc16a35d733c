"""Over the banks of planted bugs: the request of each finding shows the same when it is sent again, by two ways.

    python -m tests.minimized.once_more [--only 'bank/hardened/*'] [--chunk-seconds 540] [--jobs 1] [--again]

Each bug is verified with the quick profile. Each finding that was reproduced by one request is replayed in a target
that is launched anew: it must show the law, the cause and the status of its finding. And the commands that are shown
for each finding are pasted into a shell (`pasted.py`): they must get the answer that is shown. What was seen is kept
in `outcomes.jsonl` beside this file, one line for each bug, with its date. Run again, this goes on with the bugs that
are not known yet; `--again` tries those as well whose code has changed since.
"""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bank.bank import ROOT, plant
from tests.bank.results import whole_bank
from tests.bank.trial import run, share_cases
from tests.checkout.bank import all_bugs as of_checkouts
from tests.checkout.bank import name as checkout_name
from tests.checkout.bank import plant as plant_checkout
from tests.minimized.pasted import pasted, status_of
from tests.minimized.series import Series
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
        name: `bank/…`, `orders/…`, `checkout/…`, `table/…` or `planted/…`.
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
    for bug in of_checkouts():
        yield Bug(f"checkout/{checkout_name(bug)}", partial(_of_checkout, bug.mutant))
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


def _of_checkout(mutant: Mutant, folder: Path) -> tuple[str, ...]:
    settings = plant_checkout(mutant, folder)
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


def tried(bug: Bug, folder: Path, command: Command, *more: str, by_hand: bool = True) -> dict[str, Any]:
    """Verify a bug, and send the request of each of its findings once more; return what was seen.

    Args:
        bug: The bug.
        folder: An empty folder.
        command: Runs bothends with some words in a folder.
        more: More words of `verify`.
        by_hand: Whether the commands that are shown are pasted as well.
    """
    named = bug.plant(folder)
    code, report = reported(folder, command, "verify", *named, *QUICK, *more)
    config = named if named[:1] == ("--config",) else ()
    found = report.get("findings", ())
    alone = [one for one in found if one["reproduced"] and not one["history"]]
    shown = [one for one in found if by_hand and one["exchange"] is not None and one["case"] is not None]
    return {
        "bug": bug.name,
        "code": code,
        "findings": [_once_more(one, folder, command, config) for one in alone],
        "pasted": [pasted(one, folder, config) for one in shown],
    }


def _once_more(finding: dict[str, Any], folder: Path, command: Command, config: Sequence[str]) -> dict[str, Any]:
    """Replay a finding; return it, and whether it was the same."""
    _, report = reported(folder, command, "replay", finding["id"], *config)
    same = [one for one in report.get("findings", ()) if one["id"] == finding["id"]]
    again = same[0] if same else None
    known = {name: finding[name] for name in ("law", "cause", "case", "smaller")}
    shown = again is not None and all(again[name] == finding[name] for name in ("law", "cause"))
    return {
        **known,
        "status": status_of(finding),
        "tries": (report.get("replay") or {}).get("tries"),
        "same": shown and again is not None and status_of(again) == status_of(finding),
        **({} if again is None else {"again": status_of(again)}),
    }


def reported(folder: Path, command: Command, *words: str) -> tuple[int | None, dict[str, Any]]:
    """Run a command; return its exit code and its JSON report."""
    report = folder / "once-more.json"
    report.unlink(missing_ok=True)
    code, _ = command(folder, *words, "--json", str(report))
    return code, json.loads(report.read_text("utf-8")) if report.exists() else {}


def in_a_process(folder: Path, *words: str) -> tuple[int | None, str]:
    """Run bothends as a process of its own."""
    assignments = [f"{name}={value}" for name, value in environment().items()]
    return run(["env", *assignments, sys.executable, "-m", "bothends", *words], folder, SECONDS)


def _told(row: dict[str, Any]) -> str:
    wrong = [f"{one['law']} ({one['cause']})" for one in row["findings"] if not one["same"]]
    unlike = [one for one in row["pasted"] if one["shown"] and not one["same"]]
    others = [f"{one['case']}: {one['status']}, {one.get('again', one.get('said'))}" for one in unlike]
    again = f"{len(row['findings'])} findings" + (f", NOT THE SAME: {', '.join(wrong)}" if wrong else "")
    return again + f"; {len(row['pasted'])} pasted" + (f", {len(others)} not: {'; '.join(others)}" if others else "")


def _summary(rows: Sequence[dict[str, Any]], count: int) -> tuple[str, bool]:
    findings = [one for row in rows for one in row["findings"]]
    same = [one for one in findings if one["same"]]
    at_once = [one for one in same if one["tries"] == 1]
    smaller = [one for one in findings if one["smaller"]]
    told, right = _summary_of_pasted([one for row in rows for one in row["pasted"]])
    text = (
        f"{len(rows):,} of {count:,} bugs; {len(findings):,} findings that one request shows, {len(smaller):,} of them "
        f"minimized: {len(same):,} show the same again, {len(at_once):,} with one sending\n{told}"
    )
    return text, len(same) == len(findings) and right


def _summary_of_pasted(findings: Sequence[dict[str, Any]]) -> tuple[str, bool]:
    shown = [one for one in findings if one["shown"]]
    same = [one for one in shown if one["same"]]
    body = [one for one in same if one["body"]]
    said = [one for one in shown if "said" in one]
    share = 100 * len(same) / len(shown) if shown else 100.0
    text = (
        f"{len(findings):,} findings with an exchange, {len(shown):,} show a command: {len(same):,} get the answer "
        f"shown when it is pasted ({share:.1f} %), {len(body):,} of them with its body; of {len(said):,}, bothends "
        f"says why no command can send them"
    )
    return text, len(same) + len(said) == len(shown)


SERIES = Series(
    OUTCOMES,
    lambda: {bug.name: partial(tried, bug, command=in_a_process) for bug in every_bug()},
    _told,
    _summary,
)

if __name__ == "__main__":
    sys.exit(SERIES.main(__doc__ or ""))
