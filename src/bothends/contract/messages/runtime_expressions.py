"""Runtime expressions: values of an exchange that the key of a callback names.

Source: OpenAPI 3.1.0, section 4.8.20.4 (Runtime Expressions). The token of a header matches without regard to case,
any other name does not. What is read from a JSON body keeps its type.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, quote

from bothends.contract.messages.path_templates import sent_path_value
from bothends.contract.messages.request_places import RequestPlace
from bothends.errors import did_you_mean
from bothends.records import MISSING, Answer, resolve, split

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from bothends.documents import Place
    from bothends.records import NoAnswer, Request

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 -- RFC 9110 section 5.6.2, a word of a header
_FORM = re.compile(
    r"\$(?:(?P<simple>url|method|statusCode)"
    rf"|(?P<side>request|response)\.(?:header\.(?P<header>{_TOKEN})|query\.(?P<query>\S+)|path\.(?P<path>\S+)"
    r"|(?P<body>body)(?:\#(?P<pointer>(?:/(?:[^~/]|~[01])*)*))?))"
)

_TOLD = re.compile(r"upstream\.(?P<upstream>[A-Za-z_][A-Za-z0-9_-]*)#(?P<pointer>(?:/(?:[^~/]|~[01])*)+)")

Part = Literal["url", "method", "statusCode", "header", "query", "path", "body", "upstream"]


@dataclass(frozen=True, slots=True)
class Expression:
    """A runtime expression.

    Attributes:
        text: As written: `$request.body#/callbackUrl`.
        part: What it reads.
        of_request: Whether it reads the request, and not the answer to it.
        name: The header, the parameter, or the JSON pointer into a body; else empty.
        upstream: The upstream whose answer it reads; else empty.
    """

    text: str
    part: Part
    of_request: bool
    name: str = ""
    upstream: str = ""

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
        upstreams: What upstreams answered meanwhile, by their names.
    """

    path: str
    request: Request
    answer: Answer | NoAnswer | None = None
    base_url: str = ""
    upstreams: Mapping[str, Any] = field(default_factory=dict)


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


def read_gap(text: str) -> Expression | None:
    """Return what stands in the braces of a callback's key and only an exchange fills; None: it is no such thing.

    Beside the expressions of OpenAPI, that is what an upstream answers: `upstream.profiles#/webhook`, as in `x-from`.
    """
    match = _TOLD.fullmatch(text)
    if match is None:
        return read_expression(text)
    return Expression(text, "upstream", of_request=False, name=match["pointer"], upstream=match["upstream"])


_EMBEDDED = re.compile(r"\{(\$[^{}]+)\}")


@dataclass(frozen=True, slots=True)
class LinkedValue:
    """A value that a link hands on: a runtime expression, or a text with some in braces (OpenAPI 3.1.0, 4.8.20).

    Attributes:
        parts: Literal text, and expressions; one expression alone keeps the type of its value.
    """

    parts: tuple[str | Expression, ...]

    @property
    def of_request(self) -> bool:
        """Whether it only repeats what the request of the link's operation had."""
        return all(part.of_request for part in self.parts if isinstance(part, Expression))

    def of(self, moment: Moment) -> Any:
        """Return its value in an exchange; MISSING where an expression has none."""
        found = [part if isinstance(part, str) else value_of(part, moment) for part in self.parts]
        if len(found) == 1:
            return found[0]
        return MISSING if MISSING in found else "".join(map(as_text, found))


def read_linked_value(text: Any) -> LinkedValue | None:
    """Return the value that a link hands on; None where it is a constant, or an expression can't be read."""
    if not isinstance(text, str):
        return None
    whole = read_expression(text[1:-1] if text.startswith("{") and text.endswith("}") else text)
    if whole is not None:
        return LinkedValue((whole,))
    pieces = _EMBEDDED.split(text)
    expressions = [read_expression(piece) for piece in pieces[1::2]]
    if not expressions or None in expressions:
        return None
    parts: list[str | Expression] = []
    for place, piece in enumerate(pieces):
        expression = read_expression(piece) if place % 2 else None
        parts += [expression] if expression is not None else [piece] if piece else []
    return LinkedValue(tuple(parts))


def value_of(expression: Expression, moment: Moment) -> Any:
    """Return the value that an expression has in an exchange; MISSING where it has none."""
    if expression.upstream:
        return resolve(moment.upstreams.get(expression.upstream), expression.name)
    return _of_request(expression, moment) if expression.of_request else _of_answer(expression, moment.answer)


def _of_request(expression: Expression, moment: Moment) -> Any:
    request, name = moment.request, expression.name
    match expression.part:
        case "url":
            found: Any = moment.base_url + request.target
        case "method":
            found = request.method
        case "query" | "header" as part:
            found = _only(RequestPlace(part, name).read(request))
        case "path":
            found = sent_path_value(moment.path, request.target, name)
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


def _only(values: list[str]) -> Any:
    """Return the one value; MISSING where there is none, or several: OpenAPI says nothing of those."""
    return values[0] if len(values) == 1 else MISSING


# The key of a callback: the URL that the event goes to.
#
# Names in braces stand for what the world gives out: the base URL of an ingest, its key. What begins with `$` is a
# runtime expression of OpenAPI (3.1.0, section 4.8.20.3), whose value depends on the exchange.

EVENT_KEY = "eventKey"
_KEYS = {EVENT_KEY: EVENT_KEY, "event_key": EVENT_KEY}
_PART = re.compile(r"\{([^{}]*)\}|([^{}]+)|([{}])")
_EXAMPLE = "a runtime expression, such as {$request.body#/callbackUrl}"


@dataclass(frozen=True, slots=True)
class UrlTemplate:
    """A URL with gaps.

    Attributes:
        text: As written.
        parts: Literal text, and gaps: each `(literal, "")` or `("", name or expression)`.
        ingest: The ingest whose base URL it begins with; empty: none.
        expressions: Its runtime expressions, which only an exchange fills, each once.
        anywhere: Whether it may go on with any path: of a root webhook, nothing says to where it was registered.
    """

    text: str
    parts: tuple[tuple[str, str], ...]
    ingest: str = ""
    expressions: tuple[Expression, ...] = ()
    anywhere: bool = False
    _by_text: dict[str, Expression] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        """Look up each expression by its text once."""
        object.__setattr__(self, "_by_text", {expression.text: expression for expression in self.expressions})

    @property
    def names(self) -> frozenset[str]:
        """The names that the world fills: `ingest`, `eventKey`."""
        return frozenset(gap for _, gap in self.parts if gap and gap not in self._by_text)

    @property
    def whole(self) -> Expression | None:
        """The expression whose value is the URL, or its beginning; None where the key begins with something else."""
        return self._by_text.get(self.parts[0][1]) if self.parts else None

    @property
    def told(self) -> Expression | None:
        """The expression by which an upstream's answer says the URL; None: none does."""
        return self.whole if self.whole is not None and self.whole.upstream else None

    def fill(self, base_url: str, event_key: str) -> str:
        """Return the URL; its runtime expressions stay as they are. The key is not percent-encoded yet."""
        values = {self.ingest: base_url.rstrip("/"), EVENT_KEY: quote(event_key, safe="")}
        return "".join(literal or values.get(gap, f"{{{gap}}}") for literal, gap in self.parts)

    def url(self, moment: Moment, base_url: str, event_key: str) -> str | None:
        """Return the URL of an exchange; None where an expression has no value in it.

        Args:
            moment: The exchange.
            base_url: Base URL of the ingest; a slash at its end is left out.
            event_key: The key, before percent-encoding.
        """
        known = {self.ingest: base_url.rstrip("/"), EVENT_KEY: quote(event_key, safe="")}
        found: list[str] = []
        for literal, gap in self.parts:
            expression = self._by_text.get(gap)
            if expression is None:
                found.append(literal or known[gap])
                continue
            value = value_of(expression, moment)
            if value is MISSING or value is None:
                return None
            found.append(as_text(value))
        return "".join(found)

    def pattern(self, base_url: str, event_key: str = "") -> re.Pattern[str]:
        """Return what each URL matches that it may become: an expression stands for any text."""
        known = {self.ingest: base_url.rstrip("/"), EVENT_KEY: quote(event_key, safe="")}
        texts = [
            ".*" if gap in self._by_text else re.escape(literal or known.get(gap, gap)) for literal, gap in self.parts
        ]
        return re.compile("".join(texts) + (".*" if self.anywhere else ""), re.DOTALL)


def template_of(ingest: str) -> UrlTemplate:
    """Return the template of any URL of an ingest; empty: of none."""
    return UrlTemplate(f"{{{ingest}}}/…" if ingest else "", (("", ingest),) if ingest else (), ingest, anywhere=True)


def read_template(place: Place, ingests: Collection[str], stands_for: Mapping[str, str]) -> UrlTemplate:
    """Return the URL template that is the last key of a place's pointer.

    Args:
        place: The path item of a callback; its key is the template.
        ingests: The names of the ingests that the settings have.
        stands_for: By the beginning of a fixed URL, the ingest that the settings put in its place.

    Raises:
        ContractError: A name is unknown, or an expression is none of OpenAPI's.
    """
    text = split(place.pointer)[-1]
    if text.startswith("$"):
        return _template(text, [("", _gap(place, text, ingests))])
    ends = {"", "/", "?"}
    begins = next((each for each in stands_for if text.startswith(each) and text[len(each) :][:1] in ends), "")
    parts: list[tuple[str, str]] = [("", stands_for[begins])] if begins else []
    for match in _PART.finditer(text, len(begins)):
        if match[3]:
            raise place.error(f"The callback's URL has an unmatched brace: {text}.", expected="{name}")
        gap = "" if match[1] is None else _gap(place, match[1], ingests)
        parts.append((match[2] or "", gap))
    if not parts:
        raise place.error("The callback has no URL.", expected=_expected(ingests))
    later = next((gap for _, gap in parts[1:] if gap in ingests), None)
    if later is not None:
        problem = f"The callback's URL contains {{{later}}}, the ingest's base URL, but does not start with it."
        raise place.error(problem, expected=f"{{{later}}}/any/path")
    return _template(text, parts)


def _template(text: str, parts: list[tuple[str, str]]) -> UrlTemplate:
    first = parts[0][1]
    found = {gap: expression for _, gap in parts if (expression := read_gap(gap)) is not None}
    ingest = "" if first in found or first == EVENT_KEY else first
    return UrlTemplate(text, tuple(parts), ingest, tuple(found.values()))


def _expected(ingests: Collection[str]) -> str:
    return ", ".join([f"{{{name}}}" for name in ingests or ("ingest",)] + [f"{{{EVENT_KEY}}} or {_EXAMPLE}"])


def _gap(place: Place, name: str, ingests: Collection[str]) -> str:
    if name.startswith("$"):
        if read_expression(name) is None:
            problem = f"The callback's URL contains {{{name}}}, which is not a runtime expression."
            raise place.error(problem, expected=_expected(ingests))
        return name
    if read_gap(name) is not None or name in ingests:
        return name
    if name in _KEYS and ingests:
        return _KEYS[name]
    if name == "ingest" or name in _KEYS:
        advice = "Add [world.ingest] to bothends.toml."
        raise place.error(f"The callback's URL contains {{{name}}}, but there is no ingest.", advice=advice)
    advice = did_you_mean(name, (*ingests, *_KEYS))
    problem = f"The callback's URL contains an unknown name: {{{name}}}."
    raise place.error(problem, expected=_expected(ingests), advice=advice)
