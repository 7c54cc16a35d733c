"""Label Studio takes 1.5 or the text " 1 " for the project of a task, an integer, and makes a task of project 1."""

from product import TOKEN, started

with started("label-studio/bothends.toml") as product:
    project = int(product.setup["project"])
    for value in (project + 0.5, f" {project} "):
        answer = product.send("POST", "/api/tasks/", {"project": value, "data": {"text": "x"}}, headers=TOKEN)
        events = [event.json for event in product.receiver.rest()]
        print(repr(value), answer.status, answer.json["project"], [event["tasks"][0]["project"] for event in events])
        assert answer.status == 201, answer
        assert answer.json["project"] == project
        assert [event["action"] for event in events] == ["TASKS_CREATED"]
        product.receiver.events.clear()
