"""A run without settings, of a service whose spec says nothing of bothends."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.in_process import bothends
from tests.plain.shop import KEY, SPEC
from tests.ports import ports, until_it_answers
from tests.waiting import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
SETTINGS = f"""\
[world.sessions.shopKey]
kind = "static"
callers = [{{headers = {{X-Shop-Key = "{KEY}"}}}}, {{headers = {{X-Shop-Key = "{KEY}"}}}}]
"""


@contextlib.contextmanager
def running(bug: str = "") -> Iterator[int]:
    """Run the shop; return its port."""
    (port,) = ports(1)
    shop = subprocess.Popen([sys.executable, str(HERE / "shop.py"), str(port), *filter(None, [bug])], cwd=HERE)
    try:
        until_it_answers(f"http://127.0.0.1:{port}/openapi.json", shop)
        yield port
    finally:
        shop.terminate()
        shop.wait(LONGEST)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Run the right shop for all tests here."""
    with running() as port:
        yield port


def verify(folder: Path, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """Run `bothends verify`; return its exit code, its JSON report, and what a person sees."""
    done = bothends(folder, "verify", *arguments, "--seed", "1", "--json", "report.json")
    assert (folder / "report.json").is_file(), done.stderr
    return done.returncode, json.loads((folder / "report.json").read_text("utf-8")), done.stdout


def not_proven(report: dict[str, Any]) -> list[str]:
    """Return what a run could not show."""
    return [each["what"] for each in report["not_proven"]]


def test_the_url_of_a_spec_is_enough(tmp_path: Path, port: int) -> None:
    """A right service has no error, at the path that its spec says; each thing that was not looked at has its line."""
    code, report, shown = verify(tmp_path, f"http://127.0.0.1:{port}/openapi.json", "--profile", "quick")
    assert (4, []) == (code, report["findings"]), shown
    assert ["made-up id of getItem", "sign-in: shopKey", "undeclared events"] == not_proven(report)
    assert '[world.sessions.shopKey]\nkind = "static"' in report["not_proven"][1]["add"]
    assert [f"specs/127.0.0.1-{port}-openapi.json"] == [
        str(file.relative_to(tmp_path / ".bothends")) for file in (tmp_path / ".bothends" / "specs").iterdir()
    ]


def test_a_place_in_a_spec_that_is_one_line_has_a_line(tmp_path: Path, port: int) -> None:
    """What is kept of the spec has a line for each value, and the report names it."""
    _, report, _ = verify(tmp_path, f"http://127.0.0.1:{port}/openapi.json", "--profile", "quick")
    [where] = [one["where"] for one in report["not_proven"] if one["what"] == "sign-in: shopKey"]
    found = re.fullmatch(r"(.*):(\d+) /components/securitySchemes/shopKey", where)
    assert found is not None
    assert '"shopKey": {' in (tmp_path / found[1]).read_text("utf-8").splitlines()[int(found[2]) - 1]


@pytest.mark.parametrize(
    ("bug", "law", "family"),
    [
        ("no-sign-in", "sign-in-demanded", ""),
        ("wrong-body", "answer-schema", "success"),
    ],
)
def test_what_the_spec_forbids_is_broken(tmp_path: Path, bug: str, law: str, family: str) -> None:
    """Sign-in that is not demanded, and a body that is no array, are errors without any more settings."""
    with running(bug) as port:
        code, report, shown = verify(tmp_path, f"http://127.0.0.1:{port}/openapi.json", "--profile", "quick")
    assert 1 == code, shown
    assert law in {finding["law"] for finding in report["findings"]}
    cases = [case for finding in report["findings"] for case in (finding["case"], *finding["cases"])]
    assert family in {case.partition("/")[0] for case in cases} | {""}


@pytest.mark.parametrize("bug", ["", "wrong-status"])
def test_the_lines_of_the_report_are_all_that_settings_need(tmp_path: Path, bug: str) -> None:
    """With the lines for sign-in, all is seen, an item by its id, too: a refusal that is a 200 is broken."""
    (tmp_path / "openapi.json").write_text(json.dumps(SPEC, indent=1), "utf-8")
    (tmp_path / "bothends.toml").write_text(f'spec = "openapi.json"\n{SETTINGS}', "utf-8")
    only = ("--only", "invalid-*") if bug else ()
    with running(bug) as port:
        code, report, shown = verify(tmp_path, "--url", f"http://127.0.0.1:{port}/v1", "--profile", "quick", *only)
    errors = {finding["law"] for finding in report["findings"] if finding["severity"] == "error"}
    assert ((1, True) if bug else (0, False)) == (code, "family-status" in errors or "declared-status" in errors), shown
    assert "sign-in: shopKey" not in not_proven(report)


def test_a_file_is_a_spec_too(tmp_path: Path, port: int) -> None:
    """`--spec FILE` takes a spec that the target does not serve, and chooses operations like any other."""
    (tmp_path / "shop.json").write_text(json.dumps(SPEC), "utf-8")
    target = ("--url", f"http://127.0.0.1:{port}/v1", "--spec", "shop.json", "--operation", "getItem")
    code, report, shown = verify(tmp_path, *target, "--profile", "quick")
    assert (4, []) == (code, report["findings"]), shown
    assert ["2 other operations of the spec are not under test."] == report["notes"]


def test_pacts_of_operations_that_are_not_under_test_are_counted(tmp_path: Path, port: int) -> None:
    """An interaction of another operation of the spec is no disagreement; of none, it is."""
    request = {"method": "GET", "path": "/items"}
    pact = {
        "consumer": {"name": "page"},
        "provider": {"name": "shop"},
        "interactions": [{"description": "a list", "request": request, "response": {"status": 200}}],
        "metadata": {"pactSpecification": {"version": "3.0.0"}},
    }
    (tmp_path / "pacts").mkdir()
    (tmp_path / "pacts" / "page-shop.json").write_text(json.dumps(pact), "utf-8")
    (tmp_path / "shop.json").write_text(json.dumps(SPEC), "utf-8")
    (tmp_path / "bothends.toml").write_text('spec = "shop.json"\npacts = "pacts"\n', "utf-8")
    target = ("--url", f"http://127.0.0.1:{port}/v1", "--profile", "quick")
    code, report, shown = verify(tmp_path, *target, "--operation", "getItem")
    assert (4, []) == (code, report["findings"]), shown
    assert "1 interaction of pacts is about operations that are not under test." in report["notes"]
    request["path"] = "/other"
    (tmp_path / "pacts" / "page-shop.json").write_text(json.dumps(pact), "utf-8")
    code, report, shown = verify(tmp_path, *target, "--operation", "getItem")
    assert 1 == code, shown


def test_webhooks_alone_are_told(tmp_path: Path, port: int) -> None:
    """A spec without an operation has nothing to send: that is not proven, with the line that would change it."""
    operation = {"requestBody": {"content": {}}, "responses": {"200": {"description": "Taken."}}}
    spec = {"openapi": "3.1.0", "info": SPEC["info"], "webhooks": {"placed": {"post": operation}}}
    (tmp_path / "hooks.json").write_text(json.dumps(spec), "utf-8")
    code, report, shown = verify(tmp_path, "--url", f"http://127.0.0.1:{port}", "--spec", "hooks.json")
    assert (4, ["x-sends: placed", "exchanges"]) == (code, not_proven(report))
    assert "no operation of hooks.json" in shown.splitlines()[0]


@pytest.mark.skipif(os.name != "posix", reason="0.0.0.0 leads to this machine on POSIX systems only")
def test_nothing_but_reads_leaves_the_machine(tmp_path: Path, port: int) -> None:
    """A host that is not loopback gets GET and HEAD; the rest is told with the option that would send it."""
    url = f"http://0.0.0.0:{port}/openapi.json"
    code, report, shown = verify(tmp_path, url, "--profile", "quick", "--ndjson", "events.ndjson")
    assert (4, []) == (code, report["findings"]), shown
    sent = {
        event["request"]["method"]
        for line in (tmp_path / "events.ndjson").read_text("utf-8").splitlines()
        if "request" in (event := json.loads(line))
    }
    assert {"GET"} == sent - {"HEAD"}
    assert {"addItem", "other methods and broken requests"} <= set(not_proven(report))
    assert ["--allow-writes"] * 2 == [each["add"] for each in report["not_proven"] if each["add"].startswith("--")]
    _, allowed, _ = verify(tmp_path, url, "--only", "signed-out", "--allow-writes")
    assert allowed["exchanges"] > 0


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [
        ("/nothing", 2, "answers 404, and no OpenAPI document"),
        ("/v1/items", 2, "The spec is not a mapping."),
    ],
)
def test_a_url_without_a_spec_is_told(tmp_path: Path, port: int, path: str, code: int, said: str) -> None:
    """What is wrong with the URL, and what would be right."""
    done = bothends(tmp_path, "verify", f"http://127.0.0.1:{port}{path}")
    assert code == done.returncode
    assert said in done.stderr


def test_a_target_that_is_not_there_is_the_targets_fault(tmp_path: Path) -> None:
    """Nobody listens: exit code 3."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        done = bothends(tmp_path, "verify", f"http://127.0.0.1:{free.getsockname()[1]}/openapi.json")
    assert 3 == done.returncode
    assert "The spec can't be fetched from" in done.stderr
