"""Directus tells the caller the address of the webhook's receiver, when that can't be reached."""

from product import ALICE, started

with started("directus/bothends.toml", fresh=True) as product:
    address = product.receiver.url.removeprefix("http://")
    product.receiver.close()
    answer = product.send("POST", "/items/checked", {"title": "x"}, headers=ALICE)
    print(address, answer.status, answer.text)
    assert answer.status == 500, answer
    assert address in answer.text
