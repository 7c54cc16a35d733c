"""`bothends schema`: the JSON Schema of the settings, for editors."""

from __future__ import annotations

from pkgutil import get_data
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from bothends.cli.terminal import Output


def run_schema(_arguments: argparse.Namespace, out: Output, _err: Output) -> int:
    """Run the command: the file of the package, by which settings are read, too."""
    out.write((get_data("bothends.contract", "bothends.schema.json") or b"").decode())
    return 0
