"""Applies the rules to a contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.contract import load, open_spec, selection_of, settings_of
from bothends.errors import ContractError, Location
from bothends.lint.rule import REMOVED, RULES, Complaint, Level, Subject
from bothends.pacts import check_expressions, read_pacts
from bothends.registry import import_modules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from bothends.contract import Contract, Opened

BROKEN = "contract"
"""The name under which a contract that can't be read is told."""

_RANKS = {level: rank for rank, level in enumerate(Level)}


def load_rules() -> None:
    """Import the modules of the rules, each of which registers its own."""
    import_modules("bothends.lint")


def read_subject(settings_file: Path, operations: Sequence[str] | None = None, spec: Path | None = None) -> Subject:
    """Read a contract as far as can be, or raise a `ContractError`; the arguments are those of `linted`."""
    return _subject(settings_file, operations, spec, open_spec(settings_of(settings_file, spec)))


def _subject(settings_file: Path, operations: Sequence[str] | None, spec: Path | None, opened: Opened) -> Subject:
    contract = load(settings_file, operations, spec, tolerant=True, opened=opened)
    root, idle = opened
    return Subject(contract, root, selection_of(root, contract.settings, operations), tuple(idle))


@dataclass(frozen=True, slots=True)
class Linted:
    """What lint says of a contract.

    Attributes:
        complaints: Where it breaks a rule, the heaviest first, in the order of the files.
        refused: Whether no run takes it as it is: `bothends verify` ends before it sends anything.
    """

    complaints: list[Complaint]
    refused: bool


def lint(
    settings_file: Path,
    operations: Sequence[str] | None = None,
    spec: Path | None = None,
    off: Mapping[str, str] | None = None,
) -> list[Complaint]:
    """Return where a contract breaks a rule, the heaviest first, in the order of the files; see `linted`."""
    return linted(settings_file, operations, spec, off).complaints


def linted(
    settings_file: Path,
    operations: Sequence[str] | None = None,
    spec: Path | None = None,
    off: Mapping[str, str] | None = None,
) -> Linted:
    """Return where a contract breaks a rule, and whether a run takes it.

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
        opened = open_spec(settings_of(settings_file, spec))
        subject = _subject(settings_file, operations, spec, opened)
    except ContractError as error:
        return Linted([_broken(error, settings_file)], refused=True)
    silent = subject.contract.settings.lint.off if off is None else off
    for name in silent.keys() - REMOVED:
        RULES.get(name)
    found = [
        Complaint(each.name, each.level, problem, where, advice)
        for each in RULES
        if each.name not in silent
        for where, problem, advice in each.look(subject)
    ]
    refusal = _refusal(subject.contract, settings_file, operations, spec, opened)
    if refusal is not None and not any(each.level is Level.ERROR for each in found):
        found.append(_broken(refusal, settings_file))
    kept = dict.fromkeys(_said_best(found))
    return Linted(
        sorted(kept, key=lambda each: (_RANKS[each.level], str(each.where.file), each.where.line or 0, each.rule)),
        refused=refusal is not None,
    )


def _broken(error: ContractError, settings_file: Path) -> Complaint:
    """Return the complaint of a contract that no run takes, which no rule can tell."""
    where = error.where or Location(settings_file)
    advice = " ".join(filter(None, (error.expected and f"Expected: {error.expected}.", error.advice)))
    return Complaint(BROKEN, Level.ERROR, error.problem, where, advice)


def _refusal(
    contract: Contract, settings_file: Path, operations: Sequence[str] | None, spec: Path | None, opened: Opened
) -> ContractError | None:
    """Return why no run takes a contract that could be read; None: one does."""
    try:
        if contract.unusable or contract.defects:  # else it was read just as a run reads it
            load(settings_file, operations, spec, opened=opened)
        if contract.settings.pacts is not None:
            check_expressions(read_pacts(contract.settings.pacts))
    except ContractError as error:
        return error
    return None


def _said_best(found: Iterable[Complaint]) -> list[Complaint]:
    """Return complaints without those of general rules at a place of which another rule tells an error."""
    complaints = list(found)
    general = {each.name for each in RULES if each.general}
    taken = {each.where for each in complaints if each.level is Level.ERROR and each.rule not in general}
    return [each for each in complaints if each.rule not in general or each.where not in taken]
