"""Reads the file of known findings: `known-findings.toml`."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bothends.contract.tables import format_value, parse_toml
from bothends.documents import MOST_SETTINGS_BYTES, read_text
from bothends.errors import ContractError, Location, did_you_mean, one_of
from bothends.records import FINDING_ID, KnownFinding, KnownSurvivor

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from bothends.contract.settings.settings import Settings

KNOWN_FINDINGS = "known-findings.toml"
"""The file that is read when the settings name none."""
_WHAT = "The file of known findings"
_NAMES = ("law", "operation", "cause", "status", "case")
_KEYS = ("id", *_NAMES, "reason", "expires")
_TABLES = ("known", "survivor")
_KEY = re.compile(r"\s*(\w+)\s*=")
_EXAMPLE = 'id = "3f9a1c2b7d", or law, operation, cause, status and case'
_WRITES = "`bothends accept ID` writes the entry of one finding."


def read_known(settings: Settings, laws: Collection[str]) -> tuple[KnownFinding, ...]:
    """Return the known findings, in the file's order.

    Args:
        settings: Name the file, or the folder in which it may be.
        laws: The names of all laws; `NAME:check` names a check of one.

    Raises:
        ContractError: The file that they name is not there, or what a file says is wrong.
    """
    read = [_Entry(*entry).read(laws) for entry in _entries(settings, "known")]
    listed: dict[tuple[str, ...], int] = {}
    for one in read:
        known = listed.setdefault((one.id, one.law, one.operation, one.cause, one.status, one.case), one.line)
        if known != one.line:
            where = Location(_file_of(settings), "known", one.line)
            raise ContractError(f"Line {known} already lists this finding.", where=where)
    return tuple(read)


def read_known_survivors(settings: Settings, lies: Collection[str]) -> tuple[KnownSurvivor, ...]:
    """Return the survivors of a score that are accepted, in the file's order.

    Args:
        settings: Name the file, or the folder in which it may be.
        lies: The names of all lies.

    Raises:
        ContractError: The file that they name is not there, or what a file says is wrong.
    """
    return tuple(_Survivor(*entry).read(lies) for entry in _entries(settings, "survivor"))


def _file_of(settings: Settings) -> Path:
    return settings.known_findings or settings.file.parent / KNOWN_FINDINGS


def _entries(settings: Settings, name: str) -> list[tuple[Path, TableLines, dict[str, Any]]]:
    """Return the tables of a name, each with its lines; none where there is no file."""
    file = _file_of(settings)
    if settings.known_findings is None and not file.exists():
        return []
    advice = f"Create it, or remove `known_findings` from {settings.file}."
    text = read_text(file, what=_WHAT, advice=advice, most=MOST_SETTINGS_BYTES)
    top = parse_toml(file, text, what=_WHAT)
    for key in top:
        if key not in _TABLES:
            raise ContractError(
                f"'{key}' is not a key of the file of known findings.",
                where=Location(file, key, TableLines(text).anywhere(key)),
                expected="one [[known]] table for each finding, one [[survivor]] table for each survivor of a score",
            )
    entries = top.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        where = Location(file, name, TableLines(text).anywhere(name))
        raise ContractError(f"'{name}' is not a list of tables.", where=where, expected=f"[[{name}]]")
    return [(file, TableLines(text, place, name), entry) for place, entry in enumerate(entries)]


@lru_cache(maxsize=4)
def _lines_and_headers(text: str, name: str) -> tuple[list[str], list[int]]:
    """Return the lines of a file, and the numbers of those that begin a table of a list: a file may have a thousand."""
    lines = text.splitlines()
    header = re.compile(rf"\s*\[\[\s*{re.escape(name)}\s*\]\]\s*(#.*)?")
    return lines, [number for number, line in enumerate(lines, 1) if header.fullmatch(line)]


class TableLines:
    """Finds the lines of one table of a list of tables, which `tomllib` does not report.

    Attributes:
        header: The line of its header, starting at 1.
    """

    def __init__(self, text: str, place: int = 0, name: str = "known") -> None:
        """Look for a table of the list of a name: which one, from 0."""
        self._lines, headers = _lines_and_headers(text, name)
        # An inline list has no headers: then its own line is the best that can be said.
        self.header = headers[place] if place < len(headers) else self.anywhere(name) or 1
        self._end = headers[place + 1] if place + 1 < len(headers) else len(self._lines) + 1

    def of(self, key: str) -> int:
        """Return the line of a key of the table, or that of its header."""
        numbers = range(self.header + 1, self._end)
        return next((n for n in numbers if (m := _KEY.match(self._lines[n - 1])) and m[1] == key), self.header)

    def anywhere(self, key: str) -> int | None:
        """Return the line of a key or a table of the whole file."""
        sought = re.compile(rf"\s*\[*\s*{re.escape(key)}\b")
        return next((number for number, line in enumerate(self._lines, 1) if sought.match(line)), None)


class _Table:
    """One table of the file."""

    name = "known"
    may_be_empty = frozenset({"operation", "status", "case"})

    def __init__(self, file: Path, lines: TableLines, values: dict[str, Any]) -> None:
        self._file = file
        self._lines = lines
        self._values = values

    def _reason(self, what: str) -> str:
        reason = self._text("reason")
        if not reason:
            raise self._error("reason", "'reason' is missing.", expected=f"why you accept the {what}")
        return reason

    def _text(self, key: str) -> str:
        value = self._values.get(key, "")
        is_empty = key in self._values and isinstance(value, str) and not value.strip()
        if not isinstance(value, str) or (is_empty and key not in self.may_be_empty):
            raise self._error(key, f"'{key}' is {format_value(value)}.", expected="a string")
        return value

    def _expires(self) -> date:
        value = self._values.get("expires")
        expected = "a date without quotes: expires = 2030-12-31"
        if value is None:
            raise self._error("expires", "'expires' is missing.", expected=expected)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self._error("expires", f"'expires' is {format_value(value)}.", expected=expected)
        return value

    def _error(self, key: str, problem: str, *, expected: str, advice: str = "") -> ContractError:
        where = Location(self._file, f"{self.name}.{key}", self._lines.of(key))
        return ContractError(problem, where=where, expected=expected, advice=advice)


class _Entry(_Table):
    """A finding."""

    def read(self, laws: Collection[str]) -> KnownFinding:
        for key in self._values:
            if key not in _KEYS:
                problem = f"'{key}' is not a key of a known finding."
                raise self._error(key, problem, expected=one_of(_KEYS), advice=did_you_mean(key, _KEYS))
        found = {key: self._text(key) for key in ("id", *_NAMES)}
        named = [key for key in _NAMES if key in self._values]
        if bool(found["id"]) == bool(named):
            problem = f"The entry has both an ID and '{named[0]}'." if named else "The entry names no finding."
            raise self._error("id", problem, expected=_EXAMPLE, advice="An ID alone names one finding.")
        if found["id"] and FINDING_ID.fullmatch(found["id"]) is None:
            problem = f"{found['id']!r} is no ID of a finding, or one of an earlier version."
            raise self._error("id", problem, expected='10 digits: id = "3f9a1c2b7d"', advice=f"{_WRITES} Verify first.")
        if found["law"] and found["law"].partition(":")[0] not in laws:
            advice = did_you_mean(found["law"], laws) or "docs/reference/laws.md lists all laws."
            raise self._error("law", f"{found['law']!r} is not a law.", expected="the law of a finding", advice=advice)
        if named:
            self._all_named(named)
        return KnownFinding(reason=self._reason("finding"), expires=self._expires(), line=self._lines.header, **found)

    def _all_named(self, named: Sequence[str]) -> None:
        """See that an entry without an ID says all that an ID says.

        Raises:
            ContractError: It does not. Without an operation, it would accept a new bug in another one.
        """
        for key in ("law", "cause"):
            if key not in named:
                raise self._error("law", f"'{key}' is missing.", expected=_EXAMPLE, advice=_WRITES)
        missing = [key for key in _NAMES if key not in named]
        if missing:
            lines = ", ".join(f'{key} = "*"' for key in missing)
            names = " and ".join(filter(None, [", ".join(f"'{key}'" for key in missing[:-1]), f"'{missing[-1]}'"]))
            raise self._error(
                "law",
                f"{names} {'is' if len(missing) == 1 else 'are'} missing: the entry would accept new findings as well.",
                expected=f"those of one finding; or {lines}, which accept all of them, and each report counts them",
                advice=_WRITES,
            )


class _Survivor(_Table):
    """A survivor of a score."""

    name = "survivor"
    may_be_empty = frozenset({"member"})

    def read(self, lies: Collection[str]) -> KnownSurvivor:
        names = ("lie", "operation", "part", "member")
        keys = (*names, "reason", "expires")
        for key in self._values:
            if key not in keys:
                problem = f"'{key}' is not a key of a survivor."
                raise self._error(key, problem, expected=one_of(keys), advice=did_you_mean(key, keys))
        for key in names:
            if key not in self._values:
                expected = "lie, operation, part and member, as the score names them; `*` stands for any text"
                raise self._error(key, f"'{key}' is missing.", expected=expected)
        lie, operation, part, member = map(self._text, names)
        if lie not in lies and "*" not in lie:
            raise self._error("lie", f"{lie!r} is no lie.", expected="one of a score", advice=did_you_mean(lie, lies))
        return KnownSurvivor(
            lie, operation, part, member, self._reason("survivor"), self._expires(), self._lines.header
        )
