"""MLflow refuses a request only because it is chunked, or names its media type in capitals.

RFC 9112, 7.1: a recipient must be able to parse the chunked coding. RFC 9110, 8.3.1: a media type is case-insensitive.
"""

import json

from product import started

CREATE = "/api/2.0/mlflow/registered-models/create"

with started("mlflow/noauth.toml") as product:
    answer = product.send("POST", CREATE, body=[json.dumps({"name": "chunked"}).encode()])
    print("chunked ->", answer.status, answer.text)
    assert answer.status == 400, answer
    assert "Missing value for required parameter" in answer.text
    assert product.send("POST", CREATE, {"name": "chunked"}).status == 200

    answer = product.send("POST", CREATE, {"name": "capitals"}, headers={"Content-Type": "APPLICATION/JSON"})
    print("APPLICATION/JSON ->", answer.status, answer.text)
    assert answer.status == 400, answer
    assert product.send("POST", CREATE, {"name": "capitals"}).status == 200
