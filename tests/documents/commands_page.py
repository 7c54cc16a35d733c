"""`docs/reference/command-line.md`: each command and what it takes, as the parser has it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from bothends.cli.arguments import parser_of_all
from tests.documents.tables import HEAD, code, sentence, table

if TYPE_CHECKING:
    from collections.abc import Iterator


def page() -> str:
    """Return the page."""
    parser = parser_of_all()
    commands = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))  # noqa: SLF001 -- argparse shows them nowhere else
    texts = {choice.dest: choice.help or "" for choice in commands._choices_actions}  # noqa: SLF001 -- likewise
    listed = [(f"[`bothends {name}`](#bothends-{name})", sentence(text)) for name, text in texts.items()]
    parts = [
        HEAD.format(source="src/bothends/cli/arguments.py"),
        "# Command line\n\n",
        f"{parser.description}\n\n",
        table(("command", "what it does"), listed),
        "\n`bothends --version` shows the version, `bothends COMMAND --help` what a command takes.\n",
        "[What the end of a command means](exit-codes.md).\n",
        *(_command(name, texts[name], each) for name, each in commands.choices.items()),
    ]
    return "".join(parts)


def _command(name: str, text: str, parser: argparse.ArgumentParser) -> str:
    """Return the section of one command."""
    rows = list(_rows(parser))
    return f"\n## bothends {name}\n\n{sentence(text)}\n\n{table(('argument', 'default', 'what it is'), rows)}"


def _rows(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str, str]]:
    """Yield a row for each argument, those without a name first."""
    actions = [a for a in parser._actions if not isinstance(a, argparse._HelpAction)]  # noqa: SLF001 -- argparse shows them nowhere else
    for action in sorted(actions, key=lambda a: bool(a.option_strings)):
        value = "|".join(action.choices) if action.choices is not None else action.metavar or action.dest.upper()
        named = f"{action.option_strings[-1]} {value}" if action.option_strings else str(value)
        yield code(named if action.nargs != 0 else action.option_strings[-1]), _default(action), _help(action)


def _default(action: argparse.Action) -> str:
    if action.required:
        return "required"
    return "" if action.default in (None, False) or action.default == [] else code(str(action.default))


def _help(action: argparse.Action) -> str:
    """Return the help without the default, which has a column of its own where it is a value."""
    text = (action.help or "").replace(" (default: %(default)s)", "").replace(" (%(default)s)", "")
    return sentence(text.replace(f" ({action.default})", ""))
