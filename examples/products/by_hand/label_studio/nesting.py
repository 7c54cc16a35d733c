"""Label Studio answers 500 to 1,000 levels of JSON in a value: "maximum recursion depth exceeded"."""

import json

from product import TOKEN, started

with started("label-studio/bothends.toml") as product:
    project = product.setup["project"]
    deep = "[" * 1000 + "]" * 1000
    for method, path, member in (("PATCH", f"/api/projects/{project}/", "title"), ("POST", "/api/tasks/", "data")):
        body = f'{{"project": {project}, {json.dumps(member)}: {deep}}}'.encode()
        answer = product.send(method, path, body=body, headers=TOKEN)
        print(method, path, answer.status, answer.json["detail"])
        assert answer.status == 500, answer
        assert "recursion" in answer.text
