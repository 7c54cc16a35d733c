"""`bothends lint`: the contract's own mistakes, before anything runs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bothends.errors import ContractError, Location
from bothends.lint import RULES, Level, linted, overlay_text, proposed, read_subject
from bothends.records import count_of
from bothends.reports import (
    SarifResult,
    SarifRule,
    escape,
    escape_json,
    escape_lines,
    github_command,
    sarif_log,
    version,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from bothends.cli.terminal import Output
    from bothends.contract.settings import Settings
    from bothends.lint import Action, Complaint, Subject

_BROKEN = 1
_SARIF = {Level.ERROR: "error", Level.WARNING: "warning", Level.HINT: "note"}
_GITHUB = {Level.ERROR: "error", Level.WARNING: "warning", Level.HINT: "notice"}


def run_lint(arguments: argparse.Namespace, out: Output, _err: Output) -> int:
    """Run the command: 2 where no run takes the contract, else 1 where a rule is broken that is an error, else 0.

    Raises:
        ContractError: A rule is switched off that there is not; or the file of an overlay exists, or can't be written.
    """
    operations = None if arguments.operation is None else tuple(arguments.operation)
    spec = None if arguments.spec is None else Path(arguments.spec)
    if arguments.overlay is not None:
        return _write_overlay(arguments.overlay, read_subject(arguments.config, operations, spec), out)
    result = linted(arguments.config, operations, spec)
    found = result.complaints
    shown = found if arguments.hints else [each for each in found if each.level is not Level.HINT]
    out.write(_WRITERS[arguments.format](shown, len(found) - len(shown)))
    if result.refused:
        return ContractError.exit_code
    return _BROKEN if any(each.level is Level.ERROR for each in found) else 0


def _write_overlay(file: Path, subject: Subject, out: Output) -> int:
    """Write what can be put right without a doubt into a new file, and say what it is.

    Raises:
        ContractError: The file exists, or can't be written.
    """
    actions = proposed(subject)
    if not actions and not file.exists():
        out.write("nothing that can be put right without a doubt\n")
        return 0
    write_overlay(file, actions, subject.root.document.file.name, subject.contract.settings, out)
    return 0


def write_overlay(  # noqa: PLR0913 -- what is written, where, and what is told
    file: Path, actions: Sequence[Action], title: str, settings: Settings, out: Output, *, done: str = "put right"
) -> None:
    """Write an overlay into a new file, and say what it is, and how the settings name it.

    Raises:
        ContractError: The file exists, or can't be written.
    """
    if file.exists():
        raise ContractError(f"{file} exists.", where=Location(file), advice="Name a file that does not exist.")
    try:
        file.write_text(overlay_text(actions, title, as_json=file.suffix.lower() == ".json", done=done), "utf-8")
    except OSError as error:
        raise ContractError(f"{file} can't be written: {error.strerror}.", where=Location(file)) from error
    for each in actions:
        out.write(f"{escape(each.target)}\n  {escape(each.why)}\n")
    count = count_of(len(actions), "action")
    out.write(f"\n{count} in {escape(str(file))}. Add it to the settings:\n  overlays = {_with(settings, file)}\n")


def _with(settings: Settings, file: Path) -> str:
    """Return the list of overlays of the settings, with one more."""
    names = [Path(os.path.relpath(each, settings.file.parent)).as_posix() for each in (*settings.overlays, file)]
    return json.dumps(names, ensure_ascii=False)


def _text(found: Sequence[Complaint], hidden: int) -> str:
    lines: list[str] = []
    for each in found:
        lines.append(f"{escape(str(each.where))}")
        lines.append(f"  {each.level}: {escape(each.problem)} [{each.rule}]")
        lines.extend(
            f"  {'next: ' if not number else '      '}{escape(line)}"
            for number, line in enumerate(each.advice.splitlines())
        )
        lines.append("")
    counts = [sum(each.level is level for each in found) for level in Level]
    words = [count_of(count, level) for count, level in zip(counts, Level, strict=True) if count]
    more = f"; {count_of(hidden, 'hint')} with --hints" if hidden else ""
    lines.append(f"{', '.join(words) or 'no mistake found'}{more}")
    return "\n".join(lines) + "\n"


def _json(found: Sequence[Complaint], _hidden: int) -> str:
    text = json.dumps({"version": version(), "complaints": [_as_json(each) for each in found]}, indent=2)
    return escape_json(text) + "\n"


def _as_json(each: Complaint) -> dict[str, Any]:
    where = each.where
    return {
        "rule": each.rule,
        "level": str(each.level),
        "problem": each.problem,
        "file": str(where.file),
        "line": where.line,
        "pointer": where.pointer,
        "advice": each.advice,
    }


def _sarif(found: Sequence[Complaint], _hidden: int) -> str:
    """Return SARIF 2.1.0."""
    used = {each.rule for each in found}
    rules = [SarifRule(one.name, _SARIF[one.level], one.asks, one.why) for one in RULES if one.name in used]
    results = [
        SarifResult(
            each.rule, _SARIF[each.level], " ".join(filter(None, (each.problem, each.advice))), where=each.where
        )
        for each in found
    ]
    return sarif_log(rules, results)


def _github(found: Sequence[Complaint], _hidden: int) -> str:
    """Return workflow commands, one a line."""
    lines = [
        github_command(
            _GITHUB[each.level],
            each.rule,
            [escape(each.problem), *(escape_lines(each.advice) if each.advice else ())],
            each.where,
        )
        for each in found
    ]
    return "".join(f"{line}\n" for line in lines)


_WRITERS: dict[str, Callable[[Sequence[Complaint], int], str]] = {
    "text": _text,
    "json": _json,
    "sarif": _sarif,
    "github": _github,
}
