"""Each case alone, by its name, says what it says in the full run; `make alone`.

    python -m tests.correct_targets.alone [--only TARGET] [--seed 1] [--jobs 2] [--generated 30] [--match PATTERN]

Each target is verified in full, then each of its cases with `--only FAMILY/CASE`: plain cases, scenarios of
starting and stopping, interactions of pacts, and some of the generated ones. Each alone is a run with a world of
its own. Those that need no target of their own share one that stands, told by its URL.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.cases import GENERATED, PACT, START_AND_STOP
from bothends.engine.options import Options
from tests.correct_targets.run import STACKS, Target
from tests.correct_targets.standing import copied, fixed, standing
from tests.correct_targets.verdicts import HELD, RUN, verdicts

if TYPE_CHECKING:
    from collections.abc import Sequence

CHUNK = 40
"""Cases that one standing target sees."""


def in_full(target: Target, seed: int) -> dict[str, str]:
    """Verify a target in full; return the verdict of each case by its label."""
    with tempfile.TemporaryDirectory(prefix="bothends-alone-") as folder:
        config = copied(target.settings_in(Path(folder)), Path(folder))
        return asyncio.run(verdicts(Options(config=config, seed=seed))).of_each()


def alone(target: Target, seed: int, labels: Sequence[str]) -> dict[str, str]:
    """Verify a target with each case alone; return the verdicts by their labels."""
    with tempfile.TemporaryDirectory(prefix="bothends-alone-") as folder:
        return asyncio.run(_alone(target.settings_in(Path(folder)), Path(folder), seed, labels))


async def _alone(settings: Path, folder: Path, seed: int, labels: Sequence[str]) -> dict[str, str]:
    launched, known = copied(settings, folder), fixed(settings, folder)
    said: dict[str, str] = {}
    needing = [label for label in labels if _needs_a_target(label)]
    for label in needing:
        said[label] = (await verdicts(Options(config=launched, seed=seed, only=label))).of_all()
    async with standing(known) as target:
        for label in labels:
            if label not in said:
                options = Options(config=known, url=target.base_url, seed=seed, only=label)
                said[label] = (await verdicts(options)).of_all()
                if target.died() is not None:
                    raise RuntimeError(f"the target ended by itself during {label}")
    return said


def _needs_a_target(label: str) -> bool:
    return label.startswith((f"{START_AND_STOP}/", f"{PACT}/"))


def chosen(labels: Sequence[str], generated: int, pattern: str, seed: int) -> list[str]:
    """Return the labels to try alone, well mixed: all but the generated ones, and some of those."""
    made = [label for label in labels if label.partition("/")[0] in GENERATED]
    named = [label for label in labels if label not in set(made) and label != RUN]
    some = random.Random(seed)  # noqa: S311 -- nothing is to be kept secret
    named += some.sample(made, min(generated, len(made)))
    some.shuffle(named)
    return [label for label in named if fnmatchcase(label, pattern)]


def compare(target: Target, arguments: argparse.Namespace) -> bool:
    """Try one target, and tell; return whether each case says the same alone."""
    began = time.monotonic()
    full = in_full(target, arguments.seed)
    labels = chosen(list(full), arguments.generated, arguments.match, arguments.seed)
    _say(f"{target.name}: {len(full)} cases in full, {len(labels)} to be tried alone")
    for label, said in full.items():
        if said != HELD:
            _say(f"  in full, {label}: {said}")
    tried = differ = 0
    with ProcessPoolExecutor(arguments.jobs) as pool:
        chunks = [labels[at : at + CHUNK] for at in range(0, len(labels), CHUNK)]
        for done in as_completed([pool.submit(alone, target, arguments.seed, chunk) for chunk in chunks]):
            for label, said in done.result().items():
                tried += 1
                if said != full[label]:
                    differ += 1
                    _say(f"  {label}: alone {said}; in full {full[label]}")
            _say(f"  {tried} of {len(labels)} tried, {time.monotonic() - began:.0f} s")
    _say(f"{target.name}: {len(labels)} alone, {differ or 'none'} otherwise, {time.monotonic() - began:.0f} s")
    return not differ and RUN not in full


def main(argv: Sequence[str] | None = None) -> int:
    """Try all targets.

    Returns:
        1 when a case says something else alone; else 0.
    """
    arguments = _arguments(argv)
    targets = [target for target in STACKS if arguments.only in {"", target.name}]
    missing = [target for target in targets if shutil.which(target.needs) is None]
    for target in missing:
        _say(f"{target.name}: {target.needs} is not installed")
    same = [compare(target, arguments) for target in targets if target not in missing]
    return 0 if all(same) and not missing else 1


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.correct_targets.alone", description="Try each case alone, and hold it to the full run."
    )
    parser.add_argument("--only", default="", choices=[target.name for target in STACKS], help="one target")
    parser.add_argument("--seed", type=int, default=1, help="of the runs (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="targets at once (default: %(default)s)")
    parser.add_argument("--generated", type=int, default=30, help="generated cases to try (default: %(default)s)")
    parser.add_argument("--match", default="*", help="labels to try, as a pattern (default: all)")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
