"""What whole runs say of callbacks: of right targets, and of those that break just that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.verdicts.callbacks.conftest import callback

if TYPE_CHECKING:
    from tests.verdicts.callbacks.conftest import Folder

pytestmark = pytest.mark.long

HOOKS = '[world.ingests.hooks]\nkind = "webhook"'
BY_URL = {"to": "body:callbackUrl", "body": {"order": "$id"}}
PLACED = {"to": "<world.hooks>/placed", "body": {"order": "$id"}}
BILLED = {"to": "<world.hooks>/billed", "body": {"bill": "$id"}}


def test_a_callback_of_the_standard_is_proven_and_no_stranger_is_called(folder: Folder) -> None:
    """The world's address is where the contract says that the URL comes from, though the settings have no ingest."""
    folder.route["callbacks"] = {"placed": callback("{$request.body#/callbackUrl}", when=True)}
    example = folder.route["requestBody"]["content"]["application/json"]["example"]
    example["callbackUrl"] = "https://example.com/hook"
    told = folder.verify(BY_URL)
    assert ("proven", [], {}) == (told.verdict, told.broken, told.not_proven)
    hosts = {urlsplit(url).hostname or "" for url in told.called}
    assert "127.0.0.1" in hosts
    assert all(host == "127.0.0.1" or host.endswith(".invalid") for host in hosts)


@pytest.mark.parametrize(
    ("sends", "law"),
    [
        ([], "event-for-success"),
        ([{**BY_URL, "to": "body:callbackUrl+/elsewhere"}], "right-address"),
        ([{**BY_URL, "method": "PUT"}], "right-address"),
        ([{**BY_URL, "body": {"order": 7}}], "event-schema"),
        ([{**BY_URL, "body": {"order": "order-of-somebody"}}], "provenance"),
        ([{**BY_URL, "when": "apple"}], "event-for-success"),
    ],
    ids=["none", "wrong path", "wrong method", "wrong schema", "wrong value", "for some only"],
)
def test_a_callback_of_the_standard_can_be_broken(folder: Folder, sends: list[dict[str, Any]], law: str) -> None:
    """Each part of what is declared is held against what was sent."""
    folder.route["callbacks"] = {"placed": callback("{$request.body#/callbackUrl}", when=True)}
    told = folder.verify(*sends)
    assert "broken" == told.verdict
    assert law in told.broken


def test_two_callbacks_that_are_both_sent_as_declared_are_right(folder: Folder) -> None:
    """They are two events of one request, and not one event twice."""
    folder.route["callbacks"] = {
        "placed": callback("{hooks}/placed", when=True),
        "billed": callback("{hooks}/billed", "bill", when=True),
    }
    told = folder.verify(PLACED, BILLED, settings=HOOKS)
    assert ("proven", [], {}) == (told.verdict, told.broken, told.not_proven)


@pytest.mark.parametrize(
    ("said", "verdict"), [({}, "not-proven"), ({"when": True}, "broken"), ({"when": False}, "not-proven")]
)
def test_a_callback_that_never_comes(folder: Folder, said: dict[str, Any], verdict: str) -> None:
    """Whether it has to is the contract's to say; where it does not, it was not looked at."""
    folder.route["callbacks"] = {
        "placed": callback("{hooks}/placed", when=True),
        "billed": callback("{hooks}/billed", "bill", **said),
    }
    told = folder.verify(PLACED, settings=HOOKS)
    assert verdict == told.verdict
    said_of = [thing for thing in told.not_proven if thing != "time"]  # on a busy machine that is said too
    assert (["callback billed"] if verdict == "not-proven" else []) == said_of
    named = [finding["summary"] for finding in told.report["findings"]]
    assert all("billed" in summary for summary in named)


def test_x_when_owes_an_event_for_some_answers_only(folder: Folder) -> None:
    """Of the others, none is owed, and none may come."""
    said = {"body": {"properties": {"sku": {"const": "apple"}}, "required": ["sku"]}}
    folder.route["callbacks"] = {"placed": callback("{hooks}/placed", when=said)}
    assert "proven" == folder.verify({**PLACED, "when": "apple"}, settings=HOOKS).verdict
    told = folder.verify(PLACED, settings=HOOKS)
    assert ("broken", ["no-event-without-success"]) == (told.verdict, told.broken)


def test_events_that_nobody_declares_are_told(folder: Folder) -> None:
    """A contract without callbacks is not proven while its target sends events."""
    told = folder.verify(PLACED, settings=HOOKS)
    # Without a callback, nothing says who the receiver is that may fail.
    assert ("not-proven", ["events of placeOrder", "answer 502"]) == (told.verdict, list(told.not_proven))
    assert "no callback" in told.not_proven["events of placeOrder"]


def test_without_an_x_from_nothing_is_compared_and_the_run_says_so(folder: Folder) -> None:
    """Requests run one at a time, as nothing but the time says whose event it is; a line says why."""
    sent = callback("{hooks}/placed", when=True)
    content = sent["{hooks}/placed"]["post"]["requestBody"]["content"]["application/json"]
    content["schema"]["properties"]["order"] = {"type": "string"}
    folder.route["callbacks"] = {"placed": sent}
    told = folder.verify(PLACED, settings=HOOKS)
    assert ("not-proven", ["callback placed"]) == (told.verdict, list(told.not_proven))
    assert "x-from" in told.not_proven["callback placed"]
    # A busy machine may add a note of its own.
    assert 1 == sum("one at a time" in note for note in told.report["notes"])


def test_a_schema_that_refuses_the_worlds_address_is_told_with_its_keyword(folder: Folder) -> None:
    """No invalid request is called valid, and nobody is called."""
    folder.route["callbacks"] = {"placed": callback("{$request.body#/callbackUrl}", when=True)}
    schema = folder.route["requestBody"]["content"]["application/json"]["schema"]
    schema["properties"]["callbackUrl"]["pattern"] = "^https://"
    told = folder.verify(BY_URL, PATTERN="^https://")
    assert ("not-proven", ["callback placed", "success"]) == (told.verdict, list(told.not_proven))
    wheres = [item["where"] for item in told.report["not_proven"]]
    assert any(where.endswith("/callbackUrl/pattern") for where in wheres)
    hosts = {urlsplit(url).hostname or "" for url in told.called} - {""}
    assert all(host.endswith(".invalid") for host in hosts)


def test_an_id_that_was_made_up_need_not_be_there(folder: Folder) -> None:
    """A right 404 is no breach, declared or not: it is told once, and nothing of a success is shown."""
    folder.path = "/shops/{shop}/orders"
    folder.route["parameters"] = [{"name": "shop", "in": "path", "required": True, "schema": {"type": "string"}}]
    told = folder.verify(ROUTE="/shops/{{shop}}/orders", ABSENT="404")
    assert ("not-proven", []) == (told.verdict, told.broken)
    assert {"made-up id of placeOrder", "success", "answer 201"} <= told.not_proven.keys()
    assert "404 not declared" in told.not_proven["made-up id of placeOrder"]


def test_the_event_api_takes_no_other_address(folder: Folder) -> None:
    """A template that the ingest can't serve is a mistake in the contract."""
    folder.route["callbacks"] = {"placed": callback("{ingest}/hooks/tree", when=True)}
    with pytest.raises(AssertionError, match=r"not an address of the event API(.|\n)*webhook"):
        folder.verify(PLACED, settings='[world.ingest]\nkind = "inngest"')
