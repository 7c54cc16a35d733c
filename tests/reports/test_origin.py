"""Where a report comes from: each report says when, where, with which version and seed, and of which commit."""

from __future__ import annotations

import json
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bothends.reports import REPORTS, Origin, version

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reports.conftest import Samples

BEGAN = datetime(2030, 5, 31, 12, 30, 15, tzinfo=UTC)


def git(folder: Path, *words: str) -> str:
    """Run git in a folder."""
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a commit."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "a.txt").write_text("a", "utf-8")
    git(folder, "add", "a.txt")
    git(folder, "commit", "-q", "-m", "a")
    return folder


def test_a_commit_is_that_of_the_settings(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With changes of files that git knows; without a repository, or without git, there is none."""
    head = git(repository, "rev-parse", "HEAD")
    assert {"id": head, "changed": False} == Origin(repository).value["commit"]
    (repository / "new.txt").write_text("b", "utf-8")
    assert {"id": head, "changed": False} == Origin(repository).value["commit"]
    (repository / "a.txt").write_text("b", "utf-8")
    assert {"id": head, "changed": True} == Origin(repository).value["commit"]
    assert f"commit {head[:12]} with changes" in Origin(repository).words(7)
    assert Origin(tmp_path).value["commit"] is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Origin(repository).value["commit"] is None


def written(samples: Samples, folder: Path, name: str, place: Path) -> str:
    """Return a report of a run in a folder."""
    surroundings = replace(samples.surroundings, origin=Origin(folder, BEGAN))
    report = next(one for one in REPORTS if one.name == name)
    made = report.make(place, surroundings)
    for event in samples.run(samples.summary(samples.finding())):
        made.handle(event)
    made.close()
    return place.read_text("utf-8")


@pytest.mark.parametrize("name", [one.name for one in REPORTS if not one.to_url and one.name != "otel"])
def test_each_report_says_where_it_comes_from(samples: Samples, repository: Path, tmp_path: Path, name: str) -> None:
    """Time, commit, machine, version and seed."""
    text = written(samples, repository, name, tmp_path / "report")
    origin = Origin(repository, BEGAN)
    assert "2030-05-31" in text
    for said in (git(repository, "rev-parse", "HEAD")[:12], origin.host, version()):
        assert said in text.replace("&#8203;", "").replace("\\", "")
    assert "seed" in text


def test_what_programs_read_of_it(samples: Samples, repository: Path, tmp_path: Path) -> None:
    """In JSON and in JUnit XML."""
    report = json.loads(written(samples, repository, "json", tmp_path / "r.json"))
    assert ("2030-05-31T12:30:15Z", False) == (report["began"], report["commit"]["changed"])
    (first, *_) = ET.fromstring(written(samples, repository, "junit", tmp_path / "r.xml"))  # noqa: S314 -- our own
    assert ("2030-05-31T12:30:15", Origin(repository).host) == (first.get("timestamp"), first.get("hostname"))
    assert {"version", "seed", "machine", "commit"} == {one.get("name") for one in first.iter("property")}
