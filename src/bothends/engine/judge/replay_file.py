"""Replay files: what it takes to see one finding again, in `.bothends/<run>/findings/<id>.json`.

Each settings file and target has a folder of its own, as the same finding may be that of several.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs

import bothends.records
from bothends.conditions import sentence
from bothends.engine.play import Batch, KnownObject
from bothends.errors import BothendsError, ContractError, Location, MachineError
from bothends.laws import cause_in_words
from bothends.records import Coder, Coders, Condition, NothingHidden

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bothends.engine.options import Options
    from bothends.records import Breach


VERSION = 11


@dataclass(frozen=True, slots=True)
class Replay:
    """What it takes to see a finding again.

    Attributes:
        id: The finding's.
        law: The law that is broken.
        cause: By what.
        seed: The run's seed.
        batches: What is played, in this order; the last one shows the finding.
        target: How the target was named: `url`, `command`, `env`.
        only: What `--only` would be told to verify the pact that shows it; empty: the batches show it.
        config: Name of the settings file, beside which the state folder lies.
        operations: How the run was told of the operations under test; None: it was not.
        spec: How the run was told of the spec; None: it was not.
        before: Exchanges that its run had before: from their number it follows who the caller is.
    """

    id: str
    law: str
    cause: str
    seed: int
    batches: tuple[Batch, ...]
    target: dict[str, Any]
    only: str = ""
    config: str = "bothends.toml"
    operations: tuple[str, ...] | None = None
    spec: str | None = None
    before: int = 0


def of(  # noqa: PLR0913 -- a replay has as many parts
    finding_id: str, breach: Breach, batches: tuple[Batch, ...], *, options: Options, seed: int, only: str = ""
) -> Replay:
    """Return what it takes to see a finding again.

    Args:
        finding_id: Its ID.
        breach: What was broken.
        batches: What is played; the last one shows it.
        options: What the run was told.
        seed: The run's.
        only: What `--only` would be told to see it; empty: the batches show it.
    """
    return Replay(
        id=finding_id,
        law=breach.law,
        cause=cause_in_words(breach),
        seed=seed,
        batches=batches,
        target=target_of(options),
        only=only,
        config=options.config.name,
        operations=options.operations,
        spec=options.spec,
        before=_before(breach, batches),
    )


def _before(breach: Breach, batches: Sequence[Batch]) -> int:
    """Return after how many exchanges a replay begins, so that the exchange which shows a finding has its number."""
    if breach.exchange is None or not batches:
        return 0
    *earlier, last = batches
    labels = [case.label for case in last.cases]
    label = breach.exchange.case.label
    place = labels.index(label) if label in labels else 0
    return max(breach.exchange.number - 1 - place - sum(len(batch.cases) for batch in earlier), 0)


def target_of(options: Options) -> dict[str, Any]:
    """Return how a run was told of its target, for the replay to be told the same."""
    return {
        "url": options.url,
        "command": None if options.command is None else list(options.command),
        "env": dict(options.env),
    }


def path_of(folder: Path, finding_id: str) -> Path:
    """Return where the replay file of a finding is, in the folder of its run."""
    return folder / "findings" / f"{finding_id}.json"


def write(folder: Path, replay: Replay) -> Path:
    """Write a replay file, whole or not at all.

    Raises:
        MachineError: It could not be written.
    """
    path = path_of(folder, replay.id)
    coder, _ = _coder()
    value = {"version": VERSION, **coder.write(replay, NothingHidden())}
    partial = path.with_suffix(f".{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(value, indent=1), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):  # it may not be there, or its folder not be writable
            partial.unlink()
        raise MachineError(
            f"The replay file can't be written: {error.strerror}.",
            where=Location(path),
            advice="Free disk space, or make the folder writable",
        ) from error
    return path


def find(state_folder: Path, finding_id: str, run: str = "") -> list[Path]:
    """Return the replay files of a finding, in the order of their names.

    Args:
        state_folder: Has a folder for each settings file and target.
        finding_id: The finding's.
        run: Name of the folder of a settings file and a target; empty: all of them.

    Raises:
        ContractError: There is none of that ID.
    """
    files = [file for file in sorted(state_folder.glob("*/findings/*.json")) if run in ("", file.parent.parent.name)]
    found = [file for file in files if file.stem == finding_id]
    if not found:
        known = sorted({file.stem for file in files})
        raise ContractError(
            f"There is no finding {finding_id!r} to replay.",
            where=Location(state_folder),
            expected=f"one of {', '.join(known)}" if known else "a finding of an earlier run",
            advice="bothends verify prints the ID of each finding",
        )
    return found


def runs_with(state_folder: Path, finding_id: str) -> set[str]:
    """Return the names of the folders, one for each settings file and target, that have a finding."""
    return {file.parent.parent.name for file in state_folder.glob(f"*/findings/{finding_id}.json")}


def read(path: Path) -> Replay:
    """Read a replay file.

    Raises:
        ContractError: It can't be read.
    """
    try:
        return _parse(json.loads(path.read_text(encoding="utf-8")))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, OSError, BothendsError) as error:
        raise ContractError(
            f"The replay file can't be read: {_reason(error)}.",
            where=Location(path),
            expected="a file that this version of bothends wrote",
            advice="Run bothends verify again",
        ) from error


def _reason(error: Exception) -> str:
    """Return why a file can't be read, in words."""
    if isinstance(error, _VersionError):
        return str(error)
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, KeyError):
        return f"it has no '{error.args[0]}'"
    return "it is damaged"


class _VersionError(ValueError):
    """The file is of another version."""


def _parse(value: Any) -> Replay:
    """Return a replay whose parts are all of their types, as it is played later, when nobody asks any more."""
    version = value.pop("version")
    if version != VERSION:
        raise _VersionError(f"it is of version {version}, not {VERSION}")
    coder, validator = _coder()
    validator.validate(value)
    found: Replay = coder.read(value)
    return found


_TARGET = {
    "type": "object",
    "properties": {
        "url": {"type": ["string", "null"]},
        "command": {"type": ["array", "null"], "items": {"type": "string"}},
        "env": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["url", "command", "env"],
    "additionalProperties": False,
}


def _said(condition: Condition) -> None:
    """Put a condition into words: one that there is not has none."""
    sentence(condition)


@cache
def _coder() -> tuple[Coder, Any]:
    """Return what writes and reads all of a replay by its types, and what holds that to them."""
    # How a batch was played at once with others is not what shows a finding.
    left_out: dict[type, frozenset[str]] = {
        Batch: frozenset(field.name for field in fields(Batch)) - {"given", "cases", "concurrency"}
    }
    names = {**vars(bothends.records), "Batch": Batch, "KnownObject": KnownObject}
    target = Coder(lambda value, _: value, dict, _TARGET)
    coders = Coders(names, special={(Replay, "target"): target}, left_out=left_out, checks={Condition: _said})
    coder = coders.of(Replay)
    return coder, jsonschema_rs.validator_for({**coder.schema, "$defs": coders.definitions}, offline=True)
