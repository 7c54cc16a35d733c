"""A command of bothends, run with a look at what its processor time goes into; started by `whole_run.py`.

    python benchmarks/parts.py FILE verify --seed 7

Into FILE goes JSON: how many targets were launched, and seconds of processor time for each part. Nothing of bothends
is changed but for what counts: the modules that are loaded, and the processes that are started and ended.
"""

from __future__ import annotations

import importlib.abc
import json
import os
import resource
import sys
import time
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    from bothends.launch.process import ProcessGroup

_TICKS = os.sysconf("SC_CLK_TCK")


class Loading(importlib.abc.MetaPathFinder):
    """Counts the time in which modules are executed, those that they import in their turn included once.

    Attributes:
        seconds: Processor time so far.
        modules: How many modules were loaded.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.seconds = 0.0
        self.modules = 0
        self._depth = 0

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec that Python would find, with a loader that is timed."""
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None and hasattr(spec.loader, "exec_module"):
            run = spec.loader.exec_module
            spec.loader.exec_module = lambda module: self._timed(run, module)  # type: ignore[method-assign]
        return spec

    def _timed(self, run: Any, module: ModuleType) -> None:
        self.modules += 1
        self._depth += 1
        began = time.thread_time()
        try:
            run(module)
        finally:
            self._depth -= 1
            if not self._depth:
                self.seconds += time.thread_time() - began


class Launches:
    """Counts the targets that are launched, and what they take until they are ready and until they have ended.

    Attributes:
        count: How many were launched.
        until_ready: Processor time until they were ready, or known not to become so, seconds.
    """

    def __init__(self) -> None:
        """Wrap what starts a target."""
        from bothends.launch.launched import LaunchedTarget  # noqa: PLC0415 -- its loading is counted

        self.count = 0
        self.until_ready = 0.0
        wrapped = LaunchedTarget._wait_until_ready  # noqa: SLF001 -- the one place where a target is started

        async def waited(target: LaunchedTarget, group: ProcessGroup) -> None:
            self.count += 1
            try:
                await wrapped(target, group)
            finally:
                self.until_ready += spent_of(group.pid)

        LaunchedTarget._wait_until_ready = waited  # type: ignore[assignment, method-assign]  # noqa: SLF001


def spent_of(pid: int) -> float:
    """Return the processor time of a process that runs or was not waited for yet, seconds; Linux only."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def spent(who: int) -> float:
    """Return the processor time of this process, or of those that it waited for, seconds."""
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def main() -> int:
    """Run the command, and write the file."""
    loading = Loading()
    sys.meta_path.insert(0, loading)
    file, *arguments = sys.argv[1:]
    from bothends.cli.main import main as bothends  # noqa: PLC0415 -- its loading is counted

    launches = Launches()
    try:
        return bothends(arguments)
    finally:
        parts = {
            "launches": launches.count,
            "until ready": launches.until_ready,
            "modules": loading.modules,
            "loading": loading.seconds,
            "own": spent(resource.RUSAGE_SELF),
            "children": spent(resource.RUSAGE_CHILDREN),
        }
        Path(file).write_text(json.dumps(parts))


if __name__ == "__main__":
    sys.exit(main())
