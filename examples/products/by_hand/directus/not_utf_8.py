"""Directus takes a body that is not UTF-8, which JSON must be (RFC 8259, 8.1), and stores U+FFFD in its place."""

from product import ALICE, started

with started("directus/bothends.toml") as product:
    answer = product.send("POST", "/items/articles", body=b'{"title": "\xff\xfe"}', headers=ALICE)
    print(answer.status, answer.text)
    assert answer.status == 200, answer
    assert answer.json["data"]["title"] == "\N{REPLACEMENT CHARACTER}" * 2
    product.receiver.rest()
