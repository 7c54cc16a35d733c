"""Point 8: answers in which right targets differ were held against them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.verdicts.points.shop import Shop

ANY_NUMBER: dict[str, Any] = {
    "requestBody": {
        "content": {"application/json": {"schema": {"properties": {"quantity": {"type": "number", "maximum": None}}}}}
    }
}
"""A quantity may be any number."""


@pytest.mark.long
def test_json_of_another_name_may_be_taken(shop: Shop) -> None:
    """A framework that takes `application/ld+json` for JSON is right where no answer is declared for other types."""
    row = {"post": {"responses": {"415": None}}, "target": {"plus_json": True}}
    ended = shop.verify("8 application/ld+json is taken, 415 not declared", row)
    assert 0 == ended.code, ended


@pytest.mark.long
def test_what_the_contract_promises_of_media_types_holds(shop: Shop) -> None:
    """Where the contract has a 415 for other types, each promise that is told stands in it."""
    ended = shop.verify("8 application/ld+json is taken, 415 declared", {"target": {"plus_json": True}})
    told = " ".join(finding["summary"] + finding["expected"] for finding in ended.report["findings"])
    assert (("family-status",), True, False) == (ended.laws, "not 415" in told, "422" in told), ended


@pytest.mark.parametrize(
    "infinite", [pytest.param(False, id="refused"), pytest.param(True, id="taken", marks=pytest.mark.long)]
)
def test_a_number_that_is_too_large_may_be_refused(shop: Shop, infinite: bool) -> None:  # noqa: FBT001 -- a parameter
    """`1e999` is JSON of which parsers make infinity, or nothing: a target may take it or not."""
    row = {"post": ANY_NUMBER, "target": {"infinite": infinite}}
    ended = shop.verify(f"8 1e999 is {'taken' if infinite else 'refused'}", row, "--only", "odd-body")
    assert 0 == ended.code, ended


@pytest.mark.long
@pytest.mark.parametrize("infinite", [False, True], ids=["refused", "taken"])
def test_a_number_that_is_too_large_may_be_refused_in_a_whole_run(shop: Shop, infinite: bool) -> None:  # noqa: FBT001
    """Nor does any other case hold it against the target."""
    row = {"post": ANY_NUMBER, "target": {"infinite": infinite}}
    ended = shop.verify(f"8 1e999 is {'taken' if infinite else 'refused'}, whole run", row)
    assert 0 == ended.code, ended


FORMAT: dict[str, Any] = {
    "post": {
        "responses": {
            "201": {
                "content": {
                    "application/json": {
                        "schema": {
                            "required": ["id", "by"],
                            "properties": {"by": {"type": "string", "format": "email"}},
                        }
                    }
                }
            }
        }
    },
    "target": {"answer": {"body": {"by": "the shop"}}},
}
"""An answer that says an address which is none."""


@pytest.mark.long
def test_a_format_is_an_annotation(shop: Shop) -> None:
    """A format asserts nothing, of an answer as of a request (JSON Schema 2020-12, 7.2.1)."""
    ended = shop.verify("8 an answer of another format", FORMAT)
    assert 0 == ended.code, ended


@pytest.mark.long
def test_a_format_can_be_asserted(shop: Shop) -> None:
    """With `formats = "assert"` in the settings the same answer is wrong."""
    ended = shop.verify("8 an answer of another format, formats asserted", {**FORMAT, "top": 'formats = "assert"'})
    assert (1, "answer-schema") == (ended.code, ended.laws[0]), ended


UNDECLARED: dict[str, Any] = {"post": {"responses": {"400": None}}}
"""No answer is declared for bodies that are no JSON."""


@pytest.mark.long
def test_an_undeclared_400_for_what_is_no_json_is_right(shop: Shop) -> None:
    """Bytes that are not UTF-8, and other texts that are no JSON, may be refused by HTTP's own status."""
    ended = shop.verify("8 an undeclared 400 for what is no JSON", UNDECLARED)
    assert 0 == ended.code, ended


@pytest.mark.long
def test_statuses_can_be_asserted(shop: Shop) -> None:
    """With `strict_statuses` in the settings the same answer is an error."""
    row = {**UNDECLARED, "top": "strict_statuses = true"}
    ended = shop.verify("8 an undeclared 400 for what is no JSON, strict", row)
    assert 1 == ended.code, ended
    assert ended.laws[0] in ("declared-status", "refused-undeclared")
