"""MLflow refuses a valid request that is chunked, or that writes its media type in capitals or with a blank.

RFC 9112, 7.1: a recipient must be able to parse the chunked coding. RFC 9110, 8.3.1: a media type is case-insensitive,
and blanks may stand before a parameter.
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

    for number, media_type in enumerate(("APPLICATION/JSON", "application/json ; q=1")):
        model = {"name": f"media-type-{number}"}
        answer = product.send("POST", CREATE, model, headers={"Content-Type": media_type})
        print(media_type, "->", answer.status, answer.text)
        assert answer.status == 400, answer
        assert product.send("POST", CREATE, model).status == 200
    product.receiver.rest()
