"""Reads and refuses bodies and parameters, as strictly as RFC 8259 and the contract's schemas ask."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import unquote

import jsonschema_rs

from tests.verdicts.kit.values import MISSING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST = 8 << 20


class RefusedError(Exception):
    """A request is refused with a status."""

    def __init__(self, status: int, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(status))
        self.status = status
        self.headers = dict(headers or {})


class Schema:
    """A JSON Schema of a body or of a parameter."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._validator = jsonschema_rs.Draft202012Validator(raw, validate_formats=False)

    def admits(self, value: Any) -> bool:
        """Whether a value is what the schema asks for."""
        try:
            return self._validator.is_valid(value)
        except (ValueError, TypeError, OverflowError):
            return False  # it holds what no other JSON reader could be given: a lone surrogate

    def admits_text(self, text: str) -> bool:
        """Whether the text of a parameter stands for a value that the schema asks for."""
        return any(self.admits(value) for value in readings(text))


def readings(text: str) -> list[Any]:
    """Return what the text of a parameter may stand for: itself, and the number or truth value that it spells."""
    found: list[Any] = [text]
    if text in ("true", "false"):
        found.append(text == "true")
    try:
        number = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return found
    if isinstance(number, int | float) and not isinstance(number, bool):
        found.append(number)
    return found


def read_json(raw: bytes, *, infinite: bool = False) -> Any:
    """Return the value of a JSON text.

    Args:
        raw: The text.
        infinite: Whether a number that is too large becomes infinity, as in most languages.

    Raises:
        RefusedError: 400, it is none that can be told exactly.
    """
    try:
        # Not straight from the bytes: json.loads() would take UTF-16 too.
        value = json.loads(raw.decode(), parse_constant=_refuse, parse_float=float if infinite else _finite)
        # A lone surrogate is no Unicode: whoever the value is sent on to would read another one.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise RefusedError(400) from None
    return value


def check_type(headers: Sequence[tuple[str, str]], *, plus_json: bool = False) -> None:
    """Check that a body says of itself that it is JSON, and nothing else.

    Args:
        headers: The request's headers.
        plus_json: Whether `application/…+json` is JSON too, as several frameworks have it.

    Raises:
        RefusedError: 415, it does not.
    """
    types = [value for name, value in headers if name == "content-type"]
    codings = [value.strip().lower() for name, value in headers if name == "content-encoding"]
    if len(types) != 1 or any(coding != "identity" for coding in codings):
        raise RefusedError(415)
    essence, *parameters = (part.strip().lower() for part in types[0].split(";"))
    charsets = {part.partition("=")[2].strip('"') for part in parameters if part.startswith("charset=")}
    is_json = essence == "application/json" or (plus_json and essence.endswith("+json"))
    if not is_json or not charsets <= {"utf-8"}:
        raise RefusedError(415)


def check_parameters(
    declared: Sequence[Mapping[str, Any]], found: Mapping[str, Mapping[str, str]], *, refuse: int
) -> None:
    """Check the parameters of a query and of the headers.

    Args:
        declared: The contract's Parameter Objects.
        found: The parameters of each location.
        refuse: The status of a refusal.

    Raises:
        RefusedError: One is missing or is not what its schema asks for.
    """
    for parameter in declared:
        where, name = parameter["in"], parameter["name"]
        if where not in found:
            continue
        text = found[where].get(name.lower() if where == "header" else name, MISSING)
        if text is MISSING:
            if parameter.get("required") is True or where == "path":
                raise RefusedError(refuse)
        elif not Schema(parameter.get("schema", True)).admits_text(text):
            raise RefusedError(refuse)


def read_query(raw: bytes) -> dict[str, str]:
    """Return the query's parameters; of one that is there twice, the first.

    Raises:
        RefusedError: 400, it is no UTF-8.
    """
    found: dict[str, str] = {}
    try:
        for part in raw.decode("ascii").split("&") if raw else ():
            name, _, value = part.partition("=")
            text = unquote(value.replace("+", " "), errors="strict")
            found.setdefault(unquote(name.replace("+", " "), errors="strict"), text)
    except UnicodeDecodeError:
        raise RefusedError(400) from None
    return found


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(text)
    return value


def _refuse(name: str) -> NoReturn:
    """Refuse `NaN` and its like, which Python takes for JSON."""
    raise ValueError(name)
