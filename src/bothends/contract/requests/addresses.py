"""Where a request says to which URL an event is to go, and what stands there.

A case is written down with a mark in that place, a URL whose host is `world.invalid`; when it is sent, the mark becomes
a URL of the world's of the same length, so that no framing changes. All other URLs in requests lead to hosts that end
in `.invalid` (RFC 6761 section 6.4: they resolve nowhere): a target that obeys calls no stranger.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote

from bothends.contract.messages import MULTIPART, RequestPlace, is_json, media_type_of, one_byte_chunks
from bothends.contract.requests.fixed_values import beside_in_body, beside_in_path, beside_in_query
from bothends.documents import read_json_text
from bothends.records import MISSING, join, put, resolve, split

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from bothends.contract.messages import Expression
    from bothends.contract.settings import WorldSettings
    from bothends.errors import Location
    from bothends.records import Request

NOWHERE = ".invalid"
_NOBODYS_ADDRESS = re.compile(r"(?i)[^@\s]+@(?:[^@\s]*\.)?(?:test|example|invalid|localhost|local|onion|arpa)\.?")
"""An email address at one of the special-use names (RFC 6761, RFC 6762, RFC 7686), or at `arpa` (RFC 3172)."""
_HOST = "world.invalid"
_TOKEN_ROOM = 26
"""Characters of a path of its own: the number of the place, a token, and what fills it up."""

_ASIDE = "-r-"
"""What the paths of registrations have after their number, and no others."""
_IS_ASIDE = re.compile(rf"/\d+{_ASIDE}cx")

_LONGEST_ODDITY = 4096
_SECOND_CALLER = b"@COOKIE2@"
# A port of five digits is the longest.
_PORT = ":65535"
# A scheme has few characters: without a bound, what a long target takes would grow with the square of its length.
_AUTHORITY = re.compile(rb"(?i)\b([a-z][a-z0-9+.-]{0,31}:(?:\\?/){2})([^\s\"'<>/\\?#&{}$()|^`,;]*)")
_SPELT_HOST = re.compile(rb"(?i)(:|\\u003a)(\\?/|\\u002f){2}[^\"/?#]*\\u|\\u003a|\\u002f")
_QUERY = re.compile(r"(?<=[^?#])\?[A-Za-z0-9._~=&+%-]{1,100}\Z")
_ESCAPED = re.compile(r"(?i)([a-z][a-z0-9+.-]{0,31}%3a%2f%2f)((?:(?!%2f|%3f|%23)[^&/?#\s])*)")


@dataclass(frozen=True, slots=True)
class RequestAddress:
    """A place in requests that says where an event is to go.

    Attributes:
        slot: Its number among those of the operation, from 0.
        expression: What reads it.
        ingest: The ingest that the event arrives at.
        mark: What stands there in a case.
        refused: Where the contract refuses the world's URLs in that place; None: it takes them.
        aside: Whether it is the address of a registration: what comes there is of no request that names it.
    """

    slot: int
    expression: Expression
    ingest: str
    mark: str
    refused: Location | None = None
    aside: bool = False

    def marked(self, value: Any, *, as_text: bool) -> Any:  # noqa: ARG002 -- a text is one either way
        """Return the mark in place of a text; what is right as it stands, and what is no text, stays."""
        return self.mark if isinstance(value, str) and not value.startswith(self.mark) else value


def addresses(
    urls: Iterable[tuple[Expression | None, str]],
    world: WorldSettings,
    registered: tuple[Expression, str] | None = None,
) -> tuple[RequestAddress, ...]:
    """Return the places in the requests of an operation from which the URLs of events come, each once.

    Args:
        urls: What each event's URL begins with, None where that is no expression; and the ingest that it arrives at.
        world: Says what the URLs look like.
        registered: What reads the address of a registration, and the ingest at whose host it is; None: nothing does.
    """
    found: dict[str, RequestAddress] = {}
    for expression, ingest in urls:
        if expression is not None and expression.is_sent and ingest and expression.text not in found:
            slot = len(found)
            found[expression.text] = RequestAddress(slot, expression, ingest, _mark(slot, world, ingest))
    if registered is not None:
        slot, (expression, ingest) = len(found), registered
        mark = _mark(slot, world, ingest)
        found[expression.text] = RequestAddress(slot, expression, ingest, mark, aside=True)
    return tuple(found.values())


def own_url(base_url: str, slot: int, token: str, length: int, *, aside: bool = False) -> str:
    """Return a URL of the world's of a given length, whose path is one exchange's own."""
    return f"{base_url}/{slot}{_ASIDE if aside else '-'}{token}-".ljust(length, "x")


def is_aside(path: str, below: str) -> bool:
    """Return whether a path is, under that of an ingest, the address that a registration was given, or below it."""
    return path.startswith(below) and _IS_ASIDE.match(path, len(below)) is not None


def sample_url(world: WorldSettings, ingest: str, mark: str) -> str:
    """Return what a mark may become."""
    base_url = f"{_scheme(world, ingest)}://{_host(world)}{_PORT}{_path(world, ingest)}"
    return own_url(base_url, 0, "cx1x01234567", len(mark))


def marked_value(
    places: Sequence[RequestAddress], value: Any, *, everywhere: bool = False, queries: bool = False
) -> Any:
    """Return a JSON body with the marks in it, where it has a text.

    Args:
        places: Those of the operation.
        value: The body.
        everywhere: Whether marks are put also where it has nothing yet.
        queries: Whether the query of a URL stays behind the mark.
    """
    for place in places:
        if place.expression.part == "body" and place.refused is None:
            there = resolve(value, place.expression.name)
            if isinstance(there, str) and not there.startswith(place.mark):
                query = _QUERY.search(there) if queries else None
                value = put(value, split(place.expression.name), place.mark + (query[0] if query else ""))
            elif there is MISSING and everywhere:
                value = put(value, split(place.expression.name), place.mark)
    return value


def marked(
    places: Sequence[RequestAddress],
    request: Request,
    admits: Callable[[Request], bool],
    own: Collection[str] = (),
    fixed: Collection[str] = (),
) -> Request:
    """Return a request that calls no stranger: with the marks in it, and all other URLs leading nowhere.

    What the contract does not admit is not made right by a mark: there, only the hosts are other ones. Each `host:port`
    of `own` may be called, and the texts that the contract fixes stay.
    """
    if request.raw is None and _may_name(places, request) and admits(request):
        request = _marked(places, request)
    return nowhere(request, own, fixed)


def filled_with_urls(request: Request, urls: Mapping[str, str], second: Mapping[str, str] | None = None) -> Request:
    """Return a request with a URL in place of each mark.

    Args:
        request: As a case has it.
        urls: The URL of each mark, of the same length.
        second: The same for a second caller, whose request follows in what is sent byte for byte.
    """
    if not urls:
        return request
    if second is not None and request.raw is not None:
        begins = _second_target(request.raw)
        halves = ((request.raw[:begins], urls), (request.raw[begins:], second))
        parts = [filled_with_urls(replace(request, raw=part), each).raw for part, each in halves]
        request = replace(request, raw=b"".join(part or b"" for part in parts))

    def fill(text: str) -> str:
        for mark, url in urls.items():
            text = text.replace(mark, url).replace(quote(mark, safe=""), quote(url, safe=""))
        return text

    def fill_bytes(body: bytes | None) -> bytes | None:
        if body is None:
            return body
        for mark, url in urls.items():
            body = body.replace(mark.encode(), url.encode())
            body = body.replace(one_byte_chunks(mark.encode()), one_byte_chunks(url.encode()))
            body = body.replace(quote(mark, safe="").encode(), quote(url, safe="").encode())
        return body

    return replace(
        request,
        target=fill(request.target),
        headers=tuple((name, fill(value)) for name, value in request.headers),
        body=fill_bytes(request.body),
        raw=fill_bytes(request.raw),
    )


def _second_target(raw: bytes) -> int:
    """Return where the request of a second caller says what it asks for; the end where there is none."""
    credentials = raw.find(_SECOND_CALLER)
    if credentials < 0:
        return len(raw)
    line = raw.rfind(b" HTTP/", 0, credentials)
    return max(raw.rfind(b" ", 0, max(line, 0)), 0) if line >= 0 else credentials


def nowhere(request: Request, own: Collection[str] = (), fixed: Collection[str] = ()) -> Request:
    """Return a request whose URLs lead to no host but the world's own ones, and hosts that are not there.

    An `Origin` is left as it is: nobody calls it. So is what is sent byte for byte, and what the contract fixes: no
    other request would be valid.

    Args:
        request: What is to be sent.
        own: `host:port` of what may be called.
        fixed: The texts that the contract fixes.
    """
    if request.raw is not None:
        return request
    path, mark, query = request.target.partition("?")
    headers = request.headers
    for name, value in headers:
        if ":" in value and name.lower() != "origin":
            headers = tuple(
                (name, value if name.lower() == "origin" or value in fixed else _text_nowhere(value, own))
                for name, value in headers
            )
            break
    path = beside_in_path(fixed, path, lambda text: _escaped_nowhere(text, own))
    query = beside_in_query(fixed, query, lambda text: _escaped_nowhere(_text_nowhere(text, own), own))
    spelt = replace(request, body=_spelt_out(request.body)) if request.body and b"\\u" in request.body else request
    body = beside_in_body(fixed, spelt, lambda part: _escaped_body(_bytes_nowhere(part, own), own))
    # As a rule nothing has changed, and a request is not made anew for that.
    target = path + mark + query
    same = target == request.target and headers == request.headers and body == request.body
    return request if same else replace(request, target=target, headers=headers, body=body)


def _mark(slot: int, world: WorldSettings, ingest: str) -> str:
    scheme = _scheme(world, ingest)
    length = len(f"{scheme}://{_host(world)}{_PORT}{_path(world, ingest)}/") + _TOKEN_ROOM
    return f"{scheme}://{_HOST}/{slot}-".ljust(length, "x")


def _scheme(world: WorldSettings, ingest: str) -> str:
    return "https" if ingest in world.ingests and world.ingests[ingest].tls else "http"


def _host(world: WorldSettings) -> str:
    return f"[{world.host}]" if ":" in world.host else world.host


def _path(world: WorldSettings, ingest: str) -> str:
    return world.ingests[ingest].path if ingest in world.ingests else ""


def _may_name(places: Sequence[RequestAddress], request: Request) -> bool:
    """Return whether a request may have a text in one of the places, and not the mark yet: read with little effort."""
    body = request.body or b""
    for place in places:
        if place.expression.part != "body":
            return True
        key = split(place.expression.name)[-1:] or [""]
        # A key may be written with escapes; what is larger than a page of text is no such oddity.
        named = key[0].encode() in body or (b"\\u" in body and len(body) < _LONGEST_ODDITY)
        if named and place.mark.encode() not in body:
            return True
    return False


def _marked(places: Sequence[RequestAddress], request: Request) -> Request:
    for place in places:
        # Of a body that is sent in parts, no expression reads anything.
        if place.refused is None and not (place.expression.part == "body" and media_type_of(request) == MULTIPART):
            request = RequestPlace(place.expression.part, place.expression.name).rewritten(request, place.marked)
    return request


def _text_nowhere(text: str, own: Collection[str]) -> str:
    if ":" not in text:
        return text
    return _bytes_nowhere(text.encode("utf-8", "surrogatepass"), own).decode("utf-8", "surrogatepass")


def _bytes_nowhere(body: bytes, own: Collection[str]) -> bytes:
    if b":" not in body:
        return body
    return _AUTHORITY.sub(lambda m: m[1] + _host_nowhere(m[2].decode("utf-8", "surrogateescape"), own), body)


def _spelt_out(body: bytes) -> bytes:
    """Return a JSON body in which no URL has a host that is spelt in escapes; any other as it is."""
    if b"\\u" not in body or _SPELT_HOST.search(body) is None:
        return body
    try:
        return json.dumps(json.loads(body), ensure_ascii=False).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return body  # what is no JSON has no escapes


def _host_nowhere(authority: str, own: Collection[str]) -> bytes:
    bare = authority.rpartition("@")[2]
    host = re.sub(r":\d*$", "", bare).rstrip(".").lower()
    harmless = not host or host.endswith(NOWHERE) or bare in own
    return (authority if harmless else _named_nowhere(authority)).encode("utf-8", "surrogateescape")


def _named_nowhere(authority: str) -> str:
    """Return the name of a host that is not there, of the same form: a user and a port stay."""
    user, at, bare = authority.rpartition("@")
    host, colon, port = bare.rpartition(":") if re.search(r":\d*$", bare) else (bare, "", "")
    name = re.sub(r"[^A-Za-z0-9.-]", "-", host).strip("-.") or "host"
    return f"{user}{at}{name}{NOWHERE}{colon}{port}"


def _escaped_nowhere(text: str, own: Collection[str]) -> str:
    """Do the same to URLs that are percent-encoded."""

    def change(match: re.Match[str]) -> str:
        authority = unquote(match[2])
        found = _host_nowhere(authority, own).decode("utf-8", "surrogateescape")
        return match[1] + (match[2] if found == authority else quote(found, safe=""))

    return _ESCAPED.sub(change, text) if "%" in text else text


def _escaped_body(body: bytes, own: Collection[str]) -> bytes:
    if b"%3" not in body:
        return body
    return _escaped_nowhere(body.decode("latin-1"), own).encode("latin-1", "replace")


def is_coded(request: Request) -> bool:
    """Return whether the bytes of a body are not its text in UTF-8, so that nothing in it can be replaced."""
    body = request.body or b""
    codings = [value.strip().lower() for name, value in request.headers if name.lower() == "content-encoding"]
    return bool(body) and (any(each not in {"", "identity"} for each in codings) or _is_wide(body))


def _is_wide(body: bytes) -> bool:
    return not json.detect_encoding(body).startswith("utf-8")


def leads_nowhere(request: Request) -> bool:
    """Return whether a value of the query or the body is a URL that a target may call, and that leads nowhere."""
    return next(places_nowhere(request), None) is not None


def places_nowhere(request: Request) -> Iterator[str]:
    """Yield the runtime expressions of the URLs in a request that a target may call, and that lead nowhere.

    The marks do not: they become URLs of the world's.
    """
    yield from (place for place, text in _texts_with((NOWHERE,), request) if _is_nowhere(text))


def mails_nobody(request: Request) -> bool:
    """Return whether a value of the query or the body is an email address at a name that is nobody's on the Internet.

    Its form is right. Who checks addresses refuses it all the same, as no mail arrives there.
    """
    return any(_NOBODYS_ADDRESS.fullmatch(text) for _, text in _texts_with(("@", "%40"), request))


def _texts_with(signs: Iterable[str], request: Request) -> Iterator[tuple[str, str]]:
    """Yield the texts of the query and the body, each after its runtime expression; none where no sign is in either."""
    body = request.body or b""
    query = request.target.partition("?")[2]
    if request.raw is not None or not any(sign in query.lower() or sign.encode() in body.lower() for sign in signs):
        return
    yield from ((f"$request.query.{name}", value) for name, value in parse_qsl(query))
    media_type = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if media_type == "application/x-www-form-urlencoded":
        pairs = parse_qsl(body.decode("utf-8", "replace"))
        yield from ((f"$request.body#{join(name)}", value) for name, value in pairs)
    elif is_json(media_type):
        yield from ((f"$request.body#{pointer}", text) for pointer, text in _texts(read_json_text(body).value))


def _is_nowhere(text: str) -> bool:
    scheme, _, rest = text.partition("://")
    authority = re.split("[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    host = re.sub(r":\d*$", "", authority).rstrip(".").lower()
    return scheme.lower() in {"http", "https"} and host.endswith(NOWHERE) and host != _HOST


def _texts(value: Any) -> Iterator[tuple[str, str]]:
    """Yield the texts of a JSON value with their pointers."""
    pending = [("", value)]
    while pending:
        pointer, each = pending.pop()
        if isinstance(each, str):
            yield pointer, each
        elif isinstance(each, dict | list):
            members = each.items() if isinstance(each, dict) else enumerate(each)
            pending += [(pointer + join(key), one) for key, one in members]


def value_nowhere(value: Any, fixed: Collection[str] = ()) -> Any:
    """Return a JSON value whose URLs lead to hosts that are not there, but for the texts that are fixed."""
    if isinstance(value, str):
        return value if value in fixed else _text_nowhere(value, ())
    if isinstance(value, dict):
        return {key: value_nowhere(each, fixed) for key, each in value.items()}
    return [value_nowhere(each, fixed) for each in value] if isinstance(value, list) else value


def names_a_host(text: str) -> bool:
    """Return whether a text has a URL in it that may lead to somebody."""
    return _text_nowhere(text, ()) != text


def leads_to(text: str, places: Collection[str]) -> bool:
    """Return whether a text is a URL that leads to one of some places, `host:port` each."""
    scheme, _, rest = text.partition("://")
    return scheme.lower() in {"http", "https"} and re.split("[/?#]", rest, maxsplit=1)[0] in places
