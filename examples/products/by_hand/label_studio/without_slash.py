"""Label Studio serves a path without its slash, which its OpenAPI document does not have: it makes a task."""

from product import TOKEN, started

with started("label-studio/bothends.toml") as product:
    task = {"project": int(product.setup["project"]), "data": {"text": "no slash"}}
    answer = product.send("POST", "/api/tasks", task, headers=TOKEN)
    events = [event.json["action"] for event in product.receiver.rest()]
    print("POST /api/tasks ->", answer.status, events)
    assert answer.status == 201, answer
    assert events == ["TASKS_CREATED"]
