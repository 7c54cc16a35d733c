"""The wheel, the Pythons that it is tried with, and the packages that it needs: those are fetched beforehand.

`python -m tests.wheel.made` fetches them, once for each lock file; `make test-all` and `make offline` call it. Tests
install from that folder and from nowhere else.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FETCHED = Path(__file__).parent / "fetched"
"""A folder for each Python, with the packages in it."""
EXTRAS = "pytest,notebook,examples"
_MINORS = range(11, 30)
_CAN = "import ensurepip, venv, sys; print('.'.join(map(str, sys.version_info[:3])))"


def pythons() -> dict[str, str]:
    """Return the oldest and the newest Python of this machine that bothends runs on: versions, and programs."""
    found: dict[tuple[int, ...], str] = {}
    for name in (f"python3.{minor}" for minor in _MINORS):
        program = shutil.which(name)
        if program is not None:
            done = subprocess.run([program, "-c", _CAN], capture_output=True, text=True, check=False)
            if done.returncode == 0:
                found[tuple(map(int, done.stdout.strip().split(".")))] = program
    if not found:  # it is under another name
        found[sys.version_info[:3]] = sys.executable
    return {".".join(map(str, version)): found[version] for version in (min(found), max(found))}


def build(folder: Path) -> Path:
    """Build the wheel, with what is installed here; return its file."""
    made = "from hatchling.build import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
    command = [sys.executable, "-c", made, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return folder / done.stdout.split()[-1]


def fetched(version: str) -> Path:
    """Return the folder of the packages for a Python.

    Raises:
        FileNotFoundError: They are not there, or are those of another lock file.
    """
    folder = FETCHED / version
    if not (folder / _stamp()).exists():
        raise FileNotFoundError(f"{folder} does not have what the lock file names: python -m tests.wheel.made")
    return folder


def environment(folder: Path, version: str, program: str, wheel: Path) -> Path:
    """Make an environment with the wheel and nothing else of this repository; return its folder of programs."""
    subprocess.run([program, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    source = ("--no-index", "--find-links", str(fetched(version)))
    subprocess.run([*pip, "install", *source, f"{wheel}[{EXTRAS}]"], check=True)
    return folder / "bin"


def _stamp() -> str:
    lock = (ROOT / "requirements.lock").read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    return f".fetched-{hashlib.blake2b(lock, digest_size=8).hexdigest()}"


def _constraints(file: Path) -> Path:
    """Write the versions that the lock file names, without its hashes: those are of files that pip may not choose."""
    named = re.findall(r"^([A-Za-z0-9._-]+==\S+)", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    file.write_text("\n".join(named), "utf-8")
    return file


def main() -> None:
    """Fetch what is not there yet."""
    for version, program in pythons().items():
        folder = FETCHED / version
        if (folder / _stamp()).exists():
            continue
        sys.stdout.write(f"Fetching what the wheel needs with Python {version} (once; about a minute) ...\n")
        shutil.rmtree(folder, ignore_errors=True)
        with tempfile.TemporaryDirectory() as name:
            place = Path(name)
            subprocess.run([program, "-m", "venv", str(place / "venv")], check=True)
            pip = [str(place / "venv" / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
            wanted = (f"{build(place)}[{EXTRAS}]", "-c", str(_constraints(place / "constraints.txt")))
            subprocess.run([*pip, "download", "--only-binary", ":all:", "-d", str(folder), *wanted], check=True)
        (folder / _stamp()).touch()


if __name__ == "__main__":
    main()
