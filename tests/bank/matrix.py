"""The kill matrix as a document: what is known of the mutants, those first that nobody caught."""

from __future__ import annotations

from collections import Counter
from importlib.metadata import version
from typing import TYPE_CHECKING

from tests.bank.bank import AREAS, ROOT, TARGETS
from tests.bank.results import ALL, Results, controls, whole_bank
from tests.bank.trial import SEED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tests.bank.bank import Mutant
    from tests.bank.trial import Outcome

FILE = ROOT / "docs" / "kill-matrix.md"

_HEAD = """\
# The kill matrix

Which realistic bugs are found, and by whom. `make kill` tries each mutant of `tests/bank` and writes this file.

A *mutant* is a correct target with one bug in it. Three look at each:

- **bothends**: `bothends verify --seed {seed}` with the default profile, and once more with `--profile quick`. *Caught*
  means a finding of severity error; the laws stand in the order in which a reader is told of them. A law in bold is one
  that was named beforehand as one that should find the bug.
- **st run**: Schemathesis alone: `st run openapi.yaml --continue-on-failure`, all phases and its usual number of
  examples, the session's cookie through `[auth.openapi.session]`, a healthy world around the target. *Caught* means
  that it fails.
- **pact**: Pact's own verifier with the consumer's pact of the event (`contracts/pacts/worker-route.json`). It is given
  what one good request of each of the pact's users really made the target send. *Caught* means that it fails.

"""
_NAMES = {"default": "bothends", "quick": "quick", "st": "st run", "pact": "pact"}


def matrix(results: Results) -> str:
    """Return the document."""
    known = {(mutant.target, mutant.name): results.of(mutant) for mutant in (*controls(), *whole_bank())}
    return "".join(f"{line}\n" for line in _lines(known)).replace("\n\n\n", "\n\n")


def caught(mutant: Mutant, outcome: Outcome) -> bool:
    """Return whether a mutant counts as caught: by an error, or by a warning where no more is to be had."""
    return outcome.caught or bool(set(mutant.laws) & set(outcome.warned))


def told(mutant: Mutant) -> str:
    """Return the beginning of a mutant's row: what it is, whoever tried it."""
    return f"| {mutant.area}/`{mutant.name}` | {_text(mutant.about)} | {_text(mutant.source)} |"


def _lines(known: Mapping[tuple[str, str], Mapping[str, Outcome]]) -> Iterator[str]:
    bank = whole_bank()
    yield _HEAD.format(seed=SEED)
    days = sorted({outcome.day for outcomes in known.values() for outcome in outcomes.values()})
    if days:
        yield f"Tried {days[0]} to {days[-1]}" if days[0] != days[-1] else f"Tried {days[0]}"
    versions = (f"{name} {version(name)}" for name in ("bothends", "schemathesis", "pact-python"))
    yield f"with {', '.join(versions)}."
    yield ""
    yield from _totals(bank, known)
    yield from _controls(known)
    yield from _not_caught(bank, known)
    for target in TARGETS:
        yield f"## {target}: all mutants"
        yield ""
        yield "| mutant | what it does wrong | source of the idea | bothends | quick | st run | pact |"
        yield "|---|---|---|---|---|---|---|"
        for mutant in bank:
            if mutant.target == target:
                yield _row(mutant, known[target, mutant.name])
        yield ""


def _totals(bank: Iterable[Mutant], known: Mapping[tuple[str, str], Mapping[str, Outcome]]) -> Iterator[str]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for mutant in bank:
        outcomes = known[mutant.target, mutant.name]
        for row in ((mutant.target, mutant.area), (mutant.target, ""), ("", "")):
            counts[*row, "mutants"] += 1
            counts[*row, "named"] += _named(mutant, outcomes)
            for who, outcome in outcomes.items():
                counts[*row, f"{who} tried"] += 1
                counts[*row, who] += caught(mutant, outcome)
    yield "## Caught, by what the bug is about"
    yield ""
    peers = " | ".join(_NAMES[who] for who in ALL[1:])
    yield f"| target | area | mutants | bothends | by a law named beforehand | {peers} |"
    yield f"|---|---|{'---:|' * (len(ALL) + 2)}"
    rows = [(target, area) for target in TARGETS for area in (*AREAS, "")]
    for target, area in [*rows, ("", "")]:
        row = (target, area)
        cells = [
            str(counts[*row, "mutants"]),
            _share(counts, row, "default"),
            str(counts[*row, "named"]),
            *(_share(counts, row, who) for who in ALL[1:]),
        ]
        name = (target, area) if area else (f"**{target or 'all'}**", "")
        yield f"| {' | '.join((*name, *cells))} |"
    yield ""


def _share(counts: Mapping[tuple[str, str, str], int], row: tuple[str, str], who: str) -> str:
    """Return how many were caught; for sums, as a share too; and of how many, when not all were tried."""
    number, tried, there = counts[*row, who], counts[*row, f"{who} tried"], counts[*row, "mutants"]
    if not tried:
        return "not tried"
    share = "" if row[1] else f" ({100 * number / tried:.1f} %)"
    return f"{number}{share}" if tried == there else f"{number} of {tried} tried{share}"


def _controls(known: Mapping[tuple[str, str], Mapping[str, Outcome]]) -> Iterator[str]:
    yield "## The targets as they are"
    yield ""
    yield "Nobody may find fault with these."
    yield ""
    yield f"| target | {' | '.join(_NAMES[who] for who in ALL)} |"
    yield f"|---|{'---|' * len(ALL)}"
    for control in controls():
        outcomes = known[control.target, control.name]
        yield f"| {control.target} | {' | '.join(_fault(outcomes.get(who)) for who in ALL)} |"
    yield ""


def _fault(outcome: Outcome | None) -> str:
    if outcome is None:
        return "not tried"
    return _text(f"fault: {', '.join(outcome.by) or outcome.told}") if outcome.caught or outcome.code else "no fault"


def _not_caught(bank: Iterable[Mutant], known: Mapping[tuple[str, str], Mapping[str, Outcome]]) -> Iterator[str]:
    yield "## Not caught by bothends"
    yield ""
    missed = [
        (mutant, outcome)
        for mutant in bank
        if (outcome := known[mutant.target, mutant.name].get("default")) and not caught(mutant, outcome)
    ]
    if not missed:
        yield "None of those that were tried."
        yield ""
    for mutant, outcome in missed:
        yield f"### {mutant.target}/{mutant.name}"
        yield ""
        yield _text(mutant.about)
        yield f"Source: {_text(mutant.source)}."
        yield f"Exit code {outcome.code}{f': {_text(outcome.told)}' if outcome.told else ''}."
        yield ""
        yield _text(mutant.why_not) if mutant.why_not else "**Not argued yet.**"
        yield ""


def _row(mutant: Mutant, outcomes: Mapping[str, Outcome]) -> str:
    tried = [_laws(mutant, outcomes.get("default")), *(_yes(mutant, outcomes.get(who)) for who in ALL[1:])]
    return f"{told(mutant)} {' | '.join(tried)} |"


def _laws(mutant: Mutant, outcome: Outcome | None) -> str:
    """Return the laws that caught a mutant, in bold those that were named beforehand."""
    if outcome is None:
        return "not tried"
    names = outcome.by if outcome.caught else tuple(f"{law} (warning)" for law in outcome.warned if law in mutant.laws)
    return ", ".join(f"**{name}**" if _expected(mutant, name) else name for name in names) or "—"


def _expected(mutant: Mutant, law: str) -> bool:
    return any(law.partition(" ")[0] == each.partition(":")[0] for each in mutant.laws)


def _named(mutant: Mutant, outcomes: Mapping[str, Outcome]) -> bool:
    """Return whether a law that was named beforehand is among those that caught a mutant."""
    outcome = outcomes.get("default")
    if outcome is None or not caught(mutant, outcome):
        return False
    return any(_expected(mutant, law) for law in (*outcome.by, *outcome.warned))


def _yes(mutant: Mutant, outcome: Outcome | None) -> str:
    if outcome is None:
        return "not tried"
    return "yes" if caught(mutant, outcome) else "no"


def _text(text: str) -> str:
    """Return text that stays in a table's cell, and is shown as it is."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
