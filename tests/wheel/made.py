"""The wheel, the Pythons that it is tried with, and the packages that it needs: those are fetched beforehand.

`python -m tests.wheel.made` has uv fetch what an installation needs into a cache, once for each lock file; `make test`
calls it. With `--all`, as in `make test-all` and `make offline`, pip fetches what the extras need as well, for the
oldest and the newest Python, into a folder of each. Tests install from these and from nowhere else.
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
FETCHED = ROOT / ".venv" / "fetched"
"""The cache of uv; and a folder for each Python, with packages in it for pip."""
CACHE = FETCHED / "uv"
CONSTRAINTS = FETCHED / "constraints.txt"
UV = Path(sys.executable).with_name("uv")
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


def offline(version: str) -> dict[str, str]:
    """Return the variables by which uv installs what was fetched for a Python, and asks no index.

    Raises:
        FileNotFoundError: It is not there, or is that of another lock file.
    """
    if not (CACHE / _stamp(version)).exists():
        raise FileNotFoundError(f"{CACHE} does not have what the lock file names: python -m tests.wheel.made")
    return {
        "UV_CACHE_DIR": str(CACHE),
        "UV_CONSTRAINT": str(CONSTRAINTS),
        "UV_OFFLINE": "1",
        "UV_PYTHON_DOWNLOADS": "never",
    }


def _fetched(version: str) -> Path:
    """Return the folder of the packages for a Python, those of the extras too.

    Raises:
        FileNotFoundError: They are not there, or are those of another lock file.
    """
    folder = FETCHED / version
    if not (folder / _stamp(version)).exists():
        raise FileNotFoundError(f"{folder} does not have what the lock file names: python -m tests.wheel.made --all")
    return folder


def environment(folder: Path, version: str, program: str, wheel: Path) -> Path:
    """Make an environment with the wheel and nothing else of this repository; return its folder of programs."""
    subprocess.run([program, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    source = ("--no-index", "--find-links", str(_fetched(version)))
    subprocess.run([*pip, "install", *source, f"{wheel}[{EXTRAS}]"], check=True)
    return folder / "bin"


@cache
def _stamp(version: str) -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = json.dumps([project["dependencies"], project["optional-dependencies"]])
    lock = (ROOT / "requirements.lock").read_bytes() + needed.encode()
    return f".fetched-{version}-{hashlib.blake2b(lock, digest_size=8).hexdigest()}"


def _write_constraints() -> None:
    """Write the versions that the lock file names, without its hashes: those are of files that pip may not choose."""
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    named = re.findall(r"^([A-Za-z0-9._-]+==[^\\\n]+)", lock, re.MULTILINE)
    CONSTRAINTS.write_text("\n".join(named), "utf-8")


def _fetch(version: str, program: str, wheel: Path) -> None:
    """Fetch what an installation with a Python needs; what builds a source distribution is part of it."""
    with tempfile.TemporaryDirectory() as name:
        cached = ("--quiet", "--cache-dir", str(CACHE))
        subprocess.run([UV, "venv", *cached, "--python", program, name, "--clear"], check=True)
        wanted = ("--constraint", str(CONSTRAINTS), str(wheel), "hatchling")
        subprocess.run([UV, "pip", "install", *cached, "--python", name, *wanted], check=True)
    (CACHE / _stamp(version)).touch()


def _fetch_for_pip(version: str, wheel: Path) -> None:
    """Fetch what the extras need, too."""
    folder = FETCHED / version
    shutil.rmtree(folder, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    which = ("--only-binary", ":all:", "--python-version", version, "-c", str(CONSTRAINTS), "-d", str(folder))
    subprocess.run([*pip, "download", *which, f"{wheel}[{EXTRAS}]"], check=True)
    (folder / _stamp(version)).touch()


def main(words: list[str]) -> None:
    """Fetch what is not there yet, for all Pythons side by side: it is the network that takes the time."""
    lacking = {version: p for version, p in pythons().items() if not (CACHE / _stamp(version)).exists()}
    whole = oldest_and_newest() if "--all" in words else {}
    lacking_whole = [version for version in whole if not (FETCHED / version / _stamp(version)).exists()]
    if not lacking and not lacking_whole:
        return
    sys.stdout.write(f"Fetching what the wheel needs with Python {', '.join({**lacking, **whole})} (once) ...\n")
    sys.stdout.flush()
    FETCHED.mkdir(parents=True, exist_ok=True)
    _write_constraints()
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor() as pool:
        wheel = build(Path(name))
        begun = [pool.submit(_fetch, version, program, wheel) for version, program in lacking.items()]
        begun += [pool.submit(_fetch_for_pip, version, wheel) for version in lacking_whole]
        for each in begun:
            each.result()


if __name__ == "__main__":
    main(sys.argv[1:])
