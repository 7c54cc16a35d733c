"""1,000 distinct fuzzed requests: Schemathesis' own runner, and bothends at both ends, on one running reference.

    python benchmarks/fuzzing.py [ROUNDS]

Each runs as a user would run it: a process from start to exit. `st run` is measured twice. Asked for
unique inputs it needs some 4,000 examples to come to 1,000 requests; asked for 1,000 examples it
sends 1,000 requests of which about a third are distinct. bothends' are distinct always. The rounds
take turns, so that a machine that gets slower gets slower for all; the ratios are of the medians.
CPU time, the target's and the world's of `st run` not counted, says the same on a machine that is busy.
Cases made anew are those of a project that was proven before: Hypothesis' tables of characters stay, as
those of `st run` do. What `wrk` drives the same target to, with one valid request, is printed beside
them where `wrk` is installed.
"""

from __future__ import annotations

import re
import shutil
import statistics
import sys
from typing import TYPE_CHECKING

from rig import BIN, ROOT, measured, rig, world

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rig import Measured, Rig

REQUESTS = 1000
SEED = "7"
WRK_SECONDS = 5


def schemathesis(on: Rig, *asked: str) -> Measured:
    """Run `st run` with the world beside it, which signs its caller in."""
    with world(on) as cookie:
        value = cookie.partition("=")[2]
        config = on.folder / "schemathesis.toml"
        config.write_text(f'[auth.openapi.session]\napi_key = "{value}"\n')
        command = [
            *(str(BIN / "st"), "--config-file", str(config), "run", str(ROOT / "openapi.yaml"), "--url", on.url),
            *("--phases", "fuzzing", "--no-color", "--seed", SEED, "--generation-database", "none"),
            # On a busy machine Hypothesis takes its own slowness for a fault of the contract.
            *("--continue-on-failure", "--suppress-health-check", "too_slow", *asked),
        ]
        return measured(command, cwd=on.folder)


def bothends(on: Rig) -> Measured:
    """Run `bothends verify` with generated cases only, and its own world."""
    command = [
        *(str(BIN / "bothends"), "verify", "--config", str(on.settings), "--only", "fuzz-*"),
        *("--max-examples", str(REQUESTS), "--seed", SEED),
    ]
    return measured(command)


def wrk(on: Rig) -> str:
    """Return the requests per second that `wrk` drives the target to, with the world beside it."""
    program = shutil.which("wrk")
    if program is None:
        return "wrk is not installed"
    with world(on) as cookie:
        script = on.folder / "post.lua"
        script.write_text(
            'wrk.method = "POST"\nwrk.body = \'{"data": "data"}\'\n'
            f'wrk.headers["Content-Type"] = "application/json"\nwrk.headers["Cookie"] = "{cookie}"\n'
        )
        url = f"{on.url}/api/route"
        done = measured([program, "-t1", "-c16", f"-d{WRK_SECONDS}s", "-s", str(script), url])
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.output)
    return f"{float(found[1]):.0f} requests/s (16 connections, one valid request)" if found else done.output


def requests_of(run: Measured) -> int:
    """Return how many requests a run says that it made."""
    found = re.search(r"([\d,]+) exchanges in|Test cases:\s*\n?\s*([\d,]+) generated", run.output)
    if found is None:
        raise RuntimeError(f"no count of requests in: {run.output}")
    return int((found[1] or found[2]).replace(",", ""))


def per_thousand(runs: Sequence[Measured]) -> float:
    """Return the median of the wall times for each 1,000 requests, seconds."""
    each = [run.seconds * REQUESTS / requests_of(run) for run in runs]
    return statistics.median(each)


def row(name: str, runs: Sequence[Measured], *bases: float) -> None:
    """Print a line of the table."""
    ratios = "".join(f"{per_thousand(runs) / base:12.2f}" for base in bases)
    memory = statistics.median(run.megabytes for run in runs)
    cpu = statistics.median(run.cpu * REQUESTS / requests_of(run) for run in runs)
    print(f"{name:<26}{requests_of(runs[-1]):>9}{per_thousand(runs):>11.2f}{cpu:>8.2f}{memory:>7.0f}{ratios}")


def main() -> int:
    """Run all, and print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    distinct, plain, cold, warm = [], [], [], []
    with rig() as on:
        for _ in range(rounds):
            distinct.append(schemathesis(on, "--max-examples", str(4 * REQUESTS), "--generation-unique-inputs"))
            plain.append(schemathesis(on, "--max-examples", str(REQUESTS)))
            for kept in on.folder.glob(".bothends/**/cases"):
                shutil.rmtree(kept)
            cold.append(bothends(on))
            warm.append(bothends(on))
        rate = wrk(on)
    failed = [run for run in (*distinct, *plain, *cold, *warm) if run.code != 0]
    if failed:
        print(failed[0].output)
        return 1
    bases = per_thousand(distinct), per_thousand(plain)
    print(f"{'':<26}{'requests':>9}{'s / 1,000':>11}{'CPU':>8}{'MiB':>7}{'to distinct':>12}{'to any':>12}")
    row("st run, distinct", distinct)
    row("st run, any", plain)
    row("bothends, cases made anew", cold, *bases)
    row("bothends, cases kept", warm, *bases)
    print(f"the same target under wrk: {rate}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
