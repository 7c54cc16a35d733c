"""The wheel, the Pythons that it is tried with, and the packages that it needs: those are fetched beforehand.

`python -m tests.wheel.made` fetches what an installation needs, once for each lock file; `make test` calls it. With
`--all`, as in `make test-all` and `make offline`, it fetches what the extras need as well. Tests install from that
folder and from nowhere else.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FETCHED = Path(__file__).parent / "fetched"
"""A folder for each Python, with the packages in it."""
EXTRAS = "pytest,notebook,examples"
_MINORS = range(11, 30)
_CAN = "import ensurepip, venv, sys; print('.'.join(map(str, sys.version_info[:3])), sys.executable)"


@cache
def pythons() -> dict[str, str]:
    """Return each Python of this machine that bothends runs on, the oldest first: versions, and programs.

    Of several with the same minor version, the first on the path is taken. What pyenv has installed counts, too: its
    own names on the path are of those alone that are switched on.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    path = os.pathsep.join((os.environ["PATH"], *(str(folder / "bin") for folder in sorted(pyenv.glob("3.*")))))
    found: dict[str, str] = {}
    for minor in _MINORS:
        for folder in path.split(os.pathsep):
            program = shutil.which(f"python3.{minor}", path=folder)
            said = "" if program is None else _said_by(program)
            if said:
                version, _, program = said.partition(" ")
                found[version] = program
                break
    return found or {".".join(map(str, sys.version_info[:3])): sys.executable}  # it is under another name


def _said_by(program: str) -> str:
    """Return the version of a Python and where it is; empty: it can't make environments, or is a name without one."""
    done = subprocess.run([program, "-c", _CAN], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def oldest_and_newest() -> dict[str, str]:
    """Return the two of them, or the one, with which a whole day is tried."""
    found = list(pythons().items())
    return dict((found[0], found[-1]))


def own() -> str:
    """Return the version of the Python of `pythons` that is as this one."""
    mine = f"{sys.version_info[0]}.{sys.version_info[1]}."
    return next(version for version in pythons() if version.startswith(mine))


def build(folder: Path) -> Path:
    """Build the wheel, with what is installed here; return its file."""
    made = "from hatchling.build import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
    command = [sys.executable, "-c", made, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return folder / done.stdout.split()[-1]


def fetched(version: str, *, extras: bool = False) -> Path:
    """Return the folder of the packages for a Python.

    Args:
        version: The version of the Python.
        extras: Whether what the extras need has to be there.

    Raises:
        FileNotFoundError: They are not there, or are those of another lock file.
    """
    folder = FETCHED / version
    if not (folder / _stamp(extras=extras)).exists():
        command = f"python -m tests.wheel.made{' --all' if extras else ''}"
        raise FileNotFoundError(f"{folder} does not have what the lock file names: {command}")
    return folder


def environment(folder: Path, version: str, program: str, wheel: Path) -> Path:
    """Make an environment with the wheel and nothing else of this repository; return its folder of programs."""
    subprocess.run([program, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    source = ("--no-index", "--find-links", str(fetched(version, extras=True)))
    subprocess.run([*pip, "install", *source, f"{wheel}[{EXTRAS}]"], check=True)
    return folder / "bin"


@cache
def _stamp(*, extras: bool) -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = json.dumps([project["dependencies"], project["optional-dependencies"]])
    lock = (ROOT / "requirements.lock").read_bytes() + needed.encode()
    return f".fetched-{'all-' if extras else ''}{hashlib.blake2b(lock, digest_size=8).hexdigest()}"


def _constraints(file: Path) -> Path:
    """Write the versions that the lock file names, without its hashes: those are of files that pip may not choose."""
    named = re.findall(r"^([A-Za-z0-9._-]+==\S+)", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    file.write_text("\n".join(named), "utf-8")
    return file


def _fetch(version: str, wheel: Path, constraints: Path, *, extras: bool) -> None:
    """Fetch what is not there yet for one Python; what builds a source distribution is part of it."""
    folder = FETCHED / version
    if (folder / _stamp(extras=extras)).exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    which = ("--only-binary", ":all:", "--python-version", version, "-c", str(constraints), "-d", str(folder))
    wanted = (f"{wheel}[{EXTRAS}]" if extras else str(wheel), "hatchling")
    subprocess.run([*pip, "download", *which, *wanted], check=True)
    for stamp in {_stamp(extras=False), _stamp(extras=extras)}:
        (folder / stamp).touch()


def main(words: list[str]) -> None:
    """Fetch what is not there yet, for all Pythons side by side: it is the network that takes the time."""
    whole = oldest_and_newest() if "--all" in words else {}
    wanted = {version: version in whole for version in pythons()}
    lacking = {v: extras for v, extras in wanted.items() if not (FETCHED / v / _stamp(extras=extras)).exists()}
    if not lacking:
        return
    sys.stdout.write(f"Fetching what the wheel needs with Python {', '.join(lacking)} (once) ...\n")
    sys.stdout.flush()
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor() as pool:
        place = Path(name)
        wheel, constraints = build(place), _constraints(place / "constraints.txt")
        for each in [pool.submit(_fetch, v, wheel, constraints, extras=extras) for v, extras in lacking.items()]:
            each.result()


if __name__ == "__main__":
    main(sys.argv[1:])
