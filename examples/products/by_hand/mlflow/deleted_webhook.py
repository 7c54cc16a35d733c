"""MLflow still calls a webhook that was deleted: its list of webhooks is cached for 60 seconds."""

from product import started

with started("mlflow/noauth.toml", fresh=True) as product:
    hook = product.send("GET", "/api/2.0/mlflow/webhooks").json["webhooks"][0]["webhook_id"]
    assert product.send("POST", "/api/2.0/mlflow/registered-models/create", {"name": "before"}).status == 200
    assert product.send("DELETE", f"/api/2.0/mlflow/webhooks/{hook}", {}).status == 200
    assert not product.send("GET", "/api/2.0/mlflow/webhooks").json.get("webhooks")
    assert product.send("POST", "/api/2.0/mlflow/registered-models/create", {"name": "after"}).status == 200
    names = [event.json["data"]["name"] for event in product.receiver.rest(4.0)]
    print(names)
    assert "after" in names
