"""A reader by its name."""

from __future__ import annotations

from importlib import import_module

from tests.fuzzing.names import NAMES
from tests.fuzzing.reader import Reader


def reader_of(name: str) -> Reader:
    """Return the reader of a name; its module is loaded, and no other."""
    module = import_module(f"tests.fuzzing.{NAMES[name]}")
    return next(each for each in vars(module).values() if isinstance(each, Reader) and each.name == name)
