"""What can be put right mechanically: the actions of an overlay that a document needs, each with why.

Theory of operation. Only what can't have been meant otherwise is proposed: a key that lacks its `$`, a class of
statuses in lower case, a parameter that the path names. A part that gets another key is written out under the new one
and removed under the old one; what is put right inside of it comes later, by its new place.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from bothends.contract.messages import EVENT_KEY, read_expression, read_template
from bothends.contract.openapi import Keys, json_path, way_of
from bothends.documents import followed, items, member
from bothends.errors import ContractError
from bothends.lint.cases import SLASHES
from bothends.lint.walks import TYPES, answers_places, contents, keys, parameters, parameters_of, schemas
from bothends.records import join, lookup, split
from bothends.schemas import all_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bothends.contract.openapi import OperationPlace
    from bothends.documents import Place
    from bothends.lint.rule import Subject

_GAP = re.compile(r"\{([^{}]+)\}")
_DOTTED = re.compile(r"\$?request\.body(?:\.([\w.-]+)|#([\w-]+))", re.ASCII)
_NAME = re.compile(r"\$?([\w.-]+)", re.ASCII)
_LOWER_CASE = re.compile(r"[1-5]xx")
_PLACES = ("query", "header", "path")


@dataclass(frozen=True, slots=True)
class Action:
    """An action of an overlay.

    Attributes:
        target: What it selects: a JSONPath.
        why: What is wrong there, and how it is put right.
        update: What is merged into the target; None: the target is removed.
        follows: Whether it removes what the action before has put elsewhere, or said otherwise.
    """

    target: str
    why: str
    update: Any = None
    follows: bool = False

    @property
    def as_json(self) -> dict[str, Any]:
        """The action as Overlay 1.0 writes it."""
        what = {"remove": True} if self.update is None else {"update": self.update}
        return {"target": self.target, "description": self.why, **what}


# The key that was meant.


def wrong_keys(subject: Subject) -> Iterator[tuple[OperationPlace, str, Place, ContractError]]:
    """Yield each key of a callback that is no URL: its operation, the callback's name, its place, and why.

    Those of operations that can't be used are among them: nothing else reads their callbacks.
    """
    ingests = subject.contract.settings.world.ingests
    stands_for = {table.stands_for: name for name, table in ingests.items() if table.stands_for}
    for operation, name, place in keys(subject):
        try:
            read_template(place, tuple(ingests), stands_for)
        except ContractError as error:
            yield operation, name, place, error


def meant_key(operation: OperationPlace, key: str) -> str | None:
    """Return the key of a callback that was meant by one that can't be used; None: it is not certain."""
    whole = key if "{" in key or "://" in key else f"{{{key}}}"
    gaps = _GAP.findall(whole)
    meant = {gap: _meant_gap(operation, gap) for gap in gaps}
    if not gaps or None in meant.values():
        return None
    made = _GAP.sub(lambda found: f"{{{meant[found[1]]}}}", whole)
    return None if made == key else made


def _meant_gap(operation: OperationPlace, gap: str) -> str | None:
    """Return the runtime expression that was meant by what stands in braces; None: it is not certain."""
    if read_expression(gap) is not None or gap == EVENT_KEY:
        return gap
    with_dollar = f"${gap}"
    if gap.startswith(("request.", "response.")) and read_expression(with_dollar) is not None:
        return with_dollar
    in_body = _DOTTED.fullmatch(gap)
    if in_body is not None:
        found = [in_body[2]] if in_body[1] is None else in_body[1].split(".")
        return f"$request.body#{join(*found)}" if _in_body(operation, found) else None
    name = _NAME.fullmatch(gap)
    return None if name is None else _by_name(operation, name[1])


def _by_name(operation: OperationPlace, name: str) -> str | None:
    """Return the expression that reads what alone has a name in an operation's requests."""
    found = [
        f"$request.{place.value['in']}.{name}"
        for _, place in parameters_of(operation)
        if place.value.get("name") == name and place.value.get("in") in _PLACES
    ]
    if _in_body(operation, [name]):
        found.append(f"$request.body#{join(name)}")
    return found[0] if len(found) == 1 else None


def _in_body(operation: OperationPlace, names: Sequence[str]) -> bool:
    """Whether the schema of each body that an operation takes declares a member."""
    described = [member(content, "schema") for _, content in contents(member(operation.place, "requestBody"))]
    return bool(described) and all(_declares(schema, names) for schema in described)


def _declares(schema: Place | None, names: Sequence[str]) -> bool:
    if schema is None or not names:
        return schema is not None
    inner = member(member(schema, "properties"), names[0])
    if inner is not None:
        return _declares(inner, names[1:])
    return any(_declares(followed(part), names) for part in all_of(schema))


# Names in paths.


def undeclared(operation: OperationPlace) -> list[str]:
    """Return the names in an operation's path that no path parameter has; none where one of these can't be read."""
    if any(
        followed(listed) is None
        for holder in (operation.item, operation.place)
        for listed in items(holder, "parameters")
    ):
        return []
    declared = [place.value.get("name") for _, place in parameters_of(operation) if place.value.get("in") == "path"]
    return [name for name in _GAP.findall(operation.path) if name not in declared]


def unused(operation: OperationPlace) -> Iterator[tuple[Place, str]]:
    """Yield each path parameter that an operation's path does not contain: where it is listed, and its name."""
    names = _GAP.findall(operation.path)
    for listed, place in parameters_of(operation):
        name = place.value.get("name")
        if place.value.get("in") == "path" and isinstance(name, str) and name not in names:
            yield listed, name


# The overlay.


class _Plan:
    """Actions so far, and where the parts are that have been given other keys."""

    def __init__(self, root: Place) -> None:
        self.actions: list[Action] = []
        self._file = root.document.file
        self._moves: list[tuple[Keys, Keys]] = []
        self._met: set[tuple[str, str]] = set()

    def takes(self, place: Place) -> bool:
        """Whether a part is of the document that overlays change, and was not met before under what is asked now."""
        if place.document.file != self._file or place.identity in self._met:
            return False
        self._met.add(place.identity)
        return True

    def update(self, place: Place, update: Any, why: str) -> None:
        """Merge something into a part."""
        self.actions.append(Action(json_path(self._now(way_of(place))), why, update))

    def remove(self, place: Place, why: str, *, follows: bool = True) -> None:
        """Remove a part; most often, it is said otherwise by now."""
        self.actions.append(Action(json_path(self._now(way_of(place))), why, follows=follows))

    def rename(self, place: Place, key: str, why: str) -> None:
        """Give a part another key, unless something else stands under that one."""
        if key in lookup(place.document.value, place.pointer.rpartition("/")[0]):
            return
        way = self._now(way_of(place))
        self.actions.append(Action(json_path(way[:-1]), why, {key: place.value}))
        self.actions.append(Action(json_path(way), f"It stands under '{key}' now.", follows=True))
        self._moves.append((way, (*way[:-1], key)))

    def _now(self, way: Keys) -> Keys:
        for old, new in self._moves:
            if way[: len(old)] == old:
                way = (*new, *way[len(old) :])
        return way


def proposed(subject: Subject) -> list[Action]:
    """Return the actions that put right what can be put right without a doubt, in their order."""
    plan = _Plan(subject.root)
    for put_right in _ALL:
        put_right(subject, plan)
    return plan.actions


def overlay_text(actions: Sequence[Action], title: str, *, as_json: bool, done: str = "put right") -> str:
    """Return an overlay of version 1.0; `done` says what it does with the document of that title."""
    overlay = {
        "overlay": "1.0.0",
        "info": {"title": f"{title}, {done}", "version": "1"},
        "actions": [each.as_json for each in actions],
    }
    if as_json:
        return json.dumps(overlay, indent=2, ensure_ascii=False) + "\n"
    return yaml.dump(overlay, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


class _Dumper(yaml.SafeDumper):
    """Writes each value out: an overlay with anchors in it is hard to read."""

    def ignore_aliases(self, _: Any) -> bool:
        return True


def _keys(subject: Subject, plan: _Plan) -> None:
    """Callbacks whose key is no runtime expression."""
    written = [(operation, place) for operation, _, place, _ in wrong_keys(subject)]
    meant: dict[tuple[str, str], set[str | None]] = {}
    for operation, place in written:
        meant.setdefault(place.identity, set()).add(meant_key(operation, split(place.pointer)[-1]))
    for _, place in written:
        key = next(iter(meant[place.identity])) if len(meant[place.identity]) == 1 else None
        if key is not None and plan.takes(place):
            old = split(place.pointer)[-1]
            plan.rename(place, key, f"The callback's key '{old}' is no runtime expression of OpenAPI: '{key}' is.")


def _classes(subject: Subject, plan: _Plan) -> None:
    """Classes of statuses in lower case."""
    for responses, key in answers_places(subject):
        place = responses.child(key)
        if _LOWER_CASE.fullmatch(key) and plan.takes(place):
            plan.rename(place, key.upper(), f"OpenAPI writes '{key}' as '{key.upper()}'.")


def _undeclared(subject: Subject, plan: _Plan) -> None:
    """Names in paths that no parameter has, unless it may be a parameter that is misspelt."""
    for each in subject.operations:
        missing = undeclared(each)
        if missing and not list(unused(each)) and plan.takes(each.place):
            made = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in missing]
            names = ", ".join(f"{{{name}}}" for name in missing)
            plan.update(each.place, {"parameters": made}, f"The path contains {names}, and no parameter has that name.")


def _optional(subject: Subject, plan: _Plan) -> None:
    """Path parameters that are not required."""
    for place in parameters(subject):
        if place.value.get("in") == "path" and place.value.get("required") is not True and plan.takes(place):
            plan.update(place, {"required": True}, "A path parameter is always required.")


def _nullable(subject: Subject, plan: _Plan) -> None:
    """`nullable` in documents of 3.1."""
    for place in _schemas(subject, lambda value: value.get("nullable") is True):
        name = place.value.get("type")
        if not subject.is_openapi_30 and isinstance(name, str) and name in TYPES and name != "null":
            plan.update(place, {"type": [name, "null"]}, "OpenAPI 3.1 has no nullable: null is a type.")
            plan.remove(place.child("nullable"), "The type says it now.")


def _limits(subject: Subject, plan: _Plan) -> None:
    """Exclusive limits of 3.0 in documents of 3.1."""
    for place in _schemas(subject, lambda _: not subject.is_openapi_30):
        for key, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
            if place.value.get(key) is True and limit in place.value:
                plan.update(place, {key: place.value[limit]}, f"In OpenAPI 3.1, {key} is the limit itself.")
                plan.remove(place.child(limit), f"It is {key} now.")
            elif place.value.get(key) is False:
                why = f"In OpenAPI 3.1, {key} is a number; false is what holds without it."
                plan.remove(place.child(key), why, follows=False)


def _required(subject: Subject, plan: _Plan) -> None:
    """Properties that say of themselves that they are required."""
    for place in _schemas(subject, lambda value: isinstance(value.get("properties"), dict)):
        named = place.child("properties")
        mine = [name for name, one in named.value.items() if isinstance(one, dict) and one.get("required") is True]
        listed = place.value.get("required", [])
        if mine and isinstance(listed, list):
            fresh = [name for name in mine if name not in listed]
            why = "An object lists what it requires; `required: true` at a property is no JSON Schema."
            if fresh:
                plan.update(place, {"required": fresh}, why)
            for name in mine:
                plan.remove(named.child(name).child("required"), "The object requires it now.")


def _types(subject: Subject, plan: _Plan) -> None:
    """Types in other letters."""
    for place in _schemas(subject, lambda value: isinstance(value.get("type"), str)):
        name = place.value["type"]
        if name not in TYPES and name.lower() in TYPES:
            plan.update(place, {"type": name.lower()}, f"JSON Schema writes '{name}' as '{name.lower()}'.")


def _patterns(subject: Subject, plan: _Plan) -> None:
    """Patterns in slashes, without flags behind them."""
    for place in _schemas(subject, lambda value: isinstance(value.get("pattern"), str)):
        text = place.value["pattern"]
        if SLASHES.fullmatch(text) and text.startswith("/^") and text.endswith("$/"):
            plan.update(place, {"pattern": text[1:-1]}, "The slashes would be a part of the pattern.")


def _schemas(subject: Subject, is_meant: Callable[[dict[str, Any]], bool]) -> Iterator[Place]:
    """Yield each schema of the document itself of which something holds, once."""
    seen: set[tuple[str, str]] = set()
    for each in schemas(subject):
        place = each.place
        if place.document.file == subject.root.document.file and place.identity not in seen and is_meant(place.value):
            seen.add(place.identity)
            yield place


_ALL: tuple[Callable[[Subject, _Plan], None], ...] = (
    *(_keys, _classes, _undeclared, _optional, _nullable, _limits, _required, _types, _patterns),
)
