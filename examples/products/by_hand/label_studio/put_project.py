"""Label Studio serves `PUT /api/projects/ID/`, which its document does not have: it loses `created_by`, 200."""

from product import TOKEN, started

with started("label-studio/bothends.toml") as product:
    path = f"/api/projects/{product.setup['project']}/"
    options = product.send("OPTIONS", path, headers=TOKEN).headers["allow"]
    before = product.send("GET", path, headers=TOKEN).json["created_by"]
    answer = product.send("PUT", path, {"title": "another"}, headers=TOKEN)
    events = [event.json["action"] for event in product.receiver.rest()]
    print(
        "PUT ->",
        answer.status,
        "created_by:",
        before and before["id"],
        "->",
        answer.json["created_by"],
        events,
        options,
    )
    assert answer.status == 200, answer
    assert answer.json["created_by"] is None
    assert events == ["PROJECT_UPDATED"]
