"""Label Studio puts `project.token`, a secret of the project, into each event that it sends to a webhook."""

from product import TOKEN, started

with started("label-studio/bothends.toml") as product:
    project = int(product.setup["project"])
    assert product.send("POST", "/api/tasks/", {"project": project, "data": {"text": "x"}}, headers=TOKEN).status == 201
    assert product.send("PATCH", f"/api/projects/{project}/", {"title": "title"}, headers=TOKEN).status == 200
    events = [event.json for event in product.receiver.rest()]
    for event in events:
        print(event["action"], event["project"]["token"])
        assert event["project"]["token"]
    assert sorted(event["action"] for event in events) == ["PROJECT_UPDATED", "TASKS_CREATED"]
    # The API itself does not hand it out.
    assert "token" not in product.send("GET", f"/api/projects/{project}/", headers=TOKEN).json
