"""Replay files: what it takes to see one finding again, in `.bothends/<run>/findings/<id>.json`.

Each settings file and target has a folder of its own, as the same finding may be that of several.
"""

from __future__ import annotations

import contextlib
import json
import operator
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bothends.engine import case_file
from bothends.engine.waves import Wave
from bothends.errors import ContractError, HarnessError, Location

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.engine.options import Options

VERSION = 5


@dataclass(frozen=True, slots=True)
class Replay:
    """What it takes to see a finding again.

    Attributes:
        id: The finding's.
        law: The law that is broken.
        cause: By what.
        seed: The run's seed.
        waves: What is played, in this order; the last one shows the finding.
        target: How the target was named: `url`, `command`, `env`.
        only: What `--only` would be told to verify the pact that shows it; empty: the waves show it.
        config: Name of the settings file, beside which the state folder lies.
    """

    id: str
    law: str
    cause: str
    seed: int
    waves: tuple[Wave, ...]
    target: dict[str, Any]
    only: str = ""
    config: str = "bothends.toml"


def target_of(options: Options) -> dict[str, Any]:
    """Return how a run was told of its target, for the replay to be told the same."""
    return {
        "url": options.url,
        "command": None if options.command is None else list(options.command),
        "env": dict(options.env),
    }


def write(folder: Path, replay: Replay) -> Path:
    """Write a replay file, whole or not at all.

    Raises:
        HarnessError: It could not be written.
    """
    path = folder / "findings" / f"{replay.id}.json"
    value = {
        "version": VERSION,
        "id": replay.id,
        "law": replay.law,
        "cause": replay.cause,
        "seed": replay.seed,
        "config": replay.config,
        "target": replay.target,
        "only": replay.only,
        "waves": [
            {
                "given": case_file.conditions_to_json(wave.given),
                "concurrency": wave.concurrency,
                "cases": [case_file.to_json(case) for case in wave.cases],
            }
            for wave in replay.waves
        ],
    }
    partial = path.with_suffix(f".{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(value, indent=1), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):  # it may not be there, or its folder not be writable
            partial.unlink()
        raise HarnessError(
            f"The replay file can't be written: {error.strerror}.",
            where=Location(path),
            advice="make room, or make the folder writable",
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
    except (KeyError, TypeError, ValueError, RecursionError, OSError) as error:
        raise ContractError(
            f"The replay file can't be read: {error!r}.",
            where=Location(path),
            expected="a file that this version of bothends wrote",
            advice="run bothends verify again",
        ) from error


def _parse(value: Any) -> Replay:
    if value["version"] != VERSION:
        raise ValueError(f"version {value['version']}, not {VERSION}")
    return Replay(
        id=value["id"],
        law=value["law"],
        cause=value["cause"],
        seed=operator.index(value["seed"]),
        target={key: value["target"][key] for key in ("url", "command", "env")},
        only=value["only"],
        config=value["config"],
        waves=tuple(
            Wave(
                case_file.conditions_from_json(w["given"]),
                tuple(case_file.from_json(c) for c in w["cases"]),
                w["concurrency"],
            )
            for w in value["waves"]
        ),
    )
