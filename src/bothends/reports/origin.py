"""Where a report comes from: when the run began, on which machine, with which version, and of which commit."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bothends.installed import version_of
from bothends.records import count_of
from bothends.reports.sanitize import escape

if TYPE_CHECKING:
    from pathlib import Path

_GIT_SECONDS = 3
"""How long git may take to say which commit this is, and whether it has changes."""
_SHORT = 12


@dataclass(frozen=True, slots=True)
class Commit:
    """What is checked out.

    Attributes:
        id: Its ID.
        changed: Whether a file that git knows differs from it; None: git did not say.
    """

    id: str
    changed: bool | None

    @property
    def words(self) -> str:
        """It, for a person."""
        return f"commit {self.id[:_SHORT]}{' with changes' if self.changed else ''}"


class Origin:
    """Where a report comes from.

    Attributes:
        began: When the run began.
    """

    def __init__(self, folder: Path, began: datetime | None = None) -> None:
        """Take the folder of the settings, and when the run began; None: now. Git is asked when a report is written."""
        self.began = began or datetime.now(UTC)
        self._folder = folder

    @cached_property
    def commit(self) -> Commit | None:
        """What is checked out where the settings are; None: no repository, or no git."""
        found = self._git("rev-parse", "--verify", "--quiet", "HEAD")
        if not found:
            return None
        changes = self._git("status", "--porcelain", "--untracked-files=no")
        return Commit(found.strip(), None if changes is None else bool(changes.strip()))

    @property
    def host(self) -> str:
        """The name of the machine."""
        return platform.node()

    @property
    def machine(self) -> str:
        """The machine, in words: `ci-7: Linux 6.1 x86_64, 4 processors, CPython 3.12.3`."""
        cores = os.cpu_count() or 1
        python = f"{platform.python_implementation()} {platform.python_version()}"
        system = f"{platform.system()} {platform.release()} {platform.machine()}"
        return escape(f"{self.host}: {system}, {count_of(cores, 'processor')}, {python}")

    @property
    def time(self) -> str:
        """When the run began, as RFC 3339 has it."""
        return self.began.isoformat(timespec="seconds").replace("+00:00", "Z")

    @property
    def value(self) -> dict[str, Any]:
        """All of it but the version, as a JSON value."""
        commit = self.commit
        shown = None if commit is None else {"id": commit.id, "changed": commit.changed}
        return {"began": self.time, "machine": self.machine, "commit": shown}

    def words(self, seed: int) -> str:
        """Return all of it, and the run's seed, as one line for a person."""
        commit = self.commit
        of = "" if commit is None else f", {commit.words}"
        return f"bothends {version_of('bothends')}, seed {seed}, {self.began:%Y-%m-%d %H:%M} UTC{of}, on {self.machine}"

    def _git(self, *words: str) -> str | None:
        """Return what git says; None: nothing, as there is none, it fails, or it takes its time."""
        line = ["git", "-C", str(self._folder), "-c", "core.fsmonitor=false", *words]
        environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
        try:
            done = subprocess.run(line, capture_output=True, timeout=_GIT_SECONDS, check=True, env=environment)  # noqa: S603 -- words of ours
        except (OSError, subprocess.SubprocessError):
            return None
        return done.stdout.decode(errors="replace")
