"""Each rule of `bothends lint`: a contract that breaks it, and the line, the pointer and the advice that tell of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bothends.lint import RULES, lint
from tests.lint.contract import SETTINGS, SPEC

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


CONTENT = "content:\n            application/json:\n              schema: {$ref: '#/components/schemas/Order'}\n"
OLD = ("openapi: 3.1.0", "openapi: 3.0.3")
CONST = ("kind: {const: order.placed}", "kind: {type: string, enum: [order.placed]}")
PLACE = "/paths/~1orders/post"
NEW = "/components/schemas/NewOrder"
EVENT = f"{PLACE}/callbacks/orderPlaced/{{$request.body#~1url}}/post"

FAULTY = [
    # rule, what is changed (each `old -> new`), the pointer, the words at its line, words of problem and advice
    ("contract", [("openapi: 3.1.0", "openapi: 4.0.0")], "/openapi", "openapi:", "bothends supports"),
    ("contract", [("paths:\n", "path:\n")], "", "openapi", "no operation"),
    (
        "unusable",
        [("x-given: signed-out", "x-given: signed_out")],
        f"{PLACE}/responses/401/x-given",
        "signed_out",
        "signed-out",
    ),
    (
        "unusable",
        [("name: id, in: path", "name: di, in: path")],
        "/paths/~1orders~1{id}/get",
        "get:",
        "The path contains {id}",
    ),
    (
        "unusable",
        [("'200': {description: Taken.}", "'200': {descripton: Taken.}")],
        f"{EVENT}/responses/200",
        "descripton",
        "description",
    ),
    (
        "unusable",
        [("schema: {$ref: '#/components/schemas/NewOrder'}", "schema: {$ref: '#/components/schemas/NewOder'}")],
        f"{PLACE}/requestBody/content/application~1json/schema/$ref",
        "NewOder",
        "NewOrder",
    ),
    (
        "unusable",
        [("type: integer", "type: integr")],
        f"{NEW}/properties/amount/type",
        "integr",
        "not a valid JSON Schema",
    ),
    (
        "unusable",
        [("{$request.body#/url}", "{request.body#/url}")],
        f"{PLACE}/callbacks/orderPlaced/{{request.body#~1url}}",
        "request.body",
        "with the key '{$request.body#/url}'",
    ),
    (
        "unusable",
        [("{$request.body#/url}", "{$request.query.url}")],
        f"{PLACE}/callbacks/orderPlaced/{{$request.query.url}}",
        "request.query",
        "no query parameter",
    ),
    (
        "unusable",
        [("{$request.body#/url}", "{hookUrl}")],
        f"{PLACE}/callbacks/orderPlaced/{{hookUrl}}",
        "hookUrl",
        "unknown name",
    ),
    (
        "unusable",
        [("x-from: 'request.body#/item'", "x-from: 'requst.body#/item'")],
        "/components/schemas/OrderPlaced/properties/item/x-from",
        "requst",
        "request",
    ),
    ("unusable", [("x-when: true", "x-when: sometimes")], f"{EVENT}/x-when", "sometimes", "x-when"),
    ("unusable", [("attempts: until-acknowledged", "attempts: always")], f"{EVENT}/x-delivery", "always", "x-delivery"),
    (
        "unusable",
        [("operationId: getOrder", "operationId: placeOrder")],
        "/paths/~1orders~1{id}/get",
        "get:",
        "already used",
    ),
    (
        "unusable",
        [("security: [{key: []}]", "security: [{token: []}]")],
        f"{PLACE}/security/0/token",
        "token",
        "not declared",
    ),
    ("defect", [("version: '1'", "x: 1")], "/info", "info", '"version" is a required property'),
    (
        "lower-case-class",
        [
            (
                "'400': {description: Refused., x-given: invalid-body}",
                "'4xx': {description: Refused., x-given: invalid-body}",
            )
        ],
        f"{PLACE}/responses/4xx",
        "4xx",
        "4XX",
    ),
    (
        "no-operation-id",
        [("      operationId: getOrder\n", "")],
        "/paths/~1orders~1{id}/get",
        "get:",
        "GET /orders/{id}",
    ),
    (
        "ignored-body",
        [("      operationId: getOrder\n", "      operationId: getOrder\n      requestBody: {content: {}}\n")],
        "/paths/~1orders~1{id}/get/requestBody",
        "requestBody",
        "parameters",
    ),
    (
        "no-success",
        [("        '200':\n          description: The order.\n          " + CONTENT, "")],
        "/paths/~1orders~1{id}/get",
        "get:",
        "no 2xx",
    ),
    (
        "nullable-without-type",
        [OLD, CONST, ("note: {type: string, maxLength: 20}", "note: {maxLength: 20, nullable: true}")],
        f"{NEW}/properties/note/nullable",
        "nullable",
        "no effect",
    ),
    (
        "nullable-enum",
        [OLD, CONST, ("note: {type: string, maxLength: 20}", "note: {type: string, enum: [a], nullable: true}")],
        f"{NEW}/properties/note/enum",
        "enum",
        "Add null",
    ),
    (
        "beside-reference",
        [
            OLD,
            CONST,
            ("note: {type: string, maxLength: 20}", "note: {$ref: '#/components/schemas/Order', nullable: true}"),
        ],
        f"{NEW}/properties/note/nullable",
        "nullable",
        "allOf",
    ),
    (
        "example-refused",
        [("example: {item: pen, amount: 2,", "example: {item: pen, amount: 20,")],
        f"{PLACE}/requestBody/content/application~1json/example",
        "amount: 20",
        "at /amount",
    ),
    (
        "example-refused",
        [("example: {id: '1', item: pen}", "example: {id: 1, item: pen}")],
        f"{PLACE}/responses/201/content/application~1json/example",
        "id: 1",
        "at /id",
    ),
    (
        "example-refused",
        [("schema: {type: string, maxLength: 20}}", "schema: {type: string, maxLength: 2}, example: long}")],
        "/paths/~1orders~1{id}/parameters/0/example",
        "long",
        "Change one of them",
    ),
    (
        "required-and-forbidden",
        [("required: [item, url]", "required: [item, url, size]")],
        f"{NEW}/required",
        "size",
        "'size' is required",
    ),
    (
        "required-and-forbidden",
        [("required: [id, kind, item]", "required: [id, kind, itme]")],
        "/components/schemas/OrderPlaced/required",
        "itme",
        "'itme' is required",
    ),
    (
        "empty-range",
        [("minimum: 1, maximum: 9", "minimum: 10, maximum: 9")],
        f"{NEW}/properties/amount/minimum",
        "minimum: 10",
        "above maximum 9",
    ),
    (
        "empty-range",
        [("note: {type: string, maxLength: 20}", "note: {type: string, minLength: 30, maxLength: 20}")],
        f"{NEW}/properties/note/minLength",
        "minLength",
        "above maxLength 20",
    ),
    (
        "unbounded-text",
        [("note: {type: string, maxLength: 20}", "note: {type: string}")],
        f"{NEW}/properties/note",
        "note",
        "maxLength",
    ),
    (
        "open-event",
        [
            (
                "      required: [id, kind, item]\n      additionalProperties: false\n",
                "      required: [id, kind, item]\n",
            )
        ],
        "/components/schemas/OrderPlaced",
        "OrderPlaced",
        "additionalProperties: false",
    ),
    (
        "answer-without-schema",
        [
            (
                "              schema: {$ref: '#/components/schemas/Order'}\n        '404'",
                "              example: {}\n        '404'",
            )
        ],
        "/paths/~1orders~1{id}/get/responses/200/content/application~1json",
        "application/json",
        "no schema",
    ),
    (
        "array-without-items",
        [("tags: {type: array, items: {type: string}}", "tags: {type: array}")],
        "/components/schemas/Order/properties/tags",
        "tags",
        "Add items",
    ),
    (
        "address-refused",
        [
            ("url: {type: string, format: uri}", "url: {type: string, pattern: '^https://shop'}"),
            (
                "example: {item: pen, amount: 2, url: 'http://shop.invalid/hook'}",
                "example: {item: pen, url: 'https://shop.invalid'}",
            ),
        ],
        f"{NEW}/properties/url/pattern",
        "pattern",
        "no event can be received",
    ),
    (
        "event-without-schema",
        [
            (
                "                    schema: {$ref: '#/components/schemas/OrderPlaced'}\n",
                "                    example: {}\n",
            ),
        ],
        EVENT,
        "post:",
        "no JSON schema",
    ),
    ("no-x-when", [("              x-when: true\n", "")], EVENT, "post:", "x-when: true if each 2xx owes one"),
    ("x-when-never", [("x-when: true", "x-when: {status: {const: 202}}")], EVENT, "post:", "Change `status`"),
    (
        "no-x-from",
        [(", x-from: 'answer.body#/id'", ""), (", x-from: 'request.body#/item'", "")],
        EVENT,
        "post:",
        "x-from",
    ),
    (
        "no-x-delivery",
        [("              x-delivery: {attempts: until-acknowledged, identity: /id}\n", "")],
        EVENT,
        "post:",
        "x-delivery",
    ),
    ("retries-without-identity", [(", identity: /id}", "}")], EVENT, "post:", "identity: /id"),
    (
        "callback-without-answer",
        [("'200': {description: Taken.}", "'500': {description: No.}")],
        EVENT,
        "post:",
        "acknowledges",
    ),
    ("scheme-not-played", [], "/components/securitySchemes/key", "key", 'kind = "static"'),
    ("answer-without-case", [(", x-given: invalid-body", "")], f"{PLACE}/responses/400", "400", "x-given"),
    ("one-caller", [], "world.sessions.key", "world.sessions.key", "second entry"),
    (
        "webhook-not-sent",
        [
            (
                "components:\n",
                "webhooks:\n  later:\n    post: {responses: {'200': {description: Taken.}}}\ncomponents:\n",
            )
        ],
        "/webhooks/later",
        "later",
        "x-sends: [later]",
    ),
]
ANOTHER_SETTINGS = {
    "scheme-not-played": SETTINGS.partition("[world.sessions.key]")[0] + '[world.ingest]\nkind = "webhook"\n',
    "one-caller": SETTINGS.replace(', {headers = {X-Key = "two"}}', ""),
}


@pytest.mark.parametrize(("name", "changes", "pointer", "at_line", "said"), FAULTY)
def test_a_mistake_is_told_with_its_place_and_advice(  # noqa: PLR0913, PLR0917 -- a row has that many
    tmp_path: Path, name: str, changes: list[tuple[str, str]], pointer: str, at_line: str, said: str
) -> None:
    """One mistake is one complaint of its rule, at its line."""
    spec = SPEC
    for old, new in changes:
        assert old in spec
        spec = spec.replace(old, new, 1)
    complaints = found(tmp_path, spec, ANOTHER_SETTINGS.get(name, SETTINGS))
    mine = [each for each in complaints if each.rule == name]
    assert [pointer] == [each.where.pointer for each in mine], complaints
    line = mine[0].where.file.read_text("utf-8").splitlines()[(mine[0].where.line or 1) - 1]
    assert at_line in line
    assert said in f"{mine[0].problem} {mine[0].advice}"


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
    assert "Nothing tells 'orderPlaced' from 'orderPaid'." == told.problem


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


def test_each_rule_has_a_contract_that_breaks_it() -> None:
    """No rule is without a row."""
    assert {each.name for each in RULES} - {"callbacks-alike", "pact-contradicts"} <= {row[0] for row in FAULTY}
