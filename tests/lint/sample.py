"""Lints the documents of the corpus, and prints a sample of what is found with the lines around, for a person to judge.

    BOTHENDS_CORPUS=FOLDER python -m tests.lint.sample --seed 1 --count 100

The sample is drawn rule by rule, each time from the document that has the fewest findings in it so far: no rule and no
document has more than a few. `--save FILE` writes all findings, `--from FILE` draws from these without linting again.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.lint import lint
from tests.corpus.documents import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tests.corpus.documents import Listed

_WIDTH = 170


@dataclass(frozen=True)
class Linted:
    """What was found in one document.

    Attributes:
        document: Its name.
        seconds: How long it took.
        mebibytes: The most memory that it took.
        found: Each finding: rule, level, problem, file, line, pointer, advice.
    """

    document: str
    seconds: float
    mebibytes: int
    found: list[dict[str, str]]


def linted(document: Listed) -> Linted:
    """Return what is found in a document, with all of its operations under test."""
    assert document.folder is not None
    spec = (document.folder / document.entry).resolve()
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder, "bothends.toml")
        settings.write_text(f"spec = {json.dumps(str(spec))}\n", "utf-8")
        began = time.monotonic()
        complaints = lint(settings, ["*"])
        seconds = time.monotonic() - began
    found = [
        {
            "rule": each.rule,
            "level": str(each.level),
            "problem": each.problem,
            "file": str(each.where.file),
            "line": str(each.where.line or ""),
            "pointer": each.where.pointer,
            "advice": each.advice,
        }
        for each in complaints
    ]
    return Linted(document.name, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10, found)


def all_linted(only: Sequence[str]) -> Iterator[Linted]:
    """Yield what is found in each document that is here, each in a process of its own."""
    documents = [each for each in listed() if each.folder is not None and (not only or each.name in only)]
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        yield from pool.imap(linted, documents, 1)


def sampled(results: Iterable[Linted], seed: int, count: int) -> list[tuple[str, dict[str, str]]]:
    """Return a sample of findings, each with its document: rule by rule, from the documents in turn."""
    chance = random.Random(seed)  # noqa: S311 -- a sample, and no secret
    by_rule: dict[str, list[tuple[str, dict[str, str]]]] = defaultdict(list)
    for each in results:
        for finding in each.found:
            by_rule[finding["rule"]].append((each.document, finding))
    for findings in by_rule.values():
        chance.shuffle(findings)
    drawn: list[tuple[str, dict[str, str]]] = []
    taken: Counter[str] = Counter()
    rules = sorted(by_rule)
    while len(drawn) < count and any(by_rule.values()):
        chance.shuffle(rules)
        for rule in rules:
            if by_rule[rule] and len(drawn) < count:
                one = min(by_rule[rule], key=lambda each: taken[each[0]])
                by_rule[rule].remove(one)
                taken[one[0]] += 1
                drawn.append(one)
    return sorted(drawn, key=lambda each: (each[1]["rule"], each[0]))


def _write(number: int, document: str, finding: dict[str, str], around: int) -> None:
    said = [
        f"=== {number} {finding['rule']} ({finding['level']}) in {document}:{finding['line']} {finding['pointer']}",
        f"    {finding['problem']}",
        f"    next: {' / '.join(finding['advice'].splitlines())}",
    ]
    lines = Path(finding["file"]).read_text("utf-8-sig").split("\n")
    line = int(finding["line"] or 1) - 1
    shown = range(max(0, line - around), min(len(lines), line + around + 1))
    said += [f"    {'>' if index == line else ' '}{index + 1:7} {lines[index][:_WIDTH]}" for index in shown]
    sys.stdout.write("\n".join(said) + "\n\n")


def main() -> None:
    """Print the sample."""
    parser = argparse.ArgumentParser(prog="python -m tests.lint.sample", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--around", type=int, default=6, help="lines before and after (default: %(default)s)")
    parser.add_argument("--only", action="append", default=[], metavar="DOCUMENT")
    parser.add_argument("--save", type=Path, metavar="FILE")
    parser.add_argument("--from", dest="source", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    if arguments.source is not None:
        results = [Linted(**each) for each in json.loads(arguments.source.read_text("utf-8"))]
    else:
        results = []
        for each in all_linted(arguments.only):
            results.append(each)
            words = f"{each.document}: {len(each.found):,} in {each.seconds:.1f} s, {each.mebibytes:,} MiB"
            sys.stderr.write(words + "\n")
    if arguments.save is not None:
        arguments.save.write_text(json.dumps([asdict(each) for each in results]), "utf-8")
    counts = Counter(finding["rule"] for each in results for finding in each.found)
    for number, (document, finding) in enumerate(sampled(results, arguments.seed, arguments.count), 1):
        _write(number, document, finding, arguments.around)
    sys.stdout.write("\n".join(f"{count:8,} {rule}" for rule, count in counts.most_common()) + "\n")


if __name__ == "__main__":
    main()
