"""One request and what is known of it, and where the values of an `x-from` come from."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from bothends.contract.messages import Moment
from bothends.records import MISSING, Answer, Request, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bothends.contract import Operation
    from bothends.contract.terms import Source
    from bothends.mock.credentials import Verdict
    from bothends.mock.mistakes import Mistake
    from bothends.mock.validators import Validator
    from bothends.world import Received, Reply

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,3})?")


@dataclass(slots=True)
class Exchange:
    """A request that is being answered.

    Attributes:
        number: Counts the requests to all operations, from 1.
        operation: The operation.
        message: The request.
        path: The values of the path's parameters, decoded.
        verdict: Who asks.
        body: The value of the body; MISSING: it has none.
        upstreams: The answers of the upstreams, by name.
        setup: The values of setup, by name.
        answer: The value of the answer's body; MISSING: it is not known yet.
        headers: The headers of the answer, names in lower case.
        mistakes: What is wrong with the request; none: nothing that a schema tells.
        change: What a resource is like once the request has succeeded; None: it changes none.
    """

    number: int
    operation: Operation
    message: Received
    path: Mapping[str, str]
    verdict: Verdict
    body: Any = MISSING
    upstreams: dict[str, Any] = field(default_factory=dict)
    setup: Mapping[str, Any] = field(default_factory=dict)
    answer: Any = MISSING
    headers: dict[str, str] = field(default_factory=dict)
    mistakes: tuple[Mistake, ...] = ()
    change: Validator | None = None

    def sources(self, known: Sequence[Source]) -> Callable[[str, Mapping[str, Any]], Any]:
        """Return what finds the value of an `x-from`, given its text and the schema at its place.

        Args:
            known: The sources that the schema names.
        """
        by_text = {source.text: source for source in known}

        def found(text: str, schema: Mapping[str, Any]) -> Any:
            source = by_text.get(text)
            return MISSING if source is None else self._value(source, schema)

        return found

    def _value(self, source: Source, schema: Mapping[str, Any]) -> Any:  # noqa: PLR0911 -- one for each kind of source
        match source.kind:
            case "session":
                return MISSING if self.verdict.identity is None else resolve(self.verdict.identity, source.pointer)
            case "upstream":
                return (
                    resolve(self.upstreams[source.name], source.pointer) if source.name in self.upstreams else MISSING
                )
            case "request-body":
                return self._or_default(source, MISSING if self.body is MISSING else resolve(self.body, source.pointer))
            case "request-path":
                return as_read(self.path.get(source.name, MISSING), schema)
            case "request-query":
                texts = dict(reversed(parse_qsl(self.message.query, keep_blank_values=True)))
                return self._or_default(source, as_read(texts.get(source.name, MISSING), schema))
            case "request-header":
                text = self.message.header(source.name)
                return self._or_default(source, MISSING if text is None else as_read(text, schema))
            case "answer-body":
                return MISSING if self.answer is MISSING else resolve(self.answer, source.pointer)
            case "answer-header":
                return as_read(self.headers.get(source.name, MISSING), schema)
            case "clock":
                return clock(source.name)
            case _:
                return self.setup.get(source.name, MISSING)

    @staticmethod
    def _or_default(source: Source, value: Any) -> Any:
        return source.default if value is MISSING else value

    def moment(self, reply: Reply, base_url: str) -> Moment:
        """Return what runtime expressions are evaluated in."""
        message = self.message
        request = Request(message.method, message.target, message.headers, message.body or None)
        headers = tuple((name.lower(), value) for name, value in reply.headers)
        answer = Answer(reply.status, headers, reply.body, len(reply.body))
        return Moment(self.operation.path, request, answer, base_url, self.upstreams)


def clock(unit: str) -> Any:
    """Return the time, in milliseconds, seconds or as a text."""
    now = time.time()
    match unit:
        case "ms":
            return int(now * 1000)
        case "s":
            return int(now)
        case _:
            return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def as_read(text: Any, schema: Mapping[str, Any]) -> Any:
    """Return the text of a form, a query, a path or a header as the schema of another place reads it."""
    if not isinstance(text, str):
        return text
    types = schema.get("type", ())
    names = {types} if isinstance(types, str) else set(types)
    if not names or "string" in names:
        return text
    if "integer" in names and _WHOLE.fullmatch(text):
        return int(text)
    if "number" in names and _NUMBER.fullmatch(text):
        return json.loads(text)
    if "boolean" in names and text in ("true", "false"):
        return text == "true"
    return text
