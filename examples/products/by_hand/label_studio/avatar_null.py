"""Label Studio's answers do not match its own OpenAPI document: `created_by.avatar` is null, and there a string."""

import json

from product import HERE, TOKEN, started

with started("label-studio/bothends.toml", fresh=True) as product:
    document = json.loads((HERE / "label-studio/openapi.json").read_text("utf-8"))
    avatar = document["components"]["schemas"]["UserSimple"]["properties"]["avatar"]
    answer = product.send("PATCH", f"/api/projects/{product.setup['project']}/", {"title": "title"}, headers=TOKEN)
    print(answer.status, "avatar:", answer.json["created_by"]["avatar"], "document:", avatar)
    assert answer.status == 200, answer
    assert answer.json["created_by"]["avatar"] is None
    assert avatar["type"] == "string"
    assert "nullable" not in avatar
