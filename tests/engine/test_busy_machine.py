"""On a machine that really is busy, a right target is not BROKEN, and one that is late of its own is."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bothends.engine import Verification
from bothends.engine.events import RunFinished
from bothends.engine.options import Options
from bothends.records import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.records import Summary

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "tests" / "engine" / "targets" / "late.py"
LOOPS = 2
"""On the one processor that bothends and the target have as well: the tests beside this one keep the others."""
SECONDS = 55

pytestmark = [
    pytest.mark.skipif(
        not Path("/proc/self/schedstat").exists(), reason="this kernel does not count what tasks wait for a processor"
    ),
    pytest.mark.usefixtures("cold"),  # a target that is launched has the processors that bothends has
]


@contextmanager
def busy() -> Iterator[None]:
    """Have one processor only, which is busy twice over for less than a minute."""
    processors = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(processors)})
    loop = f"import time\nend = time.monotonic() + {SECONDS}\nwhile time.monotonic() < end: pass"
    loops = [subprocess.Popen([sys.executable, "-c", loop]) for _ in range(LOOPS)]
    try:
        yield
    finally:
        for process in loops:
            process.kill()
            process.wait()
        os.sched_setaffinity(0, processors)


def run(folder: Path, bug: str, patience_ms: int, time_limit_ms: int = 0) -> Summary:
    """Return what a run says of the reference with a fault in its timing, on a busy machine."""
    for name in ("openapi.yaml", "contracts"):
        (folder / name).symlink_to(ROOT / name)
    text = (ROOT / "bothends.toml").read_text(encoding="utf-8")
    text = text.replace("upstream_timeout_ms = 1000", f"upstream_timeout_ms = {patience_ms}")
    if time_limit_ms:
        text = text.replace("[target]\n", f"[target]\ntime_limit_ms = {time_limit_ms}\n")
    (folder / "bothends.toml").write_text(text, encoding="utf-8")
    options = Options(
        config=folder / "bothends.toml",
        command=("python", str(TARGET)),
        env={"BUG": bug, "PYTHONPATH": str(ROOT)},
        seed=1,
        only="crowd/distinct-users" if bug == "late" else "success",
        examine=False,
    )
    with busy():
        seen = asyncio.run(_events(options))
    return next(event.summary for event in seen if isinstance(event, RunFinished))


async def _events(options: Options) -> list[object]:
    return [event async for event in Verification(options).events()]


def errors(summary: Summary) -> set[str]:
    """Return the laws that are broken, errors alone."""
    return {f.breach.law for f in summary.findings if f.breach.severity is Severity.ERROR}


def test_a_right_target_that_lacks_a_processor_is_not_broken(tmp_path: Path) -> None:
    """Its patience is a twentieth of a second, so it does run out of time: it is proven, or not proven."""
    assert set() == errors(run(tmp_path, "", 50))


@pytest.mark.parametrize(
    ("bug", "time_limit_ms", "law"),
    [
        ("504", 0, "family-status"),
        pytest.param("late", 1500, "answered-in-time", marks=pytest.mark.long),
        pytest.param("after", 0, "event-in-time", marks=pytest.mark.long),
    ],
)
def test_a_target_that_is_late_of_its_own_is_broken(tmp_path: Path, bug: str, time_limit_ms: int, law: str) -> None:
    """One in ten is told that time ran out; or all are answered two seconds late; or the event comes a second later."""
    assert law in errors(run(tmp_path, bug, 1000, time_limit_ms))
