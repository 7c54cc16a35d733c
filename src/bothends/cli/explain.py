"""`bothends explain NAME`: the page of a law, a rule of lint or of diff, a family, an extension or a finding."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

from bothends.cases import plain_families
from bothends.cli.explain_tie import ties
from bothends.contract.openapi import EXTENSIONS
from bothends.contract.terms import extension_schema
from bothends.diff import RULES as RULES_OF_DIFF
from bothends.engine.judge import replay_file
from bothends.errors import ContractError, did_you_mean
from bothends.laws import all_laws
from bothends.lint import ELSEWHERE, REMOVED, RULES, load_rules
from bothends.reports import escape, law_page
from bothends.state_folder import state_folder_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

    from bothends.cli.terminal import Output

_WIDTH = 96
_IN_SPEC = {
    "x-given": "On a response: the family of conditions that leads to this answer. A name, or "
    "{family, upstream, bytes}.",
    "x-from": "On a property of an event or an answer: where its value comes from. session.…, upstream.NAME#/…, "
    "request.body#/…, request.path.x, request.query.x, request.header.x, answer.body#/…, answer.header.x, clock.ms, "
    "clock.s, clock.iso, setup.x.",
}
"""The extensions without a JSON Schema of their own, and what they say."""


def run_explain(arguments: argparse.Namespace, out: Output, _err: Output) -> int:
    """Run the command.

    Raises:
        ContractError: There is nothing of that name.
    """
    if arguments.tie is not None:
        out.write("\n".join(ties(arguments.tie, state_folder_of(arguments.config))) + "\n")
        return 0
    name: str = arguments.name
    pages = [list(page(name)) for page in (_law, _rule, _family, _extension, _rule_of_diff)]
    if any(pages):  # a rule of diff may have the name of a rule of lint, or of an extension
        out.write("\n\n".join("\n".join(lines) for lines in pages if lines) + "\n")
        return 0
    law = _law_of(name, state_folder_of(arguments.config))
    if law is not None:
        out.write("\n".join((f"Finding {escape(name)} is of this law.", "", *_law(law))) + "\n")
        return 0
    if name in REMOVED:
        raise ContractError(f"The rule '{name}' of lint is no more.", advice=ELSEWHERE)
    raise ContractError(
        f"Nothing is named '{name}'.",
        expected="a law, a rule of lint or of diff, a family of cases, an extension, or the ID of a finding",
        advice=did_you_mean(name, _names()) or "`bothends words` explains the words of reports.",
    )


def _names() -> list[str]:
    load_rules()
    return [
        *(law.name for law in all_laws()),
        *(each.name for each in (*RULES, *RULES_OF_DIFF)),
        *plain_families(),
        *EXTENSIONS,
    ]


def _page(title: str, **parts: str) -> Iterator[str]:
    """Yield the lines of a page: its title, then each part that says something under its name."""
    yield title
    for name, text in parts.items():
        if text:
            yield ""
            yield f"{name.replace('_', ' ')}:"
            for line in text.split("\n"):
                yield from textwrap.wrap(line, _WIDTH, initial_indent="  ", subsequent_indent="  ") or [""]


def _law(name: str) -> Iterator[str]:
    law = law_page(name)
    if law is not None:
        yield from _page(
            f"{name}: a law; {law.severity} if it is broken",
            demands=law.demands,
            why=law.why,
            broken_by=law.example,
            source=f"{law.source}.",
            yields_to=", ".join(law.yields_to),
            page=law.url,
        )


def _rule(name: str) -> Iterator[str]:
    load_rules()
    found = RULES.find(name)
    if found is not None:
        off = f'[lint.off]\n{name} = "the reason"'
        title = f"{name}: a rule of lint; {found.level}"
        yield from _page(title, asks=found.asks, why=found.why, to_switch_it_off_in_the_settings=off)


def _rule_of_diff(name: str) -> Iterator[str]:
    found = RULES_OF_DIFF.find(name)
    if found is None:
        return
    accepted = f'[[accepted]]\nrule = "{name}"\nsubject = "POST /orders"\nreason = "..."\nexpires = 2030-12-31'
    yield from _page(
        f"{name}: a rule of diff", tells=found.what, why=found.why, to_accept_it_in_accepted_breaks_toml=accepted
    )


def _family(name: str) -> Iterator[str]:
    found = plain_families().get(name)
    if found is not None:
        yield from _page(f"{name}: a family of cases", contains=found.about, to_run_it=f"bothends verify --only {name}")


def _extension(name: str) -> Iterator[str]:
    if name in _IN_SPEC:
        yield from _page(f"{name}: an extension of the spec", says=_IN_SPEC[name])
    elif name in EXTENSIONS:
        raw = extension_schema(name).raw
        schema = json.dumps({key: value for key, value in raw.items() if not key.startswith("$s")}, indent=2)
        yield from _page(
            f"{name}: an extension of the spec", says=raw.get("title", ""), where=raw.get("description", "")
        )
        yield from ("", "JSON Schema:", textwrap.indent(schema, "  "))


def _law_of(finding: str, folder: Path) -> str | None:
    """Return the law that a finding of an earlier run breaks; None: there is no such finding."""
    try:
        found = replay_file.find(folder, finding)
    except ContractError:
        return None
    return replay_file.read(found[0]).law if found else None
