"""Whether a request is the one that a pact promises: judged by Pact's own mock server.

The library makes a mock server of what a test tells it, not of a file. So the expected request is taken out of
the file here as the library itself would read it (`pact_models`), and told to it piece by piece. The matching
rules go as they are: it reads those of every version.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote_plus

from bothends.contract.messages import is_json
from bothends.errors import BothendsError
from bothends.pacts.loopback import end_to_end
from bothends.records import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bothends.pacts.model import Interaction
    from bothends.records import Request


# What Pact's library found, as records: what was expected beside what was seen.

_TEXT_LIMIT = 4000
_NOTHING = "nothing"

# The library's names of mismatches (`Mismatch::to_json` in pact_matching), in the order that a person reads them:
# the kind here, what the name of the place begins with, and which attribute holds the rest of it.
_KINDS: Mapping[str, tuple[str, str, str]] = {
    "MethodMismatch": ("method", "method", ""),
    "PathMismatch": ("path", "path", ""),
    "QueryMismatch": ("query", "query ", "parameter"),
    "StatusMismatch": ("status", "status", ""),
    "HeaderMismatch": ("header", "header ", "key"),
    "MetadataMismatch": ("metadata", "metadata ", "key"),
    "BodyTypeMismatch": ("body-type", "body", ""),
    "BodyMismatch": ("body", "", "path"),
}
_ORDER = {kind: place for place, (kind, _, _) in enumerate(_KINDS.values())}


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing in which what was seen is not what a pact promises.

    Attributes:
        kind: `method`, `path`, `query`, `status`, `header`, `metadata`, `body-type`, `body`, `answer` or
            `no-answer`.
        where: Where in the message: `status`, `header Content-Type`, `$.user.name` (Pact's path in the body).
        expected: What the pact promises; `nothing` where it promises none.
        actual: What was seen; `nothing` where there was none.
        text: The library's own sentence.
    """

    kind: str
    where: str
    expected: str
    actual: str
    text: str


class PactNotProven(BothendsError):  # noqa: N818 -- the word of the reports: neither held nor broken
    """An interaction was neither held nor broken: the library passed it without having looked."""

    exit_code: ClassVar[int] = 4
    fault: ClassVar[str] = "contract"


def translate(found: Iterable[Mapping[str, Any]]) -> list[Mismatch]:
    """Return the mismatches of the library's JSON, which has them in any order, as records in always the same."""
    return sorted(
        (_mismatch(item) for item in found),
        key=lambda item: (_ORDER.get(item.kind, len(_ORDER)), item.where, item.text),
    )


def _mismatch(item: Mapping[str, Any]) -> Mismatch:
    name = str(item.get("type", ""))
    kind, begin, attribute = _KINDS.get(name, (name, "", "path"))
    return Mismatch(
        kind=kind,
        where=f"{begin}{item.get(attribute, '')}".strip(),
        expected=format_value(item.get("expected")),
        actual=format_value(item.get("actual")),
        text=str(item.get("mismatch", "")),
    )


def format_value(value: Any) -> str:
    """Return a value of the library's JSON for a person: texts as they are, long ones cut, none as `nothing`."""
    if value is None or value == "":
        return _NOTHING
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _TEXT_LIMIT else f"{text[:_TEXT_LIMIT]}…"


def expected_request(interaction: Interaction) -> dict[str, Any]:
    """Return the request of an HTTP interaction as the library's process takes it.

    Returns:
        `method`, `path`, `query` (name, index, value or None), `headers` (name, text or list of texts),
        `content_type`, `body` (base64; None: any body will do) and `rules`.
    """
    request = interaction.value.get("request") or {}
    media_type = interaction.request_media_type or _media_type(interaction.request_body)
    body = _body(request, interaction.request_body, media_type)
    return {
        "method": interaction.method,
        "path": interaction.path,
        "query": list(_query(request.get("query") or {})),
        "headers": [(name, _header(value)) for name, value in (request.get("headers") or {}).items()],
        "content_type": media_type,
        "body": None if body is None else base64.b64encode(body).decode("ascii"),
        "rules": request.get("matchingRules") or {},
    }


def wire(request: Request) -> bytes:
    """Return a request as bytes for the mock server: all that it is about, on a connection of its own."""
    body = request.body or b""
    lines = [f"{request.method} {request.target} HTTP/1.1", "host: 127.0.0.1", "connection: close"]
    lines.extend(f"{name}: {value}" for name, value in end_to_end(request.headers))
    if request.body is not None:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def request_mismatches(interaction: Interaction, request: Request, found: list[Mapping[str, Any]]) -> list[Mismatch]:
    """Return the mismatches in what was sent to the mock server, by its own report.

    The report has one entry for the request, and one if no request was the expected one.
    """
    for entry in found:
        if entry.get("type") == "request-mismatch":
            named = {name.lower() for name, _ in interaction.request_headers}
            wrong = (item for item in entry["mismatches"] if not _own_header(item, named))
            return translate(wrong)
    return _other_request(interaction, request)


def _own_header(item: Mapping[str, Any], named: set[str]) -> bool:
    """Whether it is about a `Content-Type` that the pact does not ask for: the library adds one to each body."""
    return (
        item.get("type") == "HeaderMismatch"
        and str(item.get("key")).lower() == "content-type"
        and "content-type" not in named
    )


def _other_request(interaction: Interaction, request: Request) -> list[Mismatch]:
    """Say in what a request differs that the mock server took for another one: its method, or its path."""
    if request.method != interaction.method:
        return [
            Mismatch(
                "method",
                "method",
                interaction.method,
                request.method,
                f"Expected the method {interaction.method} but it was {request.method}",
            )
        ]
    path = request.target.partition("?")[0]
    rules = (interaction.value.get("request") or {}).get("matchingRules") or {}
    rule = rules.get("path") or rules.get("$.path")
    expected = interaction.path if rule is None else f"{interaction.path}, by the rule {json.dumps(rule)}"
    return [Mismatch("path", "path", expected, path, f"Expected the path {expected} but it was {path}")]


def _query(query: Any) -> Iterator[tuple[str, int, str | None]]:
    """Yield each value of the query: up to V2 it is a text, since V3 the values by name."""
    pairs = _pairs(query) if isinstance(query, str) else _listed(query)
    seen: dict[str, int] = {}
    for name, value in pairs:
        seen[name] = seen.get(name, -1) + 1
        yield name, seen[name], value


def _pairs(query: str) -> Iterator[tuple[str, str | None]]:
    for part in filter(None, query.split("&")):
        name, equals, value = part.partition("=")
        yield unquote_plus(name), unquote_plus(value) if equals else None


def _listed(query: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    for name, values in query.items():
        for value in values if isinstance(values, list) else [values]:
            yield name, None if value is None else str(value)


def _header(value: Any) -> str | list[str]:
    """Return a header's value: a list is taken value by value, a text is parsed by the library."""
    return [str(item) for item in value] if isinstance(value, list) else str(value)


def _body(request: Mapping[str, Any], example: Any, media_type: str) -> bytes | None:
    """Return the expected body's bytes; none at all must come where the pact says null or an empty text."""
    if example is MISSING:
        return b"" if "body" in request else None
    if isinstance(example, bytes):
        return example
    if isinstance(example, str) and not is_json(media_type):
        return example.encode("utf-8", "surrogatepass")
    return json.dumps(example).encode("ascii")


def _media_type(example: Any) -> str:
    """Return what the library would take a body for when nothing says what it is."""
    if isinstance(example, bytes):
        return "application/octet-stream"
    if isinstance(example, str):
        return "application/xml" if example.lstrip().startswith("<?xml") else "text/plain"
    return "application/json"
