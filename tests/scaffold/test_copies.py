"""Remote documents that a spec refers to: `bothends init` says what is missing, and fetches it where it is asked to."""

from __future__ import annotations

import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from tests.in_process import bothends

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder, and logs nothing."""

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """Serve two documents, of which one refers to the other; yield the URL of their folder."""
    folder = tmp_path / "served" / "schemas"
    folder.mkdir(parents=True)
    (folder / "a.json").write_text(json.dumps({"A": {"properties": {"b": {"$ref": "b.json#/B"}}}}))
    (folder / "b.json").write_text(json.dumps({"B": {"type": "string"}}))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder.parent)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/schemas"
    server.shutdown()
    thread.join()
    server.server_close()


def project(folder: Path, *references: str) -> Path:
    """Write a spec whose operations refer to documents; return its folder."""
    paths = {
        f"/{number}": {
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": reference}}}},
                "responses": {"200": {"description": "Done."}},
            }
        }
        for number, reference in enumerate(references)
    }
    here = folder / "project"
    (here / "api").mkdir(parents=True)
    spec = {"openapi": "3.1.0", "info": {"title": "Parts", "version": "1"}, "paths": paths}
    (here / "api" / "openapi.json").write_text(json.dumps(spec))
    return here


def test_a_document_that_is_missing_is_told_with_its_place(tmp_path: Path, served: str) -> None:
    """Nothing is fetched; the table names the folder that the copy belongs into."""
    here, host = project(tmp_path, f"{served}/a.json#/A"), served.removeprefix("http://").removesuffix("/schemas")
    done = bothends(here, "init", "--from", "api/openapi.json")
    kept = f"documents/{host.replace(':', '-')}"
    assert f"missing: {served}/a.json: save it as {kept}/schemas/a.json, or use --download\n" in done.stdout
    assert f'urls = {{"http://{host}/" = "{kept}"}}\n' in (here / "bothends.toml").read_text()
    assert not (here / "documents").exists()
    assert 2 == bothends(here, "lint").returncode


def test_documents_are_fetched_once_where_it_is_asked_for(tmp_path: Path, served: str) -> None:
    """Those too that they refer to; from then on, the contract has no mistake, and nobody is asked."""
    here = project(tmp_path, f"{served}/a.json#/A")
    done = bothends(here, "init", "--from", "api/openapi.json", "--download")
    assert (0, False) == (done.returncode, "missing" in done.stdout)
    assert {"a.json", "b.json"} == {file.name for file in (here / "documents").rglob("*.json")}
    assert 0 == bothends(here, "lint").returncode


def test_a_document_that_is_not_there_is_told(tmp_path: Path, served: str) -> None:
    """The error names the URL."""
    here = project(tmp_path, f"{served}/c.json#/A")
    done = bothends(here, "init", "--from", "api/openapi.json", "--download")
    assert 2 == done.returncode
    assert f"{served}/c.json answers 404, and no document." in done.stderr


def test_a_folder_beside_that_of_the_spec_is_the_users_to_name(tmp_path: Path) -> None:
    """The line is a comment, as a spec may be somebody else's; with it, the file is read."""
    here = project(tmp_path, "../common/a.json")
    (here / "common").mkdir()
    (here / "common" / "a.json").write_text('{"type": "string"}')
    done = bothends(here, "init", "--from", "api/openapi.json")
    assert "not read: common, which is not below the spec\n" in done.stdout
    assert 2 == bothends(here, "lint").returncode
    settings = here / "bothends.toml"
    settings.write_text(settings.read_text().replace('# folders = ["common"]', 'folders = ["common"]'))
    assert 0 == bothends(here, "lint").returncode


def test_a_settings_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    """Its reader would take a hundred times as much memory."""
    (tmp_path / "bothends.toml").write_text(f"{'k' * (2 << 20)} = 1\n")
    done = bothends(tmp_path, "lint")
    assert 2 == done.returncode
    assert "The settings file can't be read: it is larger than 1 MiB." in done.stdout + done.stderr
