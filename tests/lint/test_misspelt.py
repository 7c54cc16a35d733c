"""What is nearly a word of bothends is told; what is somebody else's is let be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bothends.lint.misspelt import distance
from tests.in_process import bothends
from tests.lint.contract import SETTINGS, SPEC
from tests.lint.test_rules import found

if TYPE_CHECKING:
    from pathlib import Path

WORDS = [
    ("when", "when", 0),
    ("whne", "when", 1),
    ("wen", "when", 1),
    ("whenn", "when", 1),
    ("form", "from", 1),
    ("then", "when", 1),
    ("delivry", "delivery", 1),
    ("dlivry", "delivery", 2),
    ("", "when", 4),
    ("idempotent", "idempotency", 2),
]


@pytest.mark.parametrize(("one", "other", "expected"), WORDS)
def test_distance_counts_letters(one: str, other: str, expected: int) -> None:
    """A letter changed, put in, left out or swapped with the next one is one; both ways it is the same."""
    assert (expected, expected) == (distance(one, other), distance(other, one))


FOREIGN = [
    # what is added or changed: another tool's name, ours at no place of its own, or a value that is none of ours
    ("x-when: true", "x-when: true\n              x-then: true"),
    ("x-when: true", "x-when: true\n              x-whne: true"),
    ("x-when: true", "x-when: true\n              x-owner: true\n              x-deliver-to: team"),
    ("x-when: true", "x-when: true\n              x-devliery: 7"),
    ("kind: {const: order.placed}", "kind: {const: order.placed, x-form: {widget: text}, x-order: 1, x-format: a.b}"),
    ("kind: {const: order.placed}", "kind: {const: order.placed, x-form: hidden}"),
    (
        "operationId: getOrder",
        "operationId: getOrder\n      x-whne: true\n      x-givn: signed-out\n      x-send: a",
    ),
    ("info: {", "x-delivry: at-least-once\nx-sendss: [a]\ninfo: {x-form: a.b, "),
    ("description: Placed.", "description: Placed.\n          x-gives: 7\n          x-giver: true"),
]


@pytest.mark.parametrize(("old", "new"), FOREIGN)
def test_names_of_others_are_let_be(tmp_path: Path, old: str, new: str) -> None:
    """An extension far from ours, where none of ours may stand, beside the right one, or with another value."""
    assert old in SPEC
    assert [] == [each for each in found(tmp_path, SPEC.replace(old, new, 1)) if each.rule == "near-extension"]


ANY_KEYWORD = [
    "x-when: {body: {properties: {minimun: {type: integer}}}}",
    "x-when: {body: {required: [requird], x-note: a, units: kg}}",
    "x-when: {status: {const: 201}}",
]


@pytest.mark.parametrize("when", ANY_KEYWORD)
def test_keys_that_are_no_keywords_misspelt_are_let_be(tmp_path: Path, when: str) -> None:
    """Names of members, and keys of others."""
    spec = SPEC.replace("x-when: true", when)
    assert [] == [each for each in found(tmp_path, spec) if each.rule == "near-keyword"]


ADDRESS = "        url: {type: string, format: uri}\n"
BODIES = [
    # the schema of the request's body, the pointer, whether it is complained of
    ("{type: object, properties: {url: {type: string}}}", "/url", False),
    ("{type: object, properties: {uri: {type: string}}}", "/url", True),
    ("{type: object}", "/url", False),
    ("{}", "/url", False),
    ("{type: object, required: [url]}", "/url", False),
    ("{type: object, properties: {a: {}}, additionalProperties: true}", "/url", False),
    ("{type: object, properties: {a: {}}, additionalProperties: {type: string}}", "/url", False),
    ("{type: object, properties: {a: {}}, patternProperties: {'^u': {}}}", "/url", False),
    ("{type: object, properties: {a: {type: object, properties: {url: {}}}}}", "/a/url", False),
    ("{type: object, properties: {a: {type: object, properties: {uri: {}}}}}", "/a/url", True),
    ("{type: object, properties: {a: {}}}", "/a/url", False),
    ("{type: object, properties: {a: {type: array, items: {properties: {url: {}}}}}}", "/a/0/url", False),
    ("{type: object, properties: {a: {type: array, items: {properties: {uri: {}}}}}}", "/a/0/url", True),
    ("{allOf: [{properties: {a: {}}}, {properties: {url: {}}}]}", "/url", False),
    ("{allOf: [{properties: {a: {}}}, {required: [url]}]}", "/url", True),
    ("{oneOf: [{properties: {a: {}}}, {properties: {url: {}}}]}", "/url", False),
    ("{anyOf: [{properties: {a: {}}}, {additionalProperties: true}]}", "/url", False),
    ("{$ref: '#/components/schemas/NewOrder'}", "/url", False),
    ("{$ref: '#/components/schemas/Order'}", "/url", True),
    ("{$ref: '#/components/schemas/Order', properties: {url: {type: string}}}", "/url", False),
    ("{properties: {a: {$ref: '#/components/schemas/Loop'}}}", "/a/next/next/next/url", False),
    ("{properties: {a: {$ref: '#/components/schemas/Loop'}}}", "/a/next/next/uri", True),
]
LOOP = "    Loop: {type: object, properties: {next: {$ref: '#/components/schemas/Loop'}, url: {type: string}}}\n"


@pytest.mark.parametrize(("schema", "pointer", "expected"), BODIES)
def test_a_member_that_nothing_declares_is_told(tmp_path: Path, schema: str, pointer: str, *, expected: bool) -> None:
    """It is, where others are declared; a body that may have any member is let be."""
    written = "            schema: {$ref: '#/components/schemas/NewOrder'}\n"
    assert written in SPEC
    spec = SPEC.replace(written, f"            schema: {schema}\n") + LOOP
    spec = spec.replace("{$request.body#/url}", f"{{$request.body#{pointer}}}")
    told = [each for each in found(tmp_path, spec) if each.rule == "callback-member"]
    assert expected == bool(told)


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [
        ("application/vnd.shop+json", True),
        ("application/x-www-form-urlencoded", True),
        ("multipart/form-data; boundary=x", True),
        ("multipart/related", False),
        ("text/csv", False),
    ],
)
def test_a_body_into_which_no_pointer_leads_is_let_be(tmp_path: Path, media_type: str, *, expected: bool) -> None:
    """A pointer names a member of JSON and of a form; in other bodies it may mean anything."""
    spec = SPEC.replace("{$request.body#/url}", "{$request.body#/ulr}")
    head, _, rest = spec.partition("          application/json:\n")
    told = [
        each for each in found(tmp_path, f"{head}          {media_type}:\n{rest}") if each.rule == "callback-member"
    ]
    assert expected == bool(told)


def test_a_person_reads_what_was_meant(tmp_path: Path) -> None:
    """The whole command: a misspelt extension is a warning with its line, and with an exit code of 0."""
    (tmp_path / "openapi.yaml").write_text(SPEC.replace("x-when: true", "x-whne: true"), "utf-8")
    (tmp_path / "bothends.toml").write_text(SETTINGS, "utf-8")
    done = bothends(tmp_path, "lint")
    assert (0, "") == (done.returncode, done.stderr)
    place = "/paths/~1orders/post/callbacks/orderPlaced/{$request.body#~1url}/post/x-whne"
    assert (
        f"""\
openapi.yaml:27 {place}
  warning: 'x-whne' is no extension of bothends: nothing reads it. [near-extension]
  next: Did you mean 'x-when'? If it is another tool's, switch the rule off, with the reason.
"""
        in done.stdout
    )


EXPRESSIONS = [
    ("[0-9", True),
    ("(a", True),
    ("(?P<year>[0-9]+)", True),  # a name of Python's, which Pact's library does not take
    ("^[0-9]+$", False),
    ("(?<year>[0-9]+)", False),
    ("(?=a)a++", False),
    ("", False),
]


def pact_with(expression: str, version: str) -> str:
    """Return a pact with an expression in a matcher, and with the same text in its body, where it is data."""
    body = {"id": "1", "item": "pen", "matchingRules": {"regex": "[0-9"}}
    matcher = {"match": "regex", "regex": expression}
    rules = {"$.body.id": matcher} if version == "2.0.0" else {"body": {"$.id": {"matchers": [matcher]}}}
    interaction = {
        "description": "an order",
        "request": {"method": "GET", "path": "/orders/1"},
        "response": {
            "status": 200,
            "headers": {"Content-Type": "application/json"},
            "body": body,
            "matchingRules": rules,
        },
    }
    parties = {"consumer": {"name": "page"}, "provider": {"name": "shop"}}
    metadata = {"pactSpecification": {"version": version}}
    return json.dumps({**parties, "interactions": [interaction], "metadata": metadata}, indent=1)


@pytest.mark.parametrize("version", ["2.0.0", "3.0.0"])
@pytest.mark.parametrize(("expression", "expected"), EXPRESSIONS)
def test_an_expression_of_a_pact_that_is_none_is_told(
    tmp_path: Path, expression: str, version: str, *, expected: bool
) -> None:
    """Pact's own library says so: the error stands at its line of the pact, and is the command's."""
    (tmp_path / "pacts").mkdir()
    (tmp_path / "pacts" / "page-shop.json").write_text(pact_with(expression, version), "utf-8")
    (tmp_path / "openapi.yaml").write_text(SPEC, "utf-8")
    (tmp_path / "bothends.toml").write_text(SETTINGS.replace("\n", '\npacts = "pacts"\n', 1), "utf-8")
    done = bothends(tmp_path, "lint", "--format", "json")
    told = [each for each in json.loads(done.stdout)["complaints"] if each["rule"] == "pact-expression"]
    assert expected == bool(told)
    if expected:
        [one] = told
        lines = (tmp_path / "pacts" / "page-shop.json").read_text("utf-8").splitlines()
        assert ("error", f'"regex": {json.dumps(expression)}') == (one["level"], lines[one["line"] - 1].strip())
        assert 2 == done.returncode
        refused = bothends(tmp_path, "verify", "--url", "http://127.0.0.1:9")
        assert 2 == refused.returncode
        assert f"page-shop.json:{one['line']}" in refused.stderr
        assert f"{expression!r} is no regular expression." in refused.stderr
