"""Label Studio answers 500 to a JSON body that is no object, in both operations; the answer quotes its Python error."""

from product import TOKEN, started

with started("label-studio/bothends.toml") as product:
    project = product.setup["project"]
    for method, path in (("POST", "/api/tasks/"), ("PATCH", f"/api/projects/{project}/")):
        for body in (b"0", b"true", b"[]", b'"x"', b"null"):
            answer = product.send(method, path, body=body, headers=TOKEN)
            print(method, path, body.decode(), "->", answer.status, answer.json["detail"])
            assert answer.status == 500, answer
            assert "object has no attribute" in answer.text
    # An object without what is required is refused as it should be.
    assert product.send("POST", "/api/tasks/", {}, headers=TOKEN).status == 400
