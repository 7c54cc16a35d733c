"""What the mock answers and what it sends, over real HTTP."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bothends.mock import CONTROL, Mock, Options, Served, open_contract, serving
from tests.mock.receiver import receiver
from tests.waiting import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOP = str(Path(__file__).parent / "shop.yaml")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The shop, as a contract without settings."""
    with serving(tmp_path_factory.mktemp("shop") / "bothends.toml", spec=SHOP) as served:
        yield served


def ordered(shop: Served, **more: Any) -> httpx.Response:
    """Return the answer to an order."""
    return httpx.post(f"{shop.url}/orders", json={"sku": "lamp", **more})


def test_what_is_created_is_kept(shop: Served) -> None:
    """A thing is where its `Location` says, with what was asked for; a list shows it; it can be removed."""
    shop.reset()
    made = ordered(shop, quantity=7)
    order = made.json()
    assert (201, "lamp", 7) == (made.status_code, order["sku"], order["quantity"])
    assert f"/orders/{order['id']}" == made.headers["location"]
    assert order == httpx.get(shop.url + made.headers["location"]).json()
    assert {"orders": [order]} == httpx.get(f"{shop.url}/orders").json()
    assert [204, 404, 404] == [
        httpx.delete(shop.url + made.headers["location"]).status_code,
        httpx.get(shop.url + made.headers["location"]).status_code,
        httpx.delete(shop.url + made.headers["location"]).status_code,
    ]


def test_two_things_have_two_ids(shop: Served) -> None:
    """Whatever the example says."""
    assert ordered(shop).json()["id"] != ordered(shop).json()["id"]


def test_an_answer_that_is_preferred(shop: Served) -> None:
    """A status and an example by name, and the answer says so (RFC 7240)."""
    closed = httpx.post(f"{shop.url}/orders", headers={"Prefer": "code=503"})
    assert (503, "code=503") == (closed.status_code, closed.headers["preference-applied"])
    large = httpx.post(f"{shop.url}/orders", json={"sku": "x"}, headers={"Prefer": "wait=1, example=large"})
    assert ({"id": "ord_2", "sku": "crane", "quantity": 900}, "example=large") == (
        large.json(),
        large.headers["preference-applied"],
    )
    ignored = httpx.post(f"{shop.url}/orders", json={"sku": "x"}, headers={"Prefer": 'code=299, example="none"'})
    assert (201, None) == (ignored.status_code, ignored.headers.get("preference-applied"))


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [(b"{", "application/json", 422), (b'{"sku":""}', "application/json", 422), (b"x", "text/plain", 415)],
)
def test_a_request_is_held_to_the_contract(shop: Served, content: bytes, media_type: str, status: int) -> None:
    """The declared refusal that fits, else the plainest."""
    answer = httpx.post(f"{shop.url}/orders", content=content, headers={"Content-Type": media_type})
    assert (status, status) == (answer.status_code, answer.json().get("code", answer.json().get("status")))


def test_other_methods_and_paths(shop: Served) -> None:
    """405 says what is allowed, OPTIONS too, HEAD is a GET without its body."""
    wrong = httpx.put(f"{shop.url}/orders")
    assert (405, "GET, POST, HEAD, OPTIONS") == (wrong.status_code, wrong.headers["allow"])
    assert (204, wrong.headers["allow"]) == (
        (asked := httpx.options(f"{shop.url}/orders")).status_code,
        asked.headers["allow"],
    )
    head = httpx.head(f"{shop.url}/orders")
    assert (200, b"") == (head.status_code, head.content)
    assert int(head.headers["content-length"]) > 0
    assert 404 == httpx.get(f"{shop.url}/elsewhere").status_code


def test_a_credential_that_nothing_plays_has_to_be_there(shop: Served) -> None:
    """And no more is asked of it."""
    assert [401, 200] == [httpx.get(f"{shop.url}/me", headers=h).status_code for h in ({}, {"X-Key": "any"})]


def test_an_event_goes_where_the_request_says(shop: Served) -> None:
    """With values of the request, of the answer and of the clock; it can be asked for what was sent."""
    shop.reset()
    with receiver() as events:
        answer = ordered(shop, callbackUrl=f"{events.url}/hook?a=1").json()
        assert shop.wait(LONGEST)
    [(path, headers, body)] = events.came
    event = json.loads(body)
    assert ("/hook?a=1", "order.placed", answer["id"], "lamp", 1) == (
        path,
        event["type"],
        event["id"],
        event["sku"],
        event["quantity"],
    )
    assert headers["webhook-id"]
    told = httpx.get(shop.url + CONTROL).json()
    assert ([("204", True, event)], 0) == (
        [(each["said"], each["taken"], each["body"]) for each in told["attempts"]],
        told["pending"],
    )


def test_an_event_is_attempted_until_it_is_acknowledged(shop: Served) -> None:
    """With one identity, and soon enough after the receiver is well again."""
    shop.reset()
    with receiver(500, 503) as events:
        assert 201 == ordered(shop, callbackUrl=events.url).status_code
        assert shop.wait(LONGEST)
    assert [("500", False), ("503", False), ("204", True)] == [(each.said, each.taken) for each in shop.sent]
    assert 1 == len({headers["webhook-id"] for _, headers, _ in events.came})


def test_nothing_is_sent_for_a_request_without_the_url(shop: Served) -> None:
    """An expression without a value owes nothing."""
    shop.reset()
    ordered(shop)
    assert (True, ()) == (shop.wait(LONGEST), shop.sent)


@pytest.mark.parametrize(
    "head",
    [
        b"POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n",
        b"GET /orders HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /orders HTTP/1.1\r\nHost: a\r\n folded: x\r\n\r\n",
        b"GET /orders HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET /orders HTTP/1.1\nHost: a\r\n\r\n",
        b"POST /orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
    ],
)
def test_what_two_readers_may_take_in_two_ways_is_refused(shop: Served, head: bytes) -> None:
    """With 400, and the connection is closed (RFC 9112)."""
    with socket.create_connection(("127.0.0.1", httpx.URL(shop.url).port or 0), timeout=5) as connection:
        connection.sendall(head)
        answer = b""
        while part := connection.recv(4096):
            answer += part
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"connection: close" in answer.lower()


def test_a_host_with_several_addresses() -> None:
    """The mock listens at each of them, on one port."""

    async def play() -> tuple[set[int], bool]:
        contract = open_contract(Path("bothends.toml"), SHOP)
        async with Mock(contract, Options(host="localhost")) as served, httpx.AsyncClient() as client:
            port = httpx.URL(served.url).port
            found = await asyncio.get_running_loop().getaddrinfo("localhost", port, type=socket.SOCK_STREAM)
            hosts = [str(address[0]) for *_, address in found]
            urls = [f"http://[{each}]:{port}" if ":" in each else f"http://{each}:{port}" for each in hosts]
            return {(await client.get(f"{url}/orders")).status_code for url in urls}, served.reached_by_others

    assert ({200}, False) == asyncio.run(play())


def test_the_same_seed_gives_the_same_answers(tmp_path: Path) -> None:
    """Identities of events are another matter: a receiver may know those of another run."""
    found = []
    for _ in range(2):
        with serving(tmp_path / "bothends.toml", spec=SHOP, seed=7) as served:
            found.append([ordered(served).json() for _ in range(3)])
    assert found[0] == found[1]


def test_callers_of_a_mock_that_stands_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """It makes keys and secrets, tells what callers may show, and knows them again."""
    monkeypatch.delenv("ISSUER", raising=False)
    orders = Path(__file__).resolve().parents[2] / "examples" / "orders" / "python" / "bothends.toml"
    with receiver() as kept, serving(orders, events=kept.url) as served:
        callers = httpx.get(f"{served.url}/_bothends/callers").json()
        order = {"sku": "lamp", "quantity": 1, "price": 2.5}
        found = [
            httpx.post(f"{served.url}/orders", json=order, headers=each["headers"]).status_code for each in callers
        ]
        wrong = httpx.post(f"{served.url}/orders", json=order, headers={"Authorization": "Bearer x.y.z"})
        assert served.wait(LONGEST)
    assert [["bearer"], ["bearer"], ["partner"], ["partner"]] == [each["schemes"] for each in callers]
    assert ([201] * 4, 401) == (found, wrong.status_code)
    accounts = [json.loads(body)["data"]["account"] for _, _, body in kept.came]
    assert accounts == [each["identity"]["sub"] for each in callers]


def test_the_fixture_serves_the_contract(tmp_path: Path) -> None:
    """`mock` answers in the tests of a project, and forgets between them."""
    (tmp_path / "openapi.yaml").write_text(Path(SHOP).read_text("utf-8"), "utf-8")
    (tmp_path / "bothends.toml").write_text('spec = "openapi.yaml"\n', "utf-8")
    (tmp_path / "test_shop.py").write_text(
        """
import httpx

def test_one(mock):
    assert httpx.post(mock.url + "/orders", json={"sku": "lamp"}).status_code == 201
    assert len(httpx.get(mock.url + "/orders").json()["orders"]) == 1

def test_two(mock):
    assert httpx.get(mock.url + "/orders").json()["orders"] == []
""",
        "utf-8",
    )
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "test_shop.py"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (0, True) == (done.returncode, "2 passed" in done.stdout), done.stdout + done.stderr
