"""Directus stores other texts than it was given: "Inf" for 1e999, and U+FFFD for half of a surrogate pair."""

from product import ALICE, started

with started("directus/bothends.toml") as product:
    for body, stored in ((b'{"title": 1e999}', "Inf"), (rb'{"title": "\ud800"}', "\N{REPLACEMENT CHARACTER}")):
        answer = product.send("POST", "/items/articles", body=body, headers=ALICE)
        print(body.decode(), "->", answer.status, answer.text)
        assert answer.status == 200, answer
        assert answer.json["data"]["title"] == stored
    product.receiver.rest()
