"""Plain documents of each shape, served right and wrong: what is broken, what is not proven, and what settles it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import jsonschema_rs
import pytest

from bothends.records import resolve
from tests.in_process import bothends
from tests.plain.shapes import SESSIONS, SHAPES, settings
from tests.ports import ports, until_it_answers
from tests.waiting import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
LONG = ("streams", "nested")
"""Shapes of which another one shows the same in less time."""


@contextlib.contextmanager
def serving() -> Iterator[int]:
    """Serve all shapes, right and wrong; return the port."""
    (port,) = ports(1)
    served = subprocess.Popen([sys.executable, "-m", "tests.plain.served", str(port)], cwd=ROOT)
    try:
        until_it_answers(f"http://127.0.0.1:{port}/open/right/openapi.json", served)
        yield port
    finally:
        served.terminate()
        served.wait(LONGEST)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Serve all shapes for all tests here."""
    with serving() as port:
        yield port


def plain(folder: Path, port: int, shape: str, bug: str, *arguments: str, seed: int = 1) -> tuple[int, dict[str, Any]]:
    """Run without settings; return the exit code and the JSON report."""
    return _verify(folder, seed, f"http://127.0.0.1:{port}/{shape}/{bug}/openapi.json", *arguments)


def with_settings(  # noqa: PLR0913 -- as many as there are parts to a run
    folder: Path, port: int, shape: str, bug: str, *arguments: str, document: Any = None, more: str = "", seed: int = 1
) -> tuple[int, dict[str, Any]]:
    """Run with the settings of a shape, and perhaps with another document; return the exit code and the JSON report."""
    (folder / "openapi.json").write_text(json.dumps(document or SHAPES[shape], indent=1), "utf-8")
    (folder / "bothends.toml").write_text(settings(shape, more), "utf-8")
    return _verify(folder, seed, "--url", f"http://127.0.0.1:{port}/{shape}/{bug}", *arguments)


def _verify(folder: Path, seed: int, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = bothends(folder, "verify", *arguments, "--seed", str(seed), "--json", "report.json")
    assert (folder / "report.json").is_file(), done.stderr
    return done.returncode, json.loads((folder / "report.json").read_text("utf-8"))


def errors(report: dict[str, Any]) -> set[str]:
    """Return the laws that are broken, those of consequences among them."""
    found = [f for f in report["findings"] if f["severity"] == "error"]
    return {f["law"] for f in found} | {one["law"] for f in found for one in f["consequences"]}


def declared(document: Any) -> Iterator[tuple[str, str, str]]:
    """Yield what a document declares: what it is, where it stands, and the operation that it is of."""
    for path, item in document.get("paths", {}).items():
        for method in item.keys() & {"get", "put", "post", "delete", "patch"}:
            operation = item[method]
            own = f"/paths/{path.replace('~', '~0').replace('/', '~1')}/{method}"
            name = operation.get("operationId", f"{method.upper()} {path}")
            for security in operation.get("security", document.get("security", ())):
                yield from (("scheme", f"/components/securitySchemes/{scheme}", name) for scheme in security)
            for holder, where in ((item, own.rpartition("/")[0]), (operation, own)):
                for number, each in enumerate(holder.get("parameters", ())):
                    yield (
                        "parameter",
                        f"{where}/parameters/{number}",
                        f"{path} {method.upper()} {each['in']} {each['name']}",
                    )
            for status in operation.get("responses", {}):
                yield "answer", f"{own}/responses/{status}", name
            for callback in operation.get("callbacks", {}):
                yield "callback", f"{own}/callbacks/{callback}/", name
    for name in document.get("webhooks", {}):
        yield "webhook", f"/webhooks/{name}", ""


def overlooked(document: Any, report: dict[str, Any], arrived: dict[str, list[str]]) -> list[str]:
    """Return what a document declares, and a report neither has seen nor lists as not proven.

    Args:
        document: The document.
        report: The JSON report.
        arrived: The texts of each parameter that arrived at the service.
    """
    listed = [each["where"] for each in report["not_proven"]]
    seen = {(tally["operation"], tally["status"]) for tally in report["answers"] if tally["seen"]}
    shut = {
        name for what, where, name in declared(document) if what == "scheme" and any(where in one for one in listed)
    }
    found = []
    for what, where, name in declared(document):
        if any(where in one for one in listed):
            continue
        is_seen = {
            # Who signs in with a scheme that nothing plays is told once, and not for each answer behind it.
            "answer": (name, where.rpartition("/")[2]) in seen or name in shut,
            "scheme": any(operation == name and status.startswith("2") for operation, status in seen),
            "callback": any("event" in point["where"] and point["seen"] for point in report["coverage"]["points"]),
            "webhook": False,
            "parameter": what == "parameter"
            and (_is_varied(document, where, arrived.get(name, [])) or _operation_of(document, name) in shut),
        }[what]
        if not is_seen:
            found.append(where)
    return found


def _operation_of(document: Any, parameter: str) -> str:
    """Return the name of the operation that a parameter is of."""
    path, method, *_ = parameter.split(" ")
    operation: dict[str, Any] = document["paths"][path][method.lower()]
    return str(operation.get("operationId", f"{method} {path}"))


def _is_varied(document: Any, pointer: str, texts: list[str]) -> bool:
    """Return whether a parameter had several values, or the only one that it may have, and a right one among them."""
    schema = resolve(document, pointer)["schema"]
    right = [text for text in texts if _is_right(schema, text)]
    return bool(right) and (len(texts) > 1 or "const" in schema)


def _is_right(schema: Any, text: str) -> bool:
    validator = jsonschema_rs.validator_for(schema)
    return validator.is_valid(int(text) if text.isdecimal() and schema.get("type") == "integer" else text)


@pytest.mark.parametrize("shape", [pytest.param(s, marks=[pytest.mark.long] * (s in LONG)) for s in SHAPES])
def test_a_right_service_has_no_error_and_a_whole_list(tmp_path: Path, port: int, shape: str) -> None:
    """Without settings, each scheme, parameter, answer, callback and webhook was seen, or is listed."""
    code, report = plain(tmp_path, port, shape, "right", "--profile", "quick")
    assert (4, set()) == (code, errors(report))
    arrived = httpx.get(f"http://127.0.0.1:{port}/{shape}/right/arrived").json()
    assert [] == overlooked(SHAPES[shape], report, arrived)
    assert all(each["add"] for each in report["not_proven"] if each["where"])
    # No text matches the pattern of the one that is listed.
    listed = [each["what"] for each in report["not_proven"] if each["what"].startswith("parameter ")]
    assert listed == (["parameter code of listBooks"] if shape == "parameters" else [])


@pytest.mark.parametrize("shape", ["nested", "resource"])
def test_requests_have_ids_that_exist(tmp_path: Path, port: int, shape: str) -> None:
    """What `Location`, a link or an answer gives is read, changed and deleted: each success is seen."""
    code, report = with_settings(tmp_path, port, shape, "right", "--profile", "quick", "--only", "success")
    assert set() == errors(report), report["findings"]
    assert code in {0, 4}
    seen = {(each["operation"], each["status"]) for each in report["answers"] if each["seen"]}
    good = {(name, where.rpartition("/")[2]) for what, where, name in declared(SHAPES[shape]) if what == "answer"}
    assert {one for one in good if one[1].startswith("2")} <= seen


@pytest.mark.parametrize(
    ("shape", "bug", "law", "only"),
    [
        *((shape, "no-sign-in", "sign-in-demanded", "signed-out") for shape in SESSIONS),
        ("open", "wrong-status", "family-status", "invalid-body"),
        ("callback", "wrong-status", "family-status", "invalid-body"),
        ("open", "wrong-body", "answer-schema", "success"),
        ("nested", "wrong-body", "answer-schema", "success"),
        ("streams", "wrong-body", "answer-schema", "success"),
        ("callback", "event-for-a-refusal", "no-event-without-success", "invalid-body"),
    ],
)
def test_what_a_plain_document_forbids_is_broken(  # noqa: PLR0913, PLR0917 -- the columns of the table
    tmp_path: Path, port: int, shape: str, bug: str, law: str, only: str
) -> None:
    """Sign-in taken out, another status, another body, an event for a refusal: each without a line of settings."""
    code, report = plain(tmp_path, port, shape, bug, "--only", only, "--profile", "quick")
    assert 1 == code, report["not_proven"]
    assert law in errors(report)


_POST = "{$request.body#/callbackUrl}"


def test_an_object_that_comes_and_goes_is_broken(tmp_path: Path, port: int) -> None:
    """Each fifth read answers 404 for an object that is found before and after."""
    code, report = plain(tmp_path, port, "nested", "forgets", "--fail-fast")
    assert (1, {"there-all-the-time"}) == (code, errors(report))


def test_a_finding_with_an_id_is_replayed(tmp_path: Path, port: int) -> None:
    """A replay creates an object again, and shows the finding at it."""
    code, report = with_settings(tmp_path, port, "nested", "wrong-read", "--only", "success/getLine.no-body")
    assert (1, {"answer-schema"}) == (code, errors(report))
    (finding,) = [each for each in report["findings"] if each["case"].startswith("success/getLine")]
    assert finding["request"]["target"].endswith("/carts/{cartId}/lines/{line}")
    done = bothends(tmp_path, "replay", finding["id"])
    assert (1, True) == (done.returncode, "reproduced" in done.stdout), done.stdout


SETTLED = {
    "no-event": ("callback", "callback parcelSent", "x-when: true", "event-for-success", "success"),
    "event-twice": ("callback", "callback parcelSent", "x-delivery: {", "one-event", "success"),
    "anothers-object": ("resource", "objects of other callers", "x-given: forbidden", "family-status", "forbidden"),
}
"""What is wrong: its shape, what is not proven, the line to add, the law that is broken then, and the cases for it."""


def _settled(bug: str) -> Any:
    """Return the document with the line that settles it."""
    document = deepcopy(SHAPES[SETTLED[bug][0]])
    if bug == "anothers-object":
        document["paths"]["/tasks/{taskId}"]["get"]["responses"]["403"]["x-given"] = "forbidden"
        return document
    post = document["paths"]["/parcels"]["post"]["callbacks"]["parcelSent"][_POST]["post"]
    post |= {"x-when": True} if bug == "no-event" else {"x-delivery": {"attempts": "once", "identity": "/id"}}
    return document


@pytest.mark.parametrize(
    "bug", [pytest.param(bug, marks=[pytest.mark.long] * (bug != "event-twice")) for bug in SETTLED]
)
def test_what_the_document_leaves_open_is_not_proven(tmp_path: Path, port: int, bug: str) -> None:
    """It is no error, and the report has the line that settles it."""
    shape, what, line, _, only = SETTLED[bug]
    chosen = () if bug != "event-twice" else ("--only", only)  # what never comes, or is not asked for, is an omission
    code, report = with_settings(tmp_path, port, shape, bug, "--profile", "quick", *chosen)
    assert (4, set()) == (code, errors(report))
    assert any(each["what"].startswith(what) and line in each["add"] for each in report["not_proven"])


@pytest.mark.parametrize("bug", SETTLED)
def test_a_line_settles_what_the_document_left_open(tmp_path: Path, port: int, bug: str) -> None:
    """Once the line is there, the wrong service is broken, and the right one is not."""
    shape, _, _, law, only = SETTLED[bug]
    more = 'operations = ["addTask", "getTask"]' if shape == "resource" else ""
    for served, wrong in ((bug, {law}), ("right", set())):
        document = _settled(bug)
        code, report = with_settings(tmp_path, port, shape, served, "--only", only, document=document, more=more)
        assert wrong <= errors(report), report["not_proven"]
        assert bool(wrong) == (code == 1), report["findings"]


def test_a_maker_that_is_not_under_test_is_named(tmp_path: Path, port: int) -> None:
    """An operation alone has no id that exists: the line says which operations would give one."""
    arguments = ("--operation", "getTask", "--only", "success")
    _, report = with_settings(tmp_path, port, "resource", "right", *arguments)
    (line,) = [each for each in report["not_proven"] if each["what"] == "made-up id of getTask"]
    assert 'operations = [..., "GET /tasks", "POST /tasks"]' == line["add"]


_NOTED = {
    "type": "object",
    "required": ["id", "made"],
    "properties": {name: {"type": "string"} for name in ("id", "made")},
}
_DECLARED: dict[str, tuple[str, Any, dict[str, Any], str]] = {
    "as it is sent": ("{ingest}/somewhere", _NOTED, {}, ""),
    "with another schema": ("{ingest}/somewhere", {**_NOTED, "required": ["text"]}, {}, "event-schema"),
    "for another answer": (
        "{ingest}/somewhere",
        _NOTED,
        {"x-when": {"status": {"const": 200}}},
        "no-event-without-success",
    ),
    "at another address": ("{ingest}/notes", _NOTED, {"x-when": True}, "right-address"),
}
"""How the event that nobody has declared is declared then: its URL, its schema, what else is said, the broken law."""


@pytest.mark.parametrize("how", _DECLARED)
def test_a_callback_settles_what_an_undeclared_event_is(tmp_path: Path, port: int, how: str) -> None:
    """Once it is declared, a service that sends another one is broken, and one that sends just that is not."""
    (ingest,) = ports(1)
    url, schema, more, law = _DECLARED[how]
    document = deepcopy(SHAPES["open"])
    event = {"required": True, "content": {"application/json": {"schema": schema}}}
    declared = {"requestBody": event, "responses": {"200": {"description": "Taken."}}, **more}
    document["paths"]["/notes"]["post"]["callbacks"] = {"noteAdded": {url: {"post": declared}}}
    table = f'[world.ingest]\nkind = "webhook"\nport = {ingest}'
    arguments = ("--only", "success", "--operation", "addNote")
    bug = f"undeclared-event+{ingest}"
    code, report = with_settings(tmp_path, port, "open", bug, *arguments, document=document, more=table)
    assert ({law} if law else set(), 1 if law else 4) == (errors(report), code)
    assert "events of addNote" not in [each["what"] for each in report["not_proven"]]


def test_events_that_nobody_declared_are_told(tmp_path: Path, port: int) -> None:
    """Where the target has an address of the world, an event that no callback declares is not proven."""
    (ingest,) = ports(1)
    more = f'[world.ingest]\nkind = "webhook"\nport = {ingest}'
    bug = f"undeclared-event+{ingest}"
    code, report = with_settings(tmp_path, port, "open", bug, "--only", "success", more=more)
    assert (4, set()) == (code, errors(report))
    (line,) = [each for each in report["not_proven"] if each["what"] == "events of addNote"]
    assert line["add"].startswith("callbacks: ")
    code, report = with_settings(tmp_path, port, "open", "right", "--only", "success", more=more)
    assert [] == [each for each in report["not_proven"] if "event" in each["what"]]
