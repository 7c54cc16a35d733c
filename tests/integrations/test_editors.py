"""`bothends schema`: Taplo, which editors use, finds it by the first line of the settings, and reads the file by it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from tests.documents.blocks import blocks
from tests.in_process import bothends

TAPLO = Path(__file__).with_name("npm") / "node_modules" / ".bin" / "taplo"
PAGE = "docs/reference/settings.md"
WRONG = '[target]\nurl = "http://127.0.0.1:8080"\nready = "up"\n'


def test_taplo_marks_mistakes_of_the_settings(tmp_path: Path) -> None:
    """What `bothends init` writes has none; a mistake is marked at its line. The first line is that of the page."""
    (line,) = [block.text for block in blocks(PAGE) if block.text.startswith("#:schema")]
    (tmp_path / "right").mkdir()
    assert 0 == bothends(tmp_path / "right", "init").returncode
    right = tmp_path / "right" / "bothends.toml"
    right.write_text(line + right.read_text("utf-8"), "utf-8")
    wrong = tmp_path / "wrong" / "bothends.toml"
    wrong.parent.mkdir()
    wrong.write_text(line + 'spec = "openapi.yaml"\n' + WRONG, "utf-8")
    for file in (right, wrong):
        name = line.strip().rpartition("/")[2]
        (file.parent / name).write_text(bothends(tmp_path, "schema").stdout, "utf-8")
    done = subprocess.run(
        ["node", TAPLO, "lint", "--colors", "never", right, wrong],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 1 == done.returncode
    marked = re.findall(r"┌─ (.+):(\d+):\d+\n", done.stdout + done.stderr)
    assert [(str(wrong), str(1 + wrong.read_text("utf-8").splitlines().index('ready = "up"')))] == marked


def test_the_schema_has_a_name_of_its_own(tmp_path: Path) -> None:
    """Its `$id` is an absolute URI, by which others can refer to it, of a host that nobody can have (RFC 2606)."""
    schema = json.loads(bothends(tmp_path, "schema").stdout)
    name = urlsplit(schema["$id"])
    assert ("https", "invalid", "") == (name.scheme, str(name.hostname).rpartition(".")[2], name.fragment)
