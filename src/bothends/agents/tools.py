"""The table of tools: each is one entry, registered where it is defined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import jsonschema_rs

from bothends.errors import ContractError, did_you_mean, one_of
from bothends.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from bothends.agents.kept import Kept
    from bothends.agents.project import Project


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a tool.

    Attributes:
        arguments: They are of their types, and none is there that the tool does not know.
        project: What may be named.
        kept: What earlier calls have found.
        progress: Tells the client how far it is: how much is done, of how much, and what is played.
    """

    arguments: Mapping[str, Any]
    project: Project
    kept: Kept
    progress: Callable[[float, float, str], Awaitable[None]]

    @property
    def page(self) -> int:
        """Which page of the result is asked for, from 1."""
        page: int = self.arguments.get("page", 1)
        return page


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool.

    Attributes:
        name: Its name.
        about: What it does, when to use it, and what its result is: all that an agent knows of it.
        takes: JSON Schemas of its arguments.
        needs: Names of those that must be there.
        gives: JSON Schema of its result.
        run: Does it.
        reads_only: Whether it starts nothing and changes no file.
    """

    name: str
    about: str
    takes: Mapping[str, Any]
    needs: Sequence[str]
    gives: Mapping[str, Any]
    run: Callable[[Call], Awaitable[dict[str, Any]]]
    reads_only: bool

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its arguments."""
        return object_of(self.takes, self.needs)

    def check(self, arguments: Mapping[str, Any]) -> None:
        """Check the arguments of a call.

        Raises:
            ContractError: One is missing, unknown or of another type.
        """
        for name in arguments:
            if name not in self.takes:
                advice = did_you_mean(name, self.takes) or "Leave it out."
                raise ContractError(
                    f"{self.name} has no argument '{name}'.", expected=one_of(self.takes), advice=advice
                )
        for name in self.needs:
            if name not in arguments:
                raise ContractError(f"{self.name} needs the argument '{name}'.", expected=self._about(name))
        for name, value in arguments.items():
            problem = next(jsonschema_rs.iter_errors(self.takes[name], value), None)
            if problem is not None:
                raise ContractError(f"{self.name}: {name}: {problem.message}.", expected=self._about(name))

    def _about(self, name: str) -> str:
        return str(self.takes[name].get("description", self.takes[name].get("type", "")))


TOOLS: Registry[Tool] = Registry("tool", lambda tool: tool.name)
"""All tools."""

_Run = TypeVar("_Run", bound="Callable[[Call], Awaitable[dict[str, Any]]]")


def tool(  # noqa: PLR0913 -- a tool has as many parts
    name: str,
    about: str,
    *,
    gives: Mapping[str, Any],
    takes: Mapping[str, Any],
    needs: Sequence[str] = (),
    reads_only: bool = False,
) -> Callable[[_Run], _Run]:
    """Return what registers a `Tool`: the function that does it."""

    def take_in(run: _Run) -> _Run:
        TOOLS.add(Tool(name, about, takes, needs, gives, run, reads_only))
        return run

    return take_in


def object_of(properties: Mapping[str, Any], required: Sequence[str] = ()) -> dict[str, Any]:
    """Return the JSON Schema of an object that has these properties and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


# Arguments that several tools have.

CONFIG = {"type": "string", "description": "settings file within the project (default: bothends.toml)"}
OPERATIONS = {
    "type": "array",
    "items": {"type": "string"},
    "description": 'operations: operationId, "METHOD /path" or a pattern (default: the settings\')',
}
PAGE = {"type": "integer", "minimum": 1, "description": "which page of the result, from 1 (default: 1)"}
URL = {"type": "string", "description": "base URL of a service on this machine (default: the target of the settings)"}
