"""`make dist`: builds the wheel and the source distribution, checks them, and tries them with each Python.

`make release` first asks whether they are of a state that can be tagged. Nothing is published.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from tests.wheel.made import ROOT, UV, offline, pythons
from tests.wheel.made import main as fetch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PROGRAMS = Path(sys.executable).parent


def main(words: Sequence[str]) -> int:
    """Build, check and try; return 0 where all is well."""
    parser = argparse.ArgumentParser(prog="python -m tests.wheel.release", description=__doc__)
    parser.add_argument("--to", type=Path, default=ROOT / "dist", metavar="DIR", help="where the files go (dist)")
    parser.add_argument("--python", metavar="VERSION", help="try this one alone (default: all of this machine)")
    parser.add_argument("--release", action="store_true", help="only of a state that can be tagged")
    arguments = parser.parse_args(words)
    if arguments.release and (problem := untaggable(ROOT)):
        sys.stderr.write(f"{problem}\n")
        return 1
    fetch([])
    files = build(arguments.to)
    check(files)
    chosen = {v: p for v, p in pythons().items() if arguments.python is None or v.startswith(arguments.python)}
    for version, program in chosen.items():
        for file in files:
            with tempfile.TemporaryDirectory() as name:
                try_out(file, version, program, Path(name))
            sys.stdout.write(f"{file.name}: installed and tried with Python {version}\n")
    for minor in untried(chosen):
        sys.stdout.write(f"Python {minor} is not tried\n")
    sys.stdout.write("".join(f"{file}\n" for file in files))
    return 0


def untaggable(root: Path) -> str:
    """Return why the state of a repository is not that of a release; empty: it is."""
    version = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    heading = re.compile(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", re.MULTILINE)
    if heading.search((root / "CHANGELOG.md").read_text("utf-8")) is None:
        return f"CHANGELOG.md has no heading `## [{version}] - DATE`: write it, or run `make dist`"
    changed = _said(["git", "status", "--porcelain"], cwd=root)
    return f"These are not committed, so no tag would have them:\n{changed.rstrip()}" if changed else ""


def project() -> Mapping[str, str]:
    """Return the table `project` of pyproject.toml."""
    table: Mapping[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return table


def untried(tried: Mapping[str, str]) -> Iterator[str]:
    """Yield each Python that the metadata names and that was not tried."""
    for classifier in project()["classifiers"]:
        minor = classifier.rpartition(" :: ")[2]
        if re.fullmatch(r"3\.\d+", minor) and not any(version.startswith(f"{minor}.") for version in tried):
            yield minor


def build(folder: Path) -> list[Path]:
    """Build the source distribution, and the wheel from it as an index's users would; return both files."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("bothends-*.whl"), *folder.glob("bothends-*.tar.gz")):
        old.unlink()
    uv = [str(UV), "build", "--quiet", "--offline", "--no-build-isolation", "--no-create-gitignore"]
    _said([*uv, "--python", sys.executable, "--out-dir", str(folder), str(ROOT)])
    return [*folder.glob("bothends-*.whl"), *folder.glob("bothends-*.tar.gz")]


def check(files: Sequence[Path]) -> str:
    """Hold the files to what an index asks of them; return what is said of it."""
    return _said([str(PROGRAMS / "twine"), "--no-color", "check", "--strict", *map(str, files)])


def variables_of(version: str) -> dict[str, str]:
    """Return the environment of somebody who has nothing of this repository, and whose uv asks no index."""
    kept = {name: os.environ[name] for name in ("HOME", "PATH", "TMPDIR") if name in os.environ}
    return {**kept, **offline(version), "LANG": "C.UTF-8"}


def try_out(file: Path, version: str, program: str, folder: Path) -> None:
    """Install a file in an empty environment and use it.

    Args:
        file: The wheel, or the source distribution.
        version: The version of the Python.
        program: Its program.
        folder: An empty folder.
    """
    place, work = folder / "environment", folder / "work"
    work.mkdir()
    variables = variables_of(version)
    _said([str(UV), "venv", "--quiet", "--python", program, str(place)], env=variables)
    _said([str(UV), "pip", "install", "--quiet", "--python", str(place), str(file)], env=variables)
    bothends = [str(place / "bin" / "bothends")]
    if file.suffix == ".whl":
        smoke(bothends, work, variables)
    else:  # a wheel was made of it, with the same files
        says_version(bothends, work, variables)


def says_version(bothends: Sequence[str], work: Path, variables: Mapping[str, str]) -> None:
    """Ask a command for its version: that of this repository."""
    _holds(_said([*bothends, "--version"], cwd=work, env=variables), f"bothends {project()['version']}\n")


def smoke(bothends: Sequence[str], work: Path, variables: Mapping[str, str]) -> None:
    """Do what a new user does, in an empty folder: `init`, `lint`, `mock`, and beside it `verify`.

    Args:
        bothends: The command.
        work: The folder.
        variables: The environment.
    """

    def says(*words: str) -> str:
        return _said([*bothends, *words], cwd=work, env=variables)

    says_version(bothends, work, variables)
    _holds(says("init"), "wrote bothends.toml")
    _holds(says("lint"), "no mistake found")
    mock = [*bothends, "mock", "--port", "0"]
    with subprocess.Popen(mock, cwd=work, env=variables, stdout=subprocess.PIPE, text=True) as process:
        try:
            first = process.stdout.readline() if process.stdout is not None else ""
            _holds(first, "mock of openapi.yaml at http://")
            url = first.partition(" at ")[2].partition(",")[0]
            _holds(says("verify", "--url", url, "--seed", "1", "--only", "success/least"), "PROVEN")
        finally:
            process.terminate()


def _holds(text: str, part: str) -> None:
    if part not in text:
        raise SystemExit(f"{part!r} was to be said, not:\n{text}")


def _said(command: Sequence[str], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> str:
    """Run a program; return what it says.

    Raises:
        SystemExit: It failed; the text is what it said.
    """
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
