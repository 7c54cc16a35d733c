"""`{env.NAME}` in the settings: an environment variable, wherever a text stands.

Most texts are filled in as the file is read, before anything else is asked about them. What is a template is filled in
when it is used, together with its other variables: there, what a variable holds is no template.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from bothends.errors import ContractError

if TYPE_CHECKING:
    from bothends.contract.tables.toml_table import Table
    from bothends.errors import Location

_VARIABLE = re.compile(r"\{env\.([A-Za-z0-9_][A-Za-z0-9_.-]*)\}")
TEMPLATES = (
    *("target.command", "target.env", "target.setup", "target.setup_headers", "target.secrets"),
    "spec_headers",
)
"""The keys whose texts are templates."""


def with_environment(top: Table) -> Table:
    """Return a settings file with each `{env.NAME}` filled in but in templates; one not set is a `ContractError`."""
    return top.holding({key: _filled(top, key, value) for key, value in top.values.items()})


def _filled(top: Table, key: str, value: Any, *, in_list: bool = False) -> Any:
    if key in TEMPLATES:
        return value
    if isinstance(value, dict):
        # An error in a list tells where the list stands.
        keys = {name: key if in_list else f"{key}.{name}" for name in value}
        return {name: _filled(top, keys[name], each, in_list=in_list) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(top, key, each, in_list=True) for each in value]
    if not isinstance(value, str):
        return value
    for name in _VARIABLE.findall(value):
        if not os.environ.get(name):
            raise not_set(name, key.rpartition(".")[2], top.location(key))
    return _VARIABLE.sub(lambda found: os.environ[found[1]], value)


def not_set(name: str, key: str, where: Location | None) -> ContractError:
    """Return the error of a key, in a file or in none, whose text uses a variable that is not set, or empty."""
    return ContractError(
        f"The environment variable {name} is not set, but '{key}' uses {{env.{name}}}.",
        where=where,
        advice=f"Set it: {name}=… bothends verify",
    )
