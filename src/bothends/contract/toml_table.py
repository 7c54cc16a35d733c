"""A table of a TOML file, and where its keys stand.

`tomllib` gives values without lines, so the line of a key is looked for in the text when an error
needs it: good enough to point at, and not relied on for anything else.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from bothends.errors import ContractError, Location

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HEADER = re.compile(r"\s*\[\[?\s*(?P<name>[^\]]+?)\s*\]\]?\s*(#.*)?")
_KEY = re.compile(r"""\s*(?P<key>(?:[A-Za-z0-9_.\s-]|"[^"]*"|'[^']*')+?)\s*=""")
_POSITION = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def parse_toml(file: Path, text: str, *, what: str) -> dict[str, Any]:
    """Return what a TOML text holds.

    Args:
        file: Where it stands.
        text: The text.
        what: What the file is, for the message: `The settings file`.

    Raises:
        ContractError: It is no TOML, or nested too deeply.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = str(error)
        match = _POSITION.search(problem)
        # The end of the document has no number: it is the last line.
        line = int(match[1]) if match and match[1] else max(len(text.splitlines()), 1)
        problem = _POSITION.sub("", problem)
        raise ContractError(f"{what} is not TOML: {problem}.", where=Location(file, line=line)) from error
    except RecursionError as error:
        raise ContractError(f"{what} is nested too deeply.", where=Location(file)) from error


def dotted_line(text: str, key: str) -> int | None:
    """Return the line where a dotted key stands in a TOML text, or the first of what it holds, or that of its table."""
    wanted = key.split(".")
    best: tuple[float, int] | None = None
    table: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        header, pair = _HEADER.fullmatch(line), _KEY.match(line)
        if header is not None:
            table = found = _parts(header["name"])
        elif pair is not None:
            found = table + _parts(pair["key"])
        else:
            continue
        length = len(found)
        if found[: len(wanted)] == wanted and length > len(wanted):
            depth = len(wanted) - 0.5  # nearer than the table around it, farther than the key itself
        elif wanted[:length] == found:
            depth = length
        else:
            continue
        if best is None or depth > best[0]:
            best = depth, number
    return None if best is None else best[1]


def _parts(key: str) -> list[str]:
    return [part.strip().strip("\"'") for part in key.split(".")]


class Table:
    """One table of a settings file, which the schema has been asked about before.

    Attributes:
        name: Its dotted name; empty for the whole file.
        values: What is in it.
    """

    def __init__(self, file: Path, text: str, values: dict[str, Any], name: str = "") -> None:
        """Take a table as `tomllib` gives it.

        Args:
            file: The settings file.
            text: Its text, for the lines.
            values: The table.
            name: Its dotted name.
        """
        self._file = file
        self._text = text
        self.name = name
        self.values = values

    def location(self, key: str = "") -> Location:
        """Return where a key of the table stands, or the table itself."""
        dotted = ".".join(part for part in (self.name, key) if part)
        return Location(self._file, dotted, dotted_line(self._text, dotted) if dotted else None)

    def error(self, key: str, problem: str, *, expected: str = "", advice: str = "") -> ContractError:
        """Return an error about a key."""
        return ContractError(problem, where=self.location(key), expected=expected, advice=advice)

    def table(self, key: str) -> Table | None:
        """Return the table of that key, or None when it is not there."""
        value = self.values.get(key)
        return None if value is None else Table(self._file, self._text, value, self._dotted(key))

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Yield each key of the table with its table."""
        for key, value in self.values.items():
            yield key, Table(self._file, self._text, value, self._dotted(key))

    def text(self, key: str) -> str | None:
        """Return the text of that key, or None when it is not there."""
        value: str | None = self.values.get(key)
        return value

    def flag(self, key: str) -> bool:
        """Return the flag of that key; false when it is not there."""
        return bool(self.values.get(key, False))

    def whole_number(self, key: str) -> int | None:
        """Return the whole number of that key, or None when it is not there. 1.0 is one in JSON Schema."""
        value = self.values.get(key)
        return None if value is None else int(value)

    def _dotted(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key


def shown(value: Any) -> str:
    """Return a TOML value as an error message shows it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    return f"'{value}'" if isinstance(value, str) else str(value)
