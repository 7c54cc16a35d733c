"""What a target tells of its secrets is hidden in the reports of several lanes, as in those of one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEAKY = """
import os, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from reference import app

def leaky(answer, respond=app.respond, **headers):
    response = respond(answer, **headers)
    if response.status == 422:
        response.body = response.body.replace(b"{{", b'{{"detail": "%s", ' % os.environb[b"NEXTAUTH_SECRET"], 1)
    return response

Path(f"{{os.getpid()}}.secret").write_text(os.environ["NEXTAUTH_SECRET"])
app.respond = leaky
app.main()
"""


@pytest.mark.measured
@pytest.mark.parametrize("lanes", ["1", "3"])
def test_a_secret_that_is_answered_is_in_no_report(tmp_path: Path, lanes: str) -> None:
    """A session secret in an answer is a finding, and each report has `[hidden]` in its place."""
    (tmp_path / "leaky.py").write_text(LEAKY.format(root=str(ROOT)))
    text = (ROOT / "bothends.toml").read_text("utf-8").replace('"openapi.yaml', f'"{ROOT / "openapi.yaml"}')
    text = text.replace('pacts = "contracts/pacts"\n', "")
    text = text.replace('["python", "-m", "reference"]', f'["{sys.executable}", "{tmp_path / "leaky.py"}"]')
    (tmp_path / "bothends.toml").write_text(text, "utf-8")
    files = [tmp_path / f"report.{kind}" for kind in ("json", "ndjson", "html", "xml", "md")]
    options = zip(("--json", "--ndjson", "--html", "--junit", "--markdown"), map(str, files), strict=True)
    command = [sys.executable, "-m", "bothends", "verify", "--seed", "1", "--lanes", lanes, "--only", "invalid-body"]
    command += [word for pair in options for word in pair]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    secrets = {file.read_text() for file in tmp_path.glob("*.secret")}
    told = [done.stdout, done.stderr, *(file.read_text("utf-8") for file in files)]
    assert (1, True) == (done.returncode, "no-secret-in-answer" in done.stdout), done.stdout + done.stderr
    assert secrets
    assert [] == [secret for secret in secrets if any(secret in one for one in told)]
    assert "[hidden]" in files[1].read_text("utf-8")
