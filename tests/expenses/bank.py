"""The bugs of `examples/fastapi`: one edit each, planted in a copy of the example."""

from __future__ import annotations

import json
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.in_process import bothends

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "fastapi"
BUGS = Path(__file__).with_name("bugs.toml")


@dataclass(frozen=True)
class Bug:
    """A bug.

    Attributes:
        name: Its name.
        about: What it does, in a sentence.
        old: What stands in `app.py`, once.
        new: What stands there instead.
        only: The cases that are played, a pattern.
        law: The law that names it.
    """

    name: str
    about: str
    old: str
    new: str
    only: str
    law: str


@dataclass(frozen=True)
class Found:
    """What a run says.

    Attributes:
        laws: The laws that are broken, by errors and by warnings that are not accepted, with their causes.
        verdict: The run's.
        text: What was printed.
        busy: Whether the machine was too busy to tell what is late from what is lost.
    """

    laws: dict[str, str]
    verdict: str
    text: str
    busy: bool = False


def all_bugs() -> list[Bug]:
    """Return the bugs, in their order."""
    rows = tomllib.loads(BUGS.read_text("utf-8"))
    return [Bug(name, **row) for name, row in rows.items()]


def copied(folder: Path) -> Path:
    """Return a copy of the example in a folder."""
    copy = folder / "fastapi"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns("__pycache__", ".bothends"))
    return copy


def planted(bug: Bug, folder: Path) -> Path:
    """Return a copy of the example with a bug."""
    copy = copied(folder)
    app = copy / "app.py"
    text = app.read_text("utf-8")
    assert 1 == text.count(bug.old), f"{bug.name}: what it changes stands {text.count(bug.old)} times in app.py"
    app.write_text(text.replace(bug.old, bug.new), "utf-8")
    return copy


def verified(folder: Path, only: str = "", *, seed: int = 1, profile: str = "quick") -> Found:
    """Return what the whole command says of the example in a folder."""
    report = folder / "report.json"
    words = ["verify", "--profile", profile, "--seed", str(seed), "--json", str(report)]
    done = bothends(folder, *words, *(("--only", only) if only else ()))
    assert done.returncode in {0, 1, 4}, done.stdout + done.stderr
    value = json.loads(report.read_text("utf-8"))
    known = {name for one in value["known"] for name in one["findings"]}
    laws = {one["law"]: one["cause"] for one in reversed(value["findings"]) if one["id"] not in known}
    busy = any(one["what"] == "time" for one in value["not_proven"])
    return Found(laws, value["verdict"], done.stdout, busy)
