"""Label Studio takes 1.5 for the project of a task, though it is an integer, and makes a task of project 1."""

from product import TOKEN, started

with started("label-studio/bothends.toml") as product:
    project = int(product.setup["project"])
    answer = product.send("POST", "/api/tasks/", {"project": project + 0.5, "data": {"text": "x"}}, headers=TOKEN)
    events = [event.json for event in product.receiver.rest()]
    print(answer.status, answer.json["project"], [event["tasks"][0]["project"] for event in events])
    assert answer.status == 201, answer
    assert answer.json["project"] == project
    assert [event["action"] for event in events] == ["TASKS_CREATED"]
