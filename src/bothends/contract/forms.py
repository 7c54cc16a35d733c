"""Bodies that are forms: `application/x-www-form-urlencoded` and `multipart/form-data`.

A form has texts and nothing else: what type a value is of, the schema says. Nested values are written in brackets, as
`deepObject` has it (OpenAPI 3.1.0, section 4.8.12.3) and as most frameworks read it: `card[number]=1`,
`items[0][price]=2`, `tags[]=a`. A list may also be a name that stands there several times.
"""

from __future__ import annotations

import contextlib
import json
import re
from email import policy
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from bothends.contract.media_types import is_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

URL_ENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

_MOST_PARTS = 10_000
_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_IN_BRACKETS = re.compile(r"\[([^\[\]]*)\]")


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
        match = _KEY.fullmatch(name)
        keys = [name] if match is None else [match[1], *_IN_BRACKETS.findall(match[2])]
        _put(found, keys, value)
    return {name: _lists(value) for name, value in found.items()}


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
