"""Finds the operation of a request by its path and its method."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bothends.contract import Operation

_GAP = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """What is at a path.

    Attributes:
        template: The path, with its `{parameters}`.
        operations: The operations by their method.
        path: The values of the parameters, decoded.
    """

    template: str
    operations: Mapping[str, Operation]
    path: Mapping[str, str]

    @property
    def methods(self) -> list[str]:
        """The methods that are allowed: HEAD where GET is (RFC 9110, section 9.1)."""
        found = list(self.operations)
        return [*found, "HEAD"] if "GET" in found and "HEAD" not in found else found


class Router:
    """Knows all paths: one without parameters comes before one that has them (OpenAPI 3.1.0, section 4.8.8.1).

    Args:
        operations: All operations.
        base_path: What stands before each path.
    """

    def __init__(self, operations: Iterable[Operation], base_path: str) -> None:
        self._plain: dict[str, dict[str, Operation]] = {}
        templated: dict[str, dict[str, Operation]] = {}
        for operation in operations:
            path = f"{base_path}{operation.path.partition('?')[0]}"
            holder = templated if _GAP.search(path) else self._plain
            holder.setdefault(path, {})[operation.method] = operation
        by_concreteness = sorted(templated.items(), key=lambda item: _concreteness(item[0]))
        self._templated = [(path, _pattern(path), _GAP.findall(path), found) for path, found in by_concreteness]

    def find(self, path: str) -> Route | None:
        """Return what is at a path; None: nothing."""
        plain = self._plain.get(path)
        if plain is not None:
            return Route(path, plain, {})
        for template, pattern, names, operations in self._templated:
            match = pattern.fullmatch(path)
            if match is not None:
                values = (unquote(match[f"p{number}"]) for number in range(len(names)))
                return Route(template, operations, dict(zip(names, values, strict=True)))
        return None


def _concreteness(path: str) -> list[tuple[int, int]]:
    """Return what sorts a path before those that say less of their segments, from left to right."""
    return [(len(_GAP.findall(segment)), -len(_GAP.sub("", segment))) for segment in path.split("/")]


def _pattern(path: str) -> re.Pattern[str]:
    literals = _GAP.split(path)[::2]
    text = re.escape(literals[0])
    for number, literal in enumerate(literals[1:]):
        text += f"(?P<p{number}>[^/]+){re.escape(literal)}"
    return re.compile(text)
