"""Compares the parameters of two operations, and the headers of two answers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from bothends.diff.bodies import compare_content
from bothends.diff.idempotency import compare_idempotency
from bothends.diff.rule import rule
from bothends.diff.schemas import compare_texts
from bothends.documents import followed, items, member, members, nearest
from bothends.records import json_equal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.diff.comparison import About, Comparison, Way
    from bothends.documents import Place

REMOVED = rule(
    "parameter-removed",
    what="A parameter is gone.",
    why="Callers that send it count on its effect; it has none any more, and nobody is told.",
)
REQUIRED = rule(
    "parameter-required",
    what="A parameter must be sent: it is new, or could be left out.",
    why="The requests of callers that do not send it are refused.",
)
ADDED = rule("parameter-added", what="A parameter is new, and may be left out.", why="Nobody sends it yet.")
SERIALIZATION = rule(
    "serialization",
    what="A parameter or a header is written in another way: `style`, `explode`, `allowReserved`, `allowEmptyValue`.",
    why="The same value has another text: what is sent is read as another value.",
)
DEFAULT = rule(
    "default",
    what="The default of a parameter is another one, or is gone.",
    why="Who leaves the parameter out means the old default.",
)
DEFAULT_ADDED = rule(
    "default-added",
    what="A parameter has a default that it did not have.",
    why="Nothing was said of what it means to leave it out.",
)
HEADER = rule(
    "header",
    what="A header of an answer or an event is gone, or may be missing.",
    why="A reader that needs it, to verify a signature or to page, finds nothing.",
)
HEADER_ADDED = rule("header-added", what="A header of an answer or an event is new.", why="Nobody reads it yet.")
HEADER_DEMANDED = rule(
    "header-demanded",
    what="A receiver's answer must have a header that it could do without.",
    why="The acknowledgements of receivers that do not send it do not count.",
)
_IGNORED = frozenset({"accept", "content-type", "authorization"})
"""Header parameters that OpenAPI ignores (3.1.0, section 4.8.12.2.1)."""
_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}
_NAME = re.compile(r"\{([^{}]*)\}")

Key = tuple[str, str]


def compare_parameters(
    comparison: Comparison, old: Sequence[Place], new: Sequence[Place], paths: tuple[str, str], about: About
) -> None:
    """Compare the parameters of two operations.

    Args:
        comparison: Takes the changes.
        old: What has the old ones, the innermost last.
        new: What has the new ones.
        paths: The old path and the new one; a parameter of a path is known by its place in it.
        about: The operation.
    """
    before, after = _parameters(old, paths[0]), _parameters(new, paths[1])
    about = about.of("request", part="request")
    here = (nearest(old[-1], "parameters"), nearest(new[-1], "parameters"))
    for key, place in before.items():
        own = _own(about, place)
        if key in after:
            _compare(comparison, place, after[key], own)
            continue
        lines = comparison.lines(place, here[1])
        comparison.breaks(REMOVED, own, f"The {key[0]} parameter '{place.value['name']}' is gone.", lines)
    for key, place in after.items():
        if key not in before:
            name = place.value["name"]
            own = _own(about, place, absent=True)
            lines = comparison.lines(here[0], place)
            if place.value.get("required") is True:
                comparison.breaks(REQUIRED, own, f"The new {key[0]} parameter '{name}' is required.", lines)
            else:
                comparison.fits(ADDED, own, f"The {key[0]} parameter '{name}' is new.", lines)


def _own(about: About, place: Place, *, absent: bool = False) -> About:
    location, name = place.value["in"], place.value["name"]
    return about.of(f"{location} parameter {name}", part="request", parameter=(location, name), absent=absent)


def _parameters(holders: Sequence[Place], path: str) -> dict[Key, Place]:
    names = _NAME.findall(path)
    found: dict[Key, Place] = {}
    for holder in holders:
        for place in filter(None, map(followed, items(holder, "parameters"))):
            name, location = place.value.get("name"), place.value.get("in")
            if not isinstance(name, str) or not isinstance(location, str):
                continue
            key = name.lower() if location == "header" else name
            if location == "header" and key in _IGNORED:
                continue
            if location == "path" and name in names:
                key = str(names.index(name))
            found[location, key] = place
    return found


def _compare(comparison: Comparison, old: Place, new: Place, about: About) -> None:
    compare_idempotency(comparison, old, new, about)
    if comparison.unchanged.same(old, new):
        return
    lines = comparison.lines(old, new)
    location, name = old.value["in"], old.value["name"]
    if new.value.get("required") is True and old.value.get("required") is not True:
        problem = f"The {location} parameter '{name}' is now required."
        lines_of_required = comparison.lines(old, nearest(new, "required"))
        comparison.breaks(REQUIRED, _own(about, old, absent=True), problem, lines_of_required)
    _compare_writing(comparison, old, new, about, location)
    if new.value.get("allowEmptyValue") is not True and old.value.get("allowEmptyValue") is True:
        comparison.breaks(SERIALIZATION, about, f"'{name}' may no longer be empty.", lines)
    _compare_defaults(comparison, old, new, about)
    _compare_values(comparison, old, new, "request", about)


def _compare_writing(comparison: Comparison, old: Place, new: Place, about: About, location: str) -> None:
    several = all(_may_be_several(place) for place in (old, new))
    written = [_writing(place.value, location, several=several) for place in (old, new)]
    if written[0] != written[1]:
        words = [", ".join(f"{key}: {json.dumps(value)}" for key, value in each.items()) for each in written]
        problem = f"It was written with {words[0]}, and is written with {words[1]}."
        comparison.breaks(SERIALIZATION, about, problem, comparison.lines(old, new))


def _may_be_several(place: Place) -> bool:
    """Return whether a value may be an array or an object: of one value, `explode` makes no difference."""
    schema = member(place, "schema")
    kinds = None if schema is None else schema.value.get("type")
    return bool({"array", "object"}.intersection([kinds] if isinstance(kinds, str) else kinds or ()))


def _writing(value: dict[str, Any], location: str, *, several: bool) -> dict[str, Any]:
    if "content" in value:
        return {"content": True}
    style = value.get("style", _STYLES.get(location, "simple"))
    explode = {"explode": value.get("explode", style == "form")} if several else {}
    return {"style": style, **explode, **({"allowReserved": True} if value.get("allowReserved") is True else {})}


def _compare_defaults(comparison: Comparison, old: Place, new: Place, about: About) -> None:
    schemas = [member(place, "schema") for place in (old, new)]
    defaults = [None if each is None else each.value.get("default") for each in schemas]
    if schemas[0] is None or schemas[1] is None or json_equal(defaults[0], defaults[1]):
        return
    lines = comparison.lines(nearest(schemas[0], "default"), nearest(schemas[1], "default"))
    words = [json.dumps(value, ensure_ascii=False) for value in defaults]
    if defaults[0] is None:
        comparison.fits(DEFAULT_ADDED, about, f"Its default is now {words[1]}; there was none.", lines)
    elif defaults[1] is None:
        comparison.breaks(DEFAULT, about, f"Its default was {words[0]}; there is none any more.", lines)
    else:
        comparison.breaks(DEFAULT, about, f"Its default was {words[0]}, and is {words[1]}.", lines)


def _compare_values(comparison: Comparison, old: Place, new: Place, way: Way, about: About) -> None:
    if "content" in old.value or "content" in new.value:
        compare_content(comparison, old, new, way, about)
    elif "schema" in old.value and "schema" in new.value:
        compare_texts(comparison, old.child("schema"), new.child("schema"), way, about)


# Headers.


def compare_headers(comparison: Comparison, old: Place, new: Place, way: Way, about: About) -> None:
    """Compare the headers of two answers, by whomever they are given."""
    before = {name.lower(): place for name, place in members(member(old, "headers"), any_name=True)}
    after = {name.lower(): place for name, place in members(member(new, "headers"), any_name=True)}
    for table in (before, after):
        table.pop("content-type", None)  # OpenAPI 3.1.0, section 4.8.17: it is ignored
    _compare_headers(comparison, (before, after), (nearest(old, "headers"), nearest(new, "headers")), way, about)


def compare_event_parameters(comparison: Comparison, old: Sequence[Place], new: Sequence[Place], about: About) -> None:
    """Compare the headers and other parameters of two events: who sends them is the target."""
    before, after = ({f"{k[0]} {k[1]}": p for k, p in _parameters(each, "").items()} for each in (old, new))
    here = (nearest(old[-1], "parameters"), nearest(new[-1], "parameters"))
    _compare_headers(comparison, (before, after), here, "event", about)


def _of_header(about: About, name: str) -> About:
    return about.of(f"{about.part}, header {name}" if about.part != "header" else f"header {name}", header=name)


def _compare_headers(
    comparison: Comparison,
    tables: tuple[dict[str, Place], dict[str, Place]],
    here: tuple[Place, Place],
    way: Way,
    about: About,
) -> None:
    before, after = tables
    for name, place in before.items():
        shown = name.removeprefix("header ")
        own = _of_header(about, shown)
        if name not in after:
            if way == "acknowledgement":
                comparison.fits(HEADER, own, f"'{shown}' is no longer read.", comparison.lines(place, here[1]))
            else:
                comparison.breaks(HEADER, own, f"'{shown}' is gone.", comparison.lines(place, here[1]))
            continue
        required = [each.value.get("required") is True for each in (place, after[name])]
        lines = comparison.lines(place, after[name])
        if required[0] and not required[1] and way != "acknowledgement":
            comparison.breaks(HEADER, own, f"'{shown}' may now be missing.", lines)
        if required[1] and not required[0] and way == "acknowledgement":
            comparison.breaks(HEADER_DEMANDED, own, f"'{shown}' is now required.", lines)
        _compare_writing(comparison, place, after[name], own, "header")
        _compare_values(comparison, place, after[name], way, own)
    for name, place in after.items():
        if name in before:
            continue
        shown = name.removeprefix("header ")
        own = _of_header(about, shown)
        lines = comparison.lines(here[0], place)
        if way == "acknowledgement" and place.value.get("required") is True:
            comparison.breaks(HEADER_DEMANDED, own, f"'{shown}' is now required.", lines)
        else:
            comparison.fits(HEADER_ADDED, own, f"'{shown}' is new.", lines)
