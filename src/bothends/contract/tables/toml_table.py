"""A table of a TOML file, and where its keys stand.

`tomllib` gives values without lines, so the line of a key is looked for in the text when an error
needs it: good enough to point at, and not relied on for anything else.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import cache, lru_cache
from itertools import islice
from math import inf
from pkgutil import get_data
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from bothends.errors import ContractError, Location, did_you_mean, one_of
from bothends.records import MISSING
from bothends.schemas import as_written, referred, targets_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
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


# A location is asked for wherever something may go wrong with a table: for each request of a kind of session, too.
_LINES_KEPT = 1024


@lru_cache(maxsize=_LINES_KEPT)
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

    def __init__(self, file: Path | None, text: str, values: dict[str, Any], name: str = "") -> None:
        """Take a table as `tomllib` gives it; without a file it has no places."""
        self._file = file
        self._text = text
        self.name = name
        self.values = values

    def location(self, key: str = "") -> Location | None:
        """Return where a key of the table stands, or the table itself; None: in no file."""
        if self._file is None:
            return None
        dotted = ".".join(part for part in (self.name, key) if part)
        return Location(self._file, dotted, dotted_line(self._text, dotted) if dotted else None)

    def item_location(self, key: str, number: int) -> Location | None:
        """Return where a table of a list of tables stands: `[[key]]`.

        Args:
            key: The key of the list.
            number: Which of its tables, from 1.
        """
        where = self.location(key)
        dotted = self._dotted(key).split(".")
        lines = (
            line
            for line, text in enumerate(self._text.splitlines(), 1)
            if text.lstrip().startswith("[[") and _parts(text.strip().partition("]]")[0].lstrip("[")) == dotted
        )
        line = next(islice(lines, number - 1, None), None)
        return where if where is None or line is None else replace(where, line=line)

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

    def holding(self, values: dict[str, Any]) -> Table:
        """Return a table in the same place with other values."""
        return Table(self._file, self._text, values, self.name)

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


def format_value(value: Any) -> str:
    """Return a TOML value as an error message shows it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    return f"'{value}'" if isinstance(value, str) else str(value)


# Holds a settings file to `bothends.schema.json`, which editors read as well, and says what is wrong in words.
#
# Beside the keywords of JSON Schema, a part of the schema may have these, for the words of an error:
#
# - `x-expected`: what would be right; `{name}` in it stands for the name of the table.
# - `x-problem`: what is wrong; `{}` in it stands for the value.
# - `x-what`: what its keys are.

_WORDS = {
    "string": "a string",
    "boolean": "true or false",
    "integer": "an integer",
    "number": "a number",
    "object": "a table",
    "array": "a list",
}
_RANKS = {"additionalProperties": 0, "propertyNames": 0, "required": 2, "anyOf": 3}
_OTHERS = 1
"""A misspelt key explains others that are missing; what it holds is looked at next."""
_NOT_MEANT = 2

Path_settings_schema = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Wrong:
    """What is wrong with a value.

    Attributes:
        kind: The keyword that says so.
        at: Where the value is, in the file.
        keyword: Where the keyword is, in the schema.
        error: All that is known of it.
    """

    kind: str
    at: Path_settings_schema
    keyword: Path_settings_schema
    error: Any


NOT_EMPTY = "[^ \\t\\r\\n]"
"""Pattern of a text that says something."""


@cache
def settings_schema() -> dict[str, Any]:
    """Return the schema of `bothends.toml`."""
    # `importlib.resources` would take longer to load than all the rest.
    schema: dict[str, Any] = json.loads(get_data("bothends.contract", "bothends.schema.json") or b"")
    return schema


def check_settings(top: Table, schema: dict[str, Any]) -> None:
    """Hold the table of a whole settings file to the schema, with the keys of the kinds that the file names.

    Raises:
        ContractError: Something in it is wrong. Of several mistakes it is a key that there is not, else the first.
    """
    plain = _plain(top.values)
    validator: Any = jsonschema_rs.validator_for(schema, validate_formats=False, offline=True)
    if validator.is_valid(plain):
        return
    found = [wrong for error in validator.iter_errors(plain) for wrong in _meant(error)]
    told = [_describe(top, schema, wrong) for wrong in found]
    raise min(told, key=lambda each: each[0])[1]


def _plain(value: Any) -> Any:
    """Return a TOML value as JSON has it; null stands for what JSON has not: dates, and numbers that are none."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    odd = isinstance(value, date | datetime | time) or (isinstance(value, float) and not -inf < value < inf)
    return None if odd else value


def _meant(error: Any) -> Iterator[_Wrong]:
    """Yield what is wrong with a value: of alternatives, what the one that was meant says.

    None is told apart where each has a constant that is another one, or is missing, such as the kind of a session: the
    schema says that beside them. What is of another type than all of them is told as a whole.
    """
    wrong = _Wrong(error.kind.name, tuple(error.instance_path), tuple(error.schema_path), error)
    if wrong.kind != "oneOf":
        yield wrong
        return
    by_distance = sorted((_distance(branch, wrong.at), place) for place, branch in enumerate(error.kind.context))
    (nearest, place), (other, _) = by_distance[:2]
    if nearest < min(other, _NOT_MEANT):
        for one in error.kind.context[place]:
            yield from _meant(one)
    elif all(_is_of_type(branch, wrong.at) for branch in error.kind.context):
        yield wrong


def _is_of_type(branch: Sequence[Any], at: Path_settings_schema) -> bool:
    """Return whether an alternative is for values of another type."""
    return any(error.kind.name == "type" and tuple(error.instance_path) == at for error in branch)


def _distance(branch: Sequence[Any], at: Path_settings_schema) -> int:
    """Return how far a value is from what an alternative is for."""
    here = {error.kind.name for error in branch if tuple(error.instance_path) == at}
    if "type" in here or any(error.kind.name == "const" for error in branch):
        return _NOT_MEANT
    return int("enum" in here)


def _describe(top: Table, root: dict[str, Any], wrong: _Wrong) -> tuple[tuple[int, float, int], ContractError]:
    """Return an error in words, and what orders it among others."""
    wrong = replace(wrong, at=as_written(top.values, wrong.at), keyword=as_written(root, wrong.keyword))
    schema: dict[str, Any] = _value(root, wrong.keyword[:-1])  # an error tells no references that led there
    at, value = wrong.at, _value(top.values, wrong.at)
    listed = next((place for place, part in enumerate(at) if isinstance(part, int)), None)
    expected, problem, advice, key = "", "", "", ""
    if listed is not None and "items" in wrong.keyword:
        # Of a list of texts, the whole list is told.
        at = at[:listed]
        value, listed = _value(top.values, at), None
        schema = _value(root, wrong.keyword[: wrong.keyword.index("items")])
        expected = schema.get("x-expected", "")
        problem = f"'{at[-1]}' is {format_value(value)}."
    elif wrong.kind == "additionalProperties":
        key = wrong.error.kind.unexpected[0]
        known = list(schema["properties"])
        what = _item(at, listed)
        problem = f"{what} has the unknown key '{key}'." if what else f"'{key}' is not a key of {_table(at)}."
        expected, advice = one_of(known), did_you_mean(key, known)
    elif wrong.kind == "required":
        missing = wrong.error.kind.property
        problem = f"'{missing}' is missing in {_table(at)}."
        expected = _example(_resolved(root, schema["properties"][missing]), missing)
    elif "propertyNames" in wrong.keyword:
        key = wrong.error.kind.error.instance
        problem = schema["x-problem"].replace("{}", f"'{key}'")
        expected = schema["x-expected"]
    else:
        problem, expected, advice = _of_value(schema, wrong, value, _item(at, listed), listed)
    name = str(at[-2]) if len(at) > 1 else ""
    dotted = _dotted(at if listed is None else at[:listed], key if listed is None else "")
    told = top.error(dotted, problem, expected=expected.replace("{name}", name), advice=advice)
    line = inf if told.where is None or told.where.line is None else told.where.line
    # Of two that say the same of a key, the one that knows more says what fewer keys there are.
    return (_RANKS.get(wrong.kind, _OTHERS), line, len(told.expected)), told


def _of_value(schema: dict[str, Any], wrong: _Wrong, value: Any, item: str, listed: int | None) -> tuple[str, str, str]:
    """Return what is wrong with a value, what would be right, and advice."""
    expected = schema.get("x-expected") or _expected(schema)
    choices = schema.get("enum", ())
    advice = did_you_mean(value, choices) if isinstance(value, str) else ""
    path = wrong.at if listed is None else wrong.at[listed + 1 :]
    name = f"'{'.'.join(map(str, path if listed is not None else path[-1:]))}'"
    if item:
        name = f"{item}: {name}" if path else item
    if schema.get("x-what"):
        name = f"{schema['x-what']} {name}"
        advice = "" if isinstance(value, str) else f"Write it as a string: {wrong.at[-1]} = {_quoted(value)}"
    if (wrong.kind == "pattern" and not value.strip()) or wrong.kind == "minProperties":
        return f"{name} is empty.", expected, advice
    if wrong.kind != "type" and "x-problem" in schema:
        problem = schema["x-problem"].replace("{}", format_value(value))
        return f"{item}: {problem[0].lower()}{problem[1:]}" if item else problem, expected, advice
    return f"{name} is {format_value(value)}.", expected, advice


def _expected(schema: dict[str, Any]) -> str:
    """Return what a schema asks for, in words."""
    if "enum" in schema:
        return one_of(schema["enum"])
    kind = schema.get("type", "object")
    if "minProperties" in schema:
        return f"a table with {one_of(schema['properties'])}"
    if "minimum" in schema and "maximum" in schema:
        return f"{_WORDS[kind]} from {schema['minimum']} to {schema['maximum']}"
    return _WORDS.get(kind, "")


def _example(schema: dict[str, Any], key: str) -> str:
    """Return a line that has a key."""
    if schema.get("type") == "array":
        return str(schema["x-expected"])
    examples = schema.get("examples") or [schema.get("x-expected") or _expected(schema)]
    return f"{key} = {json.dumps(examples[0])}"


def _resolved(root: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return what a schema refers to, with what it says itself."""
    found = referred(schema, targets_in(root))
    return schema if found is MISSING else {**found, **schema}


def _value(whole: Any, path: Sequence[str | int]) -> Any:
    for part in path:
        whole = whole[part]
    return whole


def _item(at: Path_settings_schema, listed: int | None) -> str:
    if listed is None:
        return ""
    number = at[listed]
    assert isinstance(number, int)  # noqa: S101 -- it was looked for
    return f"Number {number + 1} of '{at[listed - 1]}'"


def _table(at: Path_settings_schema) -> str:
    return f"[{_dotted(at)}]" if at else "the settings"


def _dotted(at: Path_settings_schema, key: str = "") -> str:
    return ".".join([*map(str, at), *([key] if key else [])])


def _quoted(value: Any) -> str:
    return json.dumps(str(value).lower() if isinstance(value, bool) else str(value))
