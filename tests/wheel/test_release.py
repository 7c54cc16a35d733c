"""`make release`, and what it makes: installed as users install it, with each Python of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.made_once import made_once
from tests.wheel import release
from tests.wheel.made import ROOT, own, pythons

MINORS = ("3.11", "3.12", "3.13", "3.14")


@pytest.fixture(scope="session")
def files(shared: Path) -> dict[str, Path]:
    """Return the wheel and the source distribution, by how their names end."""
    folder = made_once(shared, "release", lambda place: [*release.build(place)].clear())
    return {".whl": next(folder.glob("*.whl")), ".tar.gz": next(folder.glob("*.tar.gz"))}


@pytest.mark.parametrize("minor", MINORS)
def test_a_new_user_installs_it(minor: str, files: dict[str, Path], tmp_path: Path) -> None:
    """In an empty environment of each Python: the wheel, and the source distribution, of which a wheel is made."""
    version, program = next(((v, p) for v, p in pythons().items() if v.startswith(f"{minor}.")), ("", ""))
    if not version:
        pytest.skip(f"not tried with Python {minor}, which this machine does not have")
    for ending, file in files.items():
        (tmp_path / ending).mkdir()
        release.try_out(file, version, program, tmp_path / ending)


def test_an_index_would_take_it(files: dict[str, Path]) -> None:
    """Twine has no complaint, and no warning; the metadata has what a page of an index shows."""
    assert 2 == release.check(list(files.values())).count("PASSED")
    with zipfile.ZipFile(files[".whl"]) as wheel:
        (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        head, _, page = wheel.read(name).decode().partition("\n\n")
        assert any(name.endswith(".data/data/share/man/man1/bothends.1") for name in wheel.namelist())
    lines = head.splitlines()
    assert {"License-Expression: MIT", "License-File: LICENSE", "Requires-Python: >=3.11"} <= set(lines)
    assert "Description-Content-Type: text/markdown" in lines
    assert (ROOT / "README.md").read_text("utf-8").strip() == page.strip()
    named = {line.rpartition(" ")[2] for line in lines if line.startswith("Classifier: Programming Language :: Python")}
    assert {version.rpartition(".")[0] for version in pythons()} <= named


def test_the_source_distribution_has_what_it_is_made_from(files: dict[str, Path]) -> None:
    """Its files are those of the repository, and no folder is in it that git does not know."""
    with tarfile.open(files[".tar.gz"]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert names - {"PKG-INFO"} <= set(listed.split("\n"))
    assert {"README.md", "LICENSE", "CHANGELOG.md", "src/bothends/py.typed", "man/bothends.1"} <= names


def test_what_is_not_ready_is_not_released(tmp_path: Path) -> None:
    """The change log must have the version with its day, and all must be committed: the tag is of what was built."""

    def git(*words: str) -> None:
        who = ("-c", "user.name=A", "-c", "user.email=a@example.com")
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    git("init")
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n', "utf-8")
    log = tmp_path / "CHANGELOG.md"
    log.write_text("## [Unreleased]\n\n## [1.2.2] - 2026-01-01\n", "utf-8")
    assert "no heading `## [1.2.3] - DATE`" in release.untaggable(tmp_path)
    log.write_text("## [Unreleased]\n\n## [1.2.3] - 2026-01-02\n", "utf-8")
    assert "not committed" in release.untaggable(tmp_path)
    git("add", ".")
    git("commit", "-m", "1.2.3")
    assert "" == release.untaggable(tmp_path)


@pytest.mark.long
def test_the_whole_command_names_what_it_has_tried(tmp_path: Path) -> None:
    """`make dist` with one Python: both files, and the Pythons of the metadata that were not tried."""
    minor = own().rpartition(".")[0]
    done = subprocess.run(
        [sys.executable, "-m", "tests.wheel.release", "--to", str(tmp_path), "--python", minor],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert 2 == done.stdout.count(f"installed and tried with Python {minor}")
    assert 2 == done.stdout.count("is not tried")
    assert 2 == sum(Path(line).is_file() for line in done.stdout.splitlines())


@pytest.mark.parametrize(
    "line",
    ["uvx --from ./dist/bothends-*.whl bothends", "pipx run --spec ./dist/bothends-*.whl bothends"],
)
def test_one_line_runs_it_from_a_file(line: str, files: dict[str, Path], tmp_path: Path) -> None:
    """The line of the README, where nothing is installed: it makes an environment of its own, and runs the command."""
    assert line in (ROOT / "README.md").read_text("utf-8")
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / files[".whl"].name).symlink_to(files[".whl"])
    version = own()
    variables = release.variables_of(version) | {"HOME": str(tmp_path), "PIPX_HOME": str(tmp_path / "pipx")}
    variables |= {"UV_PYTHON": pythons()[version], "PIPX_DEFAULT_PYTHON": pythons()[version]}
    variables |= {"PATH": f"{release.PROGRAMS}{os.pathsep}{variables['PATH']}"}
    release.says_version(["sh", "-c", f'{line} "$@"', "sh"], tmp_path, variables)
