"""One process that fuzzes one reader for a while: `make fuzz` starts it, and starts it again.

A crash ends nothing: the input is kept, the smallest of each place, and the fuzzer goes on.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import atheris

from tests.fuzzing.names import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

with atheris.instrument_imports(include=["bothends"]):
    from tests.fuzzing.reader import MOST_BYTES, cases_of, crash_of, is_taken
    from tests.fuzzing.readers import reader_of

_MEMORY = Path("/dev/shm")  # noqa: S108 -- a folder of its own is made there: on a disk, each input would take longer
HANGS = 60
"""Seconds after which an input is a hang, which ends the process."""
MOST_MEMORY = 2500
"""MiB that the process may have, which has an index of all inputs, and counters of all branches."""


def main() -> None:
    """Fuzz until time is over."""
    asked = argparse.ArgumentParser()
    asked.add_argument("reader", choices=NAMES)
    asked.add_argument("--folder", type=Path, required=True)
    asked.add_argument("--seconds", type=int, required=True)
    arguments = asked.parse_args()
    logging.disable()
    _fuzz(arguments.reader, arguments.folder, arguments.seconds)


def _fuzz(name: str, folder: Path, seconds: int) -> None:
    corpus, crashes = folder / name / "corpus", folder / name / "crashes"
    for each in (corpus, crashes):
        each.mkdir(parents=True, exist_ok=True)
    scratch = TemporaryDirectory(prefix="bothends-fuzz-", dir=_MEMORY if _MEMORY.is_dir() else None)
    with atheris.instrument_imports(include=["bothends"]):
        reader = reader_of(name)
        read = reader.opened(Path(scratch.name), folder)
        # What is imported when it is first needed is so here.
        seeds = [*reader.seeds(folder), *cases_of(reader.name)]
        for seed in seeds:
            _look(read, seed, crashes)
        _let_go_of_fixed(read, crashes)
        if not any(is_taken(read, seed) for seed in seeds):
            raise SystemExit(f"{name}: none of what it is begun with is taken, so nothing would be tried")
    for number, seed in enumerate(seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    words = folder / reader.name / "words.txt"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in dict.fromkeys(reader.words)))
    options = {
        "dict": words,
        "artifact_prefix": f"{crashes}/",
        "max_total_time": seconds,
        "timeout": HANGS,
        "rss_limit_mb": MOST_MEMORY,
        "max_len": MOST_BYTES,
        "print_final_stats": 1,
        "verbosity": 1,
        "handle_int": 1,
    }
    atheris.Setup(
        [sys.argv[0], *(f"-{name}={value}" for name, value in options.items()), str(corpus)],
        lambda data: _look(read, data, crashes),
        custom_mutator=_mutator(reader.mutation, reader.words),
    )
    atheris.Fuzz()


def _escaped(word: str) -> str:
    return "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\' else f"\\x{byte:02x}" for byte in word.encode()
    )


def _look(read: Callable[[bytes], object], data: bytes, crashes: Path) -> None:
    """Read an input, and keep it where it crashes."""
    crash = crash_of(read, data)
    if crash is None:
        return
    file = crashes / crash.name
    if not file.exists():
        sys.stderr.write(f"CRASH {crash.name} {crash.place}\n")
    if not file.exists() or len(data) < file.stat().st_size:
        file.write_bytes(data)
        file.with_suffix(".txt").write_text(f"{crash.place}\n\n{crash.told}", "utf-8", "backslashreplace")


def _let_go_of_fixed(read: Callable[[bytes], object], crashes: Path) -> None:
    """Remove the inputs that do not crash any more; those that ended a process are for a person to try."""
    for file in sorted(crashes.glob("*.txt")):
        found = file.with_suffix("")
        if found.exists() and crash_of(read, found.read_bytes()) is None:
            found.unlink()
            file.unlink()


def _mutator(change: Callable[..., bytes | None], words: Sequence[str]) -> Callable[[bytes, int, int], bytes]:
    def mutated(data: bytes, most: int, seed: int) -> bytes:
        chance = random.Random(seed)  # noqa: S311 -- the same seed must make the same
        changed = change(data, chance, words) if chance.random() < 0.7 else None
        # Cut, it would not have its form.
        return bytes(atheris.Mutate(data, most)) if changed is None or len(changed) > most else changed

    return mutated


if __name__ == "__main__":
    main()
