"""`{env.NAME}` in the settings, in real processes: in each text, `[target.env]` and the command too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fixed.project import TARGET, Notes
from tests.in_process import bothends

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ("verify", "--seed", "1", "--only", "success/least")


def written(folder: Path) -> None:
    """Write a project whose settings name variables wherever they can."""
    notes = Notes(folder)
    notes.write()
    file = folder / "bothends.toml"
    text = (
        file.read_text().replace(f'"{TARGET}"', '"{env.HERE}/target.py"').replace("spec.json", "{env.FOLDER}/spec.json")
    )
    text = text.replace("[target.env]", '[target.env]\nBUG = "{env.THE_BUG}"')
    file.write_text(text.replace('path = "/things"', 'path = "/{env.THINGS}"'))


def test_variables_of_the_environment(tmp_path: Path) -> None:
    """The target gets what they hold: a right one has no error, one that they make a wrong one has."""
    written(tmp_path)
    env = {"HERE": str(TARGET.parent), "FOLDER": str(tmp_path), "THINGS": "things"}
    done = bothends(tmp_path, *WORDS, env={**env, "THE_BUG": "none"})
    assert done.returncode in {0, 4}, done.stdout + done.stderr  # on a busy machine, an event may have had no time
    assert "error:" not in done.stdout
    done = bothends(tmp_path, *WORDS, env={**env, "THE_BUG": "fails"})
    assert 1 == done.returncode, done.stdout + done.stderr
    assert "happened  500" in done.stdout


def test_a_variable_that_is_not_set(tmp_path: Path) -> None:
    """The error has the file, the line and what to do; the contract or the command line is wrong."""
    written(tmp_path)
    env = {"HERE": str(TARGET.parent), "FOLDER": str(tmp_path), "THINGS": "things", "THE_BUG": None}
    done = bothends(tmp_path, *WORDS, env=env)
    line = (tmp_path / "bothends.toml").read_text().splitlines().index('BUG = "{env.THE_BUG}"') + 1
    assert 2 == done.returncode
    assert f"bothends.toml:{line} target.env.BUG" in done.stderr
    assert "The environment variable THE_BUG is not set, but 'BUG' uses {env.THE_BUG}." in done.stderr
    assert "Set it: THE_BUG=… bothends verify" in done.stderr
