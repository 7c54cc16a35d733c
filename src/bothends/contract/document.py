"""A file of the contract: its JSON value, and the line of everything in it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bothends.contract.json_text import parse_json
from bothends.contract.marks import Mark, TextError, line_at
from bothends.contract.yaml_text import parse_yaml
from bothends.errors import ContractError, Location

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Document:
    """One file, read.

    Attributes:
        file: The file, as the user named it, or as a reference led to it.
        value: What it holds: JSON values, with strings as keys.
        text: The file's text.
        mark: Where things stand in it.
    """

    file: Path
    value: Any
    text: str = field(repr=False)
    mark: Mark = field(repr=False)

    def line(self, pointer: str) -> int | None:
        """Return the line of what stands at a JSON pointer, or of the nearest thing that holds it."""
        return line_at(self.mark, pointer)

    def location(self, pointer: str) -> Location:
        """Return the place of what stands at a JSON pointer."""
        return Location(self.file, pointer, self.line(pointer))


def read_text(file: Path, *, what: str, advice: str = "") -> str:
    """Return the text of a file, without a byte order mark.

    Args:
        file: The file.
        what: What the file is, for the message: `The spec`.
        advice: What to do when there is no such file.

    Raises:
        ContractError: There is no such file, or it can't be read, or it is not UTF-8.
    """
    try:
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise ContractError(f"{what} does not exist.", where=Location(file), advice=advice) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ContractError(f"{what} is not UTF-8 text.", where=Location(file, line=line), expected="UTF-8") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise ContractError(f"{what} can't be read: {reason}.", where=Location(file), advice=advice) from error


def _refuse_what_json_lacks(value: Any) -> None:
    """Refuse what escapes and huge exponents can make of a text that is well-formed."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError as error:
        raise TextError("a string holds half of a surrogate pair", None) from error
    except ValueError as error:
        raise TextError("a number is too large", None) from error


def read_document(file: Path, *, what: str = "The file", advice: str = "") -> Document:
    """Read a YAML or JSON file.

    Args:
        file: The file; one whose name ends in `.json` is JSON, any other is YAML.
        what: What the file is, for the message.
        advice: What to do when there is no such file.

    Raises:
        ContractError: It can't be read, or its text is not YAML or JSON, or is empty.
    """
    text = read_text(file, what=what, advice=advice)
    is_json = file.suffix.lower() == ".json"
    try:
        value, mark = (parse_json if is_json else parse_yaml)(text)
        _refuse_what_json_lacks(value)
    except TextError as error:
        kind = "JSON" if is_json else "YAML"
        where = Location(file, error.pointer, error.line)
        raise ContractError(f"{what} is not {kind} as bothends reads it: {error.problem}.", where=where) from error
    return Document(file, value, text, mark)
