"""`bothends words`: the glossary, in the terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from bothends.errors import ContractError
from bothends.reports import meanings

if TYPE_CHECKING:
    import argparse

    from bothends.cli.terminal import Output

_WIDTH = 80


def run_words(arguments: argparse.Namespace, out: Output, _err: Output) -> int:
    """Run the command.

    Raises:
        ContractError: The glossary has no such word.
    """
    found = meanings(arguments.word)
    if not found:
        raise ContractError(f"The glossary has no word '{arguments.word}'.", advice="`bothends words` lists all words.")
    for word, meaning in found:
        text = textwrap.fill(meaning, _WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)
        out.write(f"{word}\n{text}\n")
    return 0
