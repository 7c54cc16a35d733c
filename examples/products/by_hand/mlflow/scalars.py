"""MLflow answers 500 to a JSON body that is no object, or nested deeply, in each operation; it documents a 400."""

from product import started

OPERATIONS = (
    ("POST", "registered-models/create"),
    ("POST", "model-versions/create"),
    ("POST", "model-versions/set-tag"),
    ("DELETE", "model-versions/delete-tag"),
)

with started("mlflow/noauth.toml") as product:
    deep = b'{"name": ' + b"[" * 1000 + b"]" * 1000 + b"}"
    for method, path in OPERATIONS:
        for body in (b"0", b"true", b"[]", b'"x"', deep):
            answer = product.send(method, f"/api/2.0/mlflow/{path}", body=body)
            print(method, path, body[:20].decode(), "->", answer.status)
            assert answer.status == 500, answer
        # An empty object is refused as it should be.
        assert product.send(method, f"/api/2.0/mlflow/{path}", {}).status == 400
