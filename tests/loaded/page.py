"""`docs/loaded-machine.md`: what verdicts came to on a busy machine, from the outcomes that are kept."""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from tests.bank.bank import ROOT
from tests.documents.tables import code, sentence, table
from tests.loaded.outcomes import BROKEN, PROVEN, Outcome, Outcomes
from tests.loaded.subjects import SEEDS, Subject, correct_targets, time_bugs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

FILE = ROOT / "docs" / "loaded-machine.md"
LEAST_PROVEN = 3 / 4
ALLOWED_MISSES = 1
"""Runs that may miss a bug, once all are made."""

_HEAD = """\
<!-- Made by `make loaded` from tests/loaded/outcomes.jsonl. -->

# Verdicts on a busy machine

On a busy machine, a correct target must never be BROKEN, and a target with a bug must never be PROVEN. `make loaded`
measures this. Two processors run four busy loops beside the target and bothends, and each target is verified with
many seeds. The series can be stopped and continued. Each run is stored with its date in
`tests/loaded/outcomes.jsonl`, and this page is generated from that file.

The load of the machine decides nothing; measured delays do. While something is late, bothends measures how long the
target's processes waited for a processor (Linux counts it for each task), how long a disk was waited for while they
were blocked, and how late its own loop was. For a target that runs elsewhere, it measures how long anything on this
machine waited, or, if the kernel does not count that, how late a control request was. If this explains less than half
of the delay, the delay is an error of the target, at any load. If it explains more, the case is repeated alone; if it
is late each time, it is *not proven*.

"""
_RIGHT = """\
## Correct targets

No run may be BROKEN, and three of four must be PROVEN. The others are NOT PROVEN, and their report names the cases
that the machine had no time for. `nextjs` is the corrected route of `examples/nextjs`.

On 2026-11-28, two or three others of these runs went on beside each one, besides the loops. Eight runs of `node` were
NOT PROVEN by that: `sigterm-and-gone-clients` lacked time. They were repeated with nothing but the loops beside them,
and the table has what they showed then.

"""
_BUGS = f"""\
## Bugs about time

Each bug is planted in a correct target. A law that was named beforehand must find it in at least {SEEDS - 1} of
{SEEDS} runs with the quick profile. `tests/loaded/time_bugs` has the bugs.

"""


def page(outcomes: Outcomes) -> str:
    """Return the document."""
    parts = [_HEAD, *_tools(outcomes), _RIGHT, _right(outcomes), "\n", *_remarks(outcomes), _BUGS, _bugs(outcomes)]
    return "".join([*parts, *_missed(outcomes)])


def failures(outcomes: Outcomes) -> Iterator[str]:
    """Say what is not as it must be, of the runs that are known: one line for each."""
    for subject in correct_targets():
        known = outcomes.of(subject)
        for outcome in known:
            if outcome.code not in {PROVEN, 4}:
                yield f"{_name(subject)}, seed {outcome.seed}: {_verdict(outcome)}: {outcome.said}"
        proven = sum(outcome.code == PROVEN for outcome in known)
        if proven < math.ceil(LEAST_PROVEN * len(known)):
            yield f"{_name(subject)}: only {proven} of {len(known)} runs are proven"
    for subject in time_bugs():
        known = outcomes.of(subject)
        found = _found(subject, known)
        if found < len(known) - (ALLOWED_MISSES if len(known) >= SEEDS else 0):
            yield f"{subject.name}: found in only {found} of {len(known)} runs"


def _tools(outcomes: Outcomes) -> Iterator[str]:
    """Say what made the runs, and when: what was made before a change stays here with its day."""
    days: dict[str, set[str]] = defaultdict(set)
    loops: dict[str, set[int]] = defaultdict(set)
    for subject in (*correct_targets(), *time_bugs()):
        for outcome in outcomes.of(subject):
            days[outcome.tool].add(outcome.at.partition("T")[0])
            loops[outcome.tool].add(outcome.loops)
    for tool in sorted(days):
        first, last = min(days[tool]), max(days[tool])
        beside = " or ".join(map(str, sorted(loops[tool])))
        yield f"- {tool}: {first if first == last else f'{first} to {last}'}, {beside} busy loops\n"
    yield "\n" if days else "Nothing was measured yet.\n\n"


def _right(outcomes: Outcomes) -> str:
    header = ("target", "profile", "runs", "PROVEN", "NOT PROVEN", "BROKEN", "no verdict", "median s", "longest s")
    return table(header, (_right_row(subject, outcomes.of(subject)) for subject in correct_targets()))


def _right_row(subject: Subject, known: Sequence[Outcome]) -> tuple[str, ...]:
    codes = Counter(outcome.code for outcome in known)
    counted = (codes[PROVEN], codes[4], codes[BROKEN])
    counts = (*map(str, counted), str(len(known) - sum(counted)))
    return (subject.name, subject.profile, _runs(subject, known), *counts, *_seconds(known))


def _remarks(outcomes: Outcomes) -> Iterator[str]:
    """Tell of each run on a correct target that was not proven."""
    said = [
        f"- {_name(subject)}, seed {outcome.seed}: {_verdict(outcome)}. {sentence(outcome.said)}\n"
        for subject in correct_targets()
        for outcome in outcomes.of(subject)
        if outcome.code != PROVEN
    ]
    if said:
        yield from ("What was not PROVEN:\n\n", *said, "\n")


def _bugs(outcomes: Outcomes) -> str:
    header = ("bug", "what it does wrong", "found", "by", "laws named beforehand", "median s")
    return table(header, (_bug_row(subject, outcomes.of(subject)) for subject in time_bugs()))


def _bug_row(subject: Subject, known: Sequence[Outcome]) -> tuple[str, ...]:
    bug = subject.bug
    if bug is None:
        raise ValueError(f"{subject.name} is no bug")
    laws = Counter(law for outcome in known for law in outcome.errors[:1])
    found = f"{_found(subject, known)} of {_runs(subject, known)}" if known else "not tried"
    by = ", ".join(f"{code(law)} ({count})" for law, count in laws.most_common())
    name = subject.name.removeprefix("bugs/")
    return (name, bug.about, found, by, ", ".join(map(code, bug.laws)), _seconds(known)[0])


def _missed(outcomes: Outcomes) -> Iterator[str]:
    for subject in time_bugs():
        bug = subject.bug
        for outcome in outcomes.of(subject):
            if bug is not None and not outcome.names(bug.laws):
                yield f"\n- {subject.name}, seed {outcome.seed}: {_verdict(outcome)}. {sentence(outcome.said)}\n"


def _found(subject: Subject, known: Iterable[Outcome]) -> int:
    return sum(subject.bug is not None and outcome.names(subject.bug.laws) for outcome in known)


def _runs(subject: Subject, known: Sequence[Outcome]) -> str:
    """Return how many runs were made, and of how many when some are left."""
    return f"{len(known)}" if len(known) >= subject.seeds else f"{len(known)} (of {subject.seeds})"


def _seconds(known: Sequence[Outcome]) -> tuple[str, str]:
    taken = [outcome.seconds for outcome in known]
    return (f"{statistics.median(taken):.0f}", f"{max(taken):.0f}") if taken else ("", "")


def _name(subject: Subject) -> str:
    return f"{subject.name} ({subject.profile})"


def _verdict(outcome: Outcome) -> str:
    words = {None: "no end", PROVEN: "PROVEN", BROKEN: "BROKEN", 3: "the target failed", 4: "NOT PROVEN"}
    return words[outcome.code]
