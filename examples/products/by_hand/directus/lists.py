"""Directus takes a list of items, as its document says. Our contract has one item, and calls a list invalid."""

from product import ALICE, started

with started("directus/bothends.toml") as product:
    for items in ([], [{"title": "one"}], [{"title": "one"}, {"title": "two"}]):
        answer = product.send("POST", "/items/articles", items, headers=ALICE)
        events = [event.json["payload"] for event in product.receiver.rest()]
        print(items, "->", answer.status, events)
        assert answer.status == 200, answer
        assert sorted(map(str, events)) == sorted(map(str, items))
        product.receiver.events.clear()
