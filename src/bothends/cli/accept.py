"""`bothends accept`: writes what the last run found into the file of known findings, so that only what is new fails.

Each entry accepts one instance of a finding: one law, broken in one operation by one cause, with one status, and in one
case where the cause has no place. What is broader is for a person to write.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from bothends.contract.settings import KNOWN_FINDINGS, load_settings, read_known
from bothends.errors import ContractError, Location, MachineError
from bothends.laws import all_laws, cause_in_words
from bothends.records import FINDING_ID, Instance, Severity, count_of
from bothends.reports import escape, escape_json
from bothends.state_folder import state_folder_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from bothends.cli.terminal import Output
    from bothends.records import Breach, Finding, KnownFinding, Summary

LAST = "last-run.json"
"""What the last run on a target has found, in the folder of its findings."""


def note_run(folder: Path, summary: Summary, contract: str = "") -> None:
    """Note what a run has found, for `bothends accept` and for the next `bothends verify --watch`.

    Args:
        folder: The folder of this settings file and this target.
        summary: The end of the run.
        contract: Digest of the contract; empty: not known.

    Raises:
        MachineError: It can't be written.
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
            "accepts": list(_accepts(finding)),
        }
        for finding in summary.findings
        if finding.breach.severity is Severity.ERROR
    ]
    file = folder / LAST
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(found, indent=1), "utf-8")
    except OSError as error:
        raise MachineError(f"{file} can't be written: {error.strerror}.") from error


def _accepts(finding: Finding) -> Iterator[dict[str, str]]:
    """Yield what is accepted of a finding, each by an entry of its own."""
    for instance in finding.instances:
        yield _noted(finding.breach, instance)
    for one in finding.apart:
        if one.breach.severity is Severity.ERROR:
            yield _noted(one.breach, one.instance)


def _noted(breach: Breach, instance: Instance) -> dict[str, str]:
    return {
        "id": instance.id,
        "law": breach.law,
        "operation": instance.operation,
        "cause": cause_in_words(breach),
        "status": instance.status,
        "case": instance.case,
        "summary": breach.summary,
    }


def run_accept(arguments: argparse.Namespace, out: Output, _err: Output) -> int:
    """Run the command.

    Raises:
        ContractError: There was no run, the day is past, or the file of known findings is wrong.
        MachineError: It can't be written.
    """
    day: date = arguments.until
    if day < datetime.now(tz=UTC).date():
        raise ContractError(f"{day} is past.", expected="--until with a day that is to come")
    # First, as its plugins may have laws of their own.
    settings = load_settings(arguments.config) if arguments.config.is_file() else None
    found = _chosen(_last(arguments.config), arguments.ids, arguments.only)
    file = arguments.config.parent / KNOWN_FINDINGS
    known: tuple[KnownFinding, ...] = ()
    if settings is not None:
        file = settings.known_findings or file
        known = read_known(settings, [law.name for law in all_laws()]) if file.exists() else ()
    entries: dict[str, str] = {}
    for each in found:
        instance = Instance(each["id"], each["operation"], each["status"], each["case"])
        entry = _entry(each, arguments.reason, day)
        # The ID is a comment: two entries that say the same beside it can't be read, as in a note that is damaged.
        said = entry.partition("\n")[2]
        if said in entries or any(one.covers(instance, each["law"], each["cause"]) for one in known):
            continue
        entries[said] = entry
        where = " ".join(filter(None, (each["operation"], each["status"], each["case"])))
        out.write(f"{each['id']} {escape(each['law'])}: {escape(each['summary'])} ({escape(where)})\n")
    if entries:
        _append(file, list(entries.values()))
    count = len(entries)
    out.write(f"{count_of(count, 'finding')} accepted until {day}, in {escape(str(file))}\n")
    return 0


_FINDING = frozenset({"id", "law", "case"})
_INSTANCE = frozenset({"id", "law", "operation", "cause", "status", "case", "summary"})
"""What is read of a finding, and of each of its instances."""


def _last(config: Path) -> list[dict[str, Any]]:
    """Return what the last run with a settings file has found, on whatever target.

    Raises:
        ContractError: There was none, an earlier version noted it, or the note is damaged.
    """
    name = config.name.removesuffix(".toml")
    folder = state_folder_of(config)
    files = [*folder.glob(f"{name}/{LAST}"), *folder.glob(f"{name}-*/{LAST}")]
    if not files:
        where = Location(folder)
        raise ContractError("There was no run to accept the findings of.", where=where, advice="Run bothends verify.")
    newest = max(files, key=lambda file: file.stat().st_mtime_ns)
    try:
        found: list[dict[str, Any]] = json.loads(newest.read_bytes())
        old = any("accepts" not in each for each in found)
        laws = frozenset(law.name for law in all_laws())
        torn = not old and not all(_is_whole(each, _FINDING, laws) for each in found)
    except (ValueError, TypeError, RecursionError):
        old, torn = False, True
    if old or torn:
        older = "The last run was one of an earlier version, whose findings have other IDs."
        problem = "What the last run has noted is damaged." if torn else older
        raise ContractError(problem, where=Location(newest), advice="Run bothends verify again.")
    return found


def _is_whole(noted: Any, keys: frozenset[str], laws: frozenset[str]) -> bool:
    """Whether a finding, or an instance of one, has all that is read of it, so that its entry can be read again."""
    if not isinstance(noted, dict) or not all(isinstance(noted.get(key), str) for key in keys):
        return False
    if FINDING_ID.fullmatch(noted["id"]) is None or noted["law"].partition(":")[0] not in laws:
        return False
    if keys is _INSTANCE:
        return bool(noted["cause"].strip())
    return all(_is_whole(each, _INSTANCE, laws) for each in noted["accepts"])


_RUN_ALL = "A run of some cases (--only, --operation) is the last one, too: run bothends verify as before, then accept."


def _chosen(
    found: Sequence[dict[str, Any]], ids: Sequence[str], only: Sequence[str] | None
) -> Sequence[dict[str, str]]:
    """Return what is asked for: single instances by their IDs, or findings by ID, law or case, or by a pattern of them.

    Raises:
        ContractError: An ID or a pattern is of none of them.
    """
    if not ids and only is None:
        return [one for each in found for one in each["accepts"]]
    listed = ", ".join(dict.fromkeys(each["law"] for each in found)) or "nothing: the last run found no error"
    chosen: list[dict[str, str]] = []
    for asked in ids:
        named = [one for each in found for one in each["accepts"] if one["id"] == asked]
        if not named:
            shown = ", ".join(each["id"] for each in found)
            problem = f"The last run has found nothing with the ID '{asked}'."
            raise ContractError(problem, expected=shown or listed, advice=_RUN_ALL)
        chosen += named
    for pattern in only or ():
        meant = [one for each in found for one in _meant(each, pattern)]
        if not meant:
            problem = f"The last run has found nothing that is '{pattern}'."
            raise ContractError(problem, expected=listed, advice=_RUN_ALL)
        chosen += meant
    return chosen


def _meant(each: dict[str, Any], pattern: str) -> list[dict[str, str]]:
    """Return what of a finding a pattern is of: all of it by its law, else each of its instances for itself."""
    own: list[dict[str, str]] = each["accepts"]
    if fnmatchcase(each["law"], pattern):
        return own
    return [one for one in own if _is_meant(one, each, pattern)]


def _is_meant(one: dict[str, str], each: dict[str, Any], pattern: str) -> bool:
    case = one["case"] or each["case"]  # what has a place is of the case that is shown
    return any(fnmatchcase(name, pattern) for name in (one["id"], case, case.partition("/")[0]))


def _entry(each: dict[str, str], reason: str, day: date) -> str:
    texts = {name: each[name] for name in ("law", "operation", "cause", "status", "case")}
    # Half of a surrogate pair, which a target may have sent, can't stand in TOML: the ID alone names the finding then.
    named = {name: _starred(text) for name, text in texts.items()} if all(map(_is_text, texts.values())) else {}
    lines = (
        f"# {each['id']} {escape(' '.join(each['summary'].split()))}",
        "[[known]]",
        *(f"{name} = {_quoted(text)}" for name, text in (named or {"id": each["id"]}).items()),
        f"reason = {_quoted(reason.encode('utf-8', 'replace').decode())}",
        f"expires = {day}",
    )
    return "\n".join(lines) + "\n"


def _starred(text: str) -> str:
    return text.replace("*", "\\*")  # a star alone stands for any text


def _quoted(text: str) -> str:
    """Return a basic string of TOML: it has all escapes of JSON that are written here, and no control as it is."""
    return escape_json(json.dumps(text, ensure_ascii=False))


def _is_text(text: str) -> bool:
    return text.isprintable() or not any("\ud800" <= character <= "\udfff" for character in text)


def _append(file: Path, entries: Sequence[str]) -> None:
    try:
        before = file.read_text("utf-8") if file.exists() else ""
        gap = "\n" if before and not before.endswith("\n\n") else ""
        file.write_text(before + gap + "\n".join(entries), "utf-8")
    except OSError as error:
        raise MachineError(f"{file} can't be written: {error.strerror}.") from error
