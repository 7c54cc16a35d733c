"""A table of a TOML file, read key by key: what is left over at the end is a mistake.

`tomllib` gives values without lines, so the line of a key is looked for in the text when an error
needs it: good enough to point at, and not relied on for anything else.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from bothends.contract.nearest import did_you_mean, one_of
from bothends.errors import ContractError, Location

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

_HEADER = re.compile(r"\s*\[\[?\s*(?P<name>[^\]]+?)\s*\]\]?\s*(#.*)?")
_KEY = re.compile(r"""\s*(?P<key>(?:[A-Za-z0-9_.\s-]|"[^"]*"|'[^']*')+?)\s*=""")
_POSITION = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_WORD = {str: "a text", bool: "true or false", int: "a whole number", dict: "a table", list: "a list"}


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
    """Return the line where a dotted key stands in a TOML text, or that of the table that holds it."""
    wanted = key.split(".")
    best: tuple[int, int] | None = None
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
        if wanted[:length] == found and (best is None or length > best[0]):
            best = length, number
    return None if best is None else best[1]


def _parts(key: str) -> list[str]:
    return [part.strip().strip("\"'") for part in key.split(".")]


class Table:
    """One table of the settings file.

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

    def knows(self, keys: Collection[str]) -> None:
        """Check that the table has no other keys than these.

        Raises:
            ContractError: It has.
        """
        for key in self.values:
            if key not in keys:
                where = f"[{self.name}]" if self.name else "the settings"
                problem = f"There is no '{key}' in {where}."
                raise self.error(key, problem, expected=one_of(keys), advice=did_you_mean(key, keys))

    def table(self, key: str) -> Table | None:
        """Return the table of that key, or None when it is not there.

        Raises:
            ContractError: It is no table.
        """
        value = self._typed(key, dict)
        return None if value is None else Table(self._file, self._text, value, self._dotted(key))

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Yield each key of the table with its table.

        Raises:
            ContractError: One is no table.
        """
        for key in self.values:
            table = self.table(key)
            if table is not None:
                yield key, table

    def text(self, key: str) -> str | None:
        """Return the text of that key, which is not empty, or None when it is not there.

        Raises:
            ContractError: It is no text, or empty.
        """
        value = self._typed(key, str)
        if value is not None and not value.strip():
            raise self.error(key, f"'{key}' is empty.", expected="a text")
        return None if value is None else str(value)

    def needed_text(self, key: str, example: str) -> str:
        """Return the text of that key.

        Raises:
            ContractError: It is not there, or no text, or empty.
        """
        value = self.text(key)
        if value is None:
            where = f"[{self.name}]" if self.name else "the settings"
            raise self.error("", f"'{key}' is missing in {where}.", expected=f'{key} = "{example}"')
        return value

    def flag(self, key: str) -> bool:
        """Return the flag of that key; false when it is not there.

        Raises:
            ContractError: It is neither true nor false.
        """
        return bool(self._typed(key, bool))

    def whole_number(self, key: str, least: int, most: int) -> int | None:
        """Return the whole number of that key, or None when it is not there.

        Args:
            key: The key.
            least: The smallest that is right.
            most: The largest that is right.

        Raises:
            ContractError: It is no whole number, or out of range.
        """
        value = self._typed(key, int)
        if value is None:
            return None
        if not least <= value <= most:
            raise self.error(key, f"'{key}' is {value}.", expected=f"a whole number from {least} to {most}")
        return int(value)

    def number(self, key: str, least: float, most: float) -> float | None:
        """Return the number of that key, or None when it is not there.

        Args:
            key: The key.
            least: The smallest that is right.
            most: The largest that is right.

        Raises:
            ContractError: It is no number, or out of range.
        """
        value = self.values.get(key)
        if value is None:
            return None
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not least <= value <= most:  # of NaN, both are false
            raise self.error(key, f"'{key}' is {shown(value)}.", expected=f"a number from {least:g} to {most:g}")
        return float(value)

    def _typed(self, key: str, wanted: type) -> Any:
        value = self.values.get(key)
        if value is None:
            return None
        # In Python true is a whole number; in TOML it is not.
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise self.error(key, f"'{key}' is {shown(value)}.", expected=_WORD[wanted])
        return value

    def _dotted(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key


def shown(value: Any) -> str:
    """Return a TOML value as an error message shows it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    return f"'{value}'" if isinstance(value, str) else str(value)
