"""Holds a request to the contract: its parameters, its media type, its body; and reads what its caller prefers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from bothends.contract.messages import as_text, best_match, is_form, is_json, parse_media_type, read_form, typed
from bothends.contract.terms import BODY_TOO_LARGE, INVALID_BODY, MALFORMED_BODY, SIGNED_OUT, UNSUPPORTED_MEDIA_TYPE
from bothends.mock.mistakes import Judged
from bothends.mock.validators import CONDITIONS
from bothends.records import MISSING
from bothends.schemas import fits_schema, in_place, targets_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bothends.contract import BodyExample, BodyRule, Operation, Parameter
    from bothends.mock.exchange import Exchange
    from bothends.schemas import Schema
    from bothends.world import Received

_UTF_8 = (None, "utf-8", "utf8")
# OpenAPI reserves these header parameters for itself (3.1.0, section 4.8.12.2).
_RESERVED = frozenset({"accept", "content-type"})
_CREDENTIAL = "authorization"
PARAMETER = "parameter"
"""What is wrong with a request where no family is about it: a parameter is missing, or not what its schema asks for."""


class WrongError(Exception):
    """What is wrong with a request.

    Args:
        families: The families of `x-given` that may be answered, the likeliest first; or `PARAMETER`.
        detail: What is wrong, for a person to read; no value of the request.
        place: Of a parameter, where it is.
        judged: The value that its schema refused, or that is missing; None: something else is wrong.
    """

    def __init__(self, families: tuple[str, ...], detail: str, place: str = "", judged: Judged | None = None) -> None:
        super().__init__(detail)
        self.families = families
        self.detail = detail
        self.place = place
        self.judged = judged


def check_parameters(
    operation: Operation, message: Received, path: Mapping[str, str], cookies: Mapping[str, str]
) -> None:
    """Check the parameters.

    Raises:
        WrongError: One is missing, or is not what its schema asks for.
    """
    query = parse_qs(message.query, keep_blank_values=True) if operation.parameters else {}
    for one in operation.parameters:
        if one.location == "header" and one.name.lower() in _RESERVED:
            continue
        if one.location == "header" and one.name.lower() == _CREDENTIAL:
            # OpenAPI has it ignored; documents have it for a credential, which has to be there.
            if one.required and message.header(_CREDENTIAL) is None:
                raise WrongError((SIGNED_OUT,), "there is no credential", _CREDENTIAL)
            continue
        text = _text(one, message, path, query, cookies)
        if text is None:
            # An object's members may stand there under their own names.
            if one.required and not (one.location == "query" and _is_of_parts(one.schema)):
                is_condition = one.location == "header" and one.name.lower() in CONDITIONS
                place = one.name.lower() if is_condition else one.location
                detail = f"the {one.location} parameter {one.name} is missing"
                raise WrongError((PARAMETER,), detail, place, Judged(None, (), one.location, one.name))
        elif not _is_of_parts(one.schema) and not _fits(one, text):
            detail = f"the {one.location} parameter {one.name} does not match its schema"
            raise WrongError((PARAMETER,), detail, one.location, _judged(one, text))


def examples_of(exchange: Exchange) -> frozenset[str]:
    """Return the names of the examples of parameters and of the body that a request is."""
    operation, message = exchange.operation, exchange.message
    query = parse_qs(message.query, keep_blank_values=True)
    found = {example.name for example in operation.examples if example.value == exchange.body}
    for one in operation.parameters:
        text = _text(one, message, exchange.path, query, {}) if one.examples else None
        found |= {name for name, value in one.examples if text is not None and as_text(value) == text}
    return frozenset(found)


def _fits(one: Parameter, text: str) -> bool:
    """Return whether the text of a parameter is what its schema asks for; formats count as in a body."""
    return fits_schema(one.schema, text, formats=True) or (_is_loose(one) and fits_schema(one.schema, text))


def _is_loose(one: Parameter) -> bool:
    """Return whether the parameter's own example does not follow its format."""
    own = one.example_text
    return own is not None and fits_schema(one.schema, own) and not fits_schema(one.schema, own, formats=True)


def _judged(one: Parameter, text: str) -> Judged | None:
    if one.schema is None:
        return None
    values: list[Any] = [text]
    if _types(one.schema) & {"integer", "number", "boolean"} and (found := read_json(text.encode())) is not MISSING:
        values.insert(0, found)
    return Judged(one.schema, tuple(values), one.location, one.name, formats=not _is_loose(one))


def _text(
    one: Parameter,
    message: Received,
    path: Mapping[str, str],
    query: Mapping[str, list[str]],
    cookies: Mapping[str, str],
) -> str | None:
    match one.location:
        case "path":
            return path.get(one.name)
        case "query":
            return query.get(one.name, [None])[0] if one.name in query else None
        case "cookie":
            return cookies.get(one.name)
        case _:
            return message.header(one.name.lower())


def _types(schema: Schema | None) -> set[str]:
    """Return the types of the schema of a parameter, as far as they are said at its top or behind references."""
    found: set[str] = set()
    for part in () if schema is None else in_place(schema.raw, targets_in(schema.raw)):
        types = part.get("type", ())
        found |= {types} if isinstance(types, str) else set(types)
        found |= {"object"} if "properties" in part else set()
        found |= {"array"} if "items" in part else set()
    return found


def _is_of_parts(schema: Schema | None) -> bool:
    """Return whether a parameter may be a list or an object: how it is written, its style says, which is not read."""
    return bool(_types(schema) & {"array", "object"})


def read_body(rule: BodyRule | None, message: Received, examples: Sequence[BodyExample] = ()) -> Any:
    """Return the value of a body; MISSING: there is none, or it is none that has a value.

    Args:
        rule: What the operation takes; None: no body.
        message: The request.
        examples: Examples of the body.

    Raises:
        WrongError: It is not what the contract asks for.
    """
    body = message.body
    if rule is None:
        return MISSING
    if not body:
        if rule.required:
            families = (INVALID_BODY, MALFORMED_BODY, UNSUPPORTED_MEDIA_TYPE)
            raise WrongError(families, "there is no body", judged=Judged(None, ()))
        return MISSING
    if rule.max_bytes is not None and len(body) > rule.max_bytes:
        raise WrongError((BODY_TOO_LARGE,), f"the body is over {rule.max_bytes} bytes")
    declared = _media_type(rule, message)
    schema = rule.content[declared]
    if is_form(declared):
        return _form(schema, message, examples)
    if not is_json(declared) and not ("*" in declared and is_json(message.header("content-type") or "")):
        return _other(schema, body)
    value = read_json(body)
    if value is MISSING:
        raise WrongError((MALFORMED_BODY, INVALID_BODY), f"the body is not JSON{_where_not_json(body)}")
    if schema is not None and not _is_right(schema, value, examples):
        raise _refused(schema, value, examples)
    return value


def _refused(schema: Schema, value: Any, examples: Sequence[BodyExample]) -> WrongError:
    judged = Judged(schema, (value,), formats=not _are_loose(schema, examples))
    return WrongError((INVALID_BODY, MALFORMED_BODY), "the body is not what its schema asks for", judged=judged)


def _where_not_json(body: bytes) -> str:
    """Return where a text stops to be JSON, behind a colon; empty where nobody knows."""
    try:
        _DECODER.decode(body.decode())
    except json.JSONDecodeError as error:
        return f": {error.msg} at line {error.lineno}, column {error.colno}"
    except UnicodeDecodeError as error:
        return f": it is not UTF-8 at byte {error.start + 1}"
    except (ValueError, RecursionError):
        return ""
    return ""


def _is_right(schema: Schema, value: Any, examples: Sequence[BodyExample]) -> bool:
    """Return whether a value is what a schema asks for.

    Formats count, as in most frameworks; where an example of the contract does not follow them, they do not.
    """
    if not schema.is_valid(value):
        return False
    if not schema.has_formats or schema.is_valid_with_formats(value):
        return True
    return _are_loose(schema, examples)


def _are_loose(schema: Schema, examples: Sequence[BodyExample]) -> bool:
    """Return whether an example does not follow the formats of its schema."""
    return any(schema.is_valid(each.value) and not schema.is_valid_with_formats(each.value) for each in examples)


def _media_type(rule: BodyRule, message: Received) -> str:
    """Return the declared media type that the body is of.

    Raises:
        WrongError: It is of none.
    """
    codings = message.all("content-encoding")
    named = message.all("content-type")
    said = parse_media_type(named[0]) if len(named) == 1 else None
    if any(each.strip().lower() not in ("", "identity") for each in codings):
        raise WrongError((UNSUPPORTED_MEDIA_TYPE,), "the body is in a content coding")
    if said is None or not said.well_formed or (said.charset not in _UTF_8):
        raise WrongError((UNSUPPORTED_MEDIA_TYPE, MALFORMED_BODY), "the body has no media type, or no right one")
    declared = best_match(said.essence, rule.content)
    if declared is None:
        taken = " or ".join(rule.content)
        raise WrongError((UNSUPPORTED_MEDIA_TYPE,), f"the body is of another media type: it has to be {taken}")
    return declared


def read_json(body: bytes) -> Any:
    """Return the value of a JSON text in UTF-8; MISSING: it is none that every reader takes."""
    try:
        value = _DECODER.decode(body.decode())
        if _SUSPICIOUS.search(body) is not None:
            json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return MISSING
    return value


def _no_constant(text: str) -> None:
    raise ValueError(text)


_DECODER = json.JSONDecoder(parse_constant=_no_constant)
# What may be half of a surrogate pair, or a number that became infinite.
_SUSPICIOUS = re.compile(rb"\\u[dD][89a-fA-F]|[0-9][eE]\+?0*[0-9]{3}|[0-9]{300}")


def _form(schema: Schema | None, message: Received, examples: Sequence[BodyExample]) -> Any:
    written = read_form(message.body or b"", message.header("content-type") or "")
    if written is None:
        raise WrongError((MALFORMED_BODY, INVALID_BODY), "the body is no form")
    if schema is None:
        return written
    value = typed(written, schema.raw, targets_in(schema.raw))
    if not _is_right(schema, value, examples):
        raise _refused(schema, value, examples)
    return value


def _other(schema: Schema | None, body: bytes) -> Any:
    if schema is None or _types(schema) != {"string"}:
        return MISSING
    try:
        return body.decode()
    except UnicodeDecodeError:
        return MISSING


# What a caller prefers (RFC 7240): `Prefer: code=503`, `Prefer: example=NAME`.

_PREFERENCE = re.compile(r'\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*))?\s*(?:;[^,]*)?')


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a caller prefers.

    Attributes:
        code: The status of the answer; None: the usual one.
        example: The name of an example of the answer; empty: the usual one.
    """

    code: int | None = None
    example: str = ""


def preferences(message: Received) -> Preferences:
    """Return the preferences of a request; what is not known, or malformed, is ignored as section 2 has it."""
    found: dict[str, str] = {}
    for value in message.all("prefer"):
        for part in _split(value):
            match = _PREFERENCE.fullmatch(part)
            if match is not None:
                text = match[2] or ""
                text = re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text
                found.setdefault(match[1].lower(), text)
    code = found.get("code", "")
    is_status = code.isascii() and code.isdigit() and 200 <= int(code[:4]) <= 599  # noqa: PLR2004 -- RFC 9110 section 15
    return Preferences(int(code) if is_status else None, found.get("example", ""))


def _split(value: str) -> list[str]:
    """Return the elements of a list; a comma within quotes parts none."""
    return re.findall(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+', value)
