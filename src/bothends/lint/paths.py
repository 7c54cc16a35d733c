"""Rules of paths and parameters: names that do not fit together, and what HTTP or OpenAPI ignores."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bothends.errors import did_you_mean
from bothends.lint.rule import Level, rule
from bothends.lint.walks import followed, items, parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.selection import OperationPlace
    from bothends.documents import Place
    from bothends.lint.rule import Found, Subject

GAP = re.compile(r"\{([^{}]+)\}")
_IGNORED = frozenset({"accept", "content-type", "authorization"})


def parameters_of(operation: OperationPlace) -> Iterator[tuple[Place, Place]]:
    """Yield each parameter of an operation and of its path item: where it is listed, and where it stands."""
    for holder in (operation.item, operation.place):
        for listed in items(holder, "parameters"):
            found = followed(listed)
            if found is not None:
                yield listed, found


def undeclared(operation: OperationPlace) -> list[str]:
    """Return the names in an operation's path that no path parameter has; none where one of these can't be read."""
    if any(
        followed(listed) is None
        for holder in (operation.item, operation.place)
        for listed in items(holder, "parameters")
    ):
        return []
    declared = [place.value.get("name") for _, place in parameters_of(operation) if place.value.get("in") == "path"]
    return [name for name in GAP.findall(operation.path) if name not in declared]


def unused(operation: OperationPlace) -> Iterator[tuple[Place, str]]:
    """Yield each path parameter that an operation's path does not contain: where it is listed, and its name."""
    names = GAP.findall(operation.path)
    for listed, place in parameters_of(operation):
        name = place.value.get("name")
        if place.value.get("in") == "path" and isinstance(name, str) and name not in names:
            yield listed, name


@rule(
    "undeclared-path-parameter",
    Level.ERROR,
    asks="Each name in a path is a path parameter.",
    why="Without a parameter nothing says what stands there (3.1.0, Path Templating), and the operation is left out.",
)
def undeclared_path_parameter(subject: Subject) -> Found:
    """Yield each operation whose path has a name that no parameter has."""
    for each in subject.operations:
        missing = undeclared(each)
        if missing:
            names = [str(place.value.get("name")) for _, place in parameters_of(each)]
            advice = did_you_mean(missing[0], names)
            advice += f" Add parameters: [{{name: {missing[0]}, in: path, required: true, schema: {{type: string}}}}]."
            yield (
                each.place.location,
                f"The path of {each.line} contains {{{missing[0]}}}, but no path parameter has that name.",
                advice.strip(),
            )


@rule(
    "unused-path-parameter",
    Level.WARNING,
    asks="The path contains each path parameter.",
    why="The name must be that of an expression in the path (3.1.0, section 4.8.12.2): the value stands nowhere.",
)
def unused_path_parameter(subject: Subject) -> Found:
    """Yield each path parameter that is not in the path."""
    for each in subject.operations:
        for listed, name in unused(each):
            problem = f"The path {each.path} has no {{{name}}}."
            advice = did_you_mean(name, GAP.findall(each.path)) or "Remove the parameter, or change the path."
            yield listed.location, problem, advice


@rule(
    "optional-path-parameter",
    Level.ERROR,
    asks="Each path parameter is required.",
    why="A path has all of its parts: `required` must be there, and be true (3.1.0, section 4.8.12.2).",
)
def optional_path_parameter(subject: Subject) -> Found:
    """Yield each path parameter that is not required."""
    for place in parameters(subject):
        if place.value.get("in") == "path" and place.value.get("required") is not True:
            name = place.value.get("name")
            yield place.location, f"The path parameter '{name}' is not required.", "Add required: true."


@rule(
    "parameter-twice",
    Level.WARNING,
    asks="Each parameter of a list has its own name and place.",
    why="A list must not have duplicates (3.1.0, section 4.8.10); bothends takes the last of them.",
)
def parameter_twice(subject: Subject) -> Found:
    """Yield each parameter whose name and place another one of its list has."""
    for each in subject.operations:
        for holder in (each.item, each.place):
            seen: set[tuple[str, str]] = set()
            for listed in items(holder, "parameters"):
                place = followed(listed)
                if place is None:
                    continue
                key = (str(place.value.get("in")), str(place.value.get("name")))
                if key in seen:
                    yield listed.location, f"The {key[0]} parameter '{key[1]}' is declared twice.", "Remove one."
                seen.add(key)


@rule(
    "ignored-parameter",
    Level.WARNING,
    asks="No parameter is the header Accept, Content-Type or Authorization.",
    why="Such a parameter is ignored (3.1.0, section 4.8.12.2.1): media types and `security` say these headers.",
)
def ignored_parameter(subject: Subject) -> Found:
    """Yield each header parameter that OpenAPI ignores."""
    for place in parameters(subject):
        name = place.value.get("name")
        if place.value.get("in") == "header" and isinstance(name, str) and name.lower() in _IGNORED:
            advice = "Use `security`." if name.lower() == "authorization" else "Name the media types under `content`."
            yield place.location, f"The header parameter '{name}' is ignored.", advice


@rule(
    "same-path",
    Level.WARNING,
    asks="No two paths differ in the names of their parameters only.",
    why="They are identical, and must not both be there (3.1.0, section 4.8.8.1): no request is of one of them only.",
)
def same_path(subject: Subject) -> Found:
    """Yield each path under test that is another one by other names."""
    told: set[str] = set()
    first: dict[str, str] = {}
    for _, path in subject.contract.routes:
        first.setdefault(GAP.sub("{}", path), path)
    for each in subject.operations:
        other = first.get(GAP.sub("{}", each.path), each.path)
        if other != each.path and each.path not in told:
            told.add(each.path)
            yield each.item.location, f"{each.path} is the same path as {other}.", "Make one path of them."


@rule(
    "operation-id-twice",
    Level.ERROR,
    asks="Each operation has its own `operationId`.",
    why="It must be unique (3.1.0, section 4.8.10): a name of two operations is none, and the second is left out.",
)
def operation_id_twice(subject: Subject) -> Found:
    """Yield each operation that has the name of an earlier one."""
    first: dict[str, str] = {}
    for each in subject.operations:
        other = first.setdefault(each.id, each.line)
        if other != each.line:
            yield (
                each.place.location,
                f"The operationId '{each.id}' of {each.line} is that of {other}.",
                "Give one of them another operationId.",
            )
