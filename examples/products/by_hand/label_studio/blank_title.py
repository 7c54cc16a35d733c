"""Label Studio stores an empty title for three blanks; its document and its message demand 3 characters at least."""

from product import TOKEN, started

with started("label-studio/bothends.toml") as product:
    path = f"/api/projects/{product.setup['project']}/"
    assert product.send("PATCH", path, {"title": "ab"}, headers=TOKEN).status == 400
    answer = product.send("PATCH", path, {"title": "   "}, headers=TOKEN)
    print(answer.status, repr(answer.json["title"]))
    assert answer.status == 200, answer
    assert answer.json["title"] == ""
    product.send("PATCH", path, {"title": "seed"}, headers=TOKEN)
    product.receiver.rest()
