"""Label Studio stores an empty title, three blanks as one; its document and its message demand 3 characters or more."""

from product import TOKEN, started

with started("label-studio/bothends.toml") as product:
    path = f"/api/projects/{product.setup['project']}/"
    assert product.send("PATCH", path, {"title": "ab"}, headers=TOKEN).status == 400
    for title in ("   ", ""):
        answer = product.send("PATCH", path, {"title": title}, headers=TOKEN)
        print(repr(title), answer.status, repr(answer.json["title"]))
        assert answer.status == 200, answer
        assert answer.json["title"] == ""
    product.send("PATCH", path, {"title": "seed"}, headers=TOKEN)
    product.receiver.rest()
