"""`x-from`: where a value of an event or of an answer must come from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from bothends.contract.tables import Setup
from bothends.errors import did_you_mean, one_of
from bothends.records import MISSING, join, split
from bothends.schemas import IN_PLACE, Schema, certain, choices, matches, referred, same, targets_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from bothends.documents import Place
    from bothends.schemas import Target


# Whether a JSON pointer can lead anywhere in a schema's values: false only where none of them has such a place.


def can_lead(schema: Schema, pointer: str) -> bool:
    """Return whether a value that fits a schema may have the place that a pointer leads to."""
    return _may(schema.raw, tuple(split(pointer)), targets_in(schema.raw))


def _may(schema: Any, keys: Sequence[str], target: Target) -> bool:
    if not isinstance(schema, dict):
        return bool(schema)
    if not keys:
        return True
    return all(
        _within(part, keys, target)
        and all(any(_may(branch, keys, target) for branch in branches) for branches in choices(part))
        for part in certain(schema, target)
    )


def _within(schema: dict[str, Any], keys: Sequence[str], target: Target) -> bool:
    """Whether what a schema says of members and items lets one have the first key, and that one the others."""
    key, rest = keys[0], keys[1:]
    types = schema.get("type", ("object", "array"))
    named = schema.get("properties", {})
    if key in named:
        member = _may(named[key], rest, target)
    else:
        # Whether a pattern matches is not looked at: what is not certain may be.
        member = bool(schema.get("patternProperties")) or _may(schema.get("additionalProperties", True), rest, target)
    first = schema.get("prefixItems", ())
    item = key.isdecimal() and _may(
        first[int(key)] if int(key) < len(first) else schema.get("items", True), rest, target
    )
    return ("object" in types and member) or ("array" in types and item)


SourceKind = Literal[
    "session",
    "upstream",
    "request-body",
    "request-path",
    "request-query",
    "request-header",
    "answer-body",
    "answer-header",
    "clock",
    "setup",
    "new",
]

_GRAMMAR = (
    "session.user, session.<path>, upstream.<name>, upstream.<name>#/pointer, request.body#/pointer, "
    "request.path.<name>, request.query.<name>, request.header.<name>, answer.body#/pointer, answer.header.<name>, "
    "clock.ms, clock.s, clock.iso or setup.<name>"
)
_STARTS = ("session.user", "request.body", "request.path.", "request.query.", "request.header.", "answer.body")
_POINTER = r"(#(?P<{}>(/([^~/]|~[01])*)*))?"
_FORM = re.compile(
    r"session\.(?P<session>[\w-]+(\.[\w-]+)*)"
    r"|setup\.(?P<setup>[A-Za-z_][A-Za-z0-9_-]*)"
    r"|clock\.(?P<clock>ms|s|iso)"
    rf"|(?P<outer>request\.body|answer\.body){_POINTER.format('pointer')}"
    rf"|upstream\.(?P<upstream>[^#]+){_POINTER.format('part')}"
    r"|request\.(?P<location>path|query|header)\.(?P<parameter>.+)"
    r"|answer\.header\.(?P<header>.+)"
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value must come from.

    Attributes:
        kind: The kind of source.
        name: `user` for a session, `ms`, `s` or `iso` for the clock, the name of the upstream, of the parameter, of
            the header or of the setup value, headers in lower case; else empty.
        pointer: JSON pointer into what the source holds; empty for all of it.
        text: The `x-from` as written.
        default: What a target may have there where the request has no value, as its schema says; MISSING without one.
    """

    kind: SourceKind
    name: str
    pointer: str
    text: str
    default: Any = MISSING


@dataclass(frozen=True, slots=True)
class Provenance:
    """A value of an event or an answer that must come from somewhere.

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
        parameters: Each parameter of the operation, `(location, name)`, with its schema.
        answer_headers: The headers that answers of success declare, in lower case.
        setup: What prepares the target: it yields values.
    """

    upstreams: Collection[str]
    path_parameters: Collection[str]
    session: bool
    body: bool
    bodies: Collection[Schema] = ()
    answers: Collection[Schema] = ()
    setup: Setup = field(default_factory=Setup)
    parameters: Mapping[tuple[str, str], Schema | None] = field(default_factory=dict)
    answer_headers: Collection[str] = ()

    def names(self, location: str) -> list[str]:
        """Return the names of the parameters at a location, headers in lower case."""
        found = [name for where, name in self.parameters if where == location]
        if location == "path":
            found = list(dict.fromkeys((*self.path_parameters, *found)))
        return [name.lower() for name in found] if location == "header" else found

    def default(self, location: str, name: str) -> Any:
        """Return the default of a parameter; MISSING without one."""
        wanted = name.lower() if location == "header" else name
        for (where, one), schema in self.parameters.items():
            if where == location and (one.lower() if location == "header" else one) == wanted and schema is not None:
                return default_at(schema, "")
        return MISSING


def read_source(place: Place, sources: Sources) -> Source:
    """Return what the `x-from` at a place says.

    Raises:
        ContractError: It is not in the grammar, or names what there is not.
    """
    text = place.value
    match = _FORM.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        near = did_you_mean(text, (*_STARTS, "clock.ms", "clock.s")) if isinstance(text, str) else ""
        raise place.error(f"x-from names an unknown source: {text!r}.", expected=_GRAMMAR, advice=near)
    if match["clock"] is not None:
        return Source("clock", match["clock"], "", text)
    if match["parameter"] is not None:
        return _of_parameter(place, match["location"], match["parameter"], sources)
    if match["outer"] is not None:
        return _of_body(place, match["outer"], match["pointer"] or "", sources)
    return _of_the_rest(place, match, sources)


def _of_the_rest(place: Place, match: re.Match[str], sources: Sources) -> Source:
    if match["session"] is not None:
        if not sources.session:
            advice = "Declare `security` for the operation, or add [world.session] to bothends.toml."
            raise place.error("x-from names the session's user, but no caller can sign in.", advice=advice)
        return Source("session", "user", _in_identity(match["session"]), place.value)
    if match["upstream"] is not None:
        advice = "Add [world.upstreams.<name>] to bothends.toml."
        name = _known(place, "upstream", match["upstream"], sources.upstreams, advice)
        return Source("upstream", name, match["part"] or "", place.value)
    if match["setup"] is not None:
        return Source("setup", _yielded(place, match["setup"], sources.setup), "", place.value)
    advice = "Declare it under `headers` of the answer."
    name = _known(place, "header of a 2xx answer", match["header"].lower(), sources.answer_headers, advice)
    return Source("answer-header", name, "", place.value)


def _of_body(place: Place, outer: str, pointer: str, sources: Sources) -> Source:
    text = place.value
    if outer == "answer.body":
        _check_leads(place, "an answer's", pointer, sources.answers)
        return Source("answer-body", "", pointer, text)
    if not sources.body:
        raise place.error("x-from names the request's body, but the operation has none.", expected="a requestBody")
    _check_leads(place, "the request's", pointer, sources.bodies)
    defaults = (default_at(schema, pointer) for schema in sources.bodies)
    default = next((each for each in defaults if each is not MISSING), MISSING)
    return Source("request-body", "", pointer, text, default)


_PARAMETERS: Mapping[str, SourceKind] = {
    "path": "request-path",
    "query": "request-query",
    "header": "request-header",
}


def _of_parameter(place: Place, location: str, written: str, sources: Sources) -> Source:
    name = written.lower() if location == "header" else written
    advice = "Declare it under `parameters`."
    name = _known(place, f"{location} parameter", name, sources.names(location), advice)
    return Source(_PARAMETERS[location], name, "", place.value, sources.default(location, name))


def default_at(schema: Schema, pointer: str) -> Any:
    """Return the `default` that a schema gives the value at a JSON pointer; MISSING where it gives none.

    Only what holds for each value is followed: `properties`, `$ref` and `allOf`.
    """
    return _default(schema.raw, tuple(split(pointer)), targets_in(schema.raw))


def _default(schema: Any, keys: Sequence[str], target: Target) -> Any:
    parts = list(certain(schema, target))
    if keys:
        members = (part.get("properties", {}).get(keys[0]) for part in parts)
        found = (_default(member, keys[1:], target) for member in members)
    else:
        found = (part.get("default", MISSING) for part in parts)
    return next((each for each in found if each is not MISSING), MISSING)


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
            expected=one_of(known) if known else f"a {what}",
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


_CONDITIONAL = frozenset({"if", "dependentSchemas"})
_APPLICATORS = IN_PLACE | _CONDITIONAL
"""Keywords whose schemas describe the same value."""


class ProvenanceWalk:
    """Finds the values of an event, or of an answer, of which its schema says something: where they come from."""

    __slots__ = ("_branches", "_definitions", "_keyword", "_leads", "_places", "_root", "_sources", "_target")

    def __init__(self, schema: Schema, sources: Mapping[str, Source], keyword: str = "x-from") -> None:
        """Take the schema, the sources by the text of their keyword, and that one."""
        self._keyword = keyword
        self._root = schema.raw
        self._definitions: dict[str, Any] = schema.raw.get("$defs", {})
        self._target = targets_in(schema.raw)
        self._sources = sources
        self._branches: dict[int, Schema] = {}
        self._leads: dict[int, bool] = {}
        self._places: dict[str, str] | None = None

    def __reduce__(self) -> tuple[type[ProvenanceWalk], tuple[Schema, Mapping[str, Source], str]]:
        """Leave the compiled branches behind when it is sent to another process."""
        return ProvenanceWalk, (Schema(self._root), self._sources, self._keyword)

    def over(self, schema: Schema) -> ProvenanceWalk:
        """Return the walk through another schema with the same sources: a part of this one's."""
        return ProvenanceWalk(schema, self._sources, self._keyword)

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

    @property
    def sources(self) -> tuple[Source, ...]:
        """All sources that an `x-from` of the event names."""
        return tuple(self._sources.values())

    @property
    def places(self) -> Mapping[str, str]:
        """The `x-from` of each value that any event may have, by its JSON pointer, in which `*` is each item."""
        if self._places is None:
            self._places = dict(self._certain_places(self._root, "", frozenset()))
        return self._places

    def _certain_places(self, schema: Any, pointer: str, above: frozenset[int]) -> Iterator[tuple[str, str]]:
        for part in certain(schema, self._target) if self._may_lead_on(schema) else ():
            text = str(part.get(self._keyword, ""))
            if text in self._sources:
                yield pointer, text
            if id(part) not in above:
                within = above | {id(part)}
                for name, child in part.get("properties", {}).items():
                    yield from self._certain_places(child, pointer + join(name), within)
                yield from self._certain_places(part.get("items", True), f"{pointer}/*", within)

    def find(self, payload: Any) -> list[Provenance]:
        """Return each value of the payload under an `x-from`, once for each source, in order."""
        found: dict[tuple[str, str], Provenance] = {}
        may_lead_on = self._may_lead_on
        pending: list[tuple[Any, Any, str]] = [(self._root, payload, "")] if may_lead_on(self._root) else []
        while pending:
            schema, value, pointer = pending.pop()
            text = str(schema.get(self._keyword, ""))
            if text in self._sources:
                found.setdefault((pointer, text), Provenance(pointer, value, self._sources[text]))
            following = [(each, value, pointer) for each in self._same_value(schema, value) if may_lead_on(each)]
            inside = (one for one in self._inside(schema, value) if may_lead_on(one[0]))
            following.extend((child, item, pointer + join(key)) for child, item, key in inside)
            following.reverse()
            pending += following
        return list(found.values())

    def _may_lead_on(self, schema: Any) -> bool:
        """Whether there may be an `x-from` in a schema, or in what it refers to."""
        if not isinstance(schema, dict):
            return False
        leads = self._leads.get(id(schema))
        if leads is None:
            leads = self._leads[id(schema)] = self._has_source(schema)
        return leads

    def _has_source(self, schema: dict[str, Any]) -> bool:
        seen: set[int] = set()
        pending: list[Any] = [schema]
        while pending:
            part = pending.pop()
            if isinstance(part, list):
                pending += part
            elif isinstance(part, dict):
                if self._keyword in part:
                    return True
                found = referred(part, self._target)  # in a value it may lead nowhere
                if found is not MISSING and id(found) not in seen:
                    seen.add(id(found))
                    pending.append(found)
                pending += part.values()
        return False

    def _same_value(self, schema: Mapping[str, Any], value: Any) -> Iterator[Any]:
        """Yield the schemas that describe the same value."""
        if _APPLICATORS.isdisjoint(schema):  # as a rule
            return
        yield from same(schema, self._target)
        for branches in choices(schema):
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
            if not patterns and "additionalProperties" not in schema:
                yield from ((properties[key], item, key) for key, item in value.items() if key in properties)
                return
            for key, item in value.items():
                matching = [child for pattern, child in patterns.items() if matches(pattern, key)]
                if key in properties:
                    matching.append(properties[key])
                if not matching and "additionalProperties" in schema:
                    matching.append(schema["additionalProperties"])
                yield from ((child, item, key) for child in matching)
        elif isinstance(value, list):
            prefix = schema.get("prefixItems", [])
            for index, item in enumerate(value):
                yield (prefix[index] if index < len(prefix) else schema.get("items", True)), item, index

    def _fits(self, branch: Any, value: Any) -> bool:
        if not isinstance(branch, dict):
            return bool(branch)
        made = self._branches.get(id(branch))
        if made is None:
            made = self._branches[id(branch)] = Schema({**branch, "$defs": self._definitions})
        return made.is_valid(value)

    def _is_of_type(self, branch: Any, value: Any) -> bool:
        while (
            isinstance(branch, dict)
            and "type" not in branch
            and (found := referred(branch, self._target)) is not MISSING
        ):
            branch = found
        wanted = branch.get("type", []) if isinstance(branch, dict) else []
        names = [wanted] if isinstance(wanted, str) else wanted
        return not names or any(isinstance(value, _TYPES[name]) for name in names)
