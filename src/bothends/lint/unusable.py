"""Rules of what can't be used: the operations and callbacks that a run leaves out, each by what is wrong with it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.contract.openapi_schema import METHODS
from bothends.contract.overlays import json_path, way_of
from bothends.contract.strays import EXTENSIONS
from bothends.errors import Location, did_you_mean
from bothends.lint.corrections import meant_key, wrong_keys
from bothends.lint.rule import Level, rule
from bothends.lint.walks import followed, items, keys, member
from bothends.records.pointers import split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bothends.contract.selection import Unusable
    from bothends.documents import Place
    from bothends.errors import ContractError
    from bothends.lint.rule import Found, Subject

_SCHEME = re.compile(r"/components/securitySchemes/[^/]+(/[^/]+)?")


def _advice(error: ContractError) -> str:
    said = " ".join(filter(None, (error.expected and f"Expected: {error.expected}.", error.advice)))
    return said or "Put it right there, or in an overlay."


def _said(each: Unusable) -> tuple[Location, str, str]:
    error = each.error
    return error.where or Location(Path()), f"{each.what} can't be used: {error.problem}", _advice(error)


def _those(subject: Subject, is_meant: Callable[[Unusable, list[str]], bool]) -> Iterator[Unusable]:
    """Yield what can't be used because of a place of which something holds."""
    for each in subject.contract.unusable:
        where = each.error.where
        if where is not None and is_meant(each, split(where.pointer) if where.pointer.startswith("/") else []):
            yield each


@rule(
    "unusable",
    Level.ERROR,
    asks="Each operation under test, and each of its callbacks, can be used.",
    why="A run leaves out what can't be used, and is not proven.",
    general=True,
)
def unusable(subject: Subject) -> Found:
    """Yield what can't be used for a reason that has no rule of its own."""
    yield from (_said(each) for each in subject.contract.unusable if each.error.where is not None)


@rule(
    "broken-reference",
    Level.ERROR,
    asks="Each `$ref` leads to something in the document or in a file beside it.",
    why="What it leads to is not known (3.1.0, section 4.8.23), so what refers to it is left out.",
)
def broken_reference(subject: Subject) -> Found:
    """Yield each reference that leads nowhere, or where bothends does not go."""
    yield from (_said(each) for each in _those(subject, lambda _, keys: keys[-1:] == ["$ref"]))


def _of_extension(subject: Subject, name: str) -> Found:
    """Yield what can't be used because of an extension: at its value, or inside of it."""
    yield from (_said(each) for each in _those(subject, lambda _, keys: name in keys[-3:]))


@rule(
    "unknown-source",
    Level.ERROR,
    asks="Each `x-from` names a source that there is.",
    why="A value can't be compared with a source that nobody knows.",
)
def unknown_source(subject: Subject) -> Found:
    """Yield each `x-from` that names none."""
    return _of_extension(subject, "x-from")


@rule(
    "unknown-condition",
    Level.ERROR,
    asks="Each `x-given` names a family of conditions, and an upstream that there is.",
    why="bothends can't trigger what it does not know.",
)
def unknown_condition(subject: Subject) -> Found:
    """Yield each `x-given` that names none."""
    return _of_extension(subject, "x-given")


@rule(
    "wrong-extension",
    Level.ERROR,
    asks="Each extension of bothends says what its JSON Schema allows.",
    why="What is misspelt would be read as if nothing were said.",
)
def wrong_extension(subject: Subject) -> Found:
    """Yield each extension with another value, but for those that have a rule of their own."""
    for name in EXTENSIONS:
        if name not in {"x-from", "x-given", "x-sends"}:
            yield from _of_extension(subject, name)


@rule(
    "unknown-webhook",
    Level.ERROR,
    asks="Each name in `x-sends` is one of a webhook of the document.",
    why="Nothing says what an event of that name looks like.",
)
def unknown_webhook(subject: Subject) -> Found:
    """Yield each name of a webhook that there is not."""
    return _of_extension(subject, "x-sends")


@rule(
    "callback-key",
    Level.ERROR,
    asks="The key of a callback is a URL, with runtime expressions or names of the world in braces.",
    why="Nothing else says where the event goes (3.1.0, section 4.8.18.2).",
)
def callback_key(subject: Subject) -> Found:
    """Yield each key that is none; where it is known what was meant, with the overlay that says it."""
    for operation, name, place, error in wrong_keys(subject):
        key = split(place.pointer)[-1]
        new = meant_key(operation, key)
        advice = _advice(error)
        if new is not None:
            holder = json_path(way_of(place)[:-1])
            advice = f"In an overlay: target: {holder}, with the key '{new}' in place of '{key}'."
        problem = f"The callback '{name}' of {operation.line} can't be used: {error.problem}"
        yield error.where or place.location, problem, advice


@rule(
    "callback-parameter",
    Level.ERROR,
    asks="A runtime expression reads what the operation's requests have: a body, or a declared parameter.",
    why="Only a declared parameter can be evaluated (3.1.0, section 4.8.20).",
)
def callback_parameter(subject: Subject) -> Found:
    """Yield each key that reads what is not declared."""
    wrong = {place.location for _, _, place, _ in wrong_keys(subject)}
    called = {place.location for _, _, place in keys(subject) if _has_operation(place)}
    for each in subject.contract.unusable:
        if each.error.where in called - wrong:
            yield _said(each)


def _has_operation(key: Place) -> bool:
    item = followed(key)
    return item is not None and not item.value.keys().isdisjoint(METHODS)


@rule(
    "undeclared-scheme",
    Level.ERROR,
    asks="Each scheme that `security` names is declared.",
    why="Each name must be one of the Security Schemes (3.1.0, section 4.8.30).",
)
def undeclared_scheme(subject: Subject) -> Found:
    """Yield each name of a scheme that there is not."""
    declared = member(member(subject.root, "components"), "securitySchemes")
    known = {} if declared is None else declared.value
    for operation in subject.operations:
        holder = operation.place if "security" in operation.place.value else subject.root
        for alternative in items(holder, "security"):
            for name in alternative.value if isinstance(alternative.value, dict) else ():
                if name not in known:
                    advice = did_you_mean(name, known) or "Declare it under components/securitySchemes."
                    yield alternative.child(name).location, f"The security scheme '{name}' is not declared.", advice


@rule(
    "wrong-scheme",
    Level.ERROR,
    asks="Each security scheme says what OpenAPI asks of its type.",
    why="A scheme of an unknown type, or a key without a place, can't be shown (3.1.0, section 4.8.27).",
)
def wrong_scheme(subject: Subject) -> Found:
    """Yield each scheme that can't be used."""
    told: set[Location] = set()
    for each in subject.contract.unusable:
        where = each.error.where
        if where is not None and _SCHEME.fullmatch(where.pointer) and where not in told:
            told.add(where)
            yield where, each.error.problem, _advice(each.error)


@rule(
    "idle-overlay",
    Level.ERROR,
    asks="Each action of an overlay selects something.",
    why="What the overlay was to change stays as it is, and the run is not proven.",
)
def idle_overlay(subject: Subject) -> Found:
    """Yield each action that selects nothing."""
    for _, error in subject.idle:
        if error.where is not None:
            yield error.where, error.problem, _advice(error)
