"""Loads the plugins that the settings name: Python code that registers what it adds when it is imported.

They are named there, as an entry point needs a package, and to search for entry points takes longer than the start.
"""

from __future__ import annotations

import importlib
import sys
from importlib.util import module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING

from bothends.contract.tables import INGESTS, SESSIONS, Table, check_settings, parse_toml, schema_for, with_environment
from bothends.documents import MOST_SETTINGS_BYTES, read_text
from bothends.errors import BothendsError, ContractError

if TYPE_CHECKING:
    from pathlib import Path

KEY = "plugins"
_ADVICE = "`bothends init` writes one from a spec, or of a service with --url; --config names one that is elsewhere."


def read_settings(file: Path) -> Table:
    """Return the table of a settings file that is as the schema asks, its plugins loaded.

    A plugin is loaded once in a process, whatever settings name it, and what it adds is there from then on.

    Args:
        file: The settings file; plugins are found relative to its folder.

    Raises:
        ContractError: It can't be read, is not as the schema asks, or a plugin can't be loaded.
    """
    text = read_text(file, what="The settings file", advice=_ADVICE, most=MOST_SETTINGS_BYTES)
    top = with_environment(Table(file, text, parse_toml(file, text, what="The settings file")))
    plugins = top.values.get(KEY)
    if plugins:
        SESSIONS.load()
        INGESTS.load()
    # First, as they may add what the rest of the file names; where they are no list of texts, the schema says so.
    for name in plugins if isinstance(plugins, list) and all(isinstance(one, str) for one in plugins) else ():
        try:
            _load(name, file)
        except BothendsError as error:
            problem = f"The plugin '{name}' can't be loaded: {error.problem}."
            raise top.error(KEY, problem, expected=error.expected, advice=error.advice) from error
        except Exception as error:
            problem = f"The plugin '{name}' can't be loaded: {type(error).__name__}: {error}."
            raise top.error(KEY, problem) from error
    check_settings(top, schema_for(top))
    return top


def _load(name: str, settings_file: Path) -> None:
    """Import a plugin: a name that ends in `.py` is a file, any other a module.

    Raises:
        ContractError: There is no such file.
        Exception: Whatever the plugin raises.
    """
    if not name.endswith(".py"):
        importlib.import_module(name)
        return
    path = (settings_file.parent / name).resolve()
    key = f"bothends-plugin:{path}"
    if key in sys.modules:
        return
    if not path.is_file():
        raise ContractError("The file does not exist", advice="Name it relative to the settings file.")
    spec = spec_from_file_location(key, path)
    if spec is None or spec.loader is None:
        raise ContractError("It is not a Python file")
    module = module_from_spec(spec)
    sys.modules[key] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[key]
        raise
