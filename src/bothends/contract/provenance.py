"""`x-from`: where a value of the event must come from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bothends.contract.nearest import did_you_mean, one_of
from bothends.contract.pointers import join
from bothends.contract.reachable import can_lead

if TYPE_CHECKING:
    from collections.abc import Collection

    from bothends.contract.references import Place
    from bothends.contract.schema import Schema

SourceKind = Literal["session", "upstream", "request-body", "request-path", "answer-body", "clock"]

_GRAMMAR = (
    "session.user, session.<path>, upstream.<name>, request.body#/pointer, request.path.<name>, "
    "answer.body#/pointer or clock.ms"
)
_FORM = re.compile(
    r"session\.(?P<session>[\w-]+(\.[\w-]+)*)"
    r"|clock\.ms"
    r"|(?P<outer>request\.body|answer\.body)(#(?P<pointer>(/([^~/]|~[01])*)*))?"
    r"|upstream\.(?P<upstream>.+)"
    r"|request\.path\.(?P<path>.+)"
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value must come from.

    Attributes:
        kind: The kind of source.
        name: `user` for a session, `ms` for the clock, the upstream's or path parameter's name; else empty.
        pointer: JSON pointer into what the source holds; empty for all of it.
        text: The `x-from` as written.
    """

    kind: SourceKind
    name: str
    pointer: str
    text: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """A value of an event that must come from somewhere.

    Attributes:
        pointer: JSON pointer to the value, in the payload.
        value: The value.
        source: Where it must come from.
    """

    pointer: str
    value: Any
    source: Source


@dataclass(frozen=True, slots=True)
class Sources:
    """What an `x-from` of one operation may name.

    Attributes:
        upstreams: The upstreams' names.
        path_parameters: The names of the operation's path parameters.
        session: Whether callers are signed in, or should be.
        body: Whether the operation takes a body.
        bodies: What its body may be; empty: anything.
        answers: What the body of an answer of success may be; empty: anything.
    """

    upstreams: Collection[str]
    path_parameters: Collection[str]
    session: bool
    body: bool
    bodies: Collection[Schema] = ()
    answers: Collection[Schema] = ()


def read_source(place: Place, sources: Sources) -> Source:
    """Return what the `x-from` at a place says.

    Args:
        place: Where its value stands.
        sources: What it may name.

    Raises:
        ContractError: It is not in the grammar, or names what there is not.
    """
    text = place.value
    match = _FORM.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        near = (
            did_you_mean(text, ("session.user", "request.body", "answer.body", "clock.ms"))
            if isinstance(text, str)
            else ""
        )
        raise place.error(f"x-from names an unknown source: {text!r}.", expected=_GRAMMAR, advice=near)
    if text == "clock.ms":
        return Source("clock", "ms", "", text)
    if match["session"] is not None:
        if not sources.session:
            advice = "Declare `security` for the operation, or add [world.session] to bothends.toml."
            raise place.error("x-from names the session's user, and nobody can sign in.", advice=advice)
        return Source("session", "user", _in_identity(match["session"]), text)
    if match["upstream"] is not None:
        advice = "Add [world.upstreams.<name>] to bothends.toml."
        return Source("upstream", _known(place, "upstream", match["upstream"], sources.upstreams, advice), "", text)
    if match["path"] is not None:
        advice = "Declare it under `parameters`."
        name = _known(place, "path parameter", match["path"], sources.path_parameters, advice)
        return Source("request-path", name, "", text)
    pointer = match["pointer"] or ""
    if match["outer"] == "answer.body":
        _check_leads(place, "an answer's", pointer, sources.answers)
        return Source("answer-body", "", pointer, text)
    if not sources.body:
        raise place.error("x-from names the request's body, and the operation takes none.", expected="a requestBody")
    _check_leads(place, "the request's", pointer, sources.bodies)
    return Source("request-body", "", pointer, text)


def _in_identity(path: str) -> str:
    """Return the pointer of a path: `session.user` is all that is known of a caller, `session.user.id` a part of it."""
    names = path.split(".")
    return "".join(join(name) for name in (names[1:] if names[0] == "user" else names))


def _check_leads(place: Place, whose: str, pointer: str, schemas: Collection[Schema]) -> None:
    if schemas and not any(can_lead(schema, pointer) for schema in schemas):
        raise place.error(
            f"x-from leads nowhere: no schema of {whose} body has a place for {pointer}.",
            expected="a pointer to a member or item that the schema allows",
        )


def _known(place: Place, what: str, name: str, known: Collection[str], advice: str) -> str:
    if name not in known:
        near = did_you_mean(name, known)
        raise place.error(
            f"x-from names an unknown {what}: '{name}'.",
            expected=one_of(known),
            advice=near or advice,
        )
    return name
