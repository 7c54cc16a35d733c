"""Two bugs: whether one is found under what was accepted of the other. `make pairs`.

    python -m tests.accepted.pairs [--each 2] [--seconds 600]

Bugs are mutants of the bank, some of each area. Each is run once, as a person runs it, to its end, and accepted with
`bothends accept`. What it broke is kept. Then each bug is judged under the entries of each other one: the file is read,
the breaches become findings, and these a verdict, by the code of a run. What is kept is not run again until bothends or
the bug changes. A run repeats a guess alone, which shows more: where what is kept does not say BROKEN, the bug is run
under these entries, and the verdict is that of the run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import pickle
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.cli.accept import note_run
from bothends.contract.settings import load_settings, read_known
from bothends.engine import Options, Verification
from bothends.engine.events import ExchangeJudged, InteractionVerified, RunFinished, ScenarioPlayed
from bothends.engine.judge.findings import Findings
from bothends.engine.judge.known import Known
from bothends.engine.play.batches import Batch
from bothends.laws import all_laws
from bothends.laws.law import FindingContext
from bothends.records import Severity, Summary, Verdict
from tests.accepted.project import accept
from tests.bank.bank import AREAS, ROOT, SEED, mutants, plant
from tests.bank.trial import PARTS, digest, now, share_cases, this_bothends

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bothends.cases import Profile
    from bothends.engine.events import Event
    from bothends.records import Breach, Case, Cause
    from tests.bank.bank import Mutant

TARGET = "hardened"
KEPT = ROOT / ".bothends" / "pairs"
OUTCOME = Path(__file__).parent / "pairs.json"
SECONDS = 240.0
"""How long one run may take."""
_BODY = 4096
"""Bytes of an answer that are kept of a breach: of what decides, none is in it."""


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug, what it breaks, and the entries that accept it.

    Attributes:
        name: AREA/NAME of the mutant.
        broken: Each breach, with its case.
        entries: The file of known findings that `bothends accept` wrote.
        context: By which the traits of exchanges are read.
    """

    name: str
    broken: tuple[tuple[Breach, Case], ...]
    entries: str
    context: FindingContext

    def under(self, accepted: str, folder: Path) -> Summary:
        """Return how its run ends under some entries.

        Args:
            accepted: The text of the file of known findings.
            folder: Has a settings file; the file is written beside it.
        """
        (folder / "known-findings.toml").write_text(accepted, "utf-8")
        known = Known(read_known(load_settings(folder / "bothends.toml"), [law.name for law in all_laws()]))
        findings = Findings(known.accepts, finding_context=self.context)
        for breach, case in self.broken:
            findings.add(breach, Batch((), (case,)))
        found = findings.at_the_end(interrupted=False)
        return Summary(SEED, 0, 0.0, (), (), found, (), known=known.tallies(found, whole=True))

    @property
    def shows(self) -> frozenset[tuple[str, Cause, str, str]]:
        """Law, cause, operation and status of all errors that it shows, guesses left out."""
        findings = Findings(finding_context=self.context)
        for breach, case in self.broken:
            if not _is_guess(breach):
                findings.add(breach, Batch((), (case,)))
        errors = [one for one in findings.at_the_end(interrupted=False) if one.breach.severity is Severity.ERROR]
        return frozenset(
            (error.breach.law, error.breach.cause, instance.operation, instance.status)
            for error in errors
            for instance in error.instances
        )


def _is_guess(breach: Breach) -> bool:
    """Whether it goes by a tie that is a guess: a run repeats its request alone, and this accuses nobody."""
    if breach.tie is not None:
        return breach.tie.is_guess
    return breach.exchange is not None and breach.exchange.guessed


def chosen(each: int) -> tuple[Mutant, ...]:
    """Return the first bugs of each area."""
    every = mutants(TARGET)
    return tuple(one for area in AREAS for one in [m for m in every if m.area == area and not m.why_not][:each])


def name(mutant: Mutant) -> str:
    """Return how a bug is called here."""
    return f"{mutant.area}/{mutant.name}"


async def _broken(options: Options) -> tuple[list[tuple[Breach, Case]], Summary, FindingContext]:
    """Run to the end; return each breach with its case, and the summary."""
    verification = Verification(options)
    over = asyncio.get_running_loop().call_later(SECONDS, verification.interrupt)
    broken: list[tuple[Breach, Case]] = []
    summary = None
    async for event in verification.events():
        broken += _breaches(event)
        if isinstance(event, RunFinished):
            summary = event.summary
    over.cancel()
    assert summary is not None
    return broken, summary, FindingContext.of(verification.contract)


def _breaches(event: Event) -> Iterator[tuple[Breach, Case]]:
    if isinstance(event, ExchangeJudged):
        for breach in event.breaches:
            exchange = breach.exchange
            kept = None if exchange is None else replace(exchange.cut(_BODY), calls=())
            yield replace(breach, exchange=kept), event.exchange.planned
    elif isinstance(event, InteractionVerified | ScenarioPlayed):
        yield from ((breach, event.case) for breach in event.breaches if breach.exchange is None)


def run(mutant: Mutant, *, profile: Profile = "quick", max_examples: int | None = None) -> Bug:
    """Run a bug to its end, and accept what is found."""
    with tempfile.TemporaryDirectory(prefix="bothends-pairs-") as folder:
        settings = plant(mutant, Path(folder))
        share_cases(settings.parent)
        options = Options(config=settings, seed=SEED, profile=profile, max_examples=max_examples, examine=False)
        broken, summary, context = asyncio.run(_broken(options))
        note_run(options.run_folder, summary)
        accept(settings.parent)
        file = settings.parent / "known-findings.toml"
        return Bug(name(mutant), tuple(broken), file.read_text("utf-8") if file.exists() else "", context)


def kept(mutant: Mutant) -> Bug:
    """Return what a bug breaks, from before where nothing has changed that it depends on."""
    parts = [ROOT / "src" / "bothends" / part for part in PARTS]
    key = digest(repr((mutant.edits, Path(__file__).read_text("utf-8"))), parts)[:16]
    file = KEPT / f"{mutant.area}-{mutant.name}.{key}.pickle"
    if file.exists():
        bug = pickle.loads(file.read_bytes())  # noqa: S301 -- as above
        assert isinstance(bug, Bug)
        return bug
    bug = run(mutant)
    KEPT.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(f".{os.getpid()}")
    partial.write_bytes(pickle.dumps(bug))
    partial.replace(file)
    return bug


@dataclass(slots=True)
class Pairs:
    """What became of the pairs.

    Attributes:
        broken: Pairs A, B of which B is BROKEN under the entries of A.
        same: The others of which B shows nothing but what A shows: the same laws, causes, operations and statuses.
        not_proven: The others of which a run of B says what is not known: what B shows more is a guess.
        hidden: The others: B shows more, and is PROVEN.
        alone: Bugs that are not BROKEN without any entry: no pair has them.
        owned: Bugs that are still BROKEN under their own entries.
    """

    broken: list[tuple[str, str]]
    same: list[tuple[str, str]]
    not_proven: list[tuple[str, str]]
    hidden: list[tuple[str, str]]
    alone: list[str]
    owned: list[str]


def judged(bugs: Sequence[Bug], run_under: Callable[[str, str], Verdict]) -> Pairs:
    """Judge each bug under the entries of each other one.

    Args:
        bugs: The bugs.
        run_under: Returns the verdict of a run of a bug, by its name, under some entries.
    """
    pairs = Pairs([], [], [], [], [], [])
    with tempfile.TemporaryDirectory(prefix="bothends-pairs-") as place:
        folder = Path(place)
        (folder / "openapi.yaml").write_bytes((ROOT / "openapi.yaml").read_bytes())
        (folder / "bothends.toml").write_text('spec = "openapi.yaml"\n', "utf-8")
        shows = {bug.name: bug.shows for bug in bugs}
        found = [bug for bug in bugs if bug.under("", folder).verdict is Verdict.BROKEN]
        pairs.alone = [bug.name for bug in bugs if bug not in found]
        for bug in found:
            if bug.under(bug.entries, folder).verdict is Verdict.BROKEN:
                pairs.owned.append(bug.name)
            for other in found:
                if other is bug:
                    continue
                both = bug.name, other.name
                if other.under(bug.entries, folder).verdict is Verdict.BROKEN:
                    pairs.broken.append(both)
                elif shows[other.name] <= shows[bug.name]:
                    pairs.same.append(both)
                else:
                    _of(run_under(other.name, bug.entries), pairs).append(both)
    return pairs


def _of(verdict: Verdict, pairs: Pairs) -> list[tuple[str, str]]:
    """Return where a pair belongs of which a run has this verdict."""
    return {Verdict.BROKEN: pairs.broken, Verdict.NOT_PROVEN: pairs.not_proven}.get(verdict, pairs.hidden)


def run_under(name_: str, entries: str) -> Verdict:
    """Run a bug to its end under some entries; return the verdict."""
    mutant = next(one for one in mutants(TARGET) if name(one) == name_)
    with tempfile.TemporaryDirectory(prefix="bothends-pairs-") as folder:
        settings = plant(mutant, Path(folder))
        share_cases(settings.parent)
        (settings.parent / "known-findings.toml").write_text(entries, "utf-8")
        options = Options(config=settings, seed=SEED, profile="quick", examine=False)
        _, summary, _ = asyncio.run(_broken(options))
    return summary.verdict


def recorded(every: Iterable[Mutant], seconds: float) -> list[Bug]:
    """Return the bugs that are there when the time is over; the next call goes on."""
    until = time.monotonic() + seconds
    bugs: list[Bug] = []
    for mutant in every:
        if time.monotonic() > until:
            print(f"{name(mutant)} is left for the next call")  # noqa: T201 -- its report
            continue
        bugs.append(kept(mutant))
        print(f"{bugs[-1].name}: {len(bugs[-1].broken)} breaches", flush=True)  # noqa: T201 -- its report
    return bugs


def main() -> int:
    """Run what is not known, judge all pairs, and write the outcome."""
    parser = argparse.ArgumentParser(description="whether a bug is found under what was accepted of another one")
    parser.add_argument("--each", type=int, default=2, help="bugs of each area")
    parser.add_argument("--seconds", type=float, default=3600.0, help="after these no further bug is run")
    asked = parser.parse_args()
    bugs = recorded(chosen(asked.each), asked.seconds)
    pairs = judged(bugs, run_under)
    outcome = {
        "at": now()[:10],
        "tool": this_bothends(),
        "bugs": [bug.name for bug in bugs],
        "pairs": len(pairs.broken) + len(pairs.same) + len(pairs.not_proven) + len(pairs.hidden),
        "broken": len(pairs.broken),
        "same": [" under ".join(reversed(both)) for both in pairs.same],
        "not_proven": [" under ".join(reversed(both)) for both in pairs.not_proven],
        "hidden": [" under ".join(reversed(both)) for both in pairs.hidden],
        "not_broken_alone": pairs.alone,
        "broken_under_its_own_entries": pairs.owned,
    }
    OUTCOME.write_text(json.dumps(outcome, indent=1) + "\n", "utf-8")
    print(f"{outcome['broken']} of {outcome['pairs']} pairs: BROKEN")  # noqa: T201 -- its report
    return 1 if pairs.hidden or pairs.owned else 0


if __name__ == "__main__":
    sys.exit(main())
