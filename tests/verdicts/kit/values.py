"""Values that are read from an exchange: `$request.body#/item`, `$answer.body#/id`, `$caller.user`, `$new.id`."""

from __future__ import annotations

import re
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MISSING: Any = object()
"""There is no such value."""

_BRACES = re.compile(r"\{(\$[^{}]+)\}")


@dataclass(slots=True)
class Context:
    """One exchange, as far as it has come.

    Attributes:
        method: The request's method.
        url: The request's URL.
        path: The path's parameters.
        query: The query's parameters, the first value of each.
        headers: The request's headers, names in lower case.
        body: The request's body; MISSING without one.
        caller: Who has signed in: the identity; empty for nobody.
        status: The answer's status.
        answer: The answer's body.
        answer_headers: The answer's headers, names in lower case.
        upstreams: What each upstream has answered.
        environment: Variables of the process.
    """

    method: str
    url: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any = MISSING
    caller: Mapping[str, Any] = field(default_factory=dict)
    status: int = 0
    answer: Any = MISSING
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    upstreams: dict[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    def value(self, expression: str) -> Any:
        """Return the value of an expression, or MISSING.

        Raises:
            ValueError: It is none of the kit's expressions.
        """
        name, _, pointer = expression.removeprefix("$").partition("#")
        first, _, rest = name.partition(".")
        if first == "new":
            return str(uuid.uuid4())
        if first == "clock":
            return time.time_ns() // 1_000_000
        whole = {"url": self.url, "method": self.method, "statusCode": self.status, "caller": self.caller}
        if first in whole and not rest:
            return at(whole[first], pointer)
        holders: dict[str, Mapping[str, Any]] = {
            "caller": self.caller,
            "upstream": self.upstreams,
            "env": self.environment,
        }
        if first in holders:
            return at(holders[first].get(rest, MISSING), pointer)
        return self._of_a_message(name, pointer)

    def _of_a_message(self, name: str, pointer: str) -> Any:
        bodies = {"request.body": self.body, "answer.body": self.answer, "response.body": self.answer}
        if name in bodies:
            return at(bodies[name], pointer)
        message, part, key = [*name.split(".", 2), "", ""][:3]
        parts: dict[tuple[str, str], Mapping[str, str]] = {
            ("request", "path"): self.path,
            ("request", "query"): self.query,
            ("request", "header"): self.headers,
            ("answer", "header"): self.answer_headers,
            ("response", "header"): self.answer_headers,
        }
        if (message, part) not in parts:
            raise ValueError(f"the kit knows no ${name}")
        return parts[message, part].get(key.lower() if part == "header" else key, MISSING)


def at(value: Any, pointer: str) -> Any:
    """Return what a JSON pointer leads to, or MISSING."""
    for word in pointer.split("/")[1:]:
        key = word.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return MISSING
    return value


def filled(template: Any, context: Context) -> Any:
    """Return a template with its expressions replaced; members and items that have no value are left out."""
    if isinstance(template, dict):
        members = {key: filled(value, context) for key, value in template.items()}
        return {key: value for key, value in members.items() if value is not MISSING}
    if isinstance(template, list):
        return [item for item in (filled(item, context) for item in template) if item is not MISSING]
    if isinstance(template, str) and template.startswith("$"):
        return context.value(template)
    return filled_text(template, context) if isinstance(template, str) else template


def filled_text(template: str, context: Context) -> Any:
    """Return a text with its expressions in braces replaced; MISSING when one of them has no value."""
    if template.startswith("$"):
        return context.value(template)
    found: list[str] = []
    end = 0
    for match in _BRACES.finditer(template):
        value = context.value(match[1])
        if value is MISSING:
            return MISSING
        found += [template[end : match.start()], str(value)]
        end = match.end()
    return "".join((*found, template[end:]))


def changed(value: Any, pointer: str, *, leave_out: bool) -> Any:
    """Return a value in which the place that a pointer leads to is another, or is left out.

    Raises:
        ValueError: There is no such place.
    """
    key, _, rest = pointer.removeprefix("/").partition("/")
    if not isinstance(value, dict) or key not in value:
        raise ValueError(f"there is no {pointer} to be changed")
    if rest:
        return {**value, key: changed(value[key], f"/{rest}", leave_out=leave_out)}
    if leave_out:
        return {name: member for name, member in value.items() if name != key}
    return {**value, key: another(value[key])}


def another(value: Any) -> Any:
    """Return another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return f"not-{value}"
    if isinstance(value, dict):
        return {key: another(member) for key, member in value.items()}
    return [] if value else ["another"]
