"""`x-sends`: the root webhooks that an operation causes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract.terms import DeliveryTerms

if TYPE_CHECKING:
    from tests.contract.folder import Folder

HOOKS = '\n[world.ingests.hooks]\nkind = "webhook"\n'


def sending(folder: Folder, **more: Any) -> None:
    """Let the operation send a root webhook."""
    schema = {"type": "object", "properties": {"name": {"x-from": "session.user.name"}}}
    said = {"x-when": True, "requestBody": {"content": {"application/json": {"schema": schema}}}}
    folder.spec["webhooks"] = {"paid": {"x-delivery": "at-least-once", "post": said}, **more}
    folder.operation["x-sends"] = ["paid"]


def test_a_root_webhook_is_an_event_of_its_operation(folder: Folder) -> None:
    """It is read as a callback is: when, delivery, schema and sources."""
    sending(folder)
    folder.toml += HOOKS + 'receives = ["paid"]\n'
    first, event = folder.load().operations[0].events
    assert ("routeRequested", "paid", "paid", "POST") == (first.name, event.name, event.callback, event.method)
    assert ("hooks", "{hooks}/…", True) == (event.ingest, event.url_template, event.url.anywhere)
    assert DeliveryTerms(attempts="until-acknowledged") == event.delivery
    assert ("/webhooks/paid/post", ("session.user.name",)) == (event.pointer, tuple(event.walk.texts))
    assert event.url.pattern("/base").fullmatch("/base/any/path?q=1")


def test_without_receives_it_goes_to_the_ingest_of_that_name(folder: Folder) -> None:
    """Else to the only one; and of several with other names, none is known."""
    sending(folder)
    assert "ingest" == folder.load().operations[0].events[1].ingest
    del folder.operation["callbacks"]
    folder.toml = folder.toml.replace("[world.ingest]", "[world.ingests.one]")
    assert "one" == folder.load().operations[0].events[0].ingest
    folder.toml += HOOKS
    assert "" == folder.load().operations[0].events[0].ingest


def test_several_methods_are_several_events(folder: Folder) -> None:
    """Each has a name of its own."""
    sending(folder, both={"post": {}, "put": {}})
    folder.operation["x-sends"] = ["both"]
    assert ["both PUT", "both POST"] == [event.name for event in folder.load().operations[0].events[1:]]


def test_what_no_operation_sends_is_known(folder: Folder) -> None:
    """A run tells that nothing was checked of it."""
    sending(folder, other={"post": {}})
    contract = folder.load()
    assert ["other"] == list(contract.unsent)
    assert "/webhooks/other" == contract.unsent["other"].pointer


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda f: f.operation.update({"x-sends": "paid"}), "x-sends is wrong"),
        (lambda f: f.operation.update({"x-sends": []}), "x-sends is wrong"),
        (lambda f: f.operation.update({"x-sends": ["payed"]}), "the webhook 'payed', which the spec does not declare"),
        (lambda f: f.spec["webhooks"].update({"paid": {"summary": "Paid."}}), "The webhook 'paid' has no operation"),
        (lambda f: f.callback.update({"x-sends": ["paid"]}), "x-sends has no meaning here"),
        (lambda f: f.spec.update({"x-sends": ["paid"]}), "x-sends has no meaning here"),
        (
            lambda f: f.spec["webhooks"].update({"paid": {"post": {}, "x-when": "always"}}),
            "x-when is wrong",
        ),
    ],
)
def test_a_wrong_name_is_refused_with_its_place(folder: Folder, change: Any, problem: str) -> None:
    """The error says where it stands, and what would be right."""
    sending(folder)
    change(folder)
    error = folder.error()
    assert problem in error.problem
    assert error.where is not None
    assert error.where.line is not None
