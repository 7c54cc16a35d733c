"""What an operation asks of its callers, and which tables of the settings play it."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract.openapi import SecurityScheme
from bothends.contract.settings import lines_for
from bothends.world.sessions import Caller
from bothends.world.sessions.static import StaticSession

if TYPE_CHECKING:
    from bothends.contract.terms import Security
    from tests.contract.folder import Folder

SCHEMES: dict[str, Any] = {
    "header": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "bearer": {"type": "http", "scheme": "Bearer"},
    "basic": {"type": "http", "scheme": "basic"},
    "oauth": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://x.invalid", "scopes": {}}}},
    "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://x.invalid"},
    "mtls": {"type": "mutualTLS"},
}
TOKEN = '[world.sessions.bearer]\nkind = "static"\ncallers = [{headers = {Authorization = "Bearer a"}}]\n'


def read(folder: Folder, *alternatives: list[str], tables: str = "") -> Security:
    """Return the operation's security with these alternatives."""
    folder.spec["components"]["securitySchemes"] |= SCHEMES
    folder.operation["security"] = [{name: [] for name in names} for names in alternatives]
    folder.toml += f"\n{tables}"
    return folder.load().operations[0].security


def shapes(security: Security) -> list[tuple[str, ...]]:
    """Return the names of the schemes of each alternative."""
    return [requirement.schemes for requirement in security.alternatives]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("header", ("apiKey", "header", "X-Key", "")),
        ("query", ("apiKey", "query", "key", "")),
        ("cookie", ("apiKey", "cookie", "sid", "")),
        ("bearer", ("http", "header", "Authorization", "bearer")),
        ("basic", ("http", "header", "Authorization", "basic")),
        ("oauth", ("oauth2", "header", "Authorization", "")),
        ("oidc", ("openIdConnect", "header", "Authorization", "")),
        ("mtls", ("mutualTLS", "", "", "")),
    ],
)
def test_each_type_of_scheme_is_read(folder: Folder, name: str, expected: tuple[str, ...]) -> None:
    """Type, place, parameter and HTTP scheme, with the line of the spec."""
    ((member,),) = (requirement.members for requirement in read(folder, [name]).alternatives)
    scheme = member.scheme
    assert expected == (scheme.type, scheme.location, scheme.parameter, scheme.http_scheme)
    assert f"/components/securitySchemes/{name}" == scheme.pointer
    assert re.fullmatch(rf".*openapi\.yaml:\d+ {scheme.pointer}", scheme.where)


def test_alternatives_are_sets(folder: Folder) -> None:
    """A list is OR, a mapping is AND, and an empty mapping lets everybody in."""
    security = read(folder, ["bearer"], ["header", "cookie"], [])
    assert [("bearer",), ("header", "cookie"), ()] == shapes(security)
    assert (True, False) == (security.optional, security.demanded)


def test_nothing_but_empty_sets_asks_for_nothing(folder: Folder) -> None:
    """As an empty list does: there is no credential that could be shown."""
    assert [] == shapes(read(folder, [], []))
    assert [] == shapes(read(folder))


def test_the_operations_own_list_replaces_the_documents(folder: Folder) -> None:
    """The document's holds where the operation has none; an empty one asks for nothing."""
    del folder.operation["security"]
    assert [] == shapes(folder.load().operations[0].security)
    folder.spec["security"] = [{"session": []}]
    assert [("session",)] == shapes(folder.load().operations[0].security)
    assert [] == shapes(read(folder))
    assert [("bearer",)] == shapes(read(folder, ["bearer"]))


def test_a_scheme_that_is_not_declared_is_an_error(folder: Folder) -> None:
    """With its pointer, and what it may have been meant to be."""
    folder.operation["security"] = [{"sesion": []}]
    error = folder.error()
    assert "The security scheme 'sesion' is not declared under components/securitySchemes." == error.problem
    assert "/paths/~1api~1route/post/security/0/sesion" == (error.where.pointer if error.where else "")
    assert "Did you mean 'session'?" == error.advice


def test_which_alternatives_are_played(folder: Folder) -> None:
    """One of which each member has a table; the first of these is the usual one."""
    security = read(folder, ["bearer", "header"], ["session"], ["bearer"], tables=TOKEN)
    assert [("session",), ("bearer",)] == [requirement.schemes for requirement in security.played]
    assert security.usual == security.minted == security.alternatives[1]
    assert (None, 1) == tuple(requirement.callers for requirement in security.played)
    assert security.mints_identities


def test_nobody_can_sign_in_without_a_table(folder: Folder) -> None:
    """That is no error: the run says what it could not show."""
    security = read(folder, ["bearer"])
    assert (True, None, False) == (security.unplayable, security.usual, security.mints_identities)


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("[world.sessions.berer]\nkind = 'static'\ncallers = [{headers = {a = 'b'}}]", "names no security scheme"),
        ("[world.sessions.bearer]\nkind = 'statc'", "'statc' is not a session kind."),
        ("[world.sessions.bearer]\nkind = 'static'", "'callers' is missing in [world.sessions.bearer]."),
        ("[world.sessions.bearer]\nkind = 'static'\ncallers = 1", "'callers' is 1."),
        ("[world.sessions.bearer]\nkind = 'static'\ncallers = [1]", "Number 1 of 'callers' is 1."),
        ("[world.sessions.bearer]\nkind = 'static'\ncallers = [{}]", "Number 1 of 'callers': it has no credentials."),
        (
            "[world.sessions.bearer]\nkind = 'static'\ncallers = [{header = {}}]",
            "Number 1 of 'callers' has the unknown key 'header'.",
        ),
        ("[world.sessions.bearer]\nkind = 'static'\ncallers = [{headers = 1}]", "'headers' is 1."),
        ("[world.sessions.bearer]\nkind = 'static'\ncallers = [{headers = {A = 1}}]", "'headers.A' is 1."),
        (
            "[world.sessions.bearer]\nkind = 'static'\ncallers = [{headers = {A = \"a\\nb\"}}]",
            "the value of A contains a line break.",
        ),
        (
            "[world.sessions.bearer]\nkind = 'static'\ncallers = [{headers = {A = 'b'}, identity = 1}]",
            "'identity' is 1.",
        ),
        (
            "[world.sessions.bearer]\nkind = 'static'\ncallers = [{headers = {A = '{env.NOT_SET_ANYWHERE}'}}]",
            "The environment variable NOT_SET_ANYWHERE is not set",
        ),
        ("[world.sessions.bearer]\nkind = 'static'\ncookie = 'c'", "'cookie' is not a key of [world.sessions.bearer]."),
        (
            "[world.sessions.bearer]\nkind = 'static'\ncallers = [{headers = {X-Key = 'b'}}]",
            "The kind 'static' of [world.sessions.bearer] can't supply Authorization: Bearer (http).",
        ),
        ("[world.sessions.bearer]\nkind = 'next-auth-v4'\ncookie = 'c'", "can't supply Authorization: Bearer (http)."),
        ("[world.sessions.mtls]\nkind = 'static'\ncallers = [{headers = {a = 'b'}}]", "can't supply mtls (mutualTLS)."),
        (
            "[world.sessions.query]\nkind = 'static'\ncallers = [{query = {k = 'b'}}]",
            "the query parameter key (apiKey)",
        ),
        ("[world.sessions.cookie]\nkind = 'static'\ncallers = [{query = {k = 'b'}}]", "the cookie sid (apiKey)"),
    ],
)
def test_a_wrong_table_is_told_with_its_line(folder: Folder, table: str, problem: str) -> None:
    """What is wrong, and where it stands in the settings."""
    folder.spec["components"]["securitySchemes"] |= SCHEMES
    folder.toml += f"\n{table}\n"
    error = folder.error()
    assert problem in error.problem
    assert error.where is not None
    assert error.where.line is not None
    assert error.where.pointer.startswith("world.sessions.")


def test_values_are_filled_in_from_the_environment(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """In headers, query, cookies and identity; what is wrong as well."""
    monkeypatch.setenv("A_TOKEN", "secret-1")
    table = """
[world.sessions.bearer]
kind = "static"
wrong = [{headers = {Authorization = "Bearer not-{env.A_TOKEN}"}}]
[[world.sessions.bearer.callers]]
headers = {Authorization = "Bearer {env.A_TOKEN}"}
identity = {id = 7, names = ["{env.A_TOKEN}"]}
"""
    ((member,),) = (requirement.members for requirement in read(folder, ["bearer"], tables=table).alternatives)
    session = member.session
    assert isinstance(session, StaticSession)
    caller = Caller(0, {})
    assert (("Authorization", "Bearer secret-1"),) == session.credential(caller, 0.0).headers
    assert {"id": 7, "names": ["secret-1"]} == session.identity(caller)
    assert (("Authorization", "Bearer not-secret-1"),) == session.wrong()[0].headers
    assert "secret-1" not in repr(session)


def test_the_single_table_plays_what_it_can(folder: Folder) -> None:
    """`[world.session]` is for the scheme that is asked for; where a static one fits several, it has to say which."""
    single = '[world.session]\nkind = "static"\ncallers = [{headers = {Authorization = "Bearer a"}}]\n'
    start = folder.toml.index("[world.session]")
    rest = folder.toml[folder.toml.index("[world.upstreams") :]
    folder.toml = folder.toml[:start] + rest
    whole = folder.toml
    assert [("bearer",)] == [one.schemes for one in read(folder, ["bearer"], tables=single).played]
    folder.toml = whole + single
    folder.operation["security"] = [{"bearer": []}, {"oauth": []}]
    assert "[world.session] is ambiguous: it fits bearer and oauth." == folder.error().problem
    folder.operation["security"] = [{"header": []}]
    assert (
        "No caller of [world.session] has what the spec requires: the header X-Key (apiKey)." == folder.error().problem
    )


def test_the_lines_that_would_play_a_scheme_play_it(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the report says to add is right, for each scheme that can be played."""
    for name in ("KEY_1", "KEY_2", "TOKEN_1", "TOKEN_2", "USER_1", "USER_2", "PASSWORD_1", "PASSWORD_2"):
        monkeypatch.setenv(name, f"value-of-{name}")
    folder.spec["components"]["securitySchemes"] |= SCHEMES
    folder.operation["security"] = [{name: []} for name in SCHEMES]
    whole = folder.toml
    schemes = [one.members[0].scheme for one in folder.load().operations[0].security.alternatives]
    for scheme in schemes:
        lines = lines_for(scheme)
        folder.toml = f"{whole}\n{lines}\n"
        played = [one.schemes for one in folder.load().operations[0].security.played]
        assert ([(scheme.name,)] if scheme.type != "mutualTLS" else []) == played


@pytest.mark.parametrize("word", ["bear%r", '100%s"quoted"', "a\\b"])
def test_an_odd_word_of_a_scheme_stands_in_its_lines_as_it_is(word: str) -> None:
    """What a spec has as a scheme is no format of Python's, and no end of a text in TOML."""
    settings = tomllib.loads(lines_for(SecurityScheme("odd", "http", http_scheme=word)))
    shown = [caller["headers"]["Authorization"] for caller in settings["world"]["sessions"]["odd"]["callers"]]
    assert [f"{word.capitalize()} {{env.TOKEN_{number}}}" for number in (1, 2)] == shown


@pytest.mark.parametrize(
    ("text", "pointer"), [("session.user", ""), ("session.user.id", "/id"), ("session.org.name", "/org/name")]
)
def test_parts_of_the_identity_are_sources(folder: Folder, text: str, pointer: str) -> None:
    """`session.user` is all that is known of a caller, and a longer path is a part of it."""
    folder.schemas["RouteRequested"]["properties"]["user"]["x-from"] = text
    (event,) = folder.load().operations[0].events
    (found,) = [one.source for one in event.provenance({"user": {"name": "x"}}) if one.source.text == text]
    assert ("session", pointer) == (found.kind, found.pointer)
