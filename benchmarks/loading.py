"""What it takes to read large documents: one operation, all of it, and until the first request.

    BOTHENDS_CORPUS=… python benchmarks/loading.py

The documents are those of the corpus (tests/corpus/documents.toml) that are there: the three largest of one file. Each
reading is a process of its own, and is measured in seconds of processor, so that other work counts for little. Beside
it: Schemathesis, which reads the same file and lists its operations. Medians of several rounds. The limits: 2 s for one
operation, 5 s and 400 MiB for all, 3 s until the first request at a target that is ready.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from rig import BIN, ROOT, measured

sys.path.insert(0, str(ROOT))
from tests.corpus.documents import VARIABLE, listed

ROUNDS = 3
LARGEST = 1 << 20
ONE, ALL, MEMORY, FIRST = 2.0, 5.0, 400, 3.0
_OURS = """\
import sys
from pathlib import Path
from bothends.contract import load
contract = load(Path(sys.argv[1]), (sys.argv[2],))
print(contract.operations[0].method, contract.operations[0].path)
"""
_THEIRS = """\
import sys
import schemathesis
operations = list(schemathesis.openapi.from_path(sys.argv[1]).get_all_operations())
"""


def main() -> int:
    """Measure, and print the table; 1 where a limit is passed, 2 where no large document is here."""
    files = sorted(_files(), key=lambda file: file.stat().st_size, reverse=True)[:3]
    if not files:
        print(f"No large document is here: set {VARIABLE} to the folder of the corpus.")
        return 2
    print(f"{'':<34}{'MB':>6}{'one':>8}{'all':>8}{'MiB':>6}{'first':>8}{'Schemathesis':>14}{'MiB':>6}")
    wrong = 0
    for file in files:
        with tempfile.TemporaryDirectory(prefix="bothends-benchmark-") as place:
            settings = Path(place) / "bothends.toml"
            settings.write_text(f"spec = {json.dumps(str(file))}\n")
            whole, memory, operation = _measured(_OURS, str(settings), "*")
            one, _, _ = _measured(_OURS, str(settings), operation)
            first = statistics.median(_until_first_request(file, operation, Path(place)) for _ in range(ROUNDS))
        theirs, their_memory, _ = _measured(_THEIRS, str(file))
        size = file.stat().st_size / 1e6
        name = "/".join(file.parts[-2:])
        print(
            f"{name:<34}{size:>6.1f}{one:>8.2f}{whole:>8.2f}{memory:>6.0f}{first:>8.2f}{theirs:>14.2f}{their_memory:>6.0f}"
        )
        wrong += one > ONE or whole > ALL or memory > MEMORY or first > FIRST
    return int(wrong > 0)


def _files() -> list[Path]:
    places = ((each.folder, each.entry) for each in listed() if each.files == 1 and each.operations)
    found = (folder / entry for folder, entry in places if folder is not None)
    return [file for file in found if file.stat().st_size >= LARGEST]


def _measured(program: str, *words: str) -> tuple[float, float, str]:
    """Return the median seconds of processor and the largest memory of a program, MiB, and what it says."""
    runs = [measured([sys.executable, "-W", "ignore", "-c", program, *words]) for _ in range(ROUNDS)]
    if any(run.code for run in runs):
        raise RuntimeError(runs[0].output)
    return statistics.median(run.cpu for run in runs), max(run.megabytes for run in runs), runs[0].output.strip()


def _until_first_request(file: Path, operation: str, folder: Path) -> float:
    """Return how long after its start a run sends its first request of the operation, seconds."""
    came = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def __getattr__(self, name: str) -> object:
            if name.startswith("do_"):
                return self._answer
            raise AttributeError(name)

        def _answer(self) -> None:
            came.set()
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    words = [str(BIN / "bothends"), "verify", "--spec", str(file), "--operation", operation, "--profile", "quick"]
    began = time.monotonic()
    run = subprocess.Popen(
        [*words, "--url", f"http://127.0.0.1:{server.server_port}"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "NO_COLOR": "1"},
    )
    try:
        if not came.wait(60):
            raise RuntimeError(f"no request came within a minute: {' '.join(words)}")
        return time.monotonic() - began
    finally:
        run.terminate()
        run.wait(20)
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    sys.exit(main())
