"""Directus stores on sqlite what is of another type than its document says: the text "x" as an integer, 1.5 too."""

from product import ALICE, started

with started("directus/bothends.toml") as product:
    for number in ("x", 1.5, 2**40):
        answer = product.send("POST", "/items/articles", {"title": "x", "number": number}, headers=ALICE)
        print(repr(number), "->", answer.status, answer.text)
        assert answer.status == 200, answer
        assert answer.json["data"]["number"] == number
    answer = product.send("POST", "/items/articles", {"title": "x" * 300}, headers=ALICE)
    assert (answer.status, len(answer.json["data"]["title"])) == (200, 300)
    product.receiver.rest()
