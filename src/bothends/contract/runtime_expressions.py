"""Runtime expressions: values of an exchange that the key of a callback names.

Source: OpenAPI 3.1.0, section 4.8.20.4 (Runtime Expressions). The token of a header matches without regard to case,
any other name does not. What is read from a JSON body keeps its type.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl

from bothends.contract.path_values import path_value
from bothends.records import MISSING, Answer, resolve

if TYPE_CHECKING:
    from bothends.records import NoAnswer, Request

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 -- RFC 9110 section 5.6.2, a word of a header
_FORM = re.compile(
    r"\$(?:(?P<simple>url|method|statusCode)"
    rf"|(?P<side>request|response)\.(?:header\.(?P<header>{_TOKEN})|query\.(?P<query>\S+)|path\.(?P<path>\S+)"
    r"|(?P<body>body)(?:\#(?P<pointer>(?:/(?:[^~/]|~[01])*)*))?))"
)

Part = Literal["url", "method", "statusCode", "header", "query", "path", "body"]


@dataclass(frozen=True, slots=True)
class Expression:
    """A runtime expression.

    Attributes:
        text: As written: `$request.body#/callbackUrl`.
        part: What it reads.
        of_request: Whether it reads the request, and not the answer to it.
        name: The header, the parameter, or the JSON pointer into a body; else empty.
    """

    text: str
    part: Part
    of_request: bool
    name: str = ""

    @property
    def is_sent(self) -> bool:
        """Whether its value is one that the caller chooses: a member of the body, a parameter, a header."""
        return self.of_request and self.part in ("header", "query", "path", "body")


@dataclass(frozen=True, slots=True)
class Moment:
    """What the values of expressions are read from.

    Attributes:
        path: The operation's path, with its `{parameters}`.
        request: The request as sent.
        answer: What came back; None: nothing is known of it yet.
        base_url: Where the request was sent, without its target.
    """

    path: str
    request: Request
    answer: Answer | NoAnswer | None = None
    base_url: str = ""


def read_expression(text: str) -> Expression | None:
    """Return the runtime expression that a text is; None when it is none."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    if match["simple"] is not None:
        simple: Part = "url" if match["simple"] == "url" else "method" if match["simple"] == "method" else "statusCode"
        return Expression(text, simple, simple != "statusCode")
    of_request = match["side"] == "request"
    if match["header"] is not None:
        return Expression(text, "header", of_request, match["header"])
    if match["query"] is not None:
        return Expression(text, "query", of_request, match["query"])
    if match["path"] is not None:
        return Expression(text, "path", of_request, match["path"])
    return Expression(text, "body", of_request, match["pointer"] or "")


def value_of(expression: Expression, moment: Moment) -> Any:
    """Return the value that an expression has in an exchange; MISSING where it has none."""
    return _of_request(expression, moment) if expression.of_request else _of_answer(expression, moment.answer)


def _of_request(expression: Expression, moment: Moment) -> Any:
    request, name = moment.request, expression.name
    match expression.part:
        case "url":
            found: Any = moment.base_url + request.target
        case "method":
            found = request.method
        case "query":
            found = _in_query(request, name)
        case "path":
            found = path_value(moment.path, request.target, name)
        case "header":
            found = _only([value for header, value in request.headers if header.lower() == name.lower()])
        case _:
            found = body_value(request.body, request.header("content-type"), name)
    return found


def _of_answer(expression: Expression, answer: Answer | NoAnswer | None) -> Any:
    if not isinstance(answer, Answer):
        return MISSING
    match expression.part:
        case "statusCode":
            return answer.status
        case "header":
            return _only([value for header, value in answer.headers if header == expression.name.lower()])
        case "body":
            return body_value(answer.body, answer.header("content-type"), expression.name)
        case _:
            return MISSING  # an answer has neither a query nor a path


def body_value(body: bytes | None, media_type: str | None, pointer: str) -> Any:
    """Return what a JSON pointer finds in a body, JSON or a form; MISSING where it finds nothing."""
    if body is None:
        return MISSING
    if (media_type or "").partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        return resolve(dict(reversed(pairs)), pointer)
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return MISSING  # what can't be read has no places
    return resolve(value, pointer)


def as_text(value: Any) -> str:
    """Return a value as it stands in a URL: a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _in_query(request: Request, name: str) -> Any:
    query = request.target.partition("?")[2]
    return _only([value for key, value in parse_qsl(query, keep_blank_values=True) if key == name])


def _only(values: list[str]) -> Any:
    """Return the one value; MISSING where there is none, or several: OpenAPI says nothing of those."""
    return values[0] if len(values) == 1 else MISSING
