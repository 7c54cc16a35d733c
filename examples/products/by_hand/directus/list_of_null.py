"""Directus answers 500 to a list with null in it: "Cannot read properties of null"."""

from product import ALICE, started

with started("directus/bothends.toml") as product:
    answer = product.send("POST", "/items/articles", body=b"[null, null]", headers=ALICE)
    print(answer.status, answer.text)
    assert answer.status == 500, answer
    assert "Cannot read properties of null" in answer.text
