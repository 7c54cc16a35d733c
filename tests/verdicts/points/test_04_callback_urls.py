"""Point 4: the standard's own callback, `{$request.body#/callbackUrl}`, and the address of whom it calls."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.verdicts.points.shop import BASE
from tests.yaml_files import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.verdicts.points.shop import Shop


def asking(example: str, *, settings_have_an_ingest: bool = True, fixed: bool = False) -> dict[str, Any]:
    """Return what differs in a shop whose requests say where the event goes.

    Args:
        example: The address in the contract's example.
        settings_have_an_ingest: Whether they name one; else the world opens one by itself.
        fixed: Whether all requests are to name one address.
    """
    base = read_yaml(BASE)
    operation = base["spec"]["paths"]["/orders"]["post"]["callbacks"]["orderPlaced"]["{ingest}/e/{eventKey}"]["post"]
    operation["responses"] = {"200": {"description": "Taken."}}
    [event] = base["target"]["events"]
    event = {key: value for key, value in event.items() if key != "acknowledgement"}
    ingest = '[world.ingest]\nkind = "webhook"' if settings_have_an_ingest else ""
    return {
        "post": {
            "requestBody": {
                "content": {
                    "application/json": {
                        "schema": {
                            "required": ["item", "callbackUrl"],
                            "properties": {"callbackUrl": {"type": "string", "format": "uri"}},
                        },
                        "example": {"item": "a lamp", "callbackUrl": example},
                    }
                }
            }
        },
        "callbacks": {"orderPlaced": {"{$request.body#/callbackUrl}": {"post": operation}}},
        "target": {"events": [{**event, "url": "{$request.body#/callbackUrl}"}]},
        "env": "",
        "ingest": ingest + ('\ncallback_path = "fixed"' if fixed else ""),
    }


@contextmanager
def stranger() -> Iterator[tuple[str, list[bytes]]]:
    """A server that is none of the world's: yields its URL, and what it has been told."""
    told: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    connection, _ = listening.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.settimeout(2)
                    told.append(connection.recv(1 << 16))
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/hook", told
        finally:
            over.set()
            thread.join()


@pytest.mark.long
def test_a_right_server_is_proven(shop: Shop) -> None:
    """The world puts an address of its own into each request, and finds the event there."""
    ended = shop.verify("4 callbackUrl, right server", asking("https://example.com/hook"))
    assert 0 == ended.code, ended
    assert ended.judged("event-for-success") > 20


@pytest.mark.long
def test_a_right_server_is_proven_without_an_ingest_in_the_settings(shop: Shop) -> None:
    """Where the settings have no ingest, the world opens one for the addresses that it gives out."""
    row = asking("https://example.com/hook", settings_have_an_ingest=False)
    ended = shop.verify("4 callbackUrl, no ingest in the settings", row)
    assert 0 == ended.code, ended


@pytest.mark.long
def test_a_lost_event_is_broken(shop: Shop) -> None:
    """The event that a request names an address for, and that does not come, is lost."""
    row = asking("https://example.com/hook")
    ended = shop.verify("4 callbackUrl, the event is never sent", row, breaks="never:orderPlaced")
    assert (1, "event-for-success") == (ended.code, ended.laws[0]), ended


@pytest.mark.parametrize("words", [("--only", "s*"), pytest.param((), marks=pytest.mark.long)], ids=["some", "all"])
def test_no_stranger_is_called(shop: Shop, words: tuple[str, ...]) -> None:
    """A target that obeys calls nobody but the world, whatever the contract's examples say."""
    with stranger() as (url, told):
        ended = shop.verify("4 callbackUrl, an example that leads to a stranger", asking(url), *words)
    assert ([], 0) == (told, ended.code), ended


def test_an_address_that_the_event_api_can_not_take_is_an_error_of_the_contract(shop: Shop) -> None:
    """Inngest's event API has one path: another one is told before anything is run, with the kind that serves it."""
    row = {"callbacks": hooks_tree()}
    ended = shop.verify("4 {ingest}/hooks/tree, inngest", row)
    assert 2 == ended.code, ended
    assert "webhook" in ended.err


@pytest.mark.long
def test_any_path_is_served_by_a_webhook(shop: Shop) -> None:
    """With the kind `webhook`, `{ingest}/hooks/tree` is an address like any other."""
    row = {
        "callbacks": hooks_tree(),
        "ingest": '[world.ingest]\nkind = "webhook"',
        "env": 'INGEST = "{world.ingest}"',
    }
    base = read_yaml(BASE)
    event = {key: value for key, value in base["target"]["events"][0].items() if key != "acknowledgement"}
    row["target"] = {"events": [{**event, "url": "{$env.INGEST}/hooks/tree"}]}
    ended = shop.verify("4 {ingest}/hooks/tree, webhook", row)
    assert 0 == ended.code, ended


def hooks_tree() -> dict[str, Any]:
    """Return the shop's callback at another address of the ingest."""
    base = read_yaml(BASE)
    operation = base["spec"]["paths"]["/orders"]["post"]["callbacks"]["orderPlaced"]["{ingest}/e/{eventKey}"]["post"]
    return {
        "orderPlaced": {"{ingest}/hooks/tree": {"post": {**operation, "responses": {"200": {"description": "Taken."}}}}}
    }


@pytest.mark.long
def test_what_stands_beside_the_keys_of_a_callback_is_read(shop: Shop) -> None:
    """`x-when` and `x-delivery` may stand at the callback itself, though OpenAPI's own schema takes them for keys."""
    base = read_yaml(BASE)
    item = base["spec"]["paths"]["/orders"]["post"]["callbacks"]["orderPlaced"]["{ingest}/e/{eventKey}"]
    said = {key: item["post"].pop(key) for key in ("x-when", "x-delivery")}
    shop.write({"callbacks": {"orderPlaced": {"{ingest}/e/{eventKey}": item}}}, "never:orderPlaced")
    document = read_yaml(shop.folder / "openapi.yaml")
    document["paths"]["/orders"]["post"]["callbacks"]["orderPlaced"].update(said)
    (shop.folder / "openapi.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    ended = shop.run("4 x-when beside the keys of a callback", "verify", "--profile", "quick", "--only", "success")
    assert (1, ("event-for-success",)) == (ended.code, ended.laws), ended
