"""The session kinds, as far as the settings go: which keys their tables have, and which schemes they can play.

How a kind signs callers in is in `world/sessions`, under the same name.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bothends.contract.settings import CallerSettings, SessionSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bothends.contract.security import SecurityScheme
    from bothends.contract.settings import Pairs
    from bothends.contract.toml_table import Table

# next-auth puts it before the cookie's name when the site's URL is https.
_SECURE = "__Secure-"
_VARIABLE = re.compile(r"\{env\.([A-Za-z_][A-Za-z0-9_]*)\}")
_PARTS = ("headers", "query", "cookies")


@dataclass(frozen=True, slots=True)
class KindTable:
    """How the table of a kind is read.

    Attributes:
        read: Reads a table, whose kind is known.
        satisfies: Tells whether what was read can play a scheme.
    """

    read: Callable[[Table], SessionSettings]
    satisfies: Callable[[SessionSettings, SecurityScheme], bool]


def read_session(table: Table) -> SessionSettings:
    """Read the table of a session.

    Raises:
        ContractError: What it names is not there.
    """
    return KINDS[table.values["kind"]].read(table)


def satisfies(session: SessionSettings, scheme: SecurityScheme) -> bool:
    """Return whether a session can play a scheme."""
    return session.kind in KINDS and KINDS[session.kind].satisfies(session, scheme)


def lines_for(scheme: SecurityScheme) -> str:
    """Return the lines of the settings that would play a scheme with two callers; empty when no kind can."""
    match scheme.type, scheme.location, scheme.http_scheme:
        case "mutualTLS", _, _:
            return ""
        case "apiKey", place, _:
            part = {"header": "headers", "query": "query", "cookie": "cookies"}[place]
            name = scheme.parameter if re.fullmatch(r"[\w-]+", scheme.parameter, re.ASCII) else f'"{scheme.parameter}"'
            value = "{env.KEY_%d}"
        case _, _, word:
            part, name = "headers", "Authorization"
            value = f"{(word or 'bearer').capitalize()} {{env.TOKEN_%d}}"
    key = scheme.name if re.fullmatch(r"[\w-]+", scheme.name, re.ASCII) else f'"{scheme.name}"'
    callers = [f'    {{{part} = {{{name} = "{value % number}"}}}},' for number in (1, 2)]
    return "\n".join([f"[world.sessions.{key}]", 'kind = "static"', "callers = [", *callers, "]"])


def _minted(table: Table) -> SessionSettings:
    return SessionSettings(
        kind=table.values["kind"],
        cookie=table.values["cookie"],
        secret=table.text("secret"),
        strict=table.flag("strict"),
        location=table.location(),
    )


def _is_its_cookie(session: SessionSettings, scheme: SecurityScheme) -> bool:
    same = session.cookie.removeprefix(_SECURE) == scheme.parameter.removeprefix(_SECURE)
    return scheme.type == "apiKey" and scheme.location == "cookie" and same


def _static(table: Table) -> SessionSettings:
    callers = tuple(_credentials(table, "callers"))
    wrong = tuple(_credentials(table, "wrong")) if "wrong" in table.values else None
    return SessionSettings(kind="static", callers=callers, wrong=wrong, location=table.location())


def _credentials(table: Table, key: str) -> Iterator[CallerSettings]:
    for number, each in enumerate(table.values[key], 1):
        what = f"Number {number} of '{key}'"
        parts = {part: _pairs(table, key, f"{what}: '{part}'", each.get(part, {})) for part in _PARTS}
        yield CallerSettings(**parts, identity=_filled_in(table, key, each.get("identity")))


def _pairs(table: Table, key: str, what: str, values: Mapping[str, str]) -> Pairs:
    found = []
    for name, value in values.items():
        text = _filled_in(table, key, value)
        if any(mark in name + text for mark in "\r\n\0"):
            raise table.error(key, f"{what}: the value of {name} holds a line break.", expected="a text on one line")
        found.append((name, text))
    return tuple(found)


def _filled_in(table: Table, key: str, value: Any) -> Any:
    """Return a value with each `{env.NAME}` in its texts filled in.

    Raises:
        ContractError: A variable is not set, or empty.
    """
    if isinstance(value, dict):
        return {name: _filled_in(table, key, each) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled_in(table, key, each) for each in value]
    if not isinstance(value, str):
        return value
    for name in _VARIABLE.findall(value):
        if not os.environ.get(name):
            raise table.error(
                key,
                f"The environment variable {name} is not set, and {{env.{name}}} stands in '{key}'.",
                advice=f"Set it for bothends: {name}=… bothends verify",
            )
    return _VARIABLE.sub(lambda found: os.environ[found[1]], value)


def _carries(session: SessionSettings, scheme: SecurityScheme) -> bool:
    """Return whether each caller shows what the scheme asks for, where it says what that is."""
    return all(_shows(caller, scheme) for caller in session.callers)


def _shows(caller: CallerSettings, scheme: SecurityScheme) -> bool:
    if scheme.type == "mutualTLS":
        return False
    headers = {name.lower(): value for name, value in caller.headers}
    match scheme.location:
        case "query":
            return scheme.parameter in dict(caller.query)
        case "cookie":
            cookies = (value for name, value in caller.headers if name.lower() == "cookie")
            own = (pair.partition("=")[0].strip() for value in cookies for pair in value.split(";"))
            return scheme.parameter in {*dict(caller.cookies), *own}
        case _ if scheme.type == "http":
            return headers.get("authorization", "").lower().startswith(f"{scheme.http_scheme} ")
        case _ if scheme.type == "apiKey":
            return scheme.parameter.lower() in headers
    return True  # a token of OAuth 2 may stand in the header, the body or the query (RFC 6750, section 2)


KINDS: Mapping[str, KindTable] = {
    "next-auth-v4": KindTable(_minted, _is_its_cookie),
    "auth-js-v5": KindTable(_minted, _is_its_cookie),
    "static": KindTable(_static, _carries),
}
