"""`docs/products.md`: what runs on released products came to, from the outcomes that are kept."""

from __future__ import annotations

import ast
import statistics
from functools import cache
from typing import TYPE_CHECKING

from tests.bank.bank import ROOT
from tests.documents.tables import code, sentence, table
from tests.products.subjects import EXAMPLES, LOOPS, MOST_SECONDS_LOADED, SUBJECTS
from tests.products.trying import BY_HAND, product_of, scripts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.products.outcomes import Found, Outcome, Outcomes, Scripts
    from tests.products.subjects import Subject

FILE = ROOT / "docs" / "products.md"
_HEAD = EXAMPLES / "page.md"
"""How the page begins: what stands there is written by hand."""
_VERDICTS = {0: "PROVEN", 1: "BROKEN", 3: "target failed", 4: "NOT PROVEN", None: "no end"}

MUST_BE_FOUND = (
    "directus/event_for_a_refusal.py",
    "directus/filter_hook_hangs.py",
    "directus/service_hangs.py",
    "directus/receiver_address.py",
    "directus/event_is_not_what_is_stored.py",
    "directus/redirects.py",
    "mlflow/scalars.py",
    "mlflow/chunked.py",
    "mlflow/delete_as_text.py",
    "mlflow/redirects.py",
    "mlflow/late_webhook.py",
    "mlflow/deleted_webhook.py",
    "mlflow/unknown_tag.py",
    "label_studio/token_in_events.py",
    "label_studio/redirects.py",
    "label_studio/without_slash.py",
    "label_studio/scalars.py",
)
"""The scripts whose bug a run must find."""


def verdict(outcome: Outcome) -> str:
    """Return the verdict of a run, in a word."""
    return _VERDICTS[outcome.code]


def page(outcomes: Outcomes, shown: Scripts) -> str:
    """Return the document."""
    head = "<!-- Made by `make products` from tests/products/outcomes.jsonl and examples/products/page.md. -->\n\n"
    parts = [head, _HEAD.read_text(encoding="utf-8"), "\n## Runs\n\n", *_runs(outcomes)]
    for subject in SUBJECTS:
        parts += [f"\n## {subject.product}: {code(subject.settings)}\n\n", *_product(subject, outcomes, shown)]
    return "".join(parts)


def failures(outcomes: Outcomes, shown: Scripts) -> Iterator[str]:
    """Say what is not as it must be, of the runs that are known: one line for each."""
    for subject in SUBJECTS:
        for outcome in outcomes.of(subject.name):
            name = f"{subject.name}, seed {outcome.seed}{' beside loops' if outcome.loops else ''}"
            most = MOST_SECONDS_LOADED if outcome.loops else subject.most_seconds
            if outcome.seconds > most:
                yield f"{name}: it took {outcome.seconds:.0f} s, more than {most:.0f} s (load {outcome.load})"
            for found in outcome.new:
                yield f"{name}: new: {found.law}, {found.operation}: {found.cause or found.summary} ({found.id})"
    for script in scripts():
        known = shown.get(script)
        if known is not None and not known.shown:
            yield f"{script}: the product does not do what it says: {known.said.splitlines()[-1:]}"
    for script in MUST_BE_FOUND:
        runs = [outcome for subject in SUBJECTS for outcome in outcomes.of(subject.name)]
        if runs and not any(finding_of(script, outcome) for outcome in runs):
            yield f"{script}: no run has found it"


def finding_of(script: str, outcome: Outcome) -> list[Found]:
    """Return the findings of a run that a script shows by hand: the reason of an accepted one names its scripts."""
    return [found for found in outcome.findings if found.reason and f"by_hand/{script}" in found.reason]


@cache
def first_sentence(script: Path) -> str:
    """Return what a script says that the product does wrong."""
    text = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or ""
    return sentence(text.split("\n\n")[0])


def _runs(outcomes: Outcomes) -> Iterator[str]:
    header = ("settings", "seed", "beside", "exchanges", "s", "load", "verdict", "errors", "new", "bothends", "on")
    rows = [
        (
            subject.name,
            str(outcome.seed),
            f"{outcome.loops} loops" if outcome.loops else "",
            f"{outcome.exchanges:,}",
            f"{outcome.seconds:.0f}",
            f"{outcome.load:g}",
            verdict(outcome),
            str(len(outcome.errors)),
            str(len(outcome.new)),
            outcome.tool.split(" at ")[-1],
            outcome.at[:10],
        )
        for subject in SUBJECTS
        for outcome in outcomes.of(subject.name)
    ]
    yield table(header, rows)


def _product(subject: Subject, outcomes: Outcomes, shown: Scripts) -> Iterator[str]:
    runs = outcomes.of(subject.name)
    if not runs:
        yield "Not run yet.\n"
        return
    quiet = [outcome.seconds for outcome in runs if not outcome.loops]
    if quiet:
        yield f"Median {statistics.median(quiet):.0f} s without loops; at most {subject.most_seconds:.0f} s are allowed"
        yield f", {MOST_SECONDS_LOADED:.0f} s beside {LOOPS} loops.\n\n"
    mine = [script for script in scripts() if product_of(script) == subject.folder.name]
    rows = [row for script in mine if (row := _row(script, runs, shown)) is not None]
    yield table(("what is wrong", "script", "by hand", "found by", "in"), rows)
    new = {(found.law, found.operation, found.cause or found.summary) for run in runs for found in run.new}
    if new:
        yield "\nNot accepted, so each new run tells it:\n\n"
        yield from (f"- `{law}`, {operation}: {cause}\n" for law, operation, cause in sorted(new))


def _row(script: str, runs: Sequence[Outcome], shown: Scripts) -> tuple[str, ...] | None:
    known = shown.get(script)
    found = [(run, finding) for run in runs for finding in finding_of(script, run)]
    laws = sorted({f"{code(one.law)}{'' if one.severity == 'error' else f' ({one.severity})'}" for _, one in found})
    times = len({(run.seed, run.loops) for run, _ in found})
    return (
        first_sentence(BY_HAND / script),
        f"[{script.split('/')[1]}](../examples/products/by_hand/{script})",
        "not run" if known is None else f"{'shown' if known.shown else 'not shown'}, {known.at[:10]}",
        ", ".join(laws) or "by hand only",
        f"{times} of {len(runs)} runs",
    )
