"""Directus sends what the request had in its event, not what it stored: 5 for the text "5", and fields it has not."""

from product import ALICE, started

with started("directus/bothends.toml") as product:
    for sent in ({"title": 5}, {"title": "x", "body": 7}, {"title": "x", "no_such_field": 1}):
        answer = product.send("POST", "/items/articles", sent, headers=ALICE)
        stored = product.send("GET", f"/items/articles/{answer.json['data']['id']}", headers=ALICE).json["data"]
        events = [event.json["payload"] for event in product.receiver.rest()]
        print("stored:", stored, "event:", events)
        assert answer.status == 200, answer
        assert events == [sent]
        assert any(stored.get(name) != value for name, value in sent.items())
        product.receiver.events.clear()
