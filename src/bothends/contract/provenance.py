"""`x-from`: where a value of the event must come from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from bothends.contract.schema import Schema
from bothends.contract.setup import Setup
from bothends.errors import did_you_mean, one_of
from bothends.records.pointers import join, split

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from bothends.contract.documents import Place


# Whether a JSON pointer can lead anywhere in a schema's values: false only where none of them has such a place.


def can_lead(schema: Schema, pointer: str) -> bool:
    """Return whether a value that fits a schema may have the place that a pointer leads to.

    Args:
        schema: The schema.
        pointer: The JSON pointer.
    """
    return _may(schema.raw, tuple(split(pointer)), schema.raw.get("$defs", {}))


def _may(schema: Any, keys: Sequence[str], definitions: dict[str, Any]) -> bool:
    if not isinstance(schema, dict):
        return bool(schema)
    if not keys:
        return True
    same = list(schema.get("allOf", ()))
    if "$ref" in schema:
        same.append(definitions.get(schema["$ref"].removeprefix("#/$defs/"), True))
    choices = [schema[keyword] for keyword in ("oneOf", "anyOf") if schema.get(keyword)]
    return (
        all(_may(each, keys, definitions) for each in same)
        and all(any(_may(branch, keys, definitions) for branch in branches) for branches in choices)
        and _within(schema, keys, definitions)
    )


def _within(schema: dict[str, Any], keys: Sequence[str], definitions: dict[str, Any]) -> bool:
    """Whether what a schema says of members and items lets one have the first key, and that one the others."""
    key, rest = keys[0], keys[1:]
    types = schema.get("type", ("object", "array"))
    named = schema.get("properties", {})
    if key in named:
        member = _may(named[key], rest, definitions)
    else:
        # Whether a pattern matches is not looked at: what is not certain may be.
        member = bool(schema.get("patternProperties")) or _may(
            schema.get("additionalProperties", True), rest, definitions
        )
    first = schema.get("prefixItems", ())
    item = key.isdecimal() and _may(
        first[int(key)] if int(key) < len(first) else schema.get("items", True), rest, definitions
    )
    return ("object" in types and member) or ("array" in types and item)


SourceKind = Literal["session", "upstream", "request-body", "request-path", "answer-body", "clock", "setup"]

_GRAMMAR = (
    "session.user, session.<path>, upstream.<name>, request.body#/pointer, request.path.<name>, "
    "answer.body#/pointer, clock.ms or setup.<name>"
)
_FORM = re.compile(
    r"session\.(?P<session>[\w-]+(\.[\w-]+)*)"
    r"|clock\.ms"
    r"|setup\.(?P<setup>[A-Za-z_][A-Za-z0-9_-]*)"
    r"|(?P<outer>request\.body|answer\.body)(#(?P<pointer>(/([^~/]|~[01])*)*))?"
    r"|upstream\.(?P<upstream>.+)"
    r"|request\.path\.(?P<path>.+)"
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value must come from.

    Attributes:
        kind: The kind of source.
        name: `user` for a session, `ms` for the clock, the name of the upstream, the path parameter or the setup value;
            else empty.
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
        setup: What prepares the target: it yields values.
    """

    upstreams: Collection[str]
    path_parameters: Collection[str]
    session: bool
    body: bool
    bodies: Collection[Schema] = ()
    answers: Collection[Schema] = ()
    setup: Setup = field(default_factory=Setup)


def read_source(place: Place, sources: Sources) -> Source:
    """Return what the `x-from` at a place says.

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
            raise place.error("x-from names the session's user, but no caller can sign in.", advice=advice)
        return Source("session", "user", _in_identity(match["session"]), text)
    if match["upstream"] is not None:
        advice = "Add [world.upstreams.<name>] to bothends.toml."
        return Source("upstream", _known(place, "upstream", match["upstream"], sources.upstreams, advice), "", text)
    if match["setup"] is not None or match["path"] is not None:
        return _named(place, match, sources)
    pointer = match["pointer"] or ""
    if match["outer"] == "answer.body":
        _check_leads(place, "an answer's", pointer, sources.answers)
        return Source("answer-body", "", pointer, text)
    if not sources.body:
        raise place.error("x-from names the request's body, but the operation has none.", expected="a requestBody")
    _check_leads(place, "the request's", pointer, sources.bodies)
    return Source("request-body", "", pointer, text)


def _named(place: Place, match: re.Match[str], sources: Sources) -> Source:
    """Return the source that is a setup value, or a path parameter."""
    if match["setup"] is not None:
        return Source("setup", _yielded(place, match["setup"], sources.setup), "", match[0])
    advice = "Declare it under `parameters`."
    name = _known(place, "path parameter", match["path"], sources.path_parameters, advice)
    return Source("request-path", name, "", match[0])


def _yielded(place: Place, name: str, setup: Setup) -> str:
    if not setup.yields(name):
        known = sorted(setup.names or ())
        advice = did_you_mean(name, known) or "Add it to `take` of a [[target.setup]] in bothends.toml."
        raise place.error(f"x-from names an unknown setup value: '{name}'.", expected=one_of(known), advice=advice)
    return name


def _in_identity(path: str) -> str:
    """Return the pointer of a path: `session.user` is all that is known of a caller, `session.user.id` a part of it."""
    names = path.split(".")
    return "".join(join(name) for name in (names[1:] if names[0] == "user" else names))


def _check_leads(place: Place, whose: str, pointer: str, schemas: Collection[Schema]) -> None:
    if schemas and not any(can_lead(schema, pointer) for schema in schemas):
        raise place.error(
            f"x-from names {pointer}, which no schema of {whose} body allows.",
            expected="a JSON pointer to a member or item that the schema allows",
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


# The walk through an event with its schema: which of its values stand under an `x-from`.
#
# The same value may be described in several places (`allOf`, a `$ref` with siblings, a branch of
# `oneOf`): each is followed. Of `oneOf` and `anyOf`, the branches count that the value fits. When it fits
# none, the event is wrong anyway, and another law says so; then the branches of the value's own type
# are followed, so that what can still be told of its origin is told.

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "number": (int, float),
    "integer": (int, float),
}


class ProvenanceWalk:
    """Finds the values of an event that must come from somewhere."""

    __slots__ = ("_branches", "_definitions", "_patterns", "_root", "_sources")

    def __init__(self, schema: Schema, sources: Mapping[str, Source]) -> None:
        """Take the event's schema, and the sources by the text of their `x-from`."""
        self._root = schema.raw
        self._definitions: dict[str, Any] = schema.raw.get("$defs", {})
        self._sources = sources
        self._branches: dict[int, Schema] = {}
        self._patterns: dict[str, Schema] = {}

    def __reduce__(self) -> tuple[type[ProvenanceWalk], tuple[Schema, Mapping[str, Source]]]:
        """Leave the compiled branches behind when it is sent to another process."""
        return ProvenanceWalk, (Schema(self._root), self._sources)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of all sources that an `x-from` of the event names."""
        return frozenset(source.kind for source in self._sources.values())

    @property
    def setup_names(self) -> frozenset[str]:
        """The names of the setup values that an `x-from` of the event names."""
        return frozenset(source.name for source in self._sources.values() if source.kind == "setup")

    @property
    def texts(self) -> tuple[str, ...]:
        """The `x-from`s of the event, as written, each once."""
        return tuple(self._sources)

    def find(self, payload: Any) -> list[Provenance]:
        """Return each value of the payload under an `x-from`, once for each source, in order."""
        found: dict[tuple[str, str], Provenance] = {}
        pending: list[tuple[Any, Any, str]] = [(self._root, payload, "")]
        while pending:
            schema, value, pointer = pending.pop()
            if not isinstance(schema, dict):
                continue
            text = schema.get("x-from", "")
            if text in self._sources:
                found.setdefault((pointer, text), Provenance(pointer, value, self._sources[text]))
            following = [(branch, value, pointer) for branch in self._same_value(schema, value)]
            following.extend((child, item, pointer + join(key)) for child, item, key in self._inside(schema, value))
            pending.extend(reversed(following))
        return list(found.values())

    def _same_value(self, schema: Mapping[str, Any], value: Any) -> Iterator[Any]:
        """Yield the schemas that describe the same value."""
        if "$ref" in schema:
            yield self._target(schema)
        yield from schema.get("allOf", ())
        for key in ("oneOf", "anyOf"):
            branches = schema.get(key, ())
            fitting = [branch for branch in branches if self._fits(branch, value)]
            yield from fitting or [branch for branch in branches if self._is_of_type(branch, value)]
        if "if" in schema:
            yield schema.get("then" if self._fits(schema["if"], value) else "else", True)
        if isinstance(value, dict):
            for key, dependent in schema.get("dependentSchemas", {}).items():
                if key in value:
                    yield dependent

    def _inside(self, schema: Mapping[str, Any], value: Any) -> Iterator[tuple[Any, Any, str | int]]:
        """Yield the schema, the value and the key of each member or item that the schema describes."""
        if isinstance(value, dict):
            properties = schema.get("properties", {})
            patterns = schema.get("patternProperties", {})
            for key, item in value.items():
                matching = [child for pattern, child in patterns.items() if self._matches(pattern, key)]
                if key in properties:
                    matching.append(properties[key])
                if not matching and "additionalProperties" in schema:
                    matching.append(schema["additionalProperties"])
                yield from ((child, item, key) for child in matching)
        elif isinstance(value, list):
            prefix = schema.get("prefixItems", [])
            for index, item in enumerate(value):
                yield (prefix[index] if index < len(prefix) else schema.get("items", True)), item, index

    def _target(self, schema: Mapping[str, Any]) -> Any:
        return self._definitions[schema["$ref"].rpartition("/")[2]]

    def _fits(self, branch: Any, value: Any) -> bool:
        if not isinstance(branch, dict):
            return bool(branch)
        made = self._branches.get(id(branch))
        if made is None:
            made = self._branches[id(branch)] = Schema({**branch, "$defs": self._definitions})
        return made.is_valid(value)

    def _matches(self, pattern: str, key: str) -> bool:
        if pattern not in self._patterns:
            self._patterns[pattern] = Schema({"pattern": pattern})
        return self._patterns[pattern].is_valid(key)

    def _is_of_type(self, branch: Any, value: Any) -> bool:
        while isinstance(branch, dict) and "$ref" in branch and "type" not in branch:
            branch = self._target(branch)
        wanted = branch.get("type", []) if isinstance(branch, dict) else []
        names = [wanted] if isinstance(wanted, str) else wanted
        return not names or any(isinstance(value, _TYPES[name]) for name in names)
