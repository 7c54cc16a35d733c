"""Applies the rules to a contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.load import load, open_spec
from bothends.contract.selection import select
from bothends.errors import ContractError, Location
from bothends.lint.rule import RULES, Complaint, Level, Subject
from bothends.registry import import_modules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

BROKEN = "contract"
"""The name under which a contract that can't be read is told."""

_RANKS = {level: rank for rank, level in enumerate(Level)}


def load_rules() -> None:
    """Import the modules of the rules, each of which registers its own."""
    import_modules("bothends.lint")


def lint(
    settings_file: Path,
    operations: Sequence[str] | None = None,
    spec: Path | None = None,
    off: Mapping[str, str] | None = None,
) -> list[Complaint]:
    """Return where a contract breaks a rule, the heaviest first, in the order of the files.

    Args:
        settings_file: `bothends.toml`.
        operations: Names and patterns of the operations under test; None: those that the settings choose.
        spec: The spec in place of that of the settings; None: theirs.
        off: Rules that are switched off, each with the reason; None: those that the settings switch off.

    Raises:
        ContractError: A rule is switched off that there is not.
    """
    load_rules()
    try:
        contract = load(settings_file, operations, spec, tolerant=True)
    except ContractError as error:
        where = error.where or Location(settings_file)
        advice = " ".join(filter(None, (error.expected and f"Expected: {error.expected}.", error.advice)))
        return [Complaint(BROKEN, Level.ERROR, error.problem, where, advice)]
    root, _ = open_spec(contract.settings)
    chosen = select(root, [operation.id for operation in contract.operations], None).chosen
    subject = Subject(contract, root, chosen)
    silent = contract.settings.lint.off if off is None else off
    for name in silent:
        RULES.get(name)
    found = [
        Complaint(each.name, each.level, problem, where, advice)
        for each in RULES
        if each.name not in silent
        for where, problem, advice in each.look(subject)
    ]
    unique = list(dict.fromkeys(found))
    return sorted(unique, key=lambda each: (_RANKS[each.level], str(each.where.file), each.where.line or 0, each.rule))
