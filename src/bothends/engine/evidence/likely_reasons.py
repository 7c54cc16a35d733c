"""Why a valid request may have been refused, as far as there is a sign of it: in the answer, and in what was sent.

A reason is told as likely, and only with its sign: the status (a credential, an id, a media type), a member that the
answer's own text names, a whole number that is written with a point, a file that has no name. Without a sign there is
no reason.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from bothends.cases import admitted_request
from bothends.contract.messages import MULTIPART, best_match, file_members, is_json, parse_media_type, read_form
from bothends.engine.play import values_of_nobody
from bothends.records import Answer, join, with_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.contract import DeclaredAnswer, Operation, Parameter
    from bothends.records import Exchange
    from bothends.schemas import Schema

ADD_ID = "example: an id that exists; or links, on an answer that gives one"
"""What to add where an id was made up."""

_ADD_BODY = "example: a right body, in the content of the requestBody"

_ADD_CLIENT = "x-from: setup.NAME, on the members that name the client or the user, and [[target.setup]] that makes it"

_ADD_ACCOUNT = "example: those of an account, on the members that name the user; or x-from: setup.NAME"

_ADD_PATH = "paths: the path that the target has it at"

_MOST_BYTES = 16_384
"""What is read of an answer; a larger request is not looked into."""
_MOST_NAMED = 3
_LEAST_LETTERS = 3
_LONGEST_VALUE = 60
_LONGEST_TEXT = 200
_WORD = re.compile(r"[A-Za-z]+")
_WORDS_OF_NAMES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
"""The words of `startsAt`, `start_time` and `HTTPPort`."""
_DEEPEST = 32
_REFUSED = range(400, 500)
_OF_CALLERS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_OF_IDS = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_OF_THE_REQUEST = {
    HTTPStatus.METHOD_NOT_ALLOWED: "the method: 405 says that the target does not take it there",
    HTTPStatus.NOT_ACCEPTABLE: "the media type of the answer: 406 says that the target does not offer it",
    HTTPStatus.CONFLICT: "the state of what it is about: 409 says that the request conflicts with it",
    HTTPStatus.LENGTH_REQUIRED: "the framing: 411 asks for a Content-Length",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "the size: 413 says that the request is too large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "the media type of the body: 415 says that the target does not take it",
    HTTPStatus.TOO_MANY_REQUESTS: "the number of requests: 429 says that there are too many",
}
_ID = re.compile(r"[a-z0-9](?:I[dD]|[_-](?i:id)|(?i:[_-]?uuid))$")
"""The names of members that name another object: `roomId`, `room_id`; not `paid`, nor the `id` of what is made."""
_PASSWORD = re.compile(r"(?i)pass(?:word|phrase|wd)|pwd|secret")
_NAME = re.compile(rb'(?i)content-disposition:[^\r\n]*;\s*name="([^"]*)"([^\r\n]*)')


def to_have_a_request(operation: Operation) -> str:
    """Return the line by which an operation has a usual request: no body can be made that is no JSON and no form.

    Empty: it has one.
    """
    return _ADD_BODY if operation.body is not None and admitted_request(operation) is None else ""


class Reason(NamedTuple):
    """A likely reason.

    Attributes:
        text: What it is, with its sign: `the credential: 401 says …`; empty: there is no sign of one.
        where: JSON pointer into the contract to what it is about; empty: nothing there.
        add: The line to add; empty: none is known.
    """

    text: str = ""
    where: str = ""
    add: str = ""


def likely_reason(operation: Operation, exchange: Exchange, *, gives_tokens: bool = False) -> Reason:
    """Return why a valid request may have been refused.

    Args:
        operation: The request's.
        exchange: The request and its answer.
        gives_tokens: Whether the operation is the one that gives tokens, `tokenUrl` of a security scheme.
    """
    answer = exchange.answer
    if not isinstance(answer, Answer) or answer.success:
        return Reason()
    if answer.status in _OF_CALLERS:
        return _of_the_caller(operation, exchange, answer, gives_tokens=gives_tokens)
    if answer.status in _OF_IDS:
        return _of_the_id(operation, exchange, answer)
    if answer.status in _OF_THE_REQUEST:
        return Reason(_OF_THE_REQUEST[HTTPStatus(answer.status)])
    return _of_members(list(_members(operation, exchange)), answer)


def _of_members(sent: list[_Member], answer: Answer) -> Reason:
    """Return what members of the request may be the reason: named in the answer, odd, or with words of theirs in it."""
    named = [one for one in sent if one.is_named_in(answer)]
    if named:
        return _of_named(named)
    odd = [one for one in sent if one.oddity] if answer.status in _REFUSED else []
    if odd:
        return Reason(f'the member "{odd[0].name}": it {odd[0].oddity}')
    return _of_words(sent, answer) if answer.status in _REFUSED else Reason()


def _of_the_caller(operation: Operation, exchange: Exchange, answer: Answer, *, gives_tokens: bool) -> Reason:
    security, status = operation.security, answer.status
    says = "not signed in" if status == HTTPStatus.UNAUTHORIZED else "not allowed to do this"
    unknown = made_up_value(operation, exchange)
    if status == HTTPStatus.FORBIDDEN and unknown is not None:  # with what is not there, nobody may do anything
        text = f"the id or the credential: {status} says that the caller is {says}, and the value of '{unknown.name}'"
        return Reason(f"{text} was made up", unknown.pointer, ADD_ID)
    if gives_tokens and status == HTTPStatus.UNAUTHORIZED and not security.alternatives:
        # RFC 6749 section 5.2: so a client is answered that is not known, and it can show no token yet.
        text = "the credential in the request: 401 of a `tokenUrl` says that it knows no such client, or user"
        return Reason(text, operation.pointer, _ADD_CLIENT)
    declared = operation.answer_for(status)
    if not security.alternatives and _is_named(declared, status) and _has_password(operation, exchange):
        text = f"the credential in the request: {status} is declared, and the contract asks for none elsewhere"
        return Reason(text, operation.pointer, _ADD_ACCOUNT)
    if not security.alternatives:
        text = f"a credential: {status} asks for one, and the contract does not"
        return Reason(text, operation.pointer, "security, and components.securitySchemes")
    return Reason(f"the credential: {status} says that the caller is {says}", security.pointer)


def _is_named(declared: DeclaredAnswer | None, status: int) -> bool:
    return declared is not None and declared.status in {str(status), "4XX"}


def _has_password(operation: Operation, exchange: Exchange) -> bool:
    """Return whether a member of a body says by its name that it shows who asks."""
    return any(_PASSWORD.search(one.name) for one in _of_the_body(operation, exchange))


def made_up_value(operation: Operation, exchange: Exchange) -> Parameter | None:
    """Return a parameter of the path whose value was made up; None: each is one that somebody has given."""
    given = {place.name for place in operation.setup_places if place.part == "path"}
    in_path = (one for one in operation.parameters if one.location == "path" and one.name not in given)
    lacking = (*values_of_nobody(operation), *(one for one in in_path if one.example is None))
    return None if exchange.known else next(iter(lacking), None)


def _of_the_id(operation: Operation, exchange: Exchange, answer: Answer) -> Reason:
    parameters = [one for one in operation.parameters if one.location == "path"]
    if not parameters:
        return _of_an_id_within(operation, exchange, answer)
    of_setup = {place.name for place in operation.setup_places if place.part == "path"}
    last = (values_of_nobody(operation) or parameters)[-1]
    origin = "is the contract's example" if last.example is not None else "was made up"
    origin = f"was given by {exchange.known}" if exchange.known else origin
    origin = "was given by setup" if last.name in of_setup else origin
    text = f"the id: {answer.status} says that it is not there, and the value of '{last.name}' {origin}"
    return Reason(text, last.pointer, "" if last.name in of_setup else "example: an id that exists")


def _of_an_id_within(operation: Operation, exchange: Exchange, answer: Answer) -> Reason:
    """Return that a path is not there; if the body names another object by its id, that may be what is not."""
    of_setup = {place.name.rpartition("/")[2] for place in operation.setup_places}
    ids = (one for one in _members(operation, exchange) if _ID.search(one.name) and one.name not in of_setup)
    member = next((one for one in ids if one.written), None)
    if member is None:
        return Reason(f"the path: {answer.status} says that nothing is there", operation.pointer, _ADD_PATH)
    text = f'the member "{member.name}": {answer.status} says that something is not there, and it is sent as'
    add = "x-from: setup.NAME, on that member, and [[target.setup]] that makes what it names"
    return Reason(f"{text} {member.written}", operation.pointer, add)


def _of_words(sent: list[_Member], answer: Answer) -> Reason:
    """Return that a text of the answer may be about members, as it has the words of their names: `start` of `startsAt`.

    It quotes the text, so that a person sees whether it is.
    """
    for text in _texts_of(answer):
        said = {_singular(word) for word in _WORD.findall(text)}
        about = list(dict.fromkeys(one.name for one in sent if one.words and one.words <= said))
        if about and len(text) <= _LONGEST_TEXT:
            names = " and ".join(f'"{name}"' for name in about[:_MOST_NAMED])
            quoted = json.dumps(text.strip(), ensure_ascii=False)
            return Reason(f"the answer says {quoted}, which may be about {names}")
    return Reason()


def _singular(word: str) -> str:
    return word.lower().removesuffix("s")


def _of_named(named: list[_Member]) -> Reason:
    names = ", ".join(f'"{one.name}"' for one in named[:_MOST_NAMED])
    first = named[0]
    how = first.oddity or (f"is sent as {first.written}" if first.written else "")
    if len(named) == 1:
        return Reason(f"the member {names}, which the answer names{f': it {how}' if how else ''}")
    return Reason(f'the members {names}, which the answer names{f"""; "{first.name}" {how}""" if how else ""}')


# What was sent, member by member.


class _Member(NamedTuple):
    """A value of a request that has a name.

    Attributes:
        name: The member's or the parameter's.
        written: What was sent.
        oddity: What may be unexpected of how it is written; empty: nothing.
    """

    name: str
    written: str = ""
    oddity: str = ""

    @property
    def words(self) -> frozenset[str]:
        """The words of its name, but for those so short that any text has them, where it has several; else none."""
        words = _WORDS_OF_NAMES.findall(self.name)
        return frozenset(_singular(one) for one in words if len(one) >= _LEAST_LETTERS) if words[1:] else frozenset()

    def is_named_in(self, answer: Answer) -> bool:
        """Return whether the answer's own text names it, as a word of a sentence or as a key that has something."""
        if len(self.name) < _LEAST_LETTERS:
            return False
        word = re.compile(rf"(?<![A-Za-z0-9_]){re.escape(self.name)}(?![A-Za-z0-9_])", re.IGNORECASE)
        return any(word.search(text) for text in _texts_of(answer))


def _texts_of(answer: Answer) -> Iterator[str]:
    """Yield what an answer says: its texts, and the keys of what is more than a text; of no JSON, all of it.

    The keys of texts are those of each error of an API, such as `title` of problem details.
    """
    text = answer.body[:_MOST_BYTES].decode(errors="replace")
    try:
        pending = [json.loads(text)]
    except (ValueError, RecursionError):
        yield text
        return
    while pending:
        match pending.pop():
            case str() as each:
                yield each
            case dict() as members:
                yield from (key for key, value in members.items() if isinstance(value, dict | list))
                pending += members.values()
            case list() as items:
                pending += items
            case _:
                pass


def _members(operation: Operation, exchange: Exchange) -> Iterator[_Member]:
    """Yield what a request has, what may be unexpected first."""
    found = [*_of_the_body(operation, exchange), *_of_parameters(operation)]
    yield from sorted(found, key=lambda one: not one.oddity)


def _of_parameters(operation: Operation) -> Iterator[_Member]:
    yield from (_Member(one.name) for one in operation.parameters if one.location != "path")


def _of_the_body(operation: Operation, exchange: Exchange) -> Iterator[_Member]:
    body, content_type = exchange.sent.body or b"", exchange.sent.header("content-type") or ""
    declared = (
        None if operation.body is None else best_match(parse_media_type(content_type).essence, operation.body.content)
    )
    schema = None if operation.body is None or declared is None else operation.body.content[declared]
    if declared is None or not body or len(body) > _MOST_BYTES:
        return
    if declared == MULTIPART:
        yield from _of_parts(body, content_type, schema)
    elif is_json(declared):
        yield from _of_json(body, schema)


def _of_parts(body: bytes, content_type: str, schema: Schema | None) -> Iterator[_Member]:
    files = frozenset(file_members({} if schema is None else schema.raw))
    named = {name.decode("utf-8", "replace"): b"filename" in rest for name, rest in _NAME.findall(body)}
    for name in read_form(body, content_type) or {}:
        is_nameless = name in files and not named.get(name, True)
        yield _Member(name, "", "is a file, and is sent without a file name" if is_nameless else "")


class _Point(NamedTuple):
    """A number that is written with a point or an exponent, as it is written."""

    text: str


def _of_json(body: bytes, schema: Schema | None) -> Iterator[_Member]:
    pending: list[tuple[tuple[str | int, ...], Any]] = []
    try:
        whole = json.loads(body)
        pending.append(((), json.loads(body, parse_float=_Point)))
    except (ValueError, RecursionError):
        return
    while pending:
        path, each = pending.pop(0)
        if path and isinstance(path[-1], str):
            oddity = _pointed(each, whole, path, schema) if isinstance(each, _Point) else ""
            yield _Member(path[-1], _written(each), oddity)
        if len(path) > _DEEPEST:
            continue
        if isinstance(each, dict):
            pending += [((*path, key), one) for key, one in each.items()]
        elif isinstance(each, list):
            pending += [((*path, place), one) for place, one in enumerate(each)]


def _pointed(number: _Point, whole: Any, path: Sequence[str | int], schema: Schema | None) -> str:
    """Return that a whole number is written with a point, where the schema has whole numbers alone."""
    value = float(number.text)
    if not value.is_integer() or schema is None:
        return ""
    errors = schema.errors(with_value(whole, [str(key) for key in path], value + 0.5))
    is_whole = any(error.pointer == join(*path) and error.schema_pointer.endswith("/type") for error in errors)
    return f"is a whole number, and is sent as {number.text}" if is_whole else ""


def _written(value: Any) -> str:
    if isinstance(value, dict | list):
        return ""
    text = value.text if isinstance(value, _Point) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
