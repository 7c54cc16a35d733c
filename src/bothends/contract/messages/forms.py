"""Bodies that are forms: `application/x-www-form-urlencoded` and `multipart/form-data`.

A form has texts and nothing else: what type a value is of, the schema says. Nested values are written in brackets, as
`deepObject` has it (OpenAPI 3.1.0, section 4.8.12.3) and as most frameworks read it: `card[number]=1`,
`items[0][price]=2`, `tags[]=a`. A list may also be a name that stands there several times.

Frameworks differ in what `5.0`, `on`, an empty field and a second field of one name are. The refusal of a form is
certain only where no text in it is one that they read differently.
"""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from bothends.contract.messages.media_types import is_json
from bothends.schemas import in_place, targets_in

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from bothends.schemas import Target

URL_ENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

_MOST_PARTS = 10_000
_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_IN_BRACKETS = re.compile(r"\[([^\[\]]*)\]")


BOUNDARY = "bothends-part"
"""What stands between the parts of a multipart body of ours."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a member of a form is written (OpenAPI 3.1.0, section 4.8.15, Encoding Object).

    Attributes:
        style: `form`, `spaceDelimited`, `pipeDelimited` or `deepObject`; empty: the contract does not say.
        explode: Whether each item of a list is a field of its own; None: as the style has it.
        media_type: The media type of a part; empty: the contract does not say.
    """

    style: str = ""
    explode: bool | None = None
    media_type: str = ""


_PLAIN = Encoding()
_IN_BRACKETS_TOO = Encoding("deepObject")
_BETWEEN = {"spaceDelimited": " ", "pipeDelimited": "|"}


def write_form(
    value: Mapping[str, Any], media_type: str, encodings: Mapping[str, Encoding], files: Iterable[str] = ()
) -> tuple[bytes, str]:
    """Return the body that a form is, and its `Content-Type`; `files` names the members that are files."""
    if media_type.partition(";")[0].strip().lower() == MULTIPART:
        return _multipart(value, encodings, frozenset(files)), f"{MULTIPART}; boundary={BOUNDARY}"
    pairs = [pair for name, each in value.items() for pair in _fields(name, each, encodings.get(name, _PLAIN))]
    return urlencode(pairs).encode(), media_type


def _fields(name: str, value: Any, encoding: Encoding) -> Iterator[tuple[str, str]]:
    """Yield the fields of a member; null has none."""
    if isinstance(value, list):
        yield from _of_list(name, value, encoding)
    elif isinstance(value, dict):
        yield from _of_object(name, value, encoding)
    elif value is not None:
        yield name, form_text(value)


def _of_list(name: str, items: list[Any], encoding: Encoding) -> Iterator[tuple[str, str]]:
    nested_ones = any(isinstance(each, list | dict) for each in items)
    exploded = encoding.style not in _BETWEEN if encoding.explode is None else encoding.explode
    if nested_ones or encoding.style == "deepObject":
        for index, each in enumerate(items):
            yield from _fields(f"{name}[{index}]", each, _IN_BRACKETS_TOO)
    elif exploded:
        yield from ((name, form_text(each)) for each in items)
    elif items:
        yield name, _BETWEEN.get(encoding.style, ",").join(map(form_text, items))


def _of_object(name: str, members: Mapping[str, Any], encoding: Encoding) -> Iterator[tuple[str, str]]:
    if encoding.style != "form":
        for key, each in members.items():
            yield from _fields(f"{name}[{key}]", each, _IN_BRACKETS_TOO)
    elif encoding.explode is not False:
        yield from ((key, form_text(each)) for key, each in members.items())
    elif members:
        yield name, ",".join(part for key, each in members.items() for part in (key, form_text(each)))


def form_text(value: Any) -> str:
    """Return a value as a form has it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _multipart(value: Mapping[str, Any], encodings: Mapping[str, Encoding], files: frozenset[str]) -> bytes:
    found: list[bytes] = []
    for name, each in value.items():
        for item in each if isinstance(each, list) else [each]:
            if item is None:
                continue
            quoted = name.replace("\\", "\\\\").replace('"', '\\"')
            head = f'Content-Disposition: form-data; name="{quoted}"'
            head += _FILE_NAME if name in files else ""
            usual = "application/octet-stream" if name in files else ""
            usual = "application/json" if isinstance(item, list | dict) else usual
            media_type = encodings.get(name, _PLAIN).media_type.partition(",")[0] or usual
            head += f"\r\nContent-Type: {media_type}" if media_type else ""
            content = json.dumps(item, ensure_ascii=False) if is_json(media_type) else form_text(item)
            found.append(f"--{BOUNDARY}\r\n{head}\r\n\r\n{content}\r\n".encode("utf-8", "surrogatepass"))
    return b"".join(found) + f"--{BOUNDARY}--\r\n".encode()


_PART = re.compile(
    rb'(\bname="(?P<name>(?:[^"\\\r\n]|\\.)*)"(?P<more>[^\r\n]*(?:\r\n[^\r\n]+)*)\r\n\r\n)(?P<text>.*?)(?=\r\n--)',
    re.DOTALL,
)
_FILE_NAME = '; filename="file.bin"'
_ESCAPE = re.compile(r"\\(.)")


def with_parts(body: bytes, change: Callable[[list[str], str], str]) -> bytes:
    """Return a multipart body with other texts in its parts, all else as it was written; files stay.

    Args:
        body: The body.
        change: Returns the text of a part by the keys that its name spells, and the text that it has.
    """

    def changed(part: re.Match[bytes]) -> bytes:
        if b"filename=" in part["more"]:
            return part[0]
        text = change(keys_of(_name(part)), part["text"].decode("utf-8", "surrogateescape"))
        return part[1] + text.encode("utf-8", "surrogateescape")

    return _PART.sub(changed, body)


def with_file_names(body: bytes, files: Collection[str]) -> bytes:
    """Return a multipart body in which each part that is a file has a name, without which it is none.

    Source: RFC 7578, section 4.2.
    """

    def named(part: re.Match[bytes]) -> bytes:
        if b"filename" in part["more"] or keys_of(_name(part))[0] not in files:
            return part[0]
        at = part.end("name") + 1 - part.start()
        return part[0][:at] + _FILE_NAME.encode() + part[0][at:]

    return _PART.sub(named, body)


def _name(part: re.Match[bytes]) -> str:
    return _ESCAPE.sub(r"\1", part["name"].decode("utf-8", "surrogateescape"))


def file_members(schema: Any) -> list[str]:
    """Return the members of a form that are files, or lists of them, by a schema that stands alone.

    Source: OpenAPI 3.1.0, section 4.8.14.2.
    """
    target = targets_in(schema)
    members = [(name, each) for part in in_place(schema, target) for name, each in part.get("properties", {}).items()]
    return list(dict.fromkeys(name for name, each in members if _is_file(each, target)))


def _is_file(member: Any, target: Target) -> bool:
    parts = list(in_place(member, target))
    items = [each for part in parts if "items" in part for each in in_place(part["items"], target)]
    return any(each.get("format") == "binary" or "contentMediaType" in each for each in (*parts, *items))


# The values that the texts of a form stand for, by a schema.

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_LOOSE = frozenset({"", "true", "false", "on", "off", "yes", "no", "t", "f", "y", "n", "null", "none", "undefined"})
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?([eE][+-]?[0-9]{1,3})?")


def typed(value: Any, schema: Any, target: Target) -> Any:
    """Return the value that a form stands for, its texts read as the schema has them; what does not fit stays a text.

    Args:
        value: Of a form, as `read_form` returns it.
        schema: The schema at its place.
        target: Where references lead.
    """
    parts = list(in_place(schema, target))
    types = {name for part in parts for name in _types(part)}
    texts = [each for part in parts for each in part.get("enum", [part.get("const")]) if isinstance(each, str)]
    if isinstance(value, dict):
        return {name: typed(each, _member(name, parts), target) for name, each in value.items()}
    items = {"allOf": [part["items"] for part in parts if "items" in part]}
    if isinstance(value, list):
        return [typed(each, items, target) for each in value]
    if not isinstance(value, str) or not types or "string" in types or value in texts:
        return value
    if "array" in types:
        return [typed(value, items, target)]
    return _scalar(value, types)


def may_be_read_otherwise(value: Any) -> bool:
    """Return whether a form has a text that some servers read as a number, a truth value, or nothing at all.

    `5.0`, ` 5`, `1e3`, `True` and `on` are of no type but text in a contract, and of another in many frameworks.
    """
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return any(map(may_be_read_otherwise, inner))
    if not isinstance(value, str) or _INTEGER.fullmatch(value) or value in ("true", "false"):
        return False
    if value.strip().lower() in _LOOSE:
        return True
    try:
        float(value.replace(",", "."))
    except ValueError:
        return False
    return True


def _member(name: str, parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the schema of a member, of which each part of a schema may say something."""
    said = (part.get("properties", {}).get(name, part.get("additionalProperties", True)) for part in parts)
    return {"allOf": list(said)}


def _scalar(text: str, types: set[str]) -> Any:
    if types & {"integer", "number"} and _INTEGER.fullmatch(text):
        return int(text)
    if "number" in types and _NUMBER.fullmatch(text):
        return float(text)
    if "boolean" in types and text in ("true", "false"):
        return text == "true"
    return text


def _types(schema: Mapping[str, Any]) -> list[str]:
    """Return the types that a text may be read as; of a schema that names none, those of its choices but texts."""
    named = schema.get("type", [])
    if not named and ("const" in schema or "enum" in schema):
        values = schema.get("enum", [schema.get("const")])
        return ["boolean" if isinstance(each, bool) else "number" for each in values if not isinstance(each, str)]
    return [named] if isinstance(named, str) else list(named)


def is_form(media_type: str) -> bool:
    """Return whether a media type, or a `Content-Type`, is one of a form."""
    return media_type.partition(";")[0].strip().lower() in (URL_ENCODED, MULTIPART)


def read_form(body: bytes, content_type: str) -> dict[str, Any] | None:
    """Return what a form says: texts, lists and mappings of them; None where it can't be read.

    Args:
        body: The body.
        content_type: The value of `Content-Type`, with the boundary of a multipart body.
    """
    if content_type.partition(";")[0].strip().lower() == MULTIPART:
        parts = _parts(body, content_type)
        return None if parts is None else nested(parts)
    try:
        text = body.decode("utf-8")
        return nested(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARTS))
    except ValueError:
        return None


def nested(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the value that the names of a form spell: brackets are members and items, a name again is a list."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        _put(found, keys_of(name), value)
    return {name: _lists(value) for name, value in found.items()}


def keys_of(name: str) -> list[str]:
    """Return the keys that the name of a field spells: `a[b][0]` is `a`, `b` and `0`."""
    match = _KEY.fullmatch(name)
    return [name] if match is None else [match[1], *_IN_BRACKETS.findall(match[2])]


def _put(holder: dict[str, Any], keys: Sequence[str], value: Any) -> None:
    key, rest = keys[0], keys[1:]
    if not rest:
        # `a[]=1&a[]=2` and `a=1&a=2` say the same.
        holder[key] = value if key not in holder else [*_as_list(holder[key]), value]
        return
    if rest == [""]:
        holder[key] = [*_as_list(holder.get(key, [])), value]
        return
    inner = holder.get(key)
    if not isinstance(inner, dict):
        inner = holder[key] = {}
    _put(inner, rest, value)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _lists(value: Any) -> Any:
    """Return a value with lists where the keys of a mapping are `0`, `1` and so on."""
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(each) for key, each in value.items()}
    return list(inner.values()) if list(inner) == [str(index) for index in range(len(inner))] else inner


def _parts(body: bytes, content_type: str) -> list[tuple[str, Any]] | None:
    # RFC 7578: the parts of a form are those of a MIME message.
    from email import policy  # noqa: PLC0415 -- keeps start-up short: few contracts have a form
    from email.parser import BytesParser  # noqa: PLC0415 -- likewise

    head = f"Content-Type: {content_type}\r\n\r\n".encode("utf-8", "surrogateescape")
    message = BytesParser(policy=policy.HTTP).parsebytes(head + body)
    if not message.is_multipart() or message.defects:
        return None
    found: list[tuple[str, Any]] = []
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(content, bytes):
            return None
        text = content.decode("utf-8", "surrogateescape")
        value: Any = text
        if is_json(part.get_content_type()):
            with contextlib.suppress(ValueError, RecursionError):  # what is no JSON is a text
                value = json.loads(text)
        found.append((name, value))
    return found
