"""Services that run beside tests."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.ports import ports, until_it_answers
from tests.waiting import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def running(*words: str) -> Iterator[str]:
    """Run a service, whose last word is its port; return its base URL."""
    (port,) = ports(1)
    service = subprocess.Popen([sys.executable, *words, str(port)], stderr=subprocess.DEVNULL, cwd=ROOT)
    try:
        until_it_answers(f"http://127.0.0.1:{port}/openapi.json", service)
        yield f"http://127.0.0.1:{port}"
    finally:
        service.terminate()
        service.wait(LONGEST)
