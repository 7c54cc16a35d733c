"""`bothends init`, as a whole: what it writes lints, and makes no target wrong that is right."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bothends.contract import load
from bothends.lint import Level, lint
from tests.corpus.documents import HERE, listed
from tests.in_process import bothends
from tests.made_once import made_once
from tests.scaffold.running import ROOT, running
from tests.yaml_files import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bothends.contract import Contract
    from bothends.lint import Complaint

OVERLAY = "bothends.overlay.yaml"
SETTINGS = "bothends.toml"


def errors(folder: Path) -> list[Complaint]:
    """Return what `lint` calls an error in a folder."""
    return [each for each in lint(folder / SETTINGS) if each.level is Level.ERROR]


def test_from_nothing_there_is_a_contract_to_change(tmp_path: Path) -> None:
    """It lints without a word; the service of it is not there yet."""
    done = bothends(tmp_path, "init")
    assert (0, "") == (done.returncode, done.stderr)
    assert [
        "wrote openapi.yaml (the contract of an example: change it to yours)",
        "wrote bothends.toml",
        "wrote .github/workflows/bothends.yml",
        "next:  bothends mock, and beside it bothends verify",
    ] == done.stdout.splitlines()
    assert [] == lint(tmp_path / SETTINGS)
    assert 3 == bothends(tmp_path, "verify", "--url", "http://127.0.0.1:9").returncode


def test_no_file_is_written_over(tmp_path: Path) -> None:
    """What is there stays, and is told."""
    bothends(tmp_path, "init")
    for file in (each for each in tmp_path.rglob("*") if each.is_file() and ".bothends" not in each.parts):
        file.write_bytes(file.read_bytes() + b"# mine\n")
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    (tmp_path / SETTINGS).unlink()
    (tmp_path / SETTINGS).write_text('spec = "openapi.yaml"\n[target]\n')
    done = bothends(tmp_path, "init")
    assert "kept  .github/workflows/bothends.yml" in done.stdout
    assert all(text == file.read_bytes() for file, text in before.items() if file.name != SETTINGS)
    assert 'spec = "openapi.yaml"\n[target]\n' == (tmp_path / SETTINGS).read_text()


def test_what_lint_can_put_right_is_put_right_first(tmp_path: Path) -> None:
    """In an overlay of its own, before the other one: else a callback would not be there, and a run would refuse."""
    answer = {"200": {"description": "Done."}}
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Invoices", "version": "1"},
        "paths": {
            "/invoices": {
                "post": {
                    "parameters": [{"name": "callback_url", "in": "query", "schema": {"type": "string"}}],
                    "responses": {**answer, "401": {"description": "Nobody."}},
                    "callbacks": {"accepted": {"{$callback_url}": {"post": {"responses": answer}}}},
                }
            }
        },
    }
    (tmp_path / "openapi.json").write_text(json.dumps(spec, indent=1))
    done = bothends(tmp_path, "init")
    assert "wrote corrections.overlay.yaml (what the spec means, put right)" in done.stdout
    assert 'overlays = ["corrections.overlay.yaml", "bothends.overlay.yaml"]' in (tmp_path / SETTINGS).read_text()
    assert [] == errors(tmp_path)
    assert ["{$request.query.callback_url}"] == [event.url_template for event in load(tmp_path / SETTINGS).events]
    # Who removes them has them written anew; the settings name them already.
    (tmp_path / "corrections.overlay.yaml").unlink()
    (tmp_path / OVERLAY).unlink()
    nowhere = (tmp_path / SETTINGS).read_text().replace('url = "http://127.0.0.1:8000"', "")
    (tmp_path / SETTINGS).write_text(nowhere)
    done = bothends(tmp_path, "init")
    assert (0, []) == (done.returncode, [line for line in done.stdout.splitlines() if line.startswith("add to")])
    assert [] == errors(tmp_path)


SPOILT = """\
openapi: 3.1.0
info: {title: Invoices, version: '1'}   # a comment that stays
paths:
  /invoices/{id}:
    post:
      parameters:
        - {name: callback_url, in: query, schema: {type: String}}
      responses:
        '200': {description: Done.}
        4xx: {description: Refused.}
      callbacks:
        accepted:
          "{$callback_url}":
            post: {responses: {'200': {description: Taken.}}}
"""


URL = "{$request.query.callback_url}"


@pytest.mark.parametrize("name", ["openapi.yaml", "openapi.json"])
def test_in_place_the_spec_itself_is_put_right(name: str, tmp_path: Path) -> None:
    """What was wrong is told, a line each; there is no overlay, and the comments stay."""
    spec = tmp_path / name
    (tmp_path / "written.yaml").write_text(SPOILT)
    spec.write_text(SPOILT if name.endswith(".yaml") else json.dumps(read_yaml(tmp_path / "written.yaml")))
    done = bothends(tmp_path, "init", "--in-place")
    assert (0, "") == (done.returncode, done.stderr)
    assert [
        f"wrote {name} (what the spec means, put right; 0 proposed, 0 unsure)",
        "wrote bothends.toml",
        "wrote .github/workflows/bothends.yml",
        f"put right: The callback's key '{{$callback_url}}' is no runtime expression of OpenAPI: '{URL}' is.",
        "put right: OpenAPI writes '4xx' as '4XX'.",
        "put right: The path contains {id}, and no parameter has that name.",
        "put right: JSON Schema writes 'String' as 'string'.",
        "next:  bothends lint, then bothends verify",
    ] == done.stdout.splitlines()
    assert [] == [*tmp_path.glob("*.overlay.yaml")]
    assert [] == errors(tmp_path)
    assert [URL] == [event.url_template for event in load(tmp_path / SETTINGS).events]
    kept = [line for line in SPOILT.splitlines() if line in spec.read_text().splitlines()]
    assert name.endswith(".json") or len(kept) == len(SPOILT.splitlines()) - 3


def test_in_place_what_is_shared_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """The message says why, and what to do instead."""
    shared = SPOILT.replace("{type: String}", "&text {type: String}").replace("Done.}", "Done., x-like: *text}")
    (tmp_path / "openapi.yaml").write_text(shared)
    done = bothends(tmp_path, "init", "--in-place")
    assert (2, shared) == (done.returncode, (tmp_path / "openapi.yaml").read_text())
    assert "openapi.yaml is written in a form that can't be changed in place" in done.stderr
    assert "Leave --in-place out: the changes are then written as an overlay." in done.stderr
    assert not (tmp_path / SETTINGS).exists()


KEPT = [each for each in listed() if (HERE / "kept" / each.name).is_dir()]


@pytest.mark.parametrize("document", KEPT, ids=lambda each: each.name)
def test_a_public_document_gets_settings_and_proposals(document: Any, tmp_path: Path) -> None:
    """What is written adds no mistake of its own, and lints as the document does."""
    spec = HERE / "kept" / document.name / document.entry
    (tmp_path / "alone.toml").write_text(f'spec = "{spec}"\n')
    before = {(each.rule, each.problem) for each in lint(tmp_path / "alone.toml")}
    done = bothends(tmp_path, "init", "--from", str(spec))
    assert (0, "") == (done.returncode, done.stderr)
    assert set() == {(each.rule, each.problem) for each in lint(tmp_path / SETTINGS)} - before
    contract = load(tmp_path / SETTINGS, tolerant=True)
    assert contract.operations or contract.unsent


@pytest.fixture(scope="module")
def parcels() -> Iterator[str]:
    """Run the service of parcels for all tests here."""
    with running("tests/scaffold/parcels.py") as url:
        yield url


@pytest.fixture(scope="module")
def begun(parcels: str, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return a folder that `init --probe` has written into, and what it said."""

    def make(folder: Path) -> None:
        done = bothends(folder, "init", "--from", f"{parcels}/openapi.json", "--probe", "--seed", "1")
        assert (0, "1 of 1: POST /parcels\n") == (done.returncode, done.stderr)
        (folder / "said.txt").write_text(done.stdout)

    folder = tmp_path_factory.mktemp("parcels")
    shutil.copytree(made_once(shared, "init-parcels", make), folder, dirs_exist_ok=True)
    # Each worker has a service of its own.
    settings = re.sub(r"http://127\.0\.0\.1:\d+", parcels, (folder / SETTINGS).read_text())
    (folder / SETTINGS).write_text(settings)
    return folder, (folder / "said.txt").read_text()


def test_a_running_service_is_asked(begun: tuple[Path, str]) -> None:
    """Its spec is kept, and each file is told."""
    assert [
        "wrote bothends.overlay.yaml (4 proposed, 0 unsure)",
        "wrote contracts/pacts/receiver-parcels.json",
        "wrote bothends.toml",
        "wrote .github/workflows/bothends.yml",
        "next:  bothends lint, then bothends verify",
    ] == begun[1].splitlines()


def receiver(folder: Path) -> tuple[str, dict[str, Any]]:
    """Return the URL of the one callback in the overlay of a folder, and what it says of it."""
    actions = read_yaml(folder / OVERLAY)["actions"]
    ((name, urls),) = next(a["update"]["callbacks"] for a in actions if "callbacks" in a["update"]).items()
    ((url, item),) = urls.items()
    assert "parcelSent" == name
    return url, item["post"]


def test_a_callback_is_found_by_its_events(begun: tuple[Path, str]) -> None:
    """Its URL has a value of the request and one of the answer in it; it is owed where the body says so."""
    url, said = receiver(begun[0])
    assert "{$request.body#/hookUrl}/parcels/{$response.body#/id}" == url
    assert {"answer": "any"} == said["x-delivery"]
    assert {"tell": {"const": True}} == said["x-when"]["body"]["properties"]


def test_values_that_are_equal_by_chance_come_from_nowhere(begun: tuple[Path, str]) -> None:
    """The event has a 2 in two places, as the usual request has; only what follows the request comes from it."""
    _, said = receiver(begun[0])
    schema = said["requestBody"]["content"]["application/json"]["schema"]
    assert {
        "type": None,
        "at": "clock.s",
        "parcel": "answer.body#/id",
        "label": "request.body#/label",
        "count": "request.body#/pieces",
        "version": None,
        "lane": None,
    } == {name: member.get("x-from") for name, member in schema["properties"].items()}


def test_the_result_lints_and_makes_nothing_wrong(begun: tuple[Path, str]) -> None:
    """A right service has no error under the contract that was made of it, and its event is judged."""
    folder, _ = begun
    assert [] == errors(folder)
    only = ("--only", "success", "--json", "report.json", "--seed", "1")
    done = bothends(folder, "verify", *only)
    report = json.loads((folder / "report.json").read_text("utf-8"))
    assert [] == [each for each in report["findings"] if each["severity"] == "error"], done.stdout
    assert {"provenance", "event-schema"} <= {law["law"] for law in report["laws"] if law["judged"]}


@pytest.mark.long  # beside the cheaper one before it
def test_a_whole_run_makes_nothing_wrong(begun: tuple[Path, str]) -> None:
    """No error in any family."""
    folder, _ = begun
    done = bothends(folder, "verify", "--json", "report.json", "--seed", "2")
    report = json.loads((folder / "report.json").read_text("utf-8"))
    assert [] == [each for each in report["findings"] if each["severity"] == "error"], done.stdout


def test_in_place_the_spec_itself_is_changed(parcels: str, tmp_path: Path) -> None:
    """There is no overlay then."""
    with httpx.Client() as client:
        (tmp_path / "openapi.json").write_text(json.dumps(client.get(f"{parcels}/openapi.json").json(), indent=4))
    done = bothends(tmp_path, "init", "--url", parcels, "--in-place", "--seed", "1")
    assert "wrote openapi.json (4 proposed, 0 unsure)" in done.stdout
    answers = json.loads((tmp_path / "openapi.json").read_text())["paths"]["/parcels"]["post"]["responses"]
    assert {"400": "malformed-body", "415": "unsupported-media-type", "422": "invalid-body"} == {
        status: answer["x-given"] for status, answer in answers.items() if "x-given" in answer
    }
    assert not (tmp_path / OVERLAY).exists()


# The targets of this repository: what their contract says is found by asking them.


def without_extensions(value: Any) -> Any:
    """Return a document without what plain OpenAPI would not say: extensions, and callbacks."""
    if isinstance(value, dict):
        kept = ((k, each) for k, each in value.items() if not k.startswith("x-") and k != "callbacks")
        return {key: without_extensions(each) for key, each in kept}
    return [without_extensions(each) for each in value] if isinstance(value, list) else value


def plain_copy(settings: Path, folder: Path) -> None:
    """Write a contract without extensions, and the settings of its target and its world."""
    text = settings.read_text("utf-8")
    spec = (settings.parent / re.findall(r'(?m)^spec = "(.*)"', text)[0]).resolve()
    (folder / "openapi.json").write_text(json.dumps(without_extensions(read_yaml(spec))))
    text = re.sub(r"(?m)^(spec|pacts|receives) = .*\n", "", text).replace("openapi.yaml#", "openapi.json#")
    text = re.sub(r'answer = ".*(openapi.json#)', r'answer = "\1', text)
    text = text.replace("[target]\n", f'[target]\ncwd = "{settings.parent}"\n', 1)
    (folder / SETTINGS).write_text(f'spec = "openapi.json"\n{text}')


def said_of(contract: Contract) -> dict[str, Any]:
    """Return what a contract says in extensions: by operation and status, and by the URLs of its callbacks."""
    given = {
        f"{operation.id} {answer.status}": (answer.family_rules[0].family, answer.family_rules[0].bytes)
        for operation in contract.operations
        for answer in operation.answers
        if answer.family_rules
    }
    events = {
        f"{operation.id} {event.url_template}": (
            event.when is not None and event.when.owed and [name for name, _ in event.when.conditions],
            event.delivery.answer,
        )
        for operation in contract.operations
        for event in operation.events
    }
    return {**given, **events}


def sources_of(contract: Contract) -> set[str]:
    """Return each `x-from` of a contract, with the operation and the URL of its event."""
    return {
        f"{operation.id} {event.url_template} {source.text.lower()}"
        for operation in contract.operations
        for event in operation.events
        for source in event.walk.sources
    }


@pytest.mark.parametrize(
    ("settings", "unsure"),
    [
        ("bothends.toml", set()),
        pytest.param("examples/node/bothends.toml", set(), marks=pytest.mark.long),
        # The path of a cancellation has one id only that exists.
        pytest.param("examples/orders/python/bothends.toml", {"request.path.id"}, marks=pytest.mark.long),
        pytest.param("examples/orders/node/bothends.toml", {"request.path.id"}, marks=pytest.mark.long),
    ],
)
def test_what_a_contract_says_is_found(settings: str, unsure: set[str], tmp_path: Path) -> None:
    """Each `x-given`, callback and `x-from` of a target of this repository is found, or told as unsure; no other is."""
    plain_copy(ROOT / settings, tmp_path)
    done = bothends(tmp_path, "init", "--probe", "--seed", "1", measured=False)
    assert 0 == done.returncode, done.stderr
    overlay = (tmp_path / OVERLAY).read_text("utf-8")
    text = (tmp_path / SETTINGS).read_text("utf-8")
    (tmp_path / SETTINGS).write_text(f'overlays = ["{OVERLAY}"]\n{text}')
    wanted, found = load(ROOT / settings), load(tmp_path / SETTINGS)
    assert said_of(wanted) == said_of(found)
    assert unsure == {each.rpartition(" ")[2] for each in sources_of(wanted) - sources_of(found)}
    assert set() == sources_of(found) - sources_of(wanted)
    assert all(f"x-from: {each} would fit" in " ".join(overlay.split()) for each in unsure)
    assert [] == errors(tmp_path)


@pytest.mark.long  # the events of localstripe come a second after each answer
def test_a_service_of_others_is_begun_with(tmp_path: Path) -> None:
    """localstripe, as it is released: what is proposed lints, and no valid request breaks it."""
    plain_copy(ROOT / "examples/stripe/bothends.toml", tmp_path)
    assert 0 == bothends(tmp_path, "init", "--seed", "1", measured=False).returncode
    text = (tmp_path / SETTINGS).read_text("utf-8")
    (tmp_path / SETTINGS).write_text(f'overlays = ["{OVERLAY}"]\npacts = "contracts/pacts"\n{text}')
    assert [] == errors(tmp_path)
    urls = {event.url_template for event in load(tmp_path / SETTINGS).events}
    assert {"{hooks}/stripe"} == urls
    done = bothends(tmp_path, "verify", "--only", "success", "--seed", "1", "--json", "report.json", measured=False)
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert [] == [each for each in report["findings"] if each["severity"] == "error"], done.stdout


def test_a_webhook_that_an_operation_names_is_proposed(tmp_path: Path) -> None:
    """As unsure, as nothing was seen of it; a common word names a webhook only in quotes."""
    event = {"post": {"responses": {"200": {"description": "Taken."}}}}
    done = {"200": {"description": "Done."}}
    names = ["order.placed", "order.placed.late", "paid", "sent"]
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Orders", "version": "1"},
        "paths": {
            "/orders": {"post": {"description": "Sends order.placed. It is sent at once.", "responses": done}},
            "/payments": {"post": {"summary": "Pay, with `paid` sent.", "responses": done}},
        },
        "webhooks": dict.fromkeys(names, event),
    }
    (tmp_path / "openapi.json").write_text(json.dumps(spec))
    begun_now = bothends(tmp_path, "init")
    assert "wrote bothends.overlay.yaml (0 proposed, 2 unsure)" in begun_now.stdout
    text = (tmp_path / "bothends.overlay.yaml").read_text()
    found = [line.strip("# ") for line in text.splitlines() if "x-sends" in line]
    assert ["x-sends: [order.placed]", "x-sends: [paid]"] == found
    again = bothends(tmp_path, "init")
    assert "remove it first to have proposals written" in again.stderr
