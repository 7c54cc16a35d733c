"""A place in requests where a value stands: a part of the path, the query, a header, the body. It is read and written.

What is written leaves all else of a request as it was, odd spellings and all.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote_plus, unquote_to_bytes

from bothends.contract.messages.forms import MULTIPART, URL_ENCODED, form_text, keys_of, with_parts
from bothends.contract.messages.media_types import is_json
from bothends.contract.messages.path_templates import with_path_value
from bothends.records import MISSING, join, resolve, split, with_value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bothends.records import Request


class Change(Protocol):
    """Returns what is to stand at a place, by what stands there."""

    def __call__(self, value: Any, *, as_text: bool) -> Any:
        """Return the value in place of one that is written as a text, or as JSON, which has types."""


def always(new: Any) -> Change:
    """Return the change to one value, whatever stands there."""

    def change(value: Any, *, as_text: bool) -> Any:  # noqa: ARG001 -- whatever it is
        return new

    return change


@dataclass(frozen=True, slots=True)
class RequestPlace:
    """A place in requests.

    Attributes:
        part: `path`, `query`, `header` or `body`.
        name: Name of the parameter or the header, or JSON pointer into the body.
    """

    part: str
    name: str

    def read(self, request: Request, path: str = "") -> list[Any]:
        """Return what stands there: nothing, one value, or several of one name.

        Args:
            request: The request; raw bytes are not looked at.
            path: The operation's path, with its `{parameters}`, to read one of these.
        """
        found: list[Any] = []

        def note(value: Any, *, as_text: bool) -> Any:  # noqa: ARG001 -- either way
            found.append(value)
            return value

        self.changed(request, note, path)
        return found

    def changed(self, request: Request, change: Change, path: str = "") -> Request | None:
        """Return a request with other values there, all else as it is written; None: its body can't be written so.

        Args:
            request: The request; raw bytes stay.
            change: The change.
            path: The operation's path, with its `{parameters}`, to write one of these.
        """

        def text(old: str) -> str:
            return form_text(change(old, as_text=True))

        match self.part:
            case "path":
                target = with_path_value(path, request.target, self.name, text)
                return request if target == request.target else replace(request, target=target)
            case "query":
                head, mark, query = request.target.partition("?")
                fields = query.encode("utf-8", "surrogatepass")
                changed = _in_fields(fields, lambda name, old: text(old) if name == self.name else old)
                target = f"{head}{mark}{changed.decode('utf-8', 'surrogatepass')}"
                return request if changed == fields else replace(request, target=target)
            case "header":
                name = self.name.lower()
                headers = tuple((key, text(old) if key.lower() == name else old) for key, old in request.headers)
                return request if headers == request.headers else replace(request, headers=headers)
        if not request.body:
            return request
        body = _in_body(request.body, media_type_of(request), split(self.name), change)
        return None if body is None else request if body == request.body else replace(request, body=body)

    def rewritten(self, request: Request, change: Change, path: str = "") -> Request:
        """Return a request with other values there, its JSON body written anew where that can't be left as it is.

        Raw bytes stay. A parameter of the path takes `path`, the operation's with its `{parameters}`.
        """
        found = self.changed(request, change, path)
        if found is None and (value := json_value(request.body or b"")) is not MISSING:
            found = self.changed(replace(request, body=json_bytes(value)), change, path)
        return request if found is None else found


def media_type_of(request: Request) -> str:
    """Return the media type that a request names, without its parameters; empty if it names none."""
    return (request.header("content-type") or "").partition(";")[0].strip().lower()


def one_byte_chunks(text: bytes) -> bytes:
    """Return how a text stands in a body that is sent in chunks of one byte each, as a case may have it."""
    return b"\r\n1\r\n".join(text[index : index + 1] for index in range(len(text)))


def json_value(body: bytes) -> Any:
    """Return what a body in JSON, in UTF-8, says; MISSING where it is none."""
    try:
        return json.loads(body.decode())
    except (ValueError, RecursionError):
        return MISSING


def json_bytes(value: Any) -> bytes:
    """Return a value as JSON text, in UTF-8."""
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()  # UTF-8 has no half of a pair of surrogates: JSON writes it as an escape


def _in_fields(text: bytes, change: Callable[[str, str], str]) -> bytes:
    """Return a query, or a form that is written as one, with other values in its fields, which are changed by name."""
    fields = text.split(b"&")
    for index, field in enumerate(fields):
        name, _, written = field.partition(b"=")
        old = _unquoted(written)
        new = change(_unquoted(name), old) if field else old
        if new != old:
            fields[index] = name + b"=" + quote_plus(new, errors="surrogatepass").encode()
    return b"&".join(fields)


def _unquoted(text: bytes) -> str:
    return unquote_to_bytes(text.replace(b"+", b" ")).decode("utf-8", "replace")


def _in_body(body: bytes, media_type: str, keys: Sequence[str], change: Change) -> bytes | None:
    if media_type == URL_ENCODED:
        # A name with brackets is one key, or several: forms have no standard for it.
        return _in_fields(
            body, lambda name, text: _in_text(text, [name] if [name] == keys else keys_of(name), keys, change)
        )
    if media_type == MULTIPART:
        return with_parts(body, lambda own, text: _in_text(text, own, keys, change))
    return body if media_type and not is_json(media_type) else _in_json(body, keys, change)


def _in_text(text: str, own: Sequence[str], keys: Sequence[str], change: Change) -> str:
    """Return the text of a field of a form, changed if it is the place, or JSON in which the place is."""
    if own == keys:
        return form_text(change(text, as_text=True))
    if len(own) < len(keys) and list(own) == list(keys[: len(own)]) and text.startswith("{"):
        body = text.encode("utf-8", "surrogateescape")
        changed = _in_json(body, keys[len(own) :], change)
        if changed is None:
            changed = _in_json(json_bytes(json_value(body)), keys[len(own) :], change)
        return text if changed is None else changed.decode("utf-8", "surrogateescape")
    return text


def _in_json(body: bytes, keys: Sequence[str], change: Change) -> bytes | None:
    """Return a JSON text with another value at a place; None where more of it than that would be written anew."""
    value = json_value(body)
    old = MISSING if value is MISSING else resolve(value, join(*keys))
    new = old if old is MISSING else change(old, as_text=False)
    if new is old or (new == old and type(new) is type(old)):
        return body
    wanted = with_value(value, keys, new)
    if body == json_bytes(value):
        return json_bytes(wanted)
    spelt = json_bytes(old)
    changed = body.replace(spelt, json_bytes(new), 1)
    return changed if body.count(spelt) == 1 and json_value(changed) == wanted else None
