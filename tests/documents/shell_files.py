"""What shells and `man` read of the command line: the completions of `bothends completions`, and `bothends.1`.

The files are written beforehand, since the parser loads all reports: a shell that asked it would wait at each word.
"""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path
from unittest import mock

import shtab
from argparse_manpage.manpage import Manpage

import bothends.cli
from bothends.cli.arguments import SHELLS, parser_of_all

_ROOT = Path(__file__).resolve().parents[2]
_FOLDER = Path(bothends.cli.__file__).with_name("shells")
_SAID = {"FILE": shtab.FILE, "DIR": shtab.DIRECTORY, "SPEC": shtab.FILE}
"""By the word that stands for a value in the help: what a shell offers there."""
FILES = {
    **{f"bothends.{shell}": _FOLDER / f"bothends.{shell}" for shell in SHELLS},
    "bothends.1": _ROOT / "man" / "bothends.1",
}
"""Each file, by its name."""
_MAN_COLUMNS = 10_000
"""A usage is one line: where it is wrapped is left to `man`, as each version of Python has its own way."""


def text(name: str) -> str:
    """Return a file as it should be."""
    return man_page() if name == "bothends.1" else completions(name.removeprefix("bothends."))


def completions(shell: str) -> str:
    """Return the completions of a shell."""
    parser = parser_of_all()
    _say_what_is_a_file(parser)
    return shtab.complete(parser, shell).rstrip() + "\n"


def _say_what_is_a_file(parser: argparse.ArgumentParser) -> None:
    for action in parser._actions:  # noqa: SLF001 -- argparse shows them nowhere else
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 -- likewise
            for each in action.choices.values():
                _say_what_is_a_file(each)
        elif action.metavar in _SAID:
            vars(action)["complete"] = _SAID[action.metavar]


def man_page() -> str:
    """Return the man page; without a day, which would be another one at each release."""
    with mock.patch.dict(os.environ, COLUMNS=str(_MAN_COLUMNS)):
        parser = parser_of_all()
        codes, parser.epilog = parser.epilog, None
        page = Manpage(parser)
        page.date, page.manual, page.description = "", "bothends", parser.description
        rows = "\n".join(f".TP\n{code}\n{meaning}" for code, meaning in re.findall(r"(\d+) ([^,\n]+)", codes or ""))
        page.add_section("exit status", ">", rows)
        return str(page)
