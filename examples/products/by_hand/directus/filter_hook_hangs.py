"""Directus lets the caller wait for as long as the receiver of a filter flow does not answer."""

from product import ALICE, started

with started("directus/bothends.toml") as product:
    product.receiver.answers(200, after=45, path="/checked")
    answer = product.send("POST", "/items/checked", {"title": "hanging"}, headers=ALICE)
    print(answer.status, f"after {answer.seconds:.0f} s")
    assert answer.seconds > 40, answer
