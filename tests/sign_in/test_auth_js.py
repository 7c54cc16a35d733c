"""Auth.js 5 end to end: the Node.js example with `@auth/core` itself, as released, to read its sessions."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.in_process import bothends

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "node"
LIBRARY = Path(__file__).parent / "auth_js"
READ = "const user = readUser("


def project(folder: Path, cookie: str = "authjs.session-token", edit: tuple[str, str] = ("", "")) -> Path:
    """Write the example and its contract with sessions of Auth.js; return its settings.

    Args:
        folder: Where to.
        cookie: The cookie's name.
        edit: What is in the file that reads sessions, and what is to be there.
    """
    target = folder / "target"
    shutil.copytree(EXAMPLE, target)
    (target / "node_modules").symlink_to(LIBRARY / "node_modules")
    shutil.copy(LIBRARY / "session.mjs", target)
    shutil.copy(ROOT / "openapi.yaml", target)
    settings = target / "bothends.toml"
    for file, before, after in (
        (target / "route.mjs", READ, READ.replace("= ", "= await ")),
        (target / "session.mjs", *edit),
        (target / "openapi.yaml", "next-auth.session-token", cookie),
        (settings, "next-auth.session-token", cookie),
        (settings, "next-auth-v4", "auth-js-v5"),
        (settings, "../../openapi.yaml", "openapi.yaml"),
        (settings, "../../", f"{ROOT}/"),
    ):
        assert before in file.read_text()
        file.write_text(file.read_text().replace(before, after))
    return settings


def verify(settings: Path, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """Run the command; return its exit code, its report and what it said."""
    report = settings.with_name("report.json")
    words = ["verify", "--config", str(settings), "--seed", "1", "--json", str(report), *arguments]
    done = bothends(settings.parent, *words)
    return done.returncode, json.loads(report.read_text()), done.stdout + done.stderr


@pytest.mark.parametrize("family", ["signed-in", "signed-out", pytest.param("crowd", marks=pytest.mark.unmeasured)])
def test_what_the_library_takes_and_refuses(tmp_path: Path, family: str) -> None:
    """Each form of a session that the library issues is served with its user, and what it refuses is refused."""
    code, report, said = verify(project(tmp_path), "--only", family)
    assert (0, []) == (code, report["findings"]), said


@pytest.mark.each_seed
def test_a_whole_run(tmp_path: Path, seed: int) -> None:
    """The target is proven; Node.js takes two equal Host headers, which is a warning."""
    code, report, said = verify(project(tmp_path), "--seed", str(seed))
    assert (0, ["http-status"]) == (code, [finding["law"] for finding in report["findings"]]), said


def test_a_cookie_of_another_name(tmp_path: Path) -> None:
    """The name is the salt of the key: the library reads it where it is told that name."""
    secure = ("secureCookie: false", "secureCookie: true")
    settings = project(tmp_path, "__Secure-authjs.session-token", secure)
    code, report, said = verify(settings, "--only", "signed-in")
    assert (0, []) == (code, report["findings"]), said


@pytest.mark.parametrize(
    ("before", "after", "family"),
    [
        ("claims === null", "claims === undefined", "signed-out"),
        ("claims.name ?? null", "'nobody'", "signed-in"),
    ],
)
def test_a_session_that_is_read_wrongly(tmp_path: Path, before: str, after: str, family: str) -> None:
    """A target without the check, or with another name, is broken."""
    code, report, said = verify(project(tmp_path, edit=(before, after)), "--only", family)
    assert 1 == code, said
    assert report["findings"]


def test_a_session_that_is_never_read(tmp_path: Path) -> None:
    """A target with another cookie's key refuses each valid request: nothing is proven, and the credential is named."""
    edit = ("secureCookie: false", "secureCookie: true")
    code, report, said = verify(project(tmp_path, edit=edit), "--only", "signed-in")
    assert (4, []) == (code, report["findings"]), said
    [line] = report["not_proven"]
    assert "No valid request succeeded" in line["why"]
    assert "the credential" in line["why"]
