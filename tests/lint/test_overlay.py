"""`bothends lint --overlay FILE`: what can be put right without a doubt, as an overlay that puts it right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from bothends.lint import lint
from tests.in_process import bothends
from tests.lint.contract import SETTINGS, SPEC
from tests.lint.faulty import CONST, OLD

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.lint import Complaint

NOTE = "note: {type: string, maxLength: 20}"
TUTORIAL = """\
openapi: 3.1.0
info: {title: FastAPI, version: 0.1.0}
paths:
  /invoices/:
    post:
      operationId: create_invoice_invoices__post
      parameters:
        - name: callback_url
          in: query
          required: false
          schema:
            anyOf: [{type: string, format: uri, minLength: 1, maxLength: 2083}, {type: 'null'}]
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Invoice'}}}
      responses:
        '200': {description: Successful Response, content: {application/json: {schema: {}}}}
      callbacks:
        invoice_notification:
          '{$callback_url}/invoices/{$request.body.id}':
            post:
              requestBody:
                required: true
                content: {application/json: {schema: {$ref: '#/components/schemas/InvoiceEvent'}}}
              responses:
                '200': {description: Successful Response}
components:
  schemas:
    Invoice:
      type: object
      required: [id, customer, total]
      properties:
        id: {type: string}
        title: {anyOf: [{type: string}, {type: 'null'}]}
        customer: {type: string}
        total: {type: number}
    InvoiceEvent:
      type: object
      required: [description, paid]
      properties: {description: {type: string}, paid: {type: boolean}}
"""


def put_right(folder: Path, spec: str, settings: str = SETTINGS, file: str = "right.yaml") -> list[Complaint]:
    """Return what is said of a contract after its overlay has been written and added."""
    (folder / "openapi.yaml").write_text(spec, "utf-8")
    (folder / "bothends.toml").write_text(settings, "utf-8")
    done = bothends(folder, "lint", "--overlay", file)
    assert (0, "") == (done.returncode, done.stderr), done.stdout
    line = next(line.strip() for line in done.stdout.splitlines() if line.startswith("  overlays = "))
    (folder / "bothends.toml").write_text(f"{line}\n{settings}", "utf-8")
    return lint(folder / "bothends.toml")


def test_the_two_expressions_of_a_tutorial_become_those_of_openapi(tmp_path: Path) -> None:
    """A name in braces is the one parameter of that name; a dotted body is the member that its schema declares."""
    settings = 'spec = "openapi.yaml"\n'
    complaints = put_right(tmp_path, TUTORIAL, settings)
    assert [] == [each for each in complaints if each.level == "error"]
    put, removed = yaml.safe_load((tmp_path / "right.yaml").read_text("utf-8"))["actions"]
    assert ["{$request.query.callback_url}/invoices/{$request.body#/id}"] == list(put["update"])
    assert put["description"].startswith("The callback's key '{$callback_url}/invoices/{$request.body.id}' is no")
    assert f"{put['target']}['{{$callback_url}}/invoices/{{$request.body.id}}']" == removed["target"]


PARAMETERS = """\
    parameters:
      - {name: id, in: path, required: true, schema: {type: string, maxLength: 20}}
"""
PUT_RIGHT = [
    # rule (empty: none tells of it), what is changed in a right contract, words of the overlay
    ("callback-key", [("{$request.body#/url}", "{request.body#/url}")], "{$request.body#/url}"),
    ("callback-key", [("'{$request.body#/url}'", "'{url}'")], "{$request.body#/url}"),
    ("callback-key", [("'{$request.body#/url}'", "$request.body.url")], "{$request.body#/url}"),
    ("callback-key", [("{$request.body#/url}", "{$request.body#url}")], "{$request.body#/url}"),
    ("", [("'400': {desc", "'4xx': {desc")], "4XX:"),
    (
        "unusable",
        [(PARAMETERS, "")],
        "name: id",
    ),
    ("unusable", [("in: path, required: true", "in: path")], "required: true"),
    ("", [(NOTE, "note: {type: string, maxLength: 20, nullable: true}")], "- 'null'"),
    ("unusable", [(NOTE, "note: {type: integer, minimum: 1, exclusiveMinimum: true}")], "exclusiveMinimum: 1"),
    ("unusable", [(NOTE, "note: {type: integer, maximum: 1, exclusiveMaximum: false}")], "remove: true"),
    ("unusable", [(NOTE, "note: {type: boolean, required: true}")], "- note"),
    ("unusable", [(NOTE, "note: {type: Boolean}")], "type: boolean"),
    ("pattern-in-slashes", [(NOTE, "note: {type: string, pattern: '/^[a-z]$/'}")], "pattern: ^[a-z]$"),
]


@pytest.mark.parametrize(("name", "changes", "said"), PUT_RIGHT)
def test_an_overlay_puts_it_right(tmp_path: Path, name: str, changes: list[tuple[str, str]], said: str) -> None:
    """With it, the rule is silent, and nothing else is said that was not said before."""
    spec = SPEC
    for old, new in changes:
        assert old in spec
        spec = spec.replace(old, new, 1)
    (tmp_path / "openapi.yaml").write_text(spec, "utf-8")
    (tmp_path / "bothends.toml").write_text(SETTINGS, "utf-8")
    before = {each.rule for each in lint(tmp_path / "bothends.toml")}
    after = {each.rule for each in put_right(tmp_path, spec)}
    assert not name or name in before
    assert after <= before - {name} | {"unbounded-text", "example-refused"}
    assert said in (tmp_path / "right.yaml").read_text("utf-8")


def test_what_is_put_right_inside_of_what_moves_is_found_at_its_new_place(tmp_path: Path) -> None:
    """A class of statuses of a receiver is named after the callback has its key; the overlay may be JSON."""
    spec = SPEC.replace("{$request.body#/url}", "{request.body#/url}").replace("'200': {desc", "'2xx': {desc")
    assert [] == put_right(tmp_path, spec, file="right.json")
    targets = [each["target"] for each in json.loads((tmp_path / "right.json").read_text("utf-8"))["actions"]]
    holder = "$.paths['/orders'].post.callbacks.orderPlaced"
    responses = f"{holder}['{{$request.body#/url}}'].post.responses"
    assert [holder, f"{holder}['{{request.body#/url}}']", responses, f"{responses}['2xx']"] == targets


@pytest.mark.parametrize(
    "changes",
    [
        [("{$request.body#/url}", "{hook}")],
        [("{$request.body#/url}", "{$request.body.link}")],
        [("{$request.body#/url}", "{$request.query.url}")],
        [("name: id, in: path", "name: idd, in: path")],
        [(NOTE, "note: {type: integr}")],
        [OLD, CONST, (NOTE, "note: {type: string, maxLength: 20, nullable: true}")],
    ],
)
def test_what_is_not_certain_is_not_proposed(tmp_path: Path, changes: list[tuple[str, str]]) -> None:
    """Nothing is written where something else may have been meant, or nothing is wrong."""
    spec = SPEC
    for old, new in changes:
        spec = spec.replace(old, new, 1)
    (tmp_path / "openapi.yaml").write_text(spec, "utf-8")
    (tmp_path / "bothends.toml").write_text(SETTINGS, "utf-8")
    done = bothends(tmp_path, "lint", "--overlay", "right.yaml")
    assert (0, "nothing that can be put right without a doubt\n") == (done.returncode, done.stdout)
    assert not (tmp_path / "right.yaml").exists()


def test_no_file_is_written_over(tmp_path: Path) -> None:
    """A file that exists stays as it is; so does a folder that can't be written to."""
    (tmp_path / "openapi.yaml").write_text(TUTORIAL, "utf-8")
    (tmp_path / "bothends.toml").write_text('spec = "openapi.yaml"\n', "utf-8")
    (tmp_path / "mine.yaml").write_text("mine", "utf-8")
    done = bothends(tmp_path, "lint", "--overlay", "mine.yaml")
    assert (2, "mine") == (done.returncode, (tmp_path / "mine.yaml").read_text("utf-8"))
    assert "mine.yaml exists" in done.stderr
    assert 2 == bothends(tmp_path, "lint", "--overlay", "nowhere/right.yaml").returncode


def test_one_overlay_puts_right_an_operation_that_nobody_could_read(tmp_path: Path) -> None:
    """The callbacks of an operation that can't be used are put right with it."""
    spec = TUTORIAL.replace("  /invoices/:", "  /invoices/{year}:").replace(
        "'200': {description: Succ", "'2xx': {description: Succ"
    )
    complaints = put_right(tmp_path, spec, 'spec = "openapi.yaml"\n')
    assert set() == {each.rule for each in complaints} & {"callback-key", "unusable"}
    assert [] == [each for each in complaints if each.level == "error"]
