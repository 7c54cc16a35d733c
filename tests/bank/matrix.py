"""The kill matrix as a document: what is known of the mutants, those first that nobody caught."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from tests.bank.bank import AREAS, ROOT, SEED, TARGETS, expects
from tests.bank.results import ALL, Results, controls, whole_bank
from tests.bank.trial import LIMIT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tests.bank.bank import Mutant
    from tests.bank.trial import Outcome

FILE = ROOT / "docs" / "kill-matrix.md"

_HEAD = """\
# The kill matrix

Which realistic bugs bothends and two other tools find. `make kill` tries each mutant of `tests/bank` and generates
this page.

A *mutant* is a correct target with one bug. Three tools try each of them:

- **bothends**: `bothends verify --seed {seed}` with the default profile, and once more with `--profile quick`. A
  mutant is *caught* if there is a finding of severity error, or if the target died (exit code 3); then the table
  names the family of cases. The bank names the laws that should find a bug, before the bug is tried or a law is made
  for it. Such a law is in bold. It ends the run, so laws that later cases would break are not shown. *(warning)*
  means that such a law gave only a warning, which does not count as caught.
- **st run**: Schemathesis alone: `st run openapi.yaml --continue-on-failure`, all phases, its usual number of
  examples, the session's cookie through `[auth.openapi.session]`, and working services around the target. *Caught*
  means that it fails.
- **pact**: Pact's own verifier with the consumer's pact of the event (`contracts/pacts/worker-route.json`). It gets
  the event that the target really sent for one good request of each of the pact's users. *Caught* means that it
  fails.

*No end* means that nothing was found and the try did not end within {limit:.0f} s. This does not count as caught.

Some mutants break nothing that the contract, an RFC or the ingest demands: correct targets behave like them, so a
finding would be a false alarm. They are *allowed*, counted separately, and argued below. Others break only what the
two targets guarantee in their settings (for example `exact_path`): there they are errors.

"""
NOT_PROVEN = 4
_NAMES = {"default": "bothends", "quick": "quick", "st": "st run", "pact": "pact"}


def matrix(results: Results) -> str:
    """Return the document."""
    known = {(mutant.target, mutant.name): results.of(mutant) for mutant in (*controls(), *whole_bank())}
    return "".join(f"{line}\n" for line in _lines(known)).replace("\n\n\n", "\n\n")


def told(mutant: Mutant) -> str:
    """Return the beginning of a mutant's row: what it is, whoever tried it."""
    return f"| {mutant.area}/`{mutant.name}` | {_text(mutant.about)} | {_text(mutant.source)} |"


def _lines(known: Mapping[tuple[str, str], Mapping[str, Outcome]]) -> Iterator[str]:
    bank = whole_bank()
    yield _HEAD.format(seed=SEED, limit=LIMIT_SECONDS)
    yield from _tools(outcome for outcomes in known.values() for outcome in outcomes.values())
    yield from _in_short(bank, known)
    yield from _totals([mutant for mutant in bank if not mutant.why_not], known)
    yield from _controls(known)
    yield from _not_caught(bank, known)
    yield from _allowed(bank, known)
    for target in TARGETS:
        yield f"## {target}: all mutants"
        yield ""
        yield "| mutant | what it does wrong | source of the idea | bothends | quick | st run | pact |"
        yield "|---|---|---|---|---|---|---|"
        for mutant in bank:
            if mutant.target == target:
                yield _row(mutant, known[target, mutant.name])
        yield ""


def _tools(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Say what the outcomes are of, and of when: what was found out before a change stays here with its day."""
    days: dict[str, set[str]] = defaultdict(set)
    for outcome in outcomes:
        days[outcome.tool].add(outcome.at.partition("T")[0])
    for tool in sorted(days):
        first, last = min(days[tool]), max(days[tool])
        yield f"- {tool}: {first if first == last else f'{first} to {last}'}"
    yield ""


def _in_short(bank: Sequence[Mutant], known: Mapping[tuple[str, str], Mapping[str, Outcome]]) -> Iterator[str]:
    breaking = [mutant for mutant in bank if not mutant.why_not]
    caught = sum(known[m.target, m.name]["default"].caught for m in breaking if "default" in known[m.target, m.name])
    share, of_all = 100 * caught / len(breaking), 100 * caught / len(bank)
    yield f"Of {len(bank)} mutants, {len(bank) - len(breaking)} are allowed. Of the {len(breaking)} others, a default"
    yield f"run catches {caught}: {share:.1f} %. That is {of_all:.1f} % of all."
    yield ""


def _totals(bank: Iterable[Mutant], known: Mapping[tuple[str, str], Mapping[str, Outcome]]) -> Iterator[str]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for mutant in bank:
        outcomes = known[mutant.target, mutant.name]
        for row in ((mutant.target, mutant.area), (mutant.target, ""), ("", "")):
            counts[*row, "mutants"] += 1
            counts[*row, "named"] += _named(mutant, outcomes)
            counts[*row, "warned"] += _warned(mutant, outcomes)
            for who, outcome in outcomes.items():
                counts[*row, f"{who} tried"] += 1
                counts[*row, who] += outcome.caught
    yield "## Caught, by what the bug is about"
    yield ""
    peers = " | ".join(_NAMES[who] for who in ALL[1:])
    yield f"| target | area | mutants | bothends | by a law named beforehand | only warned of | {peers} |"
    yield f"|---|---|{'---:|' * (len(ALL) + 3)}"
    rows = [(target, area) for target in TARGETS for area in (*AREAS, "")]
    for target, area in [*rows, ("", "")]:
        row = (target, area)
        cells = [
            str(counts[*row, "mutants"]),
            _share(counts, row, "default"),
            _share(counts, row, "named"),
            str(counts[*row, "warned"]),
            *(_share(counts, row, who) for who in ALL[1:]),
        ]
        name = (target, area) if area else (f"**{target or 'all'}**", "")
        yield f"| {' | '.join((*name, *cells))} |"
    yield ""


def _share(counts: Mapping[tuple[str, str, str], int], row: tuple[str, str], who: str) -> str:
    """Return how many were caught; for sums, as a share too; and of how many, when not all were tried."""
    tries = "default tried" if who == "named" else f"{who} tried"
    number, tried, there = counts[*row, who], counts[*row, tries], counts[*row, "mutants"]
    if not tried:
        return "not tried"
    share = "" if row[1] else f" ({100 * number / tried:.1f} %)"
    return f"{number}{share}" if tried == there else f"{number} of {tried} tried{share}"


def _controls(known: Mapping[tuple[str, str], Mapping[str, Outcome]]) -> Iterator[str]:
    yield "## The targets as they are"
    yield ""
    yield "No tool may report an error for these."
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
    if outcome.code is None:
        return "no end"
    return _text(f"fault: {', '.join(outcome.by) or outcome.told}") if outcome.caught or outcome.code else "no fault"


def _not_caught(bank: Iterable[Mutant], known: Mapping[tuple[str, str], Mapping[str, Outcome]]) -> Iterator[str]:
    yield "## Not caught by bothends"
    yield ""
    missed = [
        (mutant, outcome)
        for mutant in bank
        if not mutant.why_not and (outcome := known[mutant.target, mutant.name].get("default")) and not outcome.caught
    ]
    if not missed:
        yield "None of those that were tried."
        yield ""
    for mutant, outcome in missed:
        yield f"### {mutant.target}/{mutant.name}"
        yield ""
        yield _text(mutant.about)
        source = _text(mutant.source).rstrip(".")
        yield f"Source: {source}."
        ended = "No end" if outcome.code is None else f"Exit code {outcome.code}"
        heard = _text(outcome.told).rstrip(".")
        yield f"{ended}{f': {heard}' if heard else ''}."
        yield ""
        yield "**Not argued yet.**"
        yield ""


def _allowed(bank: Iterable[Mutant], known: Mapping[tuple[str, str], Mapping[str, Outcome]]) -> Iterator[str]:
    yield "## Allowed: nothing may be called an error here"
    yield ""
    yield "| mutant | what it does | why it breaks nothing | bothends says |"
    yield "|---|---|---|---|"
    for mutant in bank:
        if mutant.why_not:
            said = _said(mutant, known[mutant.target, mutant.name].get("default"))
            yield f"| {mutant.target}/`{mutant.name}` | {_text(mutant.about)} | {_text(mutant.why_not)} | {said} |"
    yield ""


def _said(mutant: Mutant, outcome: Outcome | None) -> str:
    if outcome is None:
        return "not tried"
    if outcome.caught:
        return f"**an error: {', '.join(outcome.by)}**"
    warned = ", ".join(f"{law} (warning)" for law in outcome.warned if expects(mutant.laws, law))
    doubt = {0: "nothing", NOT_PROVEN: "not proven (exit code 4)", None: "no end"}
    return warned or doubt[outcome.code]


def _row(mutant: Mutant, outcomes: Mapping[str, Outcome]) -> str:
    tried = [_laws(mutant, outcomes.get("default")), *(_yes(outcomes.get(who)) for who in ALL[1:])]
    return f"{told(mutant)} {' | '.join(tried)} |"


def _laws(mutant: Mutant, outcome: Outcome | None) -> str:
    """Return the laws that caught a mutant, in bold those that were named beforehand."""
    if outcome is None:
        return "not tried"
    if outcome.caught:
        return ", ".join(f"**{law}**" if expects(mutant.laws, law) else law for law in outcome.by)
    warned = ", ".join(f"{law} (warning)" for law in outcome.warned if expects(mutant.laws, law))
    return warned or _yes(outcome)


def _named(mutant: Mutant, outcomes: Mapping[str, Outcome]) -> bool:
    """Return whether a law that was named beforehand is among those that caught a mutant."""
    return "default" in outcomes and any(expects(mutant.laws, law) for law in outcomes["default"].by)


def _warned(mutant: Mutant, outcomes: Mapping[str, Outcome]) -> bool:
    """Return whether a law that was named beforehand gave a warning of a mutant, and none an error."""
    outcome = outcomes.get("default")
    return outcome is not None and not outcome.caught and any(expects(mutant.laws, law) for law in outcome.warned)


def _yes(outcome: Outcome | None) -> str:
    if outcome is None:
        return "not tried"
    if outcome.code is None:
        return "no end"
    return "yes" if outcome.caught else "no"


def _text(text: str) -> str:
    """Return text that stays in a table's cell, and is shown as it is."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
