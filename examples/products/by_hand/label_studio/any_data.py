"""Label Studio takes a list in `data`, as its document says. Our contract has a text there, so a list is invalid."""

from product import TOKEN, started

with started("label-studio/bothends.toml") as product:
    task = {"project": int(product.setup["project"]), "data": {"text": ["a", "b"]}}
    answer = product.send("POST", "/api/tasks/", task, headers=TOKEN)
    print(answer.status, answer.json["data"])
    assert answer.status == 201, answer
    assert answer.json["data"] == task["data"]
