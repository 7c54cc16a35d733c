"""`bothends accept`: writes what the last run found into the file of known findings, so that only what is new fails."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from bothends.contract.known_file import NAME, read_known
from bothends.contract.settings_file import load_settings
from bothends.errors import ContractError, HarnessError, Location
from bothends.laws import all_laws, cause_in_words
from bothends.records import Severity
from bothends.reports.sanitize import escape
from bothends.state_folder import STATE_FOLDER

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from bothends.cli.terminal import Output
    from bothends.records import Summary

LAST = "last-run.json"
"""What the last run on a target has found, in the folder of its findings."""


def note_run(folder: Path, summary: Summary, contract: str = "") -> None:
    """Note what a run has found, for `bothends accept` and for the next `bothends verify --watch`.

    Args:
        folder: The folder of this settings file and this target.
        summary: The end of the run.
        contract: Digest of the contract; empty: not known.

    Raises:
        HarnessError: It can't be written.
    """
    found = [
        {
            "id": finding.id,
            "law": finding.breach.law,
            "cause": cause_in_words(finding.breach),
            "summary": finding.breach.summary,
            "case": finding.case.label,
            "operation": finding.case.operation,
            "contract": contract,
        }
        for finding in summary.findings
        if finding.breach.severity is Severity.ERROR
    ]
    file = folder / LAST
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(found, indent=1), "utf-8")
    except OSError as error:
        raise HarnessError(f"{file} can't be written: {error.strerror}.") from error


def run_accept(arguments: argparse.Namespace, out: Output, _err: Output) -> int:
    """Run the command.

    Raises:
        ContractError: There was no run, the day is past, or the file of known findings is wrong.
        HarnessError: It can't be written.
    """
    day: date = arguments.until
    if day < datetime.now(tz=UTC).date():
        raise ContractError(f"{day} is past.", expected="--until with a day that is to come")
    found = _chosen(_last(arguments.config), arguments.only)
    settings = load_settings(arguments.config) if arguments.config.is_file() else None
    file = arguments.config.parent / NAME
    accepted: set[tuple[str, str]] = set()
    if settings is not None:
        file = settings.known_findings or file
        known = read_known(settings, [law.name for law in all_laws()]) if file.exists() else ()
        accepted = {(one.law, one.cause) for one in known} | {(one.id, "") for one in known if one.id}
    entries: list[str] = []
    for each in found:
        key = (each["law"], each["cause"])
        if key in accepted or (each["id"], "") in accepted:
            continue
        accepted.add(key)
        entries.append(_entry(each, arguments.reason, day))
        out.write(f"{escape(each['law'])}: {escape(each['summary'])} ({escape(each['case'])})\n")
    if entries:
        _append(file, entries)
    count = len(entries)
    out.write(f"{count:,} finding{'' if count == 1 else 's'} accepted until {day}, in {escape(str(file))}\n")
    return 0


def _last(config: Path) -> list[dict[str, Any]]:
    """Return what the last run with a settings file has found, on whatever target.

    Raises:
        ContractError: There was none.
    """
    name = config.name.removesuffix(".toml")
    folder = config.parent / STATE_FOLDER
    files = [*folder.glob(f"{name}/{LAST}"), *folder.glob(f"{name}-*/{LAST}")]
    if not files:
        where = Location(folder)
        raise ContractError("There was no run to accept the findings of.", where=where, advice="Run bothends verify.")
    newest = max(files, key=lambda file: file.stat().st_mtime_ns)
    found: list[dict[str, Any]] = json.loads(newest.read_text("utf-8"))
    return found


def _chosen(found: Sequence[dict[str, Any]], only: Sequence[str] | None) -> list[dict[str, Any]]:
    """Return the findings that are asked for, by ID, law or case, or by a pattern of them.

    Raises:
        ContractError: A pattern is of none of them.
    """
    if only is None:
        return list(found)
    for pattern in only:
        if not any(_is_meant(each, pattern) for each in found):
            listed = ", ".join(dict.fromkeys(each["law"] for each in found)) or "nothing: the last run found no error"
            raise ContractError(f"The last run has found nothing that is '{pattern}'.", expected=listed)
    return [each for each in found if any(_is_meant(each, pattern) for pattern in only)]


def _is_meant(each: dict[str, Any], pattern: str) -> bool:
    names = (each["id"], each["law"], each["case"], each["case"].partition("/")[0])
    return any(fnmatchcase(name, pattern) for name in names)


def _entry(each: dict[str, Any], reason: str, day: date) -> str:
    summary = " ".join(each["summary"].split())
    lines = (
        f"# {summary} ({each['case']})",
        "[[known]]",
        f"law = {json.dumps(each['law'], ensure_ascii=False)}",
        f"cause = {json.dumps(each['cause'], ensure_ascii=False)}",
        f"reason = {json.dumps(reason, ensure_ascii=False)}",
        f"expires = {day}",
    )
    return "\n".join(lines) + "\n"


def _append(file: Path, entries: Sequence[str]) -> None:
    try:
        before = file.read_text("utf-8") if file.exists() else ""
        gap = "\n" if before and not before.endswith("\n\n") else ""
        file.write_text(before + gap + "\n".join(entries), "utf-8")
    except OSError as error:
        raise HarnessError(f"{file} can't be written: {error.strerror}.") from error
