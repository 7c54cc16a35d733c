"""Label Studio takes numbers for titles and descriptions, which are texts in its document, and stores texts."""

from product import TOKEN, started

with started("label-studio/bothends.toml") as product:
    path = f"/api/projects/{product.setup['project']}/"
    answer = product.send("PATCH", path, {"title": 12345, "description": 1.5}, headers=TOKEN)
    print(answer.status, repr(answer.json["title"]), repr(answer.json["description"]))
    assert answer.status == 200, answer
    assert (answer.json["title"], answer.json["description"]) == ("12345", "1.5")
