"""A launched target's command and environment: templates that take the port and the world's addresses."""

from __future__ import annotations

import os
import re
import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING

from bothends.contract.settings import settings_location
from bothends.contract.tables import ENV, gaps, not_set
from bothends.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bothends.contract.settings import TargetSettings
    from bothends.errors import Location

LANE = "lane"
LANE_FOLDER = "lane.dir"
"""Variables that tell copies of a target apart: the number of a lane, and a fresh folder."""
STATE_FOLDER = "target.state"
"""The variable of a fresh folder that outlives the target's processes: what it keeps there, the next one finds."""

_OF_AN_INGEST = re.compile(r"world\.([A-Za-z_][A-Za-z0-9_-]*)")
_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def environment_of(settings: TargetSettings, variables: Mapping[str, str]) -> dict[str, str]:
    """Return the harness's own environment with the settings' variables laid over it.

    In a value, `{name}` stands for a variable, `{env.NAME}` for one of that environment, `{{` and `}}` for braces.

    Raises:
        ContractError: A name is unknown, a brace has no counterpart, or the system can't set the variable.
    """
    environment = dict(os.environ)
    for name, template in settings.env.items():
        value = expand(template, variables, settings=settings, name=name)
        if not name or "=" in name or "\0" in name + value:
            raise ContractError(
                f"[target.env] {name!r} can't be set as an environment variable.",
                expected="a name without `=`, and no NUL character in name or value",
            )
        environment[name] = value
    return environment


def expand(template: str, variables: Mapping[str, str], *, settings: TargetSettings, name: str) -> str:
    """Return the template with each name replaced.

    Args:
        template: Text with `{name}`, and `{{` or `}}` for a brace.
        variables: What the names stand for.
        settings: The `[target]` table that the template belongs to.
        name: Name of the environment variable that it is for.

    Raises:
        ContractError: A name is unknown, or a brace has no counterpart.
    """

    def replaced(part: re.Match[str]) -> str:
        text, inner = part[0], part[1]
        if text in {"{{", "}}"}:
            return text[0]
        if inner in variables:
            return variables[inner]
        of_call = name in settings.env_of_call
        where = settings_location(settings.file, f"target.env.{name}") if settings.file and not of_call else None
        if inner is not None and inner.startswith(ENV):
            return _of_environment(inner, f"--env {name}" if of_call else name, where)
        place = "" if where else f"--env {name}: " if of_call else f"[target.env] {name}: "
        near = get_close_matches(inner or "", variables, n=1)
        raise ContractError(
            f"{place}{text!r} has no counterpart." if inner is None else f"{place}{inner!r} is not a variable.",
            where=where,
            expected=", ".join(f"{{{known}}}" for known in sorted(variables)),
            advice=_advice(inner or "", near),
        )

    return _PART.sub(replaced, template)


def _advice(inner: str, near: Sequence[str]) -> str:
    """Return what to do about a name that is unknown: one of the world may be that of a table which is not there."""
    known = f"Did you mean {{{near[0]}}}?" if near else ""
    table = _OF_AN_INGEST.fullmatch(inner)
    if table is not None:
        known += f"{' ' if known else ''}A table [world.ingests.{table[1]}] in the settings makes {{{inner}}}."
    return known or "For a literal brace, write {{ or }}."


def _of_environment(gap: str, key: str, where: Location | None) -> str:
    """Return the value of `env.NAME`.

    Raises:
        ContractError: It is not set, or empty.
    """
    variable = gap.removeprefix(ENV)
    value = os.environ.get(variable)
    if not value:
        raise not_set(variable, key, where)
    return value


def templates_of(settings: TargetSettings) -> tuple[str, ...]:
    """Return all texts of the `[target]` table in which variables may stand."""
    return (*settings.command, *settings.env.values(), str(settings.cwd))


def in_words(text: str, variables: Mapping[str, str]) -> str:
    """Return a text with each known name replaced; all other braces are left alone."""
    return _PART.sub(lambda part: variables.get(part[1] or "", part[0]), text)


def command_of(command: Sequence[str], variables: Mapping[str, str], file: Path | None = None) -> list[str]:
    """Return the command as it is run; a variable of the environment that is not set is a `ContractError`.

    Known names are filled in, as in `next start -p {port}`, and `{env.NAME}` of the environment; all other braces are
    left alone, for an argument may be a program. A bare `python` is the interpreter that bothends runs in, so that a
    virtual environment works without being activated; a bare `bothends` is this one. Others are named by their path.
    """
    names = [name for name in gaps(command) if name.startswith(ENV)]
    where = settings_location(file, "target.command") if names and file is not None else None
    own = {name: _of_environment(name, "command", where) for name in names}
    words = [in_words(word, {**variables, **own}) for word in command]
    if words[0] == "bothends" and sys.executable:
        return [sys.executable, "-m", "bothends", *words[1:]]
    return [sys.executable if words[0] == "python" and sys.executable else words[0], *words[1:]]
