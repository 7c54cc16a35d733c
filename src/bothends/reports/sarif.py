"""SARIF 2.1.0 (OASIS), which code scanning and editors read: what a rule complains of, at its line.

`bothends lint --format sarif` and the report of a run are both written by `sarif_log`.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bothends.reports.sanitize import escape_json
from bothends.reports.writers import version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bothends.errors import Location

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
"""What addresses of files start from: the root of the checkout, which the reader knows (section 3.14.14)."""

# What a reader makes a link of (section 3.11.6), and what it puts an argument in the place of (section 3.11.5).
_LINK = re.compile(r"\[(?=[^\[\]]*\]\()")
_PLACEHOLDER = re.compile(r"\{(\d+)\}")


@dataclass(frozen=True, slots=True)
class SarifRule:
    """What a result is of.

    Attributes:
        id: Its name.
        level: `error`, `warning` or `note`.
        short: What it demands, in a sentence.
        full: Why; empty: nothing is written of that.
        help: More of it; empty: likewise.
        url: Its page; empty: it has none.
    """

    id: str
    level: str
    short: str
    full: str = ""
    help: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class SarifResult:
    """What a rule complains of.

    Attributes:
        rule: The name of its rule.
        level: `error`, `warning` or `note`; `none` where `kind` is not `fail` (section 3.27.10).
        message: What is the matter; its first line is a sentence.
        where: The place in a file; None: it has none.
        named: What it is about, where that is no place: an operation.
        fingerprints: What it is recognised by in another run.
        accepted: Why it is accepted; None: it is not.
        kind: `fail`, or `open`: whether there is a mistake, the run could not tell (section 3.27.9).
        properties: What the format has no place for.
    """

    rule: str
    level: str
    message: str
    where: Location | None = None
    named: str = ""
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    accepted: str | None = None
    kind: str = "fail"
    properties: Mapping[str, Any] = field(default_factory=dict)


def sarif_log(
    rules: Sequence[SarifRule],
    results: Sequence[SarifResult],
    *,
    invocation: Mapping[str, Any] | None = None,
    properties: Mapping[str, Any] | None = None,
) -> str:
    """Return a log of one run, as text; what a terminal acts on stands in it as JSON escapes.

    Args:
        rules: The rules that the results name, in the order in which they are listed.
        results: What they complain of.
        invocation: How the run went, as an `invocation` object; None: nothing is said of it.
        properties: What the format has no place for, of the run.
    """
    places = {rule.id: place for place, rule in enumerate(rules)}
    driver = {"name": "bothends", "version": version(), "rules": [_rule(rule) for rule in rules]}
    run: dict[str, Any] = {"tool": {"driver": driver}}
    if invocation is not None:
        run["invocations"] = [invocation]
    if any(result.where is not None for result in results):
        run["originalUriBaseIds"] = {ROOT: {"description": {"text": "The root of the checkout."}}}
    run["results"] = [_result(result, places[result.rule]) for result in results]
    if properties:
        run["properties"] = properties
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return escape_json(json.dumps(log, ensure_ascii=False, allow_nan=False, indent=2)) + "\n"


def sarif_message(text: str) -> dict[str, str]:
    """Return a text as a message: no reader makes a link or a placeholder of what stands in it."""
    return {"text": _PLACEHOLDER.sub(r"{{\1}}", _LINK.sub(r"\\[", text))}


def _rule(rule: SarifRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.short},
        **({"fullDescription": {"text": rule.full}} if rule.full else {}),
        **({"help": {"text": rule.help}} if rule.help else {}),
        **({"helpUri": rule.url} if rule.url else {}),
        "defaultConfiguration": {"level": rule.level},
    }


def _result(result: SarifResult, place: int) -> dict[str, Any]:
    location: dict[str, Any] = {}
    if result.where is not None:
        region = {"startLine": result.where.line or 1}
        location["physicalLocation"] = {"artifactLocation": _artifact(result.where.file), "region": region}
    if result.named:
        location["logicalLocations"] = [{"fullyQualifiedName": result.named, "kind": "operation"}]
    shown: dict[str, Any] = {"ruleId": result.rule, "ruleIndex": place, "kind": result.kind, "level": result.level}
    shown["message"] = sarif_message(result.message)
    if location:
        shown["locations"] = [location]
    if result.fingerprints:
        shown["partialFingerprints"] = dict(result.fingerprints)
    if result.accepted is not None:
        shown["suppressions"] = [{"kind": "external", "status": "accepted", "justification": result.accepted}]
    if result.properties:
        shown["properties"] = dict(result.properties)
    return shown


def _artifact(file: Path) -> dict[str, str]:
    """Return the address of a file: from the root of the checkout, or of the whole path where it is not below that."""
    place, below = from_root(file)
    if below:
        return {"uri": quote(place), "uriBaseId": ROOT}
    return {"uri": file.resolve().as_uri()}


def from_root(file: Path) -> tuple[str, bool]:
    """Return a file's path from the root of the checkout, and whether it is below that; if not, the path as it is."""
    whole, root = file.resolve(), Path(os.environ.get("GITHUB_WORKSPACE", Path.cwd())).resolve()
    if whole.is_relative_to(root):
        return whole.relative_to(root).as_posix(), True
    return file.as_posix(), False
