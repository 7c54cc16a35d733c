"""How long whole runs take on hopeless targets, with the time limit that is judged by: `make hopeless`.

`--source FOLDER` measures another version, by its `src` folder. The exit code is 1 where a run took longer than 60 s,
or did not end with the finding that answers are not given in time, or with the word that the target gets slower.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST_SECONDS = 60
NO_END = 600
TARGETS = ("hangs_on_errors", "hangs_on_errors upstreams", "hangs_on_errors upstreams 5xx", "gets_slower")


def settings(folder: Path) -> Path:
    """Write this repository's settings into a folder, without its pacts; return the file."""
    text = (ROOT / "bothends.toml").read_text("utf-8")
    for old, new in (
        ('spec = "openapi.yaml"\npacts = "contracts/pacts"\n', f'spec = "{ROOT / "openapi.yaml"}"\n'),
        ("[target]\n", f'[target]\ncwd = "{ROOT}"\n'),
        ("isolated = true\n", ""),  # what is so wrong is not verified in lanes: each finding is shown again with one
        ('"openapi.yaml#', f'"{ROOT / "openapi.yaml"}#'),
    ):
        assert old in text, old
        text = text.replace(old, new)
    file = folder / "bothends.toml"
    file.write_text(text, "utf-8")
    return file


def measured(target: str, source: Path) -> tuple[float, int, dict[str, object]]:
    """Verify a target; return the seconds, the exit code and the report, which is empty where the run had no end."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings(folder)
        command = f"{sys.executable} -m tests.hostile.targets.{target}"
        words = [sys.executable, "-m", "bothends", "verify", "--seed", "1", "--json", "report.json"]
        began = time.monotonic()
        process = subprocess.Popen(
            [*words, "--command", command],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": f"{source}{os.pathsep}{ROOT}"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            code = process.wait(NO_END)
        except subprocess.TimeoutExpired:
            process.terminate()
            process.wait()
            return NO_END, -1, {}
        return time.monotonic() - began, code, json.loads((folder / "report.json").read_text("utf-8"))


def main() -> int:
    """Measure each target, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, default=ROOT / "src", metavar="FOLDER")
    source: Path = parser.parse_args().source.resolve()
    wrong = False
    for target in TARGETS:
        seconds, code, report = measured(target, source)
        laws = {finding["law"] for finding in report.get("findings", ())}  # type: ignore[attr-defined]
        left_out = [item["what"] for item in report.get("not_proven", ())]  # type: ignore[attr-defined]
        slower = "gets slower" in str(report.get("target_failure"))
        ended = (code == 3 and slower) if target == "gets_slower" else (code == 1 and "answered-in-time" in laws)
        right = seconds <= MOST_SECONDS and ended
        wrong |= not right
        sys.stdout.write(
            f"{target:<32} {seconds:6.1f} s  exit code {code}  {report.get('verdict', 'no end')}: "
            f"{', '.join(sorted(laws))}; not proven: {', '.join(left_out)}{'' if right else '  WRONG'}\n"
        )
        sys.stdout.flush()
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
