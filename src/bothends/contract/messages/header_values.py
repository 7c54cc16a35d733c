"""Values of headers: the style `simple` of OpenAPI (3.1.0, sections 4.8.12.3 and 4.8.21), or a media type.

A header is a text. What it stands for, its schema says: `5` is a number and a text, `a, b` a list and a text. How flags
and lists are written is not said to the last letter, and libraries differ: so each usual reading counts.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from bothends.contract.messages.forms import form_text, typed
from bothends.schemas import targets_in

if TYPE_CHECKING:
    from collections.abc import Iterator

_FLAGS = {"true": True, "false": False, "null": None, "": None}
_INTEGER = re.compile(r"[+-]?[0-9]{1,300}")
_NUMBER = re.compile(r"[+-]?[0-9]{0,300}\.?[0-9]{1,300}([eE][+-]?[0-9]{1,2})?")
# A list is cut at its commas, those within quotes left out (RFC 9110, section 5.6.1).
_ITEM = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^,])+')


def header_readings(text: str, schema: Any, *, explode: bool = False) -> Iterator[Any]:
    """Yield each value that the text of a header may stand for, the text itself first.

    Args:
        text: The text.
        schema: One that stands alone, as JSON: by it, items and members are read.
        explode: Whether an object is written as `name=value,name=value`.
    """
    target = targets_in(schema)
    for each in dict.fromkeys((text, unquote(text), _utf_8(text))):
        yield each
        yield from _scalars(each)
        for items in _lists(each):
            yield items
            yield typed(items, schema, target)
            members = _members(items, explode=explode)
            if members is not None:
                yield members
                yield typed(members, schema, target)


def _utf_8(text: str) -> str:
    """Return a text whose bytes were taken for Latin-1, as headers are, as the UTF-8 that it may be."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def _scalars(text: str) -> Iterator[Any]:
    """Yield a text as the number or the flag that it may be; some libraries write a flag as Python does."""
    if text.lower() in _FLAGS:
        yield _FLAGS[text.lower()]
    if _INTEGER.fullmatch(text):
        yield int(text)
    elif _NUMBER.fullmatch(text):
        yield float(text)


def _lists(text: str) -> Iterator[list[str]]:
    cut = [each.strip(" \t") for each in text.split(",")]
    yield cut
    quoted = [each.strip(" \t") for each in _ITEM.findall(text)]
    if quoted != cut:  # so it is of an empty text, too
        yield quoted


def _members(items: list[str], *, explode: bool) -> dict[str, str] | None:
    if explode:
        pairs = [each.partition("=") for each in items]
        return {name: value for name, _, value in pairs} if all(equals for _, equals, _ in pairs) else None
    return dict(zip(items[::2], items[1::2], strict=True)) if len(items) % 2 == 0 else None


def header_text(value: Any, *, explode: bool = False) -> str:
    """Return a value as a header has it, in the style `simple`."""
    if isinstance(value, list):
        return ",".join(map(form_text, value))
    if isinstance(value, dict):
        between = "=" if explode else ","
        return ",".join(f"{name}{between}{form_text(each)}" for name, each in value.items())
    return value if isinstance(value, str) else json.dumps(value)
