"""What can be seen of `examples/checkout` by hand: each probe asks a service, and says what the right one shows."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.checkout.shop import DESTINATION, EXPIRY_SECONDS, LINE, PAYMENT, at_once
from tests.checkout.world import Answering
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.checkout.shop import Shop

NO_CART = f"cart_{'0' * 20}"
NO_CHECKOUT = f"chk_{'0' * 20}"
NO_ORDER = f"ord_{'0' * 20}"
SLOW_SECONDS = 0.4
"""How long a slow registry takes."""
HANGING_SECONDS = 20.0
"""How long one takes that hangs: forty times the limit that the service has then."""
EXPIRING = {"CHECKOUT_SECONDS": str(EXPIRY_SECONDS)}
PLACED, CANCELLED = "order.placed", "checkout.cancelled"


@dataclass(frozen=True)
class Probe:
    """A few requests, and what they show.

    Attributes:
        ask: Sends them; returns what it saw, as JSON has it.
        right: What the right service shows.
        env: What the environment of the service has of its own.
    """

    ask: Callable[[Shop], list[Any]]
    right: list[Any]
    env: dict[str, str]

    @property
    def alone(self) -> bool:
        """Whether it needs a service of its own, with short limits or for which the registry is away."""
        return bool(self.env) or self.ask is a_registry_that_is_away


PROBES: dict[str, Probe] = {}


def shows(
    *right: Any, env: dict[str, str] | None = None
) -> Callable[[Callable[[Shop], list[Any]]], Callable[[Shop], list[Any]]]:
    """Make a probe of a function, by its name."""

    def take(ask: Callable[[Shop], list[Any]]) -> Callable[[Shop], list[Any]]:
        PROBES[ask.__name__] = Probe(ask, [*right], env or {})
        return ask

    return take


def match(text: str) -> dict[str, str]:
    """Return the header of a condition."""
    return {"If-Match": text}


# What is not there.


@shows(404, 404, 404, 404)
def unknown_ids(shop: Shop) -> list[Any]:
    return [
        shop.get(path).status
        for path in (f"/carts/{NO_CART}", f"/checkouts/{NO_CHECKOUT}", f"/orders/{NO_ORDER}", "/products/sofa")
    ]


@shows(404)
def unknown_cart_in_a_body(shop: Shop) -> list[Any]:
    return [shop.checkout(NO_CART).status]


@shows(422, 422, 1)
def unknown_sku_in_a_body(shop: Shop) -> list[Any]:
    cart = shop.cart().id
    sofa = {"sku": "sofa", "quantity": 1}
    return [shop.cart(sofa).status, shop.line(cart, sofa).status, len(shop.get(f"/carts/{cart}").body["lines"])]


@shows(404, [])
def cancel_unknown(shop: Shop) -> list[Any]:
    return [shop.cancel(NO_CHECKOUT).status, shop.types()]


@shows(404, [])
def complete_unknown(shop: Shop) -> list[Any]:
    return [shop.complete(NO_CHECKOUT).status, shop.types()]


@shows(404)
def destination_unknown(shop: Shop) -> list[Any]:
    return [shop.send_to(NO_CHECKOUT).status]


@shows(204, 204, [0, 404])
def remove_twice(shop: Shop) -> list[Any]:
    cart = shop.cart()
    path = f"/carts/{cart.id}/lines/{cart.body['lines'][0]['id']}"
    statuses = [shop.call("DELETE", path).status for _ in range(2)]
    lines = len(shop.get(f"/carts/{cart.id}").body["lines"])
    return [*statuses, [lines, shop.call("DELETE", f"/carts/{NO_CART}/lines/line_{'0' * 12}").status]]


# States.


@shows(201, 409, "completed", [PLACED])
def complete_twice(shop: Shop) -> list[Any]:
    checkout = shop.ready().id
    statuses = [shop.complete(checkout).status for _ in range(2)]
    return [*statuses, shop.status(checkout), shop.types(1)]


@shows(409, "incomplete", [])
def complete_incomplete(shop: Shop) -> list[Any]:
    checkout = shop.checkout().id
    return [shop.complete(checkout).status, shop.status(checkout), shop.types()]


@shows(200, 409, "cancelled", [CANCELLED])
def complete_cancelled(shop: Shop) -> list[Any]:
    checkout = shop.ready().id
    return [
        shop.cancel(checkout).status,
        shop.complete(checkout).status,
        shop.status(checkout),
        shop.types(1),
    ]


@shows(409, "completed", [PLACED])
def cancel_completed(shop: Shop) -> list[Any]:
    checkout = shop.ready().id
    shop.complete(checkout)
    return [shop.cancel(checkout).status, shop.status(checkout), shop.types(1)]


@shows(200, 409, [CANCELLED])
def cancel_twice(shop: Shop) -> list[Any]:
    checkout = shop.checkout().id
    return [*[shop.cancel(checkout).status for _ in range(2)], shop.types(1)]


@shows(409, "NL", [PLACED])
def change_completed(shop: Shop) -> list[Any]:
    checkout = shop.ready().id
    shop.complete(checkout)
    status = shop.send_to(checkout, {**DESTINATION, "country": "BE"}).status
    return [status, shop.get(f"/checkouts/{checkout}").body["destination"]["country"], shop.types(1)]


@shows(409, "cancelled", [CANCELLED])
def change_cancelled(shop: Shop) -> list[Any]:
    checkout = shop.checkout().id
    shop.cancel(checkout)
    return [shop.send_to(checkout).status, shop.status(checkout), shop.types(1)]


@shows(409, 409, 409, "expired", [], env=EXPIRING)
def expired(shop: Shop) -> list[Any]:
    # On a busy machine, it may expire before it has a destination.
    checkout = next(one.id for one in (shop.ready() for _ in range(9)) if one.status == 200)
    time.sleep(EXPIRY_SECONDS + 0.2)
    statuses = [shop.send_to(checkout).status, shop.complete(checkout).status, shop.cancel(checkout).status]
    return [*statuses, shop.status(checkout), shop.types()]


@shows(201, 201, env=EXPIRING)
def expired_frees_the_cart(shop: Shop) -> list[Any]:
    cart = shop.cart().id
    first = shop.checkout(cart).status
    time.sleep(EXPIRY_SECONDS + 0.2)
    return [first, shop.checkout(cart).status]


@shows(201, 409, "incomplete")
def second_checkout(shop: Shop) -> list[Any]:
    cart = shop.cart().id
    first = shop.checkout(cart)
    return [first.status, shop.checkout(cart).status, shop.status(first.id)]


@shows(409)
def checkout_of_a_sold_cart(shop: Shop) -> list[Any]:
    cart = shop.cart().id
    checkout = shop.checkout(cart).id
    shop.send_to(checkout)
    shop.complete(checkout)
    return [shop.checkout(cart).status]


@shows(201)
def checkout_after_cancel(shop: Shop) -> list[Any]:
    cart = shop.cart().id
    shop.cancel(shop.checkout(cart).id)
    return [shop.checkout(cart).status]


@shows(409)
def checkout_of_nothing(shop: Shop) -> list[Any]:
    cart = shop.cart()
    shop.call("DELETE", f"/carts/{cart.id}/lines/{cart.body['lines'][0]['id']}")
    return [shop.checkout(cart.id).status]


@shows([201, 409], [PLACED])
def complete_at_once(shop: Shop) -> list[Any]:
    checkout = shop.ready().id
    shop.world.profiles["ada"] = Answering(seconds=SLOW_SECONDS)
    return [at_once(*[lambda: shop.complete(checkout)] * 2), shop.types(1)]


@shows([200, 409], [CANCELLED])
def cancel_at_once(shop: Shop) -> list[Any]:
    checkout = shop.checkout().id
    shop.world.profiles["ada"] = Answering(seconds=SLOW_SECONDS)
    return [at_once(*[lambda: shop.cancel(checkout)] * 2), shop.types(1)]


@shows([201, 409])
def checkout_at_once(shop: Shop) -> list[Any]:
    cart = shop.cart().id
    shop.world.profiles["ada"] = Answering(seconds=SLOW_SECONDS)
    return [at_once(*[lambda: shop.checkout(cart)] * 2)]


# Conditions.


@shows(412, "incomplete", 200)
def change_with_another_tag(shop: Shop) -> list[Any]:
    checkout = shop.checkout()
    refused = shop.send_to(checkout.id, headers=match('"0123456789abcdef01234567"')).status
    return [refused, shop.status(checkout.id), shop.send_to(checkout.id, headers=match(checkout.tag)).status]


@shows(200, 412, "NL")
def change_with_a_stale_tag(shop: Shop) -> list[Any]:
    checkout = shop.checkout()
    first = shop.send_to(checkout.id, headers=match(checkout.tag)).status
    second = shop.send_to(checkout.id, {**DESTINATION, "country": "BE"}, headers=match(checkout.tag)).status
    return [first, second, shop.get(f"/checkouts/{checkout.id}").body["destination"]["country"]]


@shows(412, 412, 200)
def weak_and_star(shop: Shop) -> list[Any]:
    checkout = shop.checkout()
    return [
        shop.send_to(checkout.id, headers=match(f"W/{checkout.tag}")).status,
        shop.send_to(checkout.id, headers=match(checkout.tag.strip('"'))).status,
        shop.send_to(checkout.id, headers=match("*")).status,
    ]


@shows(200)
def a_list_of_tags(shop: Shop) -> list[Any]:
    checkout = shop.checkout()
    return [shop.send_to(checkout.id, headers=match(f'"one,two", {checkout.tag}')).status]


@shows(412, "ready", [])
def complete_with_another_tag(shop: Shop) -> list[Any]:
    checkout = shop.ready().id
    return [shop.complete(checkout, headers=match('"other"')).status, shop.status(checkout), shop.types()]


@shows(412, "incomplete", [])
def cancel_with_another_tag(shop: Shop) -> list[Any]:
    checkout = shop.checkout().id
    return [shop.cancel(checkout, headers=match('"other"')).status, shop.status(checkout), shop.types()]


@shows(412, 1)
def line_with_another_tag(shop: Shop) -> list[Any]:
    cart = shop.cart().id
    status = shop.line(cart, headers=match('"other"')).status
    return [status, len(shop.get(f"/carts/{cart}").body["lines"])]


@shows(428, 412, 200, 204, 404)
def delete_needs_a_tag(shop: Shop) -> list[Any]:
    cart = shop.cart()
    path = f"/carts/{cart.id}"
    return [
        shop.call("DELETE", path).status,
        shop.call("DELETE", path, headers=match('"other"')).status,
        shop.get(path).status,
        shop.call("DELETE", path, headers=match(cart.tag)).status,
        shop.get(path).status,
    ]


@shows(200, 201, 200)
def no_tag_is_needed(shop: Shop) -> list[Any]:
    checkout = shop.checkout().id
    statuses = [shop.send_to(checkout).status, shop.complete(checkout).status]
    return [*statuses, shop.cancel(shop.checkout().id).status]


@shows(200, True, [304, 0, True], 304, 304, 304, 200, 200)
def reads_with_tags(shop: Shop) -> list[Any]:
    cart = shop.cart()
    path = f"/carts/{cart.id}"
    whole = shop.get(path)
    same = shop.get(path, headers={"If-None-Match": whole.tag})
    others = [f"W/{whole.tag}", f'"a", {whole.tag}', "*", '"other"', 'W/"other"']
    statuses = [shop.get(path, headers={"If-None-Match": each}).status for each in others]
    return [whole.status, whole.tag == cart.tag, [same.status, len(same.raw), same.tag == whole.tag], *statuses]


@shows(200, 2)
def a_tag_is_of_what_is_shown(shop: Shop) -> list[Any]:
    cart = shop.cart()
    shop.line(cart.id)
    read = shop.get(f"/carts/{cart.id}", headers={"If-None-Match": cart.tag})
    return [read.status, len(read.body["lines"]) if read.body else 0]


@shows(304, True)
def a_304_ends_with_its_head(shop: Shop) -> list[Any]:
    cart = shop.cart()
    head = (
        f"GET /carts/{cart.id} HTTP/1.1\r\nHost: x\r\nX-Platform: https://platforms.example/profile?of=ada\r\n"
        f"If-None-Match: {cart.tag}\r\nConnection: close\r\n\r\n"
    )
    received = b""
    with socket.create_connection(("127.0.0.1", shop.port), 5) as connection:
        connection.sendall(head.encode())
        while chunk := connection.recv(4096):
            received += chunk
    said, _, rest = received.partition(b"\r\n\r\n")
    return [int(said.split()[1]), rest == b""]


@shows(True, True, True)
def tags_are_quoted(shop: Shop) -> list[Any]:
    tags = [shop.cart().tag, shop.checkout().tag, shop.get("/products/lamp").tag]
    return [len(tag) > 2 and tag[0] == tag[-1] == '"' for tag in tags]


# What leads where.


@shows("incomplete", "ready", "completed", "incomplete", "cancelled")
def states_in_order(shop: Shop) -> list[Any]:
    one, other = shop.checkout().id, shop.checkout().id
    found = [shop.status(one)]
    shop.send_to(one)
    found.append(shop.status(one))
    shop.complete(one)
    found += [shop.status(one), shop.status(other)]
    shop.cancel(other)
    return [*found, shop.status(other)]


@shows("incomplete", "ready", "cancelled", [CANCELLED])
def answers_say_the_state(shop: Shop) -> list[Any]:
    checkout = shop.checkout()
    ready = shop.send_to(checkout.id)
    cancelled = shop.cancel(checkout.id)
    return [*[said.body.get("status") for said in (checkout, ready, cancelled)], shop.types(1)]


@shows(200, 200, "BE")
def destination_twice(shop: Shop) -> list[Any]:
    checkout = shop.checkout().id
    statuses = [
        shop.send_to(checkout).status,
        shop.send_to(checkout, {**DESTINATION, "country": "BE"}).status,
    ]
    return [*statuses, shop.get(f"/checkouts/{checkout}").body["destination"]["country"]]


@shows(422, "incomplete")
def refused_destination(shop: Shop) -> list[Any]:
    checkout = shop.checkout().id
    return [shop.send_to(checkout, {**DESTINATION, "country": "Holland"}).status, shop.status(checkout)]


@shows(200, 2 * 1999, 4 * 1999)
def a_checkout_is_what_was_in_the_cart(shop: Shop) -> list[Any]:
    cart = shop.cart().id
    checkout = shop.checkout(cart).id
    shop.line(cart)
    read = shop.get(f"/checkouts/{checkout}")
    return [read.status, read.body["total"], shop.get(f"/carts/{cart}").body["total"]]


@shows(200, 1)
def a_cart_stays(shop: Shop) -> list[Any]:
    cart = shop.cart().id
    checkout = shop.checkout(cart).id
    shop.send_to(checkout)
    shop.complete(checkout)
    read = shop.get(f"/carts/{cart}")
    return [read.status, len(read.body.get("lines", ()))]


@shows(True, True, 200)
def the_order_is_the_checkout_s(shop: Shop) -> list[Any]:
    checkout = shop.ready().id
    order = shop.complete(checkout)
    read = shop.get(order.headers.get("location", "/orders/none"))
    linked = shop.get(f"/checkouts/{checkout}").body.get("orderId") == order.id
    return [linked, read.body == order.body, read.status]


# Callers.


@shows(404, 404, 404, 404, 404, "ready")
def of_another(shop: Shop) -> list[Any]:
    checkout = shop.ready()
    cart = checkout.body["cartId"]
    return [
        shop.get(f"/checkouts/{checkout.id}", of="bob").status,
        shop.get(f"/carts/{cart}", of="bob").status,
        shop.send_to(checkout.id, of="bob").status,
        shop.cancel(checkout.id, of="bob").status,
        shop.complete(checkout.id, of="bob").status,
        shop.status(checkout.id),
    ]


@shows(404)
def order_of_another(shop: Shop) -> list[Any]:
    return [shop.get(f"/orders/{shop.complete(shop.ready().id).id}", of="bob").status]


@shows(404)
def checkout_of_another_s_cart(shop: Shop) -> list[Any]:
    return [shop.checkout(shop.cart().id, of="bob").status]


@shows(404, 404, 1)
def line_of_another(shop: Shop) -> list[Any]:
    cart = shop.cart()
    path = f"/carts/{cart.id}/lines/{cart.body['lines'][0]['id']}"
    statuses = [shop.call("DELETE", path, of="bob").status, shop.line(cart.id, of="bob").status]
    return [*statuses, len(shop.get(f"/carts/{cart.id}").body["lines"])]


@shows("Ada & Co", "Bob & Co")
def names_of_platforms(shop: Shop) -> list[Any]:
    return [shop.checkout(of=of).body.get("platform") for of in ("ada", "bob")]


@shows(["/hooks/ada", "Ada & Co"], ["/hooks/bob", "Bob & Co"])
def webhooks_of_platforms(shop: Shop) -> list[Any]:
    for number, of in enumerate(("ada", "bob"), 1):
        shop.complete(shop.ready(of=of).id, of=of)
        shop.world.events(number)
    return [[hook.path, hook.event["data"]["platform"]] for hook in shop.world.events(2)]


@shows(["/hooks/new", "Ada the Second"], ["/hooks/new", "Ada the Second"])
def a_platform_that_moves(shop: Shop) -> list[Any]:
    checkout, other = shop.ready().id, shop.checkout().id
    moved = {"name": "Ada the Second", "webhook": "https://hooks.example/new"}
    shop.world.profiles["ada"] = Answering(body=moved)
    shop.complete(checkout)
    shop.world.events(1)
    shop.cancel(other)
    return [[hook.path, hook.event["data"]["platform"]] for hook in shop.world.events(2)]


@shows(2)
def two_platforms_at_once(shop: Shop) -> list[Any]:
    ada, bob = shop.ready().id, shop.ready(of="bob").id
    shop.world.profiles["ada"] = Answering(seconds=SLOW_SECONDS)
    shop.world.profiles["bob"] = Answering(seconds=SLOW_SECONDS / 2)
    at_once(lambda: shop.complete(ada), lambda: shop.complete(bob, of="bob"))
    return [len({hook.path for hook in shop.world.events(2)})]


@shows(403, 403, 403, 403, 201)
def nobody(shop: Shop) -> list[Any]:
    addresses = ("https://elsewhere.example/profile?of=", "https://platforms.example.evil/profile?of=", "")
    return [
        shop.cart(of=None).status,
        *[shop.cart(url=url).status for url in addresses],
        shop.cart().status,
    ]


@shows(403, [])
def nobody_cancels(shop: Shop) -> list[Any]:
    return [shop.cancel(shop.checkout().id, of=None).status, shop.types()]


# Keys.


@shows(201, 201, True, 1)
def same_key_again(shop: Shop) -> list[Any]:
    first, second = (shop.cart(headers=shop.key("k")) for _ in range(2))
    checkout = shop.ready().id
    orders = {shop.complete(checkout, headers=shop.key("o")).raw for _ in range(2)}
    return [first.status, second.status, first.raw == second.raw, len(orders)]


@shows(200, 200, True, [CANCELLED])
def same_key_without_a_body(shop: Shop) -> list[Any]:
    checkout = shop.checkout().id
    first, second = (shop.cancel(checkout, headers=shop.key("k")) for _ in range(2))
    return [first.status, second.status, first.raw == second.raw, shop.types(1)]


@shows(201, 422, 2)
def same_key_other_body(shop: Shop) -> list[Any]:
    first = shop.cart(headers=shop.key("k"))
    second = shop.cart({**LINE, "quantity": 5}, headers=shop.key("k"))
    return [first.status, second.status, first.body["lines"][0]["quantity"]]


@shows(201, 201, False)
def same_key_of_another(shop: Shop) -> list[Any]:
    first, second = (shop.cart(of=of, headers=shop.key("k")) for of in ("ada", "bob"))
    return [first.status, second.status, first.id == second.id]


@shows(200, 200, False, [CANCELLED, CANCELLED])
def same_key_at_another_object(shop: Shop) -> list[Any]:
    checkouts = [shop.checkout().id for _ in range(2)]
    first, second = (shop.cancel(each, headers=shop.key("k")) for each in checkouts)
    return [first.status, second.status, first.id == second.id, shop.types(2)]


@shows(201, 201, 2)
def same_key_at_another_operation(shop: Shop) -> list[Any]:
    cart = shop.cart(headers=shop.key("k"))
    line = shop.line(cart.id, headers=shop.key("k"))
    return [cart.status, line.status, len(line.body.get("lines", ()))]


@shows(409, 201, [PLACED])
def same_key_after_a_refusal(shop: Shop) -> list[Any]:
    checkout = shop.checkout().id
    refused = shop.complete(checkout, headers=shop.key("k")).status
    shop.send_to(checkout)
    return [refused, shop.complete(checkout, headers=shop.key("k")).status, shop.types(1)]


@shows(502, 201)
def same_key_after_a_failure(shop: Shop) -> list[Any]:
    checkout = shop.ready().id
    shop.world.profiles["ada"] = Answering(500)
    failed = shop.complete(checkout, headers=shop.key("k")).status
    shop.world.profiles.clear()
    return [failed, shop.complete(checkout, headers=shop.key("k")).status]


@shows(3)
def keys_that_are_alike(shop: Shop) -> list[Any]:
    keys = ["Key-0123456789-0123456789-a", "Key-0123456789-0123456789-b", "KEY-0123456789-0123456789-A"]
    return [len({shop.cart(headers=shop.key(each)).id for each in keys})]


@shows(409, 201)
def same_key_under_way(shop: Shop) -> list[Any]:
    cart, asked, held = shop.cart().id, len(shop.world.fetched), threading.Event()
    shop.world.profiles["ada"] = Answering(held=held)

    def send() -> int:
        return shop.checkout(cart, headers=shop.key("k")).status

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(send)
        try:
            until(lambda: len(shop.world.fetched) > asked)
            second = send()
        finally:
            held.set()
        return [second, first.result()]


# The catalogue.


@shows(True, 200, 200)
def the_catalogue_stays(shop: Shop) -> list[Any]:
    before = shop.get("/products").body
    cart = shop.cart().id
    shop.line(cart, {"sku": "desk", "quantity": 7})
    checkout = shop.checkout(cart).id
    shop.send_to(checkout)
    shop.complete(checkout)
    after = shop.get("/products").body
    return [before == after, shop.get("/products/lamp").status, shop.get("/products/desk", of=None).status]


@shows(1999, 2 * 1999, 1999)
def the_price_is_the_catalogue_s(shop: Shop) -> list[Any]:
    cart = shop.cart(of="bob")
    other = shop.cart({"sku": "lamp", "quantity": 1})
    return [cart.body["lines"][0]["price"], cart.body["total"], other.body["total"]]


# Who calls whom.


@shows([["ada", 1]], [["ada", 2]], [["ada", 3]])
def who_is_called(shop: Shop) -> list[Any]:
    def calls() -> list[list[Any]]:
        names = [of for of, _ in shop.world.fetched]
        return [[of, names.count(of)] for of in sorted({*names})]

    checkout = shop.checkout().id
    found = [calls()]
    shop.send_to(checkout)
    shop.complete(checkout)
    found.append(calls())
    shop.cancel(shop.checkout().id)
    return [*found, [["ada", calls()[0][1] - 1]]]


@shows([["ada"], ["bob"]])
def who_is_called_for_two(shop: Shop) -> list[Any]:
    ada, bob = shop.checkout().id, shop.checkout(of="bob").id
    shop.world.fetched.clear()
    shop.cancel(ada)
    first = sorted({of for of, _ in shop.world.fetched})
    shop.world.fetched.clear()
    shop.cancel(bob, of="bob")
    return [[first, sorted({of for of, _ in shop.world.fetched})]]


@shows(True, 0)
def what_the_registry_is_told(shop: Shop) -> list[Any]:
    shop.checkout()
    texts = [value for _, headers in shop.world.fetched for value in headers.values()]
    return [bool(texts), sum("whsec_" in text or "pay-1" in text for text in texts)]


@shows(422, 403, 409, 404, 0)
def refused_without_a_call(shop: Shop) -> list[Any]:
    checkout = shop.checkout().id
    shop.world.fetched.clear()
    statuses = [
        shop.complete(checkout, {}).status,
        shop.complete(checkout, of=None).status,
        shop.complete(checkout).status,
        shop.checkout(NO_CART).status,
    ]
    return [*statuses, len(shop.world.fetched)]


@shows(502, "ready", 502, "incomplete", 502, [])
def a_registry_that_fails(shop: Shop) -> list[Any]:
    ready, other, cart = shop.ready().id, shop.checkout().id, shop.cart().id
    shop.world.profiles["ada"] = Answering(500)
    found = [shop.complete(ready).status, shop.status(ready), shop.cancel(other).status, shop.status(other)]
    return [*found, shop.checkout(cart).status, shop.types()]


@shows(502, 502, 502, 502)
def profiles_that_are_wrong(shop: Shop) -> list[Any]:
    found = []
    for said in (
        Answering(404),
        Answering(body={"name": "Ada & Co"}),
        Answering(body={"name": 5, "webhook": "https://hooks.example/ada"}),
        Answering(body={"name": "Ada & Co", "webhook": "http://127.0.0.1:9/ada"}),
    ):
        cart = shop.cart().id
        shop.world.profiles["ada"] = said
        found.append(shop.checkout(cart).status)
        shop.world.profiles.clear()
    return found


@shows(504, env={"TIMEOUT_MS": "500"})
def a_registry_that_hangs(shop: Shop) -> list[Any]:
    cart = shop.cart().id
    shop.world.profiles["ada"] = Answering(seconds=HANGING_SECONDS)
    return [shop.checkout(cart).status]


@shows(502, ["ada"])
def a_registry_that_redirects(shop: Shop) -> list[Any]:
    cart = shop.cart().id
    there = f"{shop.world.url}/profile?of=bob"
    shop.world.profiles["ada"] = Answering(302, headers={"Location": there})
    return [shop.checkout(cart).status, sorted({of for of, _ in shop.world.fetched})]


@shows(503)
def a_registry_that_is_away(shop: Shop) -> list[Any]:
    cart = shop.cart().id
    shop.world.away()
    return [shop.checkout(cart).status]


# Events.


@shows([PLACED, "/hooks/ada", True, True, True, 2 * 1999])
def the_event_of_an_order(shop: Shop) -> list[Any]:
    checkout = shop.ready().id
    order = shop.complete(checkout)
    found = []
    for hook in shop.world.events(1):
        data = hook.event["data"]
        right = [data["checkoutId"] == checkout, data["orderId"] == order.id]
        found.append([hook.event["type"], hook.path, *right, data["reference"] == PAYMENT["reference"], data["total"]])
    return found


@shows([CANCELLED, "/hooks/ada", True, True])
def the_event_of_a_cancellation(shop: Shop) -> list[Any]:
    checkout = shop.checkout()
    shop.cancel(checkout.id)
    return [
        [
            hook.event["type"],
            hook.path,
            hook.event["data"]["checkoutId"] == checkout.id,
            hook.event["data"]["cartId"] == checkout.body["cartId"],
        ]
        for hook in shop.world.events(1)
    ]


@shows([500, 503, 204], 1, [True])
def attempts(shop: Shop) -> list[Any]:
    shop.world.refusals += [500, 503]
    shop.cancel(shop.checkout().id)
    hooks = shop.world.events(3)
    return [[hook.status for hook in hooks], len({hook.id for hook in hooks}), [*{hook.signed for hook in hooks}]]


@shows(2)
def events_have_ids(shop: Shop) -> list[Any]:
    for _ in range(2):
        shop.cancel(shop.checkout().id)
    return [len({hook.id for hook in shop.world.events(2)})]
