"""What is watched, and when a change is one."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from bothends import edits
from bothends.contract import load
from bothends.edits import (
    added_since,
    differing,
    is_loaded,
    next_change,
    state_of,
    watched_of,
    watched_without_contract,
)

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.edits import Watched

SPEC = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1"},
    "paths": {
        "/orders": {
            "get": {
                "responses": {
                    "200": {
                        "description": "All.",
                        "content": {"application/json": {"schema": {"$ref": "schemas/order.json"}}},
                    }
                }
            }
        }
    },
}


def project(folder: Path, target: str = 'command = ["./serve"]') -> Watched:
    """Write a project, and return what is watched of it."""
    for name in ("schemas", "src/deep", "node_modules/x", ".git", "env", "src/__pycache__", "build"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "schemas/order.json").write_text("{}")
    (folder / "openapi.json").write_text(json.dumps(SPEC))
    (folder / "bothends.toml").write_text(f'spec = "openapi.json"\n[target]\n{target}\n')
    (folder / "env/pyvenv.cfg").touch()
    for name in (
        "serve", "src/app.py", "src/deep/model.ts", "src/.app.py.swp", "src/app.py~", "src/4913", "data.sqlite3",
        "node_modules/x/index.js", ".git/index", "env/site.py", "src/__pycache__/app.pyc", "build/app.js",
    ):  # fmt: skip
        (folder / name).touch()
    contract = load(folder / "bothends.toml")
    return watched_of(contract, contract.settings.target)


def names(folder: Path, watched: Watched) -> set[str]:
    """Return the files that are watched and are there."""
    return {str(file.relative_to(folder)) for file, state in watched.look().items() if state is not None}


CONTRACT = {"bothends.toml", "openapi.json", "schemas/order.json"}


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ('command = ["./serve"]', {"serve", "src/app.py", "src/deep/model.ts"}),
        ('command = ["./serve"]\nwatch = ["src"]', {"src/app.py", "src/deep/model.ts"}),
        ('command = ["./serve"]\nwatch = ["serve", "src/*.py"]', {"serve", "src/app.py"}),
        ('command = ["./serve"]\nwatch = ["**/*.ts", "**/*.js"]', {"src/deep/model.ts"}),
        ('command = ["./serve"]\nwatch = ["./src/../src/deep", "nowhere", "no/*.thing"]', {"src/deep/model.ts"}),
        ('command = ["./serve"]\nwatch = []', set()),
        ('command = ["./serve"]\ncwd = "src"', {"src/app.py", "src/deep/model.ts"}),
        ('url = "http://127.0.0.1:1"', set()),
    ],
)
def test_what_no_person_edits_is_not_watched(tmp_path: Path, target: str, code: set[str]) -> None:
    """The contract with the files that it refers to, and the code: all in the folder, or what `watch` names."""
    watched = project(tmp_path, target)
    assert CONTRACT | code == names(tmp_path, watched)
    assert all(watched.is_code(tmp_path / name) for name in code)
    assert not any(watched.is_code(tmp_path / name) for name in CONTRACT)


def test_all_that_the_settings_name_is_watched(tmp_path: Path) -> None:
    """Overlays, plugins, pacts that come later, and known findings where there are none yet."""
    project(tmp_path)
    (tmp_path / "more.yaml").write_text("overlay: 1.0.0\ninfo: {title: More, version: '1'}\nactions: []\n")
    (tmp_path / "plug.py").touch()
    (tmp_path / "pacts").mkdir()
    text = 'spec = "openapi.json"\noverlays = ["more.yaml"]\nplugins = ["plug.py"]\npacts = "pacts"\n'
    (tmp_path / "bothends.toml").write_text(f'{text}[target]\ncommand = "./serve"\nwatch = []\n')
    contract = load(tmp_path / "bothends.toml")
    watched = watched_of(contract, contract.settings.target)
    assert CONTRACT | {"more.yaml", "plug.py"} == names(tmp_path, watched)
    before = watched.look()
    (tmp_path / "known-findings.toml").touch()
    (tmp_path / "pacts/web.json").touch()
    assert [tmp_path / "known-findings.toml", tmp_path / "pacts/web.json"] == differing(before, watched.look())


def test_while_a_contract_is_wrong_what_lies_beside_it_is_watched(tmp_path: Path) -> None:
    """A file that a reference does not find may be what comes next."""
    before = project(tmp_path, 'command = ["./serve"]\nwatch = []')
    watched = watched_without_contract(tmp_path / "bothends.toml", None, before)
    states = watched.look()
    (tmp_path / "schemas/item.json").touch()
    assert [tmp_path / "schemas/item.json"] == differing(states, watched.look())
    alone = watched_without_contract(tmp_path / "gone/bothends.toml", tmp_path / "openapi.json", None)
    assert (tmp_path / "openapi.json") in alone.spec
    assert None is alone.look()[tmp_path / "gone/bothends.toml"]


def test_an_edit_while_the_contract_is_read_is_a_change(tmp_path: Path) -> None:
    """What is newer than the beginning of the reading may have been read before."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.touch()
    new.touch()
    states = {old: state_of(old), new: state_of(new)}
    began = new.stat().st_mtime_ns
    assert [new] == differing(added_since({old: states[old]}, states, began), states)
    assert [] == differing(added_since({old: states[old]}, states, began + 1), states)


def test_several_writes_are_one_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editor that truncates, writes and renames makes one change; what is undone at once makes none."""
    monkeypatch.setattr(edits, "POLL_SECONDS", 0.01)
    watched = project(tmp_path, 'command = ["./serve"]\nwatch = ["src"]')

    async def edit() -> list[Path]:
        waiting = asyncio.ensure_future(next_change(watched, watched.look()))
        for text in ("", "a", "ab"):
            (tmp_path / "src/app.py").write_text(text)
            await asyncio.sleep(0.02)
        (tmp_path / "src/fresh.py").write_text("x")
        (tmp_path / "src/fresh.py").rename(tmp_path / "src/other.py")
        return await asyncio.wait_for(waiting, 30)

    assert [tmp_path / "src/app.py", tmp_path / "src/other.py"] == asyncio.run(edit())


def test_code_that_this_process_has_loaded_is_known(tmp_path: Path) -> None:
    """It can't be loaded anew: the process has to be."""
    other = tmp_path / "files.py"
    other.touch()
    assert __file__.endswith(".py")
    assert not is_loaded(other)
    assert not is_loaded(tmp_path / "openapi.yaml")
    assert edits.__file__ is not None
    assert is_loaded(type(tmp_path)(edits.__file__))
