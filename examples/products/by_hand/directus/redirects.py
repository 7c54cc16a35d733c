"""Directus follows a redirect of a webhook's receiver to another port, and hands the secret header on."""

from product import ALICE, SECRET, Receiver, started

with started("directus/bothends.toml") as product, Receiver() as elsewhere:
    for status in (301, 302, 303, 307, 308):
        elsewhere.events.clear()
        product.receiver.answers(status, location=f"{elsewhere.url}/stolen")
        assert product.send("POST", "/items/articles", {"title": "x"}, headers=ALICE).status == 200
        elsewhere.rest()
        for event in elsewhere.events:
            print(status, event.method, event.path, event.headers["x-shared-secret"], event.body[:40])
        assert [event.headers["x-shared-secret"] for event in elsewhere.events] == [SECRET], status
        # The whole event goes with it where the method stays.
        assert [bool(event.body) for event in elsewhere.events] == [status in {307, 308}], status
