"""`docs/reference/lint.md`: each rule of `bothends lint`, what it asks for, and why."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

from bothends.lint import RULES, load_rules
from tests.documents.tables import HEAD, code, table

TEXT = Path(__file__).parent / "written" / "lint.md"
JUDGED = Path(__file__).parents[1] / "lint" / "judged.toml"
_SAMPLE = """
## How true it is

{documents} public documents were linted with all of their operations, and a sample of {drawn} findings was drawn, rule
by rule, each time from the document with the fewest findings in it so far: it says how true the rules are, the rare
ones as much as the frequent ones. {count} of them are of rules that there still are. They are from {those} documents;
none has more than {most} of them in it. Each was judged with the lines around it and the standard: it is true if
the document says what the finding says, and the standard or bothends asks for something else. {true} of {count} are
true. The sample was drawn on {judged}, after the rules had been put right by an earlier one. What was false in it has
been put right since.

| rule | found | in the sample | true |
| --- | --- | --- | --- |
"""


def page() -> str:
    """Return the page."""
    load_rules()
    rules = sorted(RULES, key=lambda each: each.name)
    rows = [(code(each.name), str(each.level), each.asks, each.why) for each in rules]
    header = ("rule", "level", "what it asks for", "why")
    return "".join(
        (HEAD.format(source="src/bothends/lint"), TEXT.read_text("utf-8"), "\n", table(header, rows), _sample())
    )


def _sample() -> str:
    """Return what a sample of findings in public documents has shown."""
    judged = tomllib.loads(JUDGED.read_text("utf-8"))
    findings = judged["finding"]
    drawn = Counter(each["rule"] for each in findings)
    right = Counter(each["rule"] for each in findings if each["true"])
    documents = Counter(each["document"] for each in findings)
    text = _SAMPLE.format(
        documents=judged["documents"],
        judged=judged["judged"],
        drawn=judged["drawn"],
        count=len(findings),
        true=right.total(),
        those=len(documents),
        most=max(documents.values()),
    )
    lines = [f"| {code(name)} | {judged['found'][name]:,} | {drawn[name]} | {right[name]} |" for name in sorted(drawn)]
    return text + "\n".join(lines) + "\n"
