"""The file of accepted breaks, `accepted-breaks.toml`: each with a reason and a day on which that ends."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from bothends.contract.settings import TableLines
from bothends.contract.tables import format_value, parse_toml
from bothends.diff.rule import RULES, Verdict
from bothends.documents import read_text
from bothends.errors import ContractError, Location, MachineError, did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from bothends.diff.rule import Change

NAME = "accepted-breaks.toml"
"""The file that is read unless another one is named."""
_TABLE = "accepted"
_KEYS = ("id", "rule", "subject", "reason", "expires")
_WHAT = "The file of accepted breaks"
_EXAMPLE = 'id = "3f9a1c2b", or rule = "status" and subject = "GET /orders"'


@dataclass(frozen=True, slots=True)
class Accepted:
    """An entry of the file.

    Attributes:
        id: The ID of the break; empty: it is named by its rule and its subject.
        rule: The rule's name.
        subject: What it is a change of: `GET /orders`.
        reason: Why it is accepted.
        expires: The day after which it is not.
        line: The entry's line, starting at 1.
    """

    id: str
    rule: str
    subject: str
    reason: str
    expires: date
    line: int

    def is_of(self, change: Change) -> bool:
        """Return whether it accepts a change."""
        if self.id:
            return self.id == change.id
        return self.rule == change.rule and self.subject == change.subject


def read_accepted(file: Path) -> tuple[Accepted, ...]:
    """Return the accepted breaks, in the file's order; none where there is no file.

    Raises:
        ContractError: What the file says is wrong.
    """
    if not file.exists():
        return ()
    text = read_text(file, what=_WHAT)
    top = parse_toml(file, text, what=_WHAT)
    entries = top.get(_TABLE, [])
    stray = next((key for key in top if key != _TABLE), None)
    if stray is not None or not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        key = stray or _TABLE
        where = Location(file, key, TableLines(text, name=_TABLE).anywhere(key))
        raise ContractError(f"'{key}' is not what the file may have.", where=where, expected=f"[[{_TABLE}]] tables")
    return tuple(_entry(file, TableLines(text, place, _TABLE), each) for place, each in enumerate(entries))


def _entry(file: Path, lines: TableLines, values: dict[str, Any]) -> Accepted:
    def wrong(key: str, problem: str, expected: str, advice: str = "") -> ContractError:
        where = Location(file, f"{_TABLE}.{key}", lines.of(key))
        return ContractError(problem, where=where, expected=expected, advice=advice)

    for key in values:
        if key not in _KEYS:
            raise wrong(key, f"'{key}' is not a key of an accepted break.", one_of(_KEYS), did_you_mean(key, _KEYS))
    for key in ("id", "rule", "subject", "reason"):
        if not isinstance(values.get(key, ""), str):
            raise wrong(key, f"'{key}' is {format_value(values[key])}.", "a string")
    named = (bool(values.get("id")), bool(values.get("rule")) and bool(values.get("subject")))
    if named[0] == named[1]:
        raise wrong("id", "The entry names no break, or names it twice.", _EXAMPLE)
    if values.get("rule") and RULES.find(values["rule"]) is None:
        problem = f"'{values['rule']}' is not a rule of diff."
        raise wrong("rule", problem, "the rule of a break", did_you_mean(values["rule"], RULES.names))
    if not values.get("reason", "").strip():
        raise wrong("reason", "'reason' is missing.", "why you accept the break")
    expires = values.get("expires")
    if not isinstance(expires, date) or isinstance(expires, datetime):
        problem = "'expires' is missing." if expires is None else f"'expires' is {format_value(expires)}."
        raise wrong("expires", problem, "a date without quotes: expires = 2030-12-31")
    texts = {key: str(values.get(key, "")) for key in ("id", "rule", "subject", "reason")}
    return Accepted(**texts, expires=expires, line=lines.header)


def applied(
    changes: Iterable[Change], accepted: Sequence[Accepted], today: date
) -> tuple[list[Change], list[Accepted]]:
    """Return changes, with the reason in those that are accepted, and the entries that accept nothing.

    Args:
        changes: The changes.
        accepted: The entries of the file.
        today: The day.
    """
    used: set[int] = set()
    found = []
    for change in changes:
        entry = next((each for each in accepted if each.is_of(change)), None)
        if entry is None or change.verdict is Verdict.COMPATIBLE:
            found.append(change)
            continue
        used.add(entry.line)
        if entry.expires < today:
            found.append(replace(change, note=" ".join((change.note, f"Accepted until {entry.expires}.")).strip()))
        else:
            found.append(replace(change, accepted=f"{entry.reason} (until {entry.expires})"))
    return found, [each for each in accepted if each.line not in used]


def append(file: Path, changes: Iterable[Change], reason: str, until: date) -> int:
    """Add breaks to the file, and return how many.

    Args:
        file: The file, which need not be there.
        changes: Those that are no breaks, or are accepted, are left out.
        reason: Why they are accepted.
        until: The last day on which they are.

    Raises:
        ContractError: The day is past.
        MachineError: The file can't be written.
    """
    if until < datetime.now(tz=UTC).date():
        raise ContractError(f"{until} is past.", expected="--until with a day that is to come")
    entries = [
        f"# {_comment(f'{change.subject}: {change.problem}')}\n[[{_TABLE}]]\nid = {json.dumps(change.id)}\n"
        f"reason = {_quoted(reason)}\nexpires = {until}\n"
        for change in changes
        if change.breaks
    ]
    if entries:
        try:
            before = file.read_text("utf-8") if file.exists() else ""
            gap = "\n" if before and not before.endswith("\n\n") else ""
            file.write_text(before + gap + "\n".join(entries), "utf-8")
        except OSError as error:
            raise MachineError(f"{file} can't be written: {error.strerror}.") from error
    return len(entries)


def _comment(text: str) -> str:
    """Return a text as a comment of TOML, which a document can't end, and which may hold no control."""
    line = " ".join(text.split())
    return line if line.isprintable() else json.dumps(line)[1:-1]


def _quoted(text: str) -> str:
    """Return a basic string of TOML: of what JSON leaves as it is, DEL alone may not stand in it."""
    known = text.encode("utf-8", "replace").decode()
    return json.dumps(known, ensure_ascii=False).replace("\x7f", "\\u007f")
