"""`bothends init` on a service that has one answer for all that it refuses, and a spec that declares another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.in_process import bothends
from tests.scaffold.notes import SPEC
from tests.scaffold.running import running
from tests.yaml_files import read_yaml

if TYPE_CHECKING:
    from pathlib import Path


def test_an_answer_names_all_that_leads_to_it_and_what_has_no_body_is_not_said_to_refuse_one(tmp_path: Path) -> None:
    """What was asked and had no success is told as such: what its refusals suggest is unsure."""
    (tmp_path / "openapi.json").write_text(json.dumps(SPEC))
    with running("-m", "tests.scaffold.notes") as url:
        (tmp_path / "bothends.toml").write_text(f'spec = "openapi.json"\n[target]\nurl = "{url}"\n')
        done = bothends(tmp_path, "init", "--seed", "1")
    assert 0 == done.returncode, done.stderr
    overlay = tmp_path / "bothends.overlay.yaml"
    given = {
        each["target"]: each["update"]["x-given"]
        for each in read_yaml(overlay)["actions"]
        if "x-given" in each["update"]
    }
    families = ["unsupported-media-type", "invalid-body", "malformed-body"]
    assert {"$.paths['/notes'].post.responses['400']": families} == given
    text = overlay.read_text("utf-8")
    assert "$.paths['/notes'].get" not in text
    assert "# - target: \"$.paths['/closed'].post.responses['400']\"" in text
    assert "closed had no success: its usual request was answered 400" in done.stdout.splitlines()
