"""Directus lets all callers wait for one webhook: while the receiver of a filter flow hangs, another GET does too."""

import threading
import time

from product import ALICE, BOB, started

with started("directus/bothends.toml") as product:
    path = "/items/articles?limit=1"
    before = product.send("GET", path, headers=BOB)
    product.receiver.answers(200, after=12, path="/checked")
    item = {"title": "hanging"}
    caller = threading.Thread(target=product.send, args=("POST", "/items/checked", item), kwargs={"headers": ALICE})
    caller.start()
    while not product.receiver.events:
        time.sleep(0.05)
    answer = product.send("GET", path, headers=BOB)
    caller.join()
    print(f"GET: {before.seconds:.2f} s; while the receiver hangs: {answer.seconds:.1f} s")
    assert answer.status == 200, answer
    assert answer.seconds > 8, answer
