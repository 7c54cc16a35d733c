"""Each rule of `bothends lint`: a contract that breaks it, and the line, the pointer and the advice that tell of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bothends.lint import RULES, lint
from tests.lint.contract import SETTINGS, SPEC
from tests.lint.faulty import FAULTY
from tests.lint.faulty_operations import FAULTY_OPERATIONS
from tests.lint.faulty_schemas import FAULTY_SCHEMAS

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.lint import Complaint


def found(folder: Path, spec: str = SPEC, settings: str = SETTINGS) -> list[Complaint]:
    """Return what is said of a contract."""
    (folder / "openapi.yaml").write_text(spec, "utf-8")
    (folder / "bothends.toml").write_text(settings, "utf-8")
    return lint(folder / "bothends.toml")


def test_a_contract_without_a_mistake_is_not_complained_of(tmp_path: Path) -> None:
    """Nothing is said, hints neither."""
    assert [] == found(tmp_path)


EVERY = [*FAULTY, *FAULTY_OPERATIONS, *FAULTY_SCHEMAS]
WITHOUT_SESSION = SETTINGS.partition("[world.sessions.key]")[0] + '[world.ingest]\nkind = "webhook"\n'
FAULTY_SETTINGS = [
    # rule, the settings, the pointer or key, words at its line, words of problem or advice
    ("scheme-not-played", WITHOUT_SESSION, "/components/securitySchemes/key", "key", 'kind = "static"'),
    (
        "one-caller",
        SETTINGS.replace(', {headers = {X-Key = "two"}}', ""),
        "world.sessions.key",
        "world.sessions.key",
        "second entry",
    ),
    (
        "idle-ingest",
        f'{SETTINGS}[world.ingests.other]\nkind = "webhook"\n',
        "world.ingests.other",
        "world.ingests.other",
        "Add `receives`",
    ),
    (
        "idle-upstream",
        f'{SETTINGS}[world.upstreams.stock]\nmethod = "GET"\npath = "/s"\nanswer = "#/components/schemas/Order"\n',
        "world.upstreams.stock",
        "world.upstreams.stock",
        "x-given: {family: upstream-unreachable, upstream: stock}",
    ),
    (
        "idle-switch",
        f'{SETTINGS}[lint.off]\nno-x-when = "a subscription sends it"\n',
        "lint.off.no-x-when",
        "no-x-when",
        "Remove no-x-when from [lint.off]",
    ),
    (
        "idle-overlay",
        SETTINGS.replace("\n", '\noverlays = ["overlay.yaml"]\n', 1),
        "/actions/0/target",
        "/order",
        "The target selects nothing",
    ),
    ("contract", SETTINGS.replace('["*"]', '["placeOder"]'), "operations", "placeOder", "Did you mean 'placeOrder'?"),
    (
        "contract",
        f'{SETTINGS}[target]\ncommand = "serve"\nsecrets = ["{{setup.token}}"]\n',
        "target.secrets",
        "setup.token",
        "take",
    ),
    (
        "contract",
        f'{SETTINGS}[lint.off]\nno-x-when = " "\n',
        "lint.off.no-x-when",
        "no-x-when",
        "is empty",
    ),
]
"""What is wrong with the settings of a right contract, or with its overlay."""


def check(complaints: list[Complaint], name: str, pointer: str, at_line: str, said: str) -> None:
    """Check that one mistake is one complaint of its rule, in its file, at its line, with what to do."""
    mine = [each for each in complaints if each.rule == name]
    assert [pointer] == [each.where.pointer for each in mine], complaints
    of_spec = "overlay.yaml" if pointer.startswith("/actions/") else "openapi.yaml"
    assert (of_spec if pointer[:1] in {"", "/"} else "bothends.toml") == mine[0].where.file.name
    line = mine[0].where.file.read_text("utf-8").splitlines()[(mine[0].where.line or 1) - 1]
    assert at_line in line
    assert said in f"{mine[0].problem} {mine[0].advice}"
    assert mine[0].advice


@pytest.mark.parametrize(("name", "changes", "pointer", "at_line", "said"), EVERY)
def test_a_mistake_is_told_with_its_place_and_advice(  # noqa: PLR0913, PLR0917 -- a row has that many
    tmp_path: Path, name: str, changes: list[tuple[str, str]], pointer: str, at_line: str, said: str
) -> None:
    """One mistake is one complaint of its rule, at its line."""
    spec = SPEC
    for old, new in changes:
        assert old in spec
        spec = spec.replace(old, new, 1)
    check(found(tmp_path, spec), name, pointer, at_line, said)


@pytest.mark.parametrize(("name", "settings", "pointer", "at_line", "said"), FAULTY_SETTINGS)
def test_a_mistake_of_the_settings_is_told(  # noqa: PLR0913, PLR0917 -- a row has that many
    tmp_path: Path, name: str, settings: str, pointer: str, at_line: str, said: str
) -> None:
    """It has its rule, its line in the settings or the overlay, and what to do."""
    (tmp_path / "overlay.yaml").write_text(
        "overlay: 1.0.0\ninfo: {title: x, version: '1'}\nactions:\n  - {target: \"$.paths['/order']\", remove: true}\n",
        "utf-8",
    )
    check(found(tmp_path, SPEC, settings), name, pointer, at_line, said)


def test_what_another_caller_gets_needs_nobody_who_is_forbidden(tmp_path: Path) -> None:
    """Until the settings forbid a caller something else: then nobody asks for another caller's object."""
    spec = SPEC.replace("operationId: getOrder\n", "operationId: getOrder\n      security: [{key: []}]\n")
    spec = spec.replace("        '404': {", "        '403': {description: No., x-given: forbidden}\n        '404': {")
    assert [] == [each for each in found(tmp_path, spec) if each.rule == "nobody-forbidden"]
    spec = spec.replace("        '401'", "        '403': {description: No., x-given: forbidden}\n        '401'")
    third = ', {headers = {X-Key = "three"}, forbidden = ["placeOrder"]}'
    settings = SETTINGS.replace(', {headers = {X-Key = "two"}}', f', {{headers = {{X-Key = "two"}}}}{third}')
    pointer = "/paths/~1orders~1{id}/get/responses/403/x-given"
    check(found(tmp_path, spec, settings), "nobody-forbidden", pointer, "forbidden", "Add 'getOrder' to the operations")


@pytest.mark.parametrize("status", ["304", "406", "412"])
def test_an_answer_to_headers_of_a_request_asks_for_no_family(tmp_path: Path, status: str) -> None:
    """What a request accepts, and its conditions, are in no `x-given`."""
    spec = SPEC.replace("        '401'", f"        '{status}': {{description: No.}}\n        '401'")
    assert [] == found(tmp_path, spec)


def test_a_scheme_that_no_operation_asks_for_is_played_in_vain(tmp_path: Path) -> None:
    """The table of its session is told."""
    spec = SPEC.replace("      security: [{key: []}]\n", "")
    check(found(tmp_path, spec), "idle-session", "world.sessions.key", "world.sessions.key", "Add `security`")


def test_callbacks_that_nothing_tells_apart(tmp_path: Path) -> None:
    """Two at one address need constants that differ; each that has none is told once."""
    second = SPEC.replace(
        "      callbacks:\n", "      callbacks:\n        orderPaid: {$ref: '#/components/callbacks/paid'}\n"
    )
    paid = """\
  callbacks:
    paid:
      '{$request.body#/url}':
        post:
          x-when: true
          x-delivery: acknowledged
          requestBody:
            content:
              application/json:
                schema:
                  type: object
                  additionalProperties: false
                  required: [kind]
                  properties:
                    kind: {const: order.paid, x-from: 'request.body#/item'}
          responses:
            '200': {description: Taken.}
"""
    spec = second.replace("components:\n", f"components:\n{paid}", 1)
    assert [] == [each for each in found(tmp_path, spec) if each.rule == "callbacks-alike"]
    (told,) = [each for each in found(tmp_path, spec.replace("order.paid", "order.placed")) if "alike" in each.rule]
    assert "No constant tells 'orderPlaced' from 'orderPaid'." == told.problem


def test_a_pact_that_contradicts_the_spec_is_told_at_its_line(tmp_path: Path) -> None:
    """The complaint stands in the pact."""
    (tmp_path / "pacts").mkdir()
    (tmp_path / "pacts" / "page-shop.json").write_text(
        """{
  "consumer": {"name": "page"}, "provider": {"name": "shop"},
  "interactions": [{
    "description": "an order",
    "request": {"method": "GET", "path": "/orders/1"},
    "response": {"status": 418}
  }],
  "metadata": {"pactSpecification": {"version": "3.0.0"}}
}""",
        "utf-8",
    )
    (told,) = found(tmp_path, SPEC, SETTINGS.replace("\n", '\npacts = "pacts"\n', 1))
    assert ("pact-contradicts", "page-shop.json", 6) == (told.rule, told.where.file.name, told.where.line)
    assert "418" in told.problem


def test_what_is_wrong_with_a_workflow_is_told_at_its_line(tmp_path: Path) -> None:
    """A mistake is a warning, and what is right and not used is a hint; both stand in the Arazzo document."""
    (tmp_path / "arazzo.yaml").write_text(
        """arazzo: 1.0.1
info: {title: Orders, version: '1'}
sourceDescriptions: [{name: orders, url: openapi.yaml}]
workflows:
  - workflowId: buy
    steps:
      - stepId: place
        operationId: placeOrdr
      - stepId: look
        operationId: placeOrder
        successCriteria: [{context: $response.body, condition: '$.id', type: jsonpath}]
""",
        "utf-8",
    )
    told = [each for each in found(tmp_path, SPEC, SETTINGS) if "workflow" in each.rule]
    assert [("broken-workflow", 8), ("unused-workflow", 11)] == [(each.rule, each.where.line) for each in told]
    assert {"arazzo.yaml"} == {each.where.file.name for each in told}
    assert "Did you mean 'placeOrder'?" == told[0].advice


def test_each_rule_has_a_contract_that_breaks_it() -> None:
    """No rule is without a row."""
    elsewhere = {"callbacks-alike", "pact-contradicts", "pact-expression", "idle-session"}
    elsewhere |= {"broken-workflow", "unused-workflow"}
    rows = [*(row[0] for row in EVERY), *(row[0] for row in FAULTY_SETTINGS)]
    assert set() == {each.name for each in RULES} - elsewhere - set(rows)
    assert len(rows) >= 60
