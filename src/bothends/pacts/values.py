"""The example bodies of a pact, taken out of what the version of the file wraps them in.

The rules are Pact's own (`pact_models`, `http_utils` and `v4/http_parts`), so that what is read here is what
the library sends and compares:

- Up to V3 a body is a JSON value as it stands; null and an empty text mean that there is no body.
- In V4 it is `{content, contentType, encoded}`; `encoded` is false, `JSON` or `base64`.
- A text under a JSON media type is the text of the body where it is JSON, and a JSON string where it is not.
"""

from __future__ import annotations

import base64
import binascii
import copy
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bothends.contract.messages import is_json
from bothends.documents import parse_json
from bothends.records import MISSING
from bothends.schemas import Schema, also, walk

if TYPE_CHECKING:
    from collections.abc import Mapping


def plain_body(body: Any, media_type: str | None) -> Any:
    """Return the example of a body up to V3: a JSON value, a text that is no JSON, or `MISSING` for no body."""
    if body is MISSING or body is None or body == "":
        return MISSING
    return _unpacked(body, media_type)


def wrapped_body(body: Any, media_type: str | None) -> Any:
    """Return the example of a body of V4.

    Args:
        body: What stands in the file, `{content, contentType, encoded}`; `MISSING` when nothing does.
        media_type: The media type that a header gives; the body's own comes first.

    Returns:
        A JSON value, a text that is no JSON, bytes where it is `base64`, or `MISSING` for no body.

    Raises:
        ValueError: It is wrapped in something else, or is not the base64 that it says it is.
    """
    if body is MISSING or body is None:
        return MISSING
    if not isinstance(body, dict):
        raise ValueError("a body of V4 is {content, contentType, encoded}")  # noqa: TRY004 -- a file, not a call
    content = body.get("content", MISSING)
    if content is MISSING or content == "":
        return MISSING
    encoding = body.get("encoded", False)
    if encoding is True or (isinstance(encoding, str) and encoding.lower() == "base64"):
        if not isinstance(content, str):
            raise ValueError("base64 content is a text")
        return _decoded(content)
    if isinstance(encoding, str) and encoding.lower() == "json":
        return content
    return _unpacked(content, wrapped_media_type(body) or media_type)


def wrapped_media_type(body: Any) -> str | None:
    """Return the media type that a body of V4 has with it; None when it has none."""
    own = body.get("contentType") if isinstance(body, dict) else None
    return own if isinstance(own, str) and own else None


def header_value(headers: Mapping[str, Any], name: str) -> str | None:
    """Return the first value of a header of a pact, or None; a value is a text or a list of texts."""
    for key, value in headers.items():
        if key.lower() == name and value:
            return str(value[0] if isinstance(value, list) else value)
    return None


def json_or_text(text: str) -> Any:
    """Return the JSON value of a text; the text itself where it is not JSON that every reader takes alike.

    Source: I-JSON (RFC 7493, section 2): no key twice, no half of a surrogate pair, no huge number.
    """
    try:
        value, _ = parse_json(text)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        # No JSON, so by Pact's rule it is the JSON string itself.
        return text
    return value


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("it is not base64") from error


def _unpacked(content: Any, media_type: str | None) -> Any:
    if not isinstance(content, str) or media_type is None or not is_json(media_type):
        return content
    return json_or_text(content)


# Schemas for examples that name only a part of a value.
#
# A consumer's example holds what that consumer reads, and nothing else (Postel's law, on which Pact
# rests). So what a schema says about what is *not* there is left out: `required` and its kin. What it says
# about each value that *is* there stays: types, constants, closed objects.

# These judge what is absent, or how many there are: an example of a list has one item for all of them, or
# several that are alike.
_ABSENCE = ("required", "dependentRequired", "minProperties", "minItems", "contains", "minContains", "maxContains")
# These turn a judgement round, or hang on one: with `required` gone they would say something else.
_TURNED = ("not", "if", "then", "else", "uniqueItems")


@lru_cache(maxsize=64)
def for_parts(schema: Schema) -> Schema:
    """Return a schema that takes any part of what a schema takes."""
    raw: dict[str, Any] = copy.deepcopy(schema.raw)
    for _, each in list(walk(raw)):
        for keyword in (*_ABSENCE, *_TURNED):
            each.pop(keyword, None)
        if "oneOf" in each:
            # A part of a value may fit several branches, of which the whole fits one.
            each.update(also(each, {"anyOf": each.pop("oneOf")}))
    return Schema(raw, schema.pointer)
