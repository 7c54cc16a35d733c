"""The kind `static`: what a few callers show stands in the settings, and is what it is."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, ClassVar

from bothends.contract.tables import SESSIONS, Renewal, fill_text
from bothends.world.sessions.base import Part, garble, garbled_part, secrets_of
from bothends.world.sessions.listed_callers import FORBIDDEN, IDENTITY, ListedCallers
from bothends.world.sessions.reading import same

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.contract.openapi import SecurityScheme
    from bothends.contract.tables import Table
    from bothends.world.sessions.base import Caller
    from bothends.world.sessions.reading import CallerRequest, Known


_CALLERS = 'callers = [{headers = {Authorization = "Bearer {env.TOKEN}"}, identity = {id = 7}}]'
_PAIRS = {"headers": "Headers of a request.", "query": "Query parameters.", "cookies": "Cookies."}
_SHOWN = {key: {"description": text, "$ref": "#/$defs/pairs"} for key, text in _PAIRS.items()}


def _entry(**more: Any) -> dict[str, Any]:
    """Return the schema of one entry: it shows something."""
    return {
        "type": "object",
        "properties": {**_SHOWN, **more},
        "additionalProperties": False,
        "anyOf": [{"required": [key], "properties": {key: {"minProperties": 1}}} for key in _PAIRS],
        "x-problem": "It has no credentials.",
        "x-expected": _CALLERS,
    }


_SCHEMA: dict[str, Any] = {
    "required": ["callers"],
    "properties": {
        "callers": {
            "description": "The credentials of each caller: `headers`, `query`, `cookies`, `identity` and "
            "`forbidden`, with `{env.NAME}` for a variable; one caller is needed, and two to check that callers are "
            "not mixed up.",
            "type": "array",
            "minItems": 1,
            "items": {"$ref": "#/$defs/caller"},
            "x-expected": _CALLERS,
        },
        "renew": {
            "description": "Command that renews credentials which do not last, as a list of words. It prints new "
            "values of setup as one JSON object.",
            "type": "array",
            "minItems": 1,
            "items": {"type": "string", "minLength": 1},
            "x-expected": 'words, such as ["python", "sign_in.py", "{target}"]',
        },
        "renew_after_s": {
            "description": "How long credentials are used before `renew` runs, seconds: much less than they last.",
            "type": "integer",
            "minimum": 1,
            "maximum": 86400,
        },
        "wrong": {
            "description": "Invalid credentials in the same form. Without it: valid credentials with other letters and "
            "digits.",
            "type": "array",
            "items": {"$ref": "#/$defs/wrong"},
            "x-expected": _CALLERS,
        },
    },
    "$defs": {
        "caller": _entry(identity=IDENTITY, forbidden=FORBIDDEN),
        "wrong": _entry(),
        "pairs": {
            "type": "object",
            "additionalProperties": {"type": "string", "x-expected": "a name and a string"},
            "propertyNames": {"minLength": 1, "x-problem": "A name is empty.", "x-expected": "a name and a string"},
            "x-expected": 'a table, such as {X-Key = "{env.KEY}"}',
        },
    },
}


_PARTS = ("headers", "cookies", "query")


@SESSIONS.add
class StaticSession(ListedCallers):
    """Callers who take turns: there are as many as the settings give."""

    kind = "static"
    about = "credentials of one or more callers, from the settings"
    schema: ClassVar[Mapping[str, Any]] = _SCHEMA

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._parts = tuple(_given(table, "callers"))
        self._wrong = tuple(_given(table, "wrong")) if "wrong" in table.values else None
        if ("renew" in table.values) != ("renew_after_s" in table.values):
            here, missing = ("renew", "renew_after_s") if "renew" in table.values else ("renew_after_s", "renew")
            raise table.error(here, f"'{here}' needs '{missing}'.", expected="both, or neither")

    def satisfies(self, scheme: SecurityScheme) -> bool:
        """Return whether each caller shows what the scheme asks for, where it says what that is."""
        return all(_shows(each, scheme) for each in self._parts)

    @property
    def renewal(self) -> Renewal | None:
        """What the table says of it."""
        if "renew" not in self.values:
            return None
        return Renewal(tuple(self.values["renew"]), float(self.values["renew_after_s"]))

    @property
    def wrong_credentials(self) -> int | None:
        """As many as the settings give, where they do."""
        return None if self._wrong is None else len(self._wrong)

    def part(self, place: int) -> Part:
        """Return what the settings give."""
        return self._parts[place]

    async def read(self, request: CallerRequest) -> Known | str:
        """Return the caller all of whose credentials are there."""
        found = (place for place, part in enumerate(self._parts) if _is_shown(part, request))
        return next(map(self.known, found), "what is shown is nobody's")

    def wrong(self) -> tuple[Part, ...]:
        """Return the wrong ones in the settings."""
        return self._wrong or ()

    def garbled(self, caller: Caller, now: float) -> Part:
        """Return it garbled, and no other caller's; of Basic, which is coded, the password is."""
        found = _garbled(self.credential(caller, now))
        for _ in self._parts:
            if found in self._parts:
                found = _garbled(found)
        return found

    def caller_secrets(self) -> tuple[str, ...]:
        """Return what the callers show, and the passwords in it."""
        parts = (*self._parts, *(self._wrong or ()))
        passwords = [password for part in parts for _, value in part.headers if (password := _password(value))]
        return tuple(dict.fromkeys([*(secret for part in parts for secret in secrets_of(part)), *passwords]))


def _given(table: Table, key: str) -> Iterator[Part]:
    for number, each in enumerate(table.values[key], 1):
        what = f"Number {number} of '{key}'"
        yield Part(**{part: _pairs(table, key, f"{what}: '{part}'", each.get(part, {})) for part in _PARTS})


def _pairs(table: Table, key: str, what: str, values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    for name, value in values.items():
        if any(mark in name + value for mark in "\r\n\0"):
            problem = f"{what}: the value of {name} contains a line break."
            raise table.error(key, problem, expected="a string on one line")
    return tuple(values.items())


def _shows(part: Part, scheme: SecurityScheme) -> bool:
    if scheme.type == "mutualTLS":
        return False
    headers = {name.lower(): value for name, value in part.headers}
    match scheme.location:
        case "query":
            return scheme.parameter in dict(part.query)
        case "cookie":
            cookies = (value for name, value in part.headers if name.lower() == "cookie")
            own = (pair.partition("=")[0].strip() for value in cookies for pair in value.split(";"))
            return scheme.parameter in {*dict(part.cookies), *own}
        case _ if scheme.type == "http":
            shown = headers.get("authorization", "")
            # What setup yields is known when it has run.
            return shown.lower().startswith((f"{scheme.http_scheme} ", "{setup."))
        case _ if scheme.type == "apiKey":
            return scheme.parameter.lower() in headers
    return True  # a token of OAuth 2 may stand in the header, the body or the query (RFC 6750, section 2)


class _Told(dict[str, str]):
    """The values that setup has yielded, by name."""

    def __init__(self, request: CallerRequest) -> None:
        super().__init__()
        self._request = request

    def __contains__(self, name: object) -> bool:
        return bool(self._request.told(str(name)))

    def __getitem__(self, name: str) -> str:
        return self._request.told(name)


def _is_shown(part: Part, request: CallerRequest) -> bool:
    told = _Told(request)
    shown = (
        *((request.query.get(name), fill_text(text, told)) for name, text in part.query),
        *((request.cookies.get(name), fill_text(text, told)) for name, text in part.cookies),
    )
    return all(there is not None and same(there, text) for there, text in shown) and all(
        _has_header(name, fill_text(text, told), request) for name, text in part.headers
    )


def _has_header(name: str, text: str, request: CallerRequest) -> bool:
    if name.lower() == "cookie":
        own = dict(pair.strip().partition("=")[::2] for pair in text.split(";"))
        return all(request.cookies.get(key) == value for key, value in own.items())
    shown = request.header(name)
    if shown is not None and name.lower() == "authorization":  # the word before it has no case (RFC 9110, section 11.1)
        shown, text = _lowered(shown), _lowered(text)
    return shown is not None and same(shown, text)


def _lowered(text: str) -> str:
    word, space, rest = text.partition(" ")
    return f"{word.lower()}{space}{rest.strip(' ')}" if space else text


def _garbled(right: Part) -> Part:
    part = garbled_part(right)
    headers = tuple(
        (name, _basic(value) or changed)
        for (name, value), (_, changed) in zip(right.headers, part.headers, strict=True)
    )
    return Part(headers, part.cookies, part.query)


def _decoded(value: str) -> tuple[str, str] | None:
    """Return the user and the password of a Basic credential (RFC 7617 section 2), or None."""
    word, _, coded = value.partition(" ")
    if word.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon else None


def _password(value: str) -> str:
    decoded = _decoded(value)
    return "" if decoded is None else decoded[1]


def _basic(value: str) -> str | None:
    decoded = _decoded(value)
    if decoded is None:
        return None
    text = f"{decoded[0]}:{garble(decoded[1])}"
    return f"{value.partition(' ')[0]} {base64.b64encode(text.encode()).decode()}"
