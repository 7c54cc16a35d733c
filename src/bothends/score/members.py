"""Lies about a member of a body: one definition each, told of the members of answers and of those of events."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bothends.laws import is_time
from bothends.records import MISSING, with_value
from bothends.schemas import REFERENCES, matches
from bothends.score.lie import Gap, Lie, Side
from bothends.score.operators import Operator, register

if TYPE_CHECKING:
    from bothends.records import Exchange
    from bothends.schemas import Described
    from bothends.score.ground import Ground, Member

UNEXPECTED = "unexpected"
"""The name and the value of a member that nobody has declared."""
_TYPES = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array"), (dict, "object"))
_LEAST: dict[type, str] = {str: "minLength", list: "minItems", dict: "minProperties"}
_FORMATS = frozenset({"date-time", "date", "time", "uri", "email", "uuid", "ipv4", "ipv6", "hostname", "uri-reference"})


@dataclass(frozen=True, slots=True)
class Change:
    """Another body.

    Attributes:
        exchange: The exchange that has it; None: nobody knows what would have come of it.
        words: What is changed; empty: the values say it.
        gap: What would have to say more.
        said: Where the contract leaves it open in so many words.
        beside: Exchanges that it is judged beside.
        becomes: What stands there now; MISSING: the words say it.
    """

    exchange: Exchange | None
    words: str
    gap: Gap | None
    said: str = ""
    beside: tuple[Exchange, ...] = ()
    becomes: Any = MISSING


Changes = Callable[["Member"], Iterator[Change]]


def of_members(name: str, about: str) -> Callable[[Changes], Changes]:
    """Return a decorator that registers a lie about a member twice: of answers, and of events.

    Args:
        name: What is done: `dropped`.
        about: What a target does that lies so, `{}` in place of `the answer` or `the event`.
    """

    def registered(changes: Changes) -> Changes:
        register(
            Operator(
                f"answer-member-{name}",
                about.format("the answer"),
                Side.ANSWER,
                lambda ground: _lies(ground.answer_members, ground, changes),
            )
        )
        register(
            Operator(
                f"event-member-{name}",
                about.format("the event"),
                Side.EVENT,
                lambda ground: _lies(ground.event_members, ground, changes),
            )
        )
        return changes

    return registered


def _lies(members: list[Member], ground: Ground, changes: Changes) -> Iterator[Lie]:
    for member in members:
        for one in changes(member):
            was = MISSING if one.becomes is MISSING else member.described.value
            more = {"gap": one.gap, "said": one.said, "beside": one.beside, "was": was, "becomes": one.becomes}
            yield from ground.lie(member.place, one.exchange, one.words, **more)


# What would have to be said.


def _own(member: Member, words: dict[str, Any]) -> Gap:
    """Return the words that the schema of a member would have to say, or the schema of what holds it."""
    parts = member.described.parts
    if parts:
        written = (pointer for pointer, part in parts if not any(word in part for word in REFERENCES))
        return Gap(next(written, parts[0][0]), words, member.schema)
    return _declared(member, words)


def _declared(member: Member, words: dict[str, Any]) -> Gap:
    holder, key = member.described.holder, member.described.keys[-1:]
    if holder is None or not holder.parts or isinstance(holder.value, list):
        return Gap("", {}, member.schema, about="declare what stands here")
    return Gap(_holder_pointer(holder), {"properties": {key[0]: words}}, member.schema)


def _holder_pointer(holder: Described) -> str:
    """Return the part that lists the members of an object: that one would have to say more of them."""
    listing = (pointer for pointer, part in holder.parts if "properties" in part)
    return next(listing, holder.parts[0][0] if holder.parts else "")


def _source(member: Member, keys: tuple[str, ...] | None = None) -> Gap:
    """Return that the source of a value would have to be named: its form is all that is said."""
    described = member.described
    at = described.parts[0][0] if described.parts else ""
    return Gap(at, {}, member.schema, described.keys if keys is None else keys)


def _types(described: Described) -> frozenset[str]:
    """Return the types that are named for a place; none: none are."""
    found: set[str] = set()
    for named in described.says("type"):
        found |= {named} if isinstance(named, str) else set(named)
    return frozenset(found)


def type_of(value: Any) -> str:
    """Return the type of a JSON value, as JSON Schema names it."""
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "null")


def _typed(member: Member, new: Any) -> Gap:
    """Return what would have to be said for a value of another type to be noticed."""
    types = _types(member.described)
    if types and type_of(new) in types:
        return _source(member)
    return _own(member, {"type": type_of(member.described.value)})


# The lies.


@of_members("dropped", "A member of {} is left out.")
def dropped(member: Member) -> Iterator[Change]:
    """Leave each member out."""
    holder, keys = member.described.holder, member.described.keys
    if holder is None:
        return
    if isinstance(holder.value, list):
        rest: Any = holder.value[1:]
        gap = _source(member, holder.keys)
        words = "the first item is left out"
    else:
        rest = {name: value for name, value in holder.value.items() if name != keys[-1]}
        listed = member.described.pointer.endswith("/*")
        gap = _source(member, holder.keys) if listed else _required(member, holder)
        words = f"{keys[-1]} is left out"
    yield Change(member.told(with_value(member.body, holder.keys, rest)), words, gap)


def _required(member: Member, holder: Described) -> Gap:
    name = member.described.keys[-1]
    if not holder.parts:
        return Gap("", {}, member.schema, about=f"declare the member {name}")
    return Gap(_holder_pointer(holder), {"required": [name]}, member.schema)


@of_members("added", "A member that nobody has declared is in {}.")
def added(member: Member) -> Iterator[Change]:
    """Add a member to each object."""
    described = member.described
    if not isinstance(described.value, dict) or UNEXPECTED in described.value:
        return
    said = [one for one in described.says("additionalProperties") if one is True or one == {}]
    pointer, keyword = _closed_at(described)
    words = {keyword: False}
    open_in_words = f"additionalProperties: {json.dumps(said[0])}" if said else ""
    changed = member.becomes({**described.value, UNEXPECTED: UNEXPECTED})
    gap = Gap(pointer, words, member.schema) if described.parts else _declared(member, words)
    yield Change(changed, f"a member {UNEXPECTED} is added", gap, open_in_words)


def _closed_at(described: Described) -> tuple[str, str]:
    """Return the part of a schema that would close an object, and the keyword: the part that knows all members."""
    listing = [(pointer, set(part["properties"])) for pointer, part in described.parts if "properties" in part]
    every = set().union(*(names for _, names in listing))
    whole = next((pointer for pointer, names in listing if names == every), None)
    if whole is None or any("patternProperties" in part for _, part in described.parts):
        return _holder_pointer(described), "unevaluatedProperties" if listing else "additionalProperties"
    return whole, "additionalProperties"


@of_members("retyped", "A member of {} is of another type.")
def retyped(member: Member) -> Iterator[Change]:
    """Give each value another type, by the nearest mistake: a text for what it spells, and the other way round."""
    value = member.described.value
    if value is None:
        return
    new = _of_another_type(value)
    yield Change(member.becomes(new), "", _typed(member, new), becomes=new)


def _of_another_type(value: Any) -> Any:
    if isinstance(value, str):
        try:
            spelt = json.loads(value)
        except ValueError:
            return [value]
        return spelt if not isinstance(spelt, str) else [value]
    # What is written as JSON twice is the mistake of who has a library write JSON, and calls another one for it.
    return json.dumps(value, ensure_ascii=False)


@of_members("nulled", "A member of {} is null.")
def nulled(member: Member) -> Iterator[Change]:
    """Make each value null."""
    value = member.described.value
    if value is not None:
        yield Change(member.becomes(None), "", _typed(member, None), becomes=None)


@of_members("emptied", "A text, a list or an object of {} is empty.")
def emptied(member: Member) -> Iterator[Change]:
    """Empty each text, list and object."""
    value = member.described.value
    keyword = _LEAST.get(type(value), "")
    if keyword and value:
        new = type(value)()
        yield Change(member.becomes(new), "", _own(member, {keyword: 1}), becomes=new)


@of_members("beyond", "A member of {} is beyond its bounds: no value that is listed, too small, too long.")
def beyond(member: Member) -> Iterator[Change]:
    """Break each bound that is declared."""
    value = member.described.value
    for _, part in member.described.parts:
        for keyword, new in _beyond(part, value):
            gap = Gap(setting="formats", words={"formats": "assert"}) if keyword == "format" else _source(member)
            yield Change(member.becomes(new), f"against {keyword}", gap, becomes=new)


def _beyond(part: dict[str, Any], value: Any) -> Iterator[tuple[str, Any]]:
    """Yield each bound of a schema, with a value that breaks it and is of the type of another one."""
    if part.keys() & {"const", "enum"}:
        new = f"{value}x" if isinstance(value, str) else not value if isinstance(value, bool) else UNEXPECTED
        yield "const" if "const" in part else "enum", new
    if isinstance(value, str):
        yield from _beyond_a_text(part, value)
    elif isinstance(value, list) and value:
        if part.get("minItems", 0) > 0:
            yield "minItems", value[: part["minItems"] - 1]
        if part.get("maxItems", _LONGEST_LIST) < _LONGEST_LIST:
            yield "maxItems", [*value, *[value[0]] * (part["maxItems"] + 1 - len(value))]
    elif isinstance(value, int | float) and not isinstance(value, bool):
        for keyword, step in (("minimum", -1), ("exclusiveMinimum", 0), ("maximum", 1), ("exclusiveMaximum", 0)):
            if isinstance(part.get(keyword), int | float):
                yield keyword, part[keyword] + step


def _beyond_a_text(part: dict[str, Any], value: str) -> Iterator[tuple[str, str]]:
    if part.get("minLength", 0) > 0:
        yield "minLength", value[: part["minLength"] - 1]
    if part.get("maxLength", _LONGEST_TEXT) < _LONGEST_TEXT:
        yield "maxLength", value.ljust(part["maxLength"] + 1, "x")
    if "pattern" in part and not matches(part["pattern"], f"{value} \n"):
        yield "pattern", f"{value} \n"
    if part.get("format") in _FORMATS:
        yield "format", f"no {part['format']} at all %"


_LONGEST_TEXT = 1 << 16
_LONGEST_LIST = 1 << 10


@of_members("swapped", "A member of {} has what another exchange has there.")
def swapped(member: Member) -> Iterator[Change]:
    """Give each text, number and object the value that another exchange has there."""
    described = member.described
    if not described.keys:
        return
    found = (one for one in member.other_values() if not _is_its_time(member, one[0]))
    new, other = next(found, (None, None))
    if other is not None:
        words = f"as exchange {other.number} has it"
        yield Change(member.becomes(new), words, _source(member), beside=(other,), becomes=new)


def _is_its_time(member: Member, value: Any) -> bool:
    """Whether a value is a time that its own exchange may have had there: that of one shortly before or after it."""
    forms = [str(one).partition(".")[2] for one in member.described.says("x-from") if str(one).startswith("clock.")]
    return any(is_time(value, form, *member.span) for form in forms)
