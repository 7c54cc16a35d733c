"""A document of others is no friend either: what lint and diff say of it, and what they write, in each format."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from tests.outputs import readers
from tests.outputs.conftest import KINDS, run
from tests.outputs.texts import TEXTS, said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Half of a surrogate pair is no text of a document: that is an error of its own.
SHORT = [name for name, text in TEXTS.items() if len(text) < 1000 and "\ud800" not in text]
SETTINGS = 'spec = "old.json"\n[target]\nurl = "http://127.0.0.1:9"\n'


def document(*, hostile: bool, kept: bool) -> dict[str, Any]:
    """Return a document that names members and answers after each text; the members are not kept in a new one."""
    texts = [said(name, hostile=hostile) for name in SHORT]

    def thing(text: str) -> dict[str, Any]:
        members = {text: {"type": "string", "description": text, "default": 5}} if kept else {}
        return {"type": "object", "required": list(members), "properties": members}

    paths = {
        f"/things/{number}": {
            "post": {
                "operationId": f"thing{number}",
                "summary": text,
                "parameters": [{"name": text, "in": "query", "required": not kept, "schema": {"type": "string"}}],
                "requestBody": {"content": {"application/json": {"schema": thing(text), "example": {text: 5}}}},
                "responses": {"200": {"description": text, "content": {"application/json": {"schema": thing(text)}}}},
            }
        }
        for number, text in enumerate(texts)
    }
    return {"openapi": "3.1.0", "info": {"title": texts[0], "version": texts[1]}, "paths": paths}


def as_json(text: str) -> Any:
    """Return what a program reads, texts left out: SARIF is JSON, too."""
    assert readers.ACTED_ON.findall(text) == []
    return readers.skeleton(json.loads(text))


def obeyed(text: str) -> Any:
    """Return what GitHub's runner obeys, and with which properties."""
    return [(name, sorted(told)) for name, told in readers.Runner().read(text)]


def lines(text: str) -> int:
    """Return how many lines there are at the margin; a terminal shows each as it stands there."""
    return sum(line[:1].strip() != "" for line in readers.plain(text))


FORMATS: dict[tuple[str, str], Callable[[str], Any]] = {
    ("lint", "text"): lines,
    ("lint", "json"): as_json,
    ("lint", "sarif"): as_json,
    ("lint", "github"): obeyed,
    ("diff", "text"): lines,
    ("diff", "markdown"): readers.markdown,
    ("diff", "json"): as_json,
    ("diff", "github"): obeyed,
}


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder for each document, the old one and the new one."""
    folders = {kind: tmp_path_factory.mktemp(kind) for kind in KINDS}
    for kind, folder in folders.items():
        (folder / "bothends.toml").write_text(SETTINGS, "utf-8")
        for name, kept in (("old.json", True), ("new.json", False)):
            (folder / name).write_text(json.dumps(document(hostile=kind == "hostile", kept=kept)), "utf-8")
    return folders


@pytest.mark.parametrize(("command", "name"), FORMATS)
def test_what_is_said_of_a_document(documents: dict[str, Path], command: str, name: str) -> None:
    """The same complaints and breaks, as of a harmless one, in each format; no name of it is outside of its place."""
    seen = {}
    for kind, folder in documents.items():
        words = (command, "old.json", "new.json") if command == "diff" else (command, "--hints")
        done = run(folder, *words, "--format", name)
        assert (done.code, done.err) in {(0, ""), (1, "")}
        seen[kind] = (done.code, FORMATS[command, name](done.out))
    assert seen["harmless"] == seen["hostile"]


def test_breaks_that_are_accepted_are_toml(documents: dict[str, Path]) -> None:
    """The file holds an entry for each, and the next comparison reads it."""
    seen = {}
    for kind, folder in documents.items():
        words = ("diff", "old.json", "new.json")
        accepted = run(folder, *words, "--accept", "--reason", "It is \x7f so.", "--until", "2099-01-01")
        file = folder / "accepted-breaks.toml"
        text = file.read_text("utf-8")
        entries = tomllib.loads(text)["accepted"]
        seen[kind] = (accepted.code, len(entries), run(folder, *words).code)
        assert readers.ACTED_ON.findall(text) == []
        file.unlink()
    assert seen["harmless"] == seen["hostile"]
    assert seen["hostile"][2] == 0
