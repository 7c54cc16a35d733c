"""Directus sends the webhook of a filter flow for a request that it answers 403, nobody signed in, or 400."""

from product import ALICE, started

with started("directus/bothends.toml") as product:
    for headers, item, status in (({}, {"title": "signed out"}, 403), (ALICE, {"body": "without its title"}, 400)):
        answer = product.send("POST", "/items/checked", item, headers=headers)
        events = [event.json for event in product.receiver.rest()]
        print(answer.status, events)
        assert answer.status == status, answer
        assert [event["payload"] for event in events] == [item]
        product.receiver.events.clear()
    # A token that is wrong is refused before the flow runs.
    assert (
        product.send("POST", "/items/checked", {"title": "x"}, headers={"Authorization": "Bearer wrong"}).status == 401
    )
    assert product.receiver.rest() == []
