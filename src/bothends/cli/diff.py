"""`bothends diff OLD NEW`: what a change of a contract breaks, and for whom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bothends.cli.diff_texts import WRITERS
from bothends.diff import Options, append, compare
from bothends.errors import ContractError
from bothends.records import count_of
from bothends.reports import escape

if TYPE_CHECKING:
    import argparse

    from bothends.cli.terminal import Output

_BROKEN = 1


def run_diff(arguments: argparse.Namespace, out: Output, _err: Output) -> int:
    """Run the command: 0 where nothing breaks that is not accepted, else 1.

    Raises:
        ContractError: A document, an overlay, a pact or the settings can't be read, or --accept lacks its reason.
    """
    if arguments.accept and (arguments.reason is None or arguments.until is None):
        raise ContractError("--accept needs a reason and a day.", expected="--reason TEXT --until DATE")
    options = Options(
        config=arguments.config,
        operations=None if arguments.operation is None else tuple(arguments.operation),
        overlays=tuple(Path(each) for each in arguments.overlay),
        strict=arguments.strict,
        accepted=arguments.accepted,
    )
    found = compare(arguments.old, arguments.new, options)
    if arguments.accept:
        count = append(options.accepted_file, found.breaks, arguments.reason, arguments.until)
        breaks = count_of(count, "break")
        out.write(f"{breaks} accepted until {arguments.until}, in {escape(str(options.accepted_file))}\n")
        return 0
    out.write(WRITERS[arguments.format](found, all_changes=arguments.all))
    return _BROKEN if found.breaks else 0
