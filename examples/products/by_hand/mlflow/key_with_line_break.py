"""MLflow takes a line break at the end of a tag's key, which its own message forbids: its pattern ends with `$`."""

from product import started

TAGS = "/api/2.0/mlflow/model-versions"

with started("mlflow/noauth.toml") as product:
    tag = {"name": product.setup["model"], "version": "1"}
    refused = product.send("POST", f"{TAGS}/set-tag", {**tag, "key": "a\nb", "value": "x"})
    print(refused.text)
    assert refused.status == 400, refused
    assert "Names may only contain" in refused.text
    assert product.send("POST", f"{TAGS}/set-tag", {**tag, "key": "a\n", "value": "x"}).status == 200
    assert product.send("DELETE", f"{TAGS}/delete-tag", {**tag, "key": "a\n"}).status == 200
    keys = [event.json["data"]["key"] for event in product.receiver.rest()]
    print(keys)
    assert keys == ["a\n", "a\n"]
