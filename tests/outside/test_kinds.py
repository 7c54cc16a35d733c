"""Kinds of session and ingest from outside the package, by `bothends.kinds` alone: those of `docs/how-to/kinds.md`."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.cli.conftest import Project
from tests.documents.blocks import blocks
from tests.mock.test_command import mock, said
from tests.signatures.project import Shop as SignedShop

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "docs/how-to/kinds.md"
SIGNATURES = "docs/how-to/signed-webhooks.md"
FILES = {block.name: block.text for block in blocks(PAGE) if block.name}
ENTRY_POINTS = next(block.text for block in blocks(PAGE) if "entry-points" in block.text)
KINDS = ("badge.py", "jobs.py")
PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "shop-kinds"
version = "1"

[tool.hatch.build.targets.wheel]
include = ["*.py"]
"""


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    """The shop of the page in a folder of its own."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    made = Project(tmp_path)
    made.replace("shop.toml", "python shop.py", f"{sys.executable} shop.py")
    return made


def verified(shop: Project, only: str, **more: str) -> dict[str, object]:
    """Return the JSON report of a run of some cases."""
    command = ("verify", "--config", "shop.toml", "--only", only, "--seed", "1", "--json", "report.json")
    told = Project(shop.folder, {**shop.more, **more}).run(*command, timeout=240)
    assert told.code in {0, 1}, told.told
    report: dict[str, object] = json.loads((shop.folder / "report.json").read_text("utf-8"))
    return report


def laws_broken(report: dict[str, object]) -> set[str]:
    """Return the laws of a report's errors."""
    findings = report["findings"]
    assert isinstance(findings, list)
    return {finding["law"] for finding in findings if finding["severity"] == "error"}


@pytest.mark.parametrize(
    ("right", "wrong", "only", "law"),
    [
        ("hmac.compare_digest(signature.encode(), right.encode())", "signature", "signed-out", "family-status"),
        ('"by": name}', '"by": "nobody"}', "success", "provenance"),
        ('"Job-Id": uuid.uuid4().hex', '"Job-Id": "1"', "success", "event-for-success"),
        ('/jobs", content', '/job", content', "success", "right-address"),
    ],
)
def test_a_wrong_target_breaks_a_law(shop: Project, right: str, wrong: str, only: str, law: str) -> None:
    """Both kinds are used as those of bothends are: what a target does wrong at either is named."""
    shop.replace("shop.py", right, wrong)
    report = verified(shop, only)
    assert ("broken", True) == (report["verdict"], law in laws_broken(report)), laws_broken(report)


def badge(name: str, secret: str) -> str:
    """Return a badge, made without bothends."""
    return f"{name}.{hmac.new(secret.encode(), name.encode(), hashlib.sha256).hexdigest()}"


def asked(url: str, shown: str | None) -> tuple[int, str]:
    """Order with a badge; return the status of the answer and its text."""
    headers = {} if shown is None else {"X-Badge": shown}
    answer = httpx.post(f"{url}/orders", json={"item": "lamp"}, headers=headers)
    return answer.status_code, answer.text


def test_the_mock_reads_the_badges(shop: Project) -> None:
    """Of a world that has told it the secret, and of none, where it makes one: a right badge is let in, no other is."""
    with mock(shop.folder, "--config", "shop.toml", "--port", "0", BADGE_SECRET="hush") as (_, url):
        found = [asked(url, shown)[0] for shown in (badge("ada", "hush"), badge("ada", "hash"), "ada", None)]
        assert [201, 401, 401, 401] == found
    with mock(shop.folder, "--config", "shop.toml", "--port", "0") as (_, url):
        [first, second] = httpx.get(f"{url}/_bothends/callers").json()
        assert [{"name": each["headers"]["X-Badge"].partition(".")[0]} for each in (first, second)] == [
            first["identity"],
            second["identity"],
        ]
        right = [asked(url, each["headers"]["X-Badge"])[0] for each in (first, second)]
        other = second["headers"]["X-Badge"].partition(".")[2]
        wrong = asked(url, f"{first['identity']['name']}.{other}")
    assert ([201, 201], 401) == (right, wrong[0])


def test_the_mock_says_why_a_badge_is_not_taken(shop: Project) -> None:
    """In problem details, where the contract declares no answer; a kind that fails is told with its line."""
    shop.replace("shop.yaml", '        "401": {description: No valid badge., x-given: signed-out}\n', "")
    with mock(shop.folder, "--config", "shop.toml", "--port", "0") as (_, url):
        assert "the caller may not do this: the badge has another signature" in asked(url, "ada.0")[1]
    shop.replace("badge.py", 'request.told("secret")', "request.nothing")
    with mock(shop.folder, "--config", "shop.toml", "--port", "0") as (_, url):
        assert 500 == asked(url, "ada.0")[0]
        told = said(shop.folder)
    assert ("shop.toml:9 world.sessions.badge", True) == (
        next(iter(re.findall(r"(shop\.toml:\d+ \S+?): The session kind 'badge' failed", told)), told),
        "AttributeError" in told,
    )


@pytest.mark.measured
def test_a_package_that_is_installed_brings_kinds(shop: Project, tmp_path: Path) -> None:
    """They are found by the names of their entry points, or by those of their classes, without a plugin."""
    files = {name: (shop.folder / name).read_text("utf-8") for name in KINDS}
    for name in KINDS:
        (shop.folder / name).unlink()
    installed = install(tmp_path, files, ENTRY_POINTS)
    shop.replace("shop.toml", 'plugins = ["badge.py", "jobs.py"]\n', "")
    assert "proven" == verified(shop, "signed-*", PYTHONPATH=str(installed))["verdict"]
    shop.replace("shop.toml", 'kind = "badge"', 'kind = "badge:Badge"')
    shop.replace("shop.toml", 'kind = "queue"', 'kind = "jobs:Queue"')
    assert "proven" == verified(shop, "signed-*", PYTHONPATH=str(installed))["verdict"]


def install(place: Path, files: dict[str, str], entry_points: str) -> Path:
    """Install modules as a package with entry points, which need not register; return where it is."""
    package, installed = place / "package", place / "installed"
    package.mkdir()
    for name, text in files.items():
        (package / name).write_text(re.sub(r"^@\w+_kind\n", "", text, flags=re.MULTILINE), "utf-8")
    (package / "pyproject.toml").write_text(PYPROJECT + entry_points, "utf-8")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", str(installed), str(package)], check=True)
    shutil.rmtree(package)
    return installed


def test_a_signature_that_is_installed(tmp_path: Path) -> None:
    """By its entry point, or its class: a right target is proven, and one that signs other bytes is named."""
    shopify = {block.name: block.text for block in blocks(SIGNATURES) if block.name == "shopify.py"}
    points = '[project.entry-points."bothends.signatures"]\nshopify = "shopify:Shopify"\n'
    path = {"PYTHONPATH": str(install(tmp_path, shopify, points))}
    for kind, bug, verdict in (("shopify", "", "proven"), ("shopify:Shopify", "serialized-again", "broken")):
        shop = SignedShop(tmp_path, f'signature = "{kind}"', {"SCHEME": "shopify", "BUG": bug})
        shop.write()
        command = ("verify", "--only", "upstream-wrong*", "--seed", "1", "--json", "report.json")
        told = Project(tmp_path, path).run(*command, timeout=240)
        report = json.loads((tmp_path / "report.json").read_text("utf-8"))
        assert (verdict, {"authentic"} if bug else set()) == (report["verdict"], laws_broken(report)), told.told


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ('kind = "badge"', 'kind = "badg"', "shop.toml:10 world.sessions.badge.kind: 'badg' is not a session kind."),
        (
            'kind = "badge"',
            'kind = "nowhere:Badge"',
            "The session kind 'nowhere:Badge' can't be loaded: ModuleNotFound",
        ),
        ('kind = "badge"', 'kind = "json:JSONDecoder"', "'json:JSONDecoder' is not a kind of session."),
        ('kind = "badge"', 'kind = "badge"\nsecret = 7', "shop.toml:11 world.sessions.badge.secret: 'secret' is 7."),
        ('kind = "badge"', 'kind = "badge"\nsecrt = "7"', "'secrt' is not a key of [world.sessions.badge]."),
        ('kind = "queue"', 'kind = "quue"', "shop.toml:13 world.ingests.queue.kind: 'quue' is not an ingest kind."),
        ('kind = "queue"', 'kind = "queue"\nqueues = 1', "'queues' is not a key of [world.ingests.queue]."),
    ],
)
def test_a_table_is_held_to_its_kind(shop: Project, right: str, wrong: str, told: str) -> None:
    """A kind that there is not, and a key or a value that is not one of the kind's, are told with their line."""
    shop.replace("shop.toml", right, wrong)
    result = shop.run("verify", "--config", "shop.toml", "--only", "success/least")
    assert (2, True) == (result.code, told in result.err), result.told


@pytest.mark.measured
@pytest.mark.parametrize(
    ("file", "right", "wrong", "told"),
    [
        (
            "badge.py",
            "caller.subject.encode()",
            "caller.sbject.encode()",
            "shop.toml:9 world.sessions.badge: ",
        ),
        (
            "jobs.py",
            'received.header("job-id")',
            'received.hdr("job-id")',
            "shop.toml:12 world.ingests.queue: ",
        ),
    ],
)
def test_an_error_in_a_kind_is_its_own(shop: Project, file: str, right: str, wrong: str, told: str) -> None:
    """It is neither the target's nor bothends': the table, and the line of the kind's code, are told."""
    shop.replace(file, right, wrong)
    result = shop.run("verify", "--config", "shop.toml", "--only", "success/least")
    assert (2, True) == (result.code, told in result.err), result.told
    assert f"kind '{'badge' if file == 'badge.py' else 'queue'}' failed: AttributeError" in result.err
    assert f"({file}:" in result.err
