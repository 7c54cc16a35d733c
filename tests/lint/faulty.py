"""Contracts with a mistake: what is changed in the right one, and the words that tell of it.

A row: the rule; each `old -> new` in the spec; the pointer; words at its line; words of the problem or the advice.
"""

from __future__ import annotations

Row = tuple[str, list[tuple[str, str]], str, str, str]

CONTENT = "content:\n            application/json:\n              schema: {$ref: '#/components/schemas/Order'}\n"
OLD = ("openapi: 3.1.0", "openapi: 3.0.3")
CONST = ("kind: {const: order.placed}", "kind: {type: string, enum: [order.placed]}")
PLACE = "/paths/~1orders/post"
NEW = "/components/schemas/NewOrder"
EVENT = f"{PLACE}/callbacks/orderPlaced/{{$request.body#~1url}}/post"

FAULTY: list[Row] = [
    # rule, what is changed (each `old -> new`), the pointer, the words at its line, words of problem and advice
    ("contract", [("openapi: 3.1.0", "openapi: 4.0.0")], "/openapi", "openapi:", "bothends supports"),
    ("contract", [("paths:\n", "path:\n")], "", "openapi", "no operation"),
    (
        "unknown-condition",
        [("x-given: signed-out", "x-given: signed_out")],
        f"{PLACE}/responses/401/x-given",
        "signed_out",
        "signed-out",
    ),
    (
        "unknown-condition",
        [("x-given: signed-out", "x-given: [signed-out, forbiden]")],
        f"{PLACE}/responses/401/x-given/1",
        "forbiden",
        "forbidden",
    ),
    (
        "unusable",
        [("name: id, in: path", "name: di, in: path")],
        "/paths/~1orders~1{id}/get",
        "get:",
        "contains {id}",
    ),
    (
        "unusable",
        [("'200': {description: Taken.}", "'200': {descripton: Taken.}")],
        f"{EVENT}/responses/200",
        "descripton",
        "description",
    ),
    (
        "broken-reference",
        [("schema: {$ref: '#/components/schemas/NewOrder'}", "schema: {$ref: '#/components/schemas/NewOder'}")],
        f"{PLACE}/requestBody/content/application~1json/schema/$ref",
        "NewOder",
        "NewOrder",
    ),
    (
        "unusable",
        [("type: integer", "type: integr")],
        f"{NEW}/properties/amount/type",
        "integr",
        '"integr" is not one of',
    ),
    (
        "callback-key",
        [("{$request.body#/url}", "{request.body#/url}")],
        f"{PLACE}/callbacks/orderPlaced/{{request.body#~1url}}",
        "request.body",
        "with the key '{$request.body#/url}'",
    ),
    (
        "callback-parameter",
        [("{$request.body#/url}", "{$request.query.url}")],
        f"{PLACE}/callbacks/orderPlaced/{{$request.query.url}}",
        "request.query",
        "no query parameter",
    ),
    (
        "callback-key",
        [("{$request.body#/url}", "{hookUrl}")],
        f"{PLACE}/callbacks/orderPlaced/{{hookUrl}}",
        "hookUrl",
        "unknown name",
    ),
    (
        "unknown-source",
        [("x-from: 'request.body#/item'", "x-from: 'requst.body#/item'")],
        "/components/schemas/OrderPlaced/properties/item/x-from",
        "requst",
        "request",
    ),
    ("wrong-extension", [("x-when: true", "x-when: sometimes")], f"{EVENT}/x-when", "sometimes", "x-when"),
    (
        "wrong-extension",
        [("attempts: until-acknowledged", "attempts: always")],
        f"{EVENT}/x-delivery/attempts",
        "always",
        "x-delivery",
    ),
    (
        "unusable",
        [("operationId: getOrder", "operationId: placeOrder")],
        "/paths/~1orders~1{id}/get",
        "get:",
        "is already used at /paths/~1orders/post",
    ),
    (
        "undeclared-scheme",
        [("security: [{key: []}]", "security: [{token: []}]")],
        f"{PLACE}/security/0/token",
        "token",
        "not declared",
    ),
    ("defect", [("version: '1'", "x: 1")], "/info", "info", '"version" is a required property'),
    (
        "no-success",
        [("        '200':\n          description: The order.\n          " + CONTENT, "")],
        "/paths/~1orders~1{id}/get",
        "get:",
        "no 2xx",
    ),
    (
        "example-refused",
        [("example: {item: pen, amount: 2,", "example: {item: pen, amount: 20,")],
        f"{PLACE}/requestBody/content/application~1json/example",
        "amount: 20",
        "at /amount",
    ),
    (
        "example-refused",
        [("example: {id: '1', item: pen}", "example: {id: 1, item: pen}")],
        f"{PLACE}/responses/201/content/application~1json/example",
        "id: 1",
        "at /id",
    ),
    (
        "example-refused",
        [("schema: {type: string, maxLength: 20}}", "schema: {type: string, maxLength: 2}, example: long}")],
        "/paths/~1orders~1{id}/parameters/0/example",
        "long",
        "Change one of them",
    ),
    (
        "required-and-forbidden",
        [("required: [item, url]", "required: [item, url, size]")],
        f"{NEW}/required",
        "size",
        "'size' is required",
    ),
    (
        "required-and-forbidden",
        [("required: [id, kind, item]", "required: [id, kind, itme]")],
        "/components/schemas/OrderPlaced/required",
        "itme",
        "'itme' is required",
    ),
    (
        "empty-range",
        [("minimum: 1, maximum: 9", "minimum: 10, maximum: 9")],
        f"{NEW}/properties/amount/minimum",
        "minimum: 10",
        "above maximum 9",
    ),
    (
        "empty-range",
        [("note: {type: string, maxLength: 20}", "note: {type: string, minLength: 30, maxLength: 20}")],
        f"{NEW}/properties/note/minLength",
        "minLength",
        "above maxLength 20",
    ),
    (
        "unbounded-text",
        [("note: {type: string, maxLength: 20}", "note: {type: string}")],
        f"{NEW}/properties/note",
        "note",
        "maxLength",
    ),
    (
        "open-event",
        [
            (
                "      required: [id, kind, item]\n      additionalProperties: false\n",
                "      required: [id, kind, item]\n",
            )
        ],
        "/components/schemas/OrderPlaced",
        "OrderPlaced",
        "additionalProperties: false",
    ),
    (
        "answer-without-schema",
        [
            (
                "              schema: {$ref: '#/components/schemas/Order'}\n        '404'",
                "              example: {}\n        '404'",
            )
        ],
        "/paths/~1orders~1{id}/get/responses/200/content/application~1json",
        "application/json",
        "no schema",
    ),
    (
        "address-refused",
        [
            ("url: {type: string, format: uri}", "url: {type: string, pattern: '^https://shop'}"),
            (
                "example: {item: pen, amount: 2, url: 'http://shop.invalid/hook'}",
                "example: {item: pen, url: 'https://shop.invalid'}",
            ),
        ],
        f"{NEW}/properties/url/pattern",
        "pattern",
        "no event can be received",
    ),
    (
        "event-without-schema",
        [
            (
                "                    schema: {$ref: '#/components/schemas/OrderPlaced'}\n",
                "                    example: {}\n",
            ),
        ],
        EVENT,
        "post:",
        "no JSON schema",
    ),
    ("no-x-when", [("              x-when: true\n", "")], EVENT, "post:", "x-when: true if each 2xx owes one"),
    ("x-when-never", [("x-when: true", "x-when: {status: {const: 202}}")], EVENT, "post:", "Change `status`"),
    (
        "x-from-beside-reference",
        [
            OLD,
            CONST,
            ("item: {type: string, x-from:", "item: {$ref: '#/components/schemas/NewOrder/properties/item', x-from:"),
        ],
        "/components/schemas/OrderPlaced/properties/item/x-from",
        "item:",
        "allOf: [{$ref: '#/components/schemas/NewOrder/properties/item'}] in place of the $ref, with x-from beside it.",
    ),
    (
        "no-x-from",
        [(", x-from: 'answer.body#/id'", ""), (", x-from: 'request.body#/item'", "")],
        EVENT,
        "post:",
        "x-from",
    ),
    (
        "no-x-delivery",
        [("              x-delivery: {attempts: until-acknowledged, identity: /id}\n", "")],
        EVENT,
        "post:",
        "x-delivery",
    ),
    ("retries-without-identity", [(", identity: /id}", "}")], EVENT, "post:", "identity: /id"),
    (
        "retries-without-identity",
        [
            (", identity: /id}", "}"),
            ("required: [id, kind, item]", "required: [kind, item]"),
            ("        id: {type: string, x-from: 'answer.body#/id'}\n", ""),
        ],
        EVENT,
        "post:",
        "{identity: /NAME}, and a member NAME of the event that is another one in each",
    ),
    (
        "callback-without-answer",
        [("'200': {description: Taken.}", "'500': {description: No.}")],
        EVENT,
        "post:",
        "acknowledges",
    ),
    ("answer-without-case", [(", x-given: invalid-body", "")], f"{PLACE}/responses/400", "400", "x-given"),
    (
        "webhook-not-sent",
        [
            (
                "components:\n",
                "webhooks:\n  later:\n    post: {responses: {'200': {description: Taken.}}}\ncomponents:\n",
            )
        ],
        "/webhooks/later",
        "later",
        "x-sends: [later]",
    ),
    ("near-extension", [("x-when: true", "x-whne: true")], f"{EVENT}/x-whne", "x-whne", "Did you mean 'x-when'?"),
    (
        "near-extension",
        [("x-delivery: {", "x-delivry: {")],
        f"{EVENT}/x-delivry",
        "x-delivry",
        "Did you mean 'x-delivery'?",
    ),
    (
        "near-extension",
        [("x-given: invalid-body", "x-givn: invalid-body")],
        f"{PLACE}/responses/400/x-givn",
        "x-givn",
        "Did you mean 'x-given'?",
    ),
    (
        "near-extension",
        [("item: {type: string, x-from:", "item: {type: string, x-form:")],
        "/components/schemas/OrderPlaced/properties/item/x-form",
        "x-form",
        "Did you mean 'x-from'?",
    ),
    (
        "near-extension",
        [("      operationId: getOrder\n", "      operationId: getOrder\n      x-send: [later]\n")],
        "/paths/~1orders~1{id}/get/x-send",
        "x-send",
        "Did you mean 'x-sends'?",
    ),
    (
        "near-extension",
        [
            (
                "    parameters:\n",
                "    parameters:\n      - {name: Key, in: header, x-idempotence: true, schema: {type: boolean}}\n",
            )
        ],
        "/paths/~1orders~1{id}/parameters/0/x-idempotence",
        "x-idempotence",
        "Did you mean 'x-idempotency'?",
    ),
    (
        "contract",
        [("    get:\n", "    get:\n      x-new: true\n")],
        "/paths/~1orders~1{id}/get/x-new",
        "x-new",
        "x-new on a member of an answer's schema",
    ),
    (
        "wrong-extension",
        [("      operationId: getOrder\n", "      operationId: getOrder\n      x-shared: yes\n")],
        "/paths/~1orders~1{id}/get/x-shared",
        "x-shared",
        "true",
    ),
    (
        "wrong-extension",
        [("      operationId: placeOrder\n", "      operationId: placeOrder\n      x-shared: true\n")],
        "/paths/~1orders/post/x-shared",
        "x-shared",
        "a path with an id, such as /notes/{id}",
    ),
    (
        "near-extension",
        [("        id: {type: string}\n        item: {type: string}\n", "        id: {type: string, x-now: true}\n")],
        "/components/schemas/Order/properties/id/x-now",
        "x-now",
        "Did you mean 'x-new'?",
    ),
    (
        "near-extension",
        [("x-when: true", "X_When: true")],
        f"{EVENT}/X_When",
        "X_When",
        "Did you mean 'x-when'?",
    ),
    (
        "near-keyword",
        [("x-when: true", "x-when: {body: {properties: {amount: {minimun: 2}}}}")],
        f"{EVENT}/x-when/body/properties/amount/minimun",
        "minimun",
        "Did you mean 'minimum'?",
    ),
    (
        "near-keyword",
        [("x-when: true", "x-when: {body: {requird: [note]}}")],
        f"{EVENT}/x-when/body/requird",
        "requird",
        "Did you mean 'required'?",
    ),
    (
        "callback-member",
        [("{$request.body#/url}", "{$request.body#/ulr}")],
        f"{PLACE}/callbacks/orderPlaced/{{$request.body#~1ulr}}",
        "ulr",
        "Did you mean 'url'?",
    ),
    (
        "callback-member",
        [("{$request.body#/url}", "{$response.body#/links/hook}")],
        f"{PLACE}/callbacks/orderPlaced/{{$response.body#~1links~1hook}}",
        "hook",
        "no body of the answer declares",
    ),
    (
        "wrong-extension",
        [("x-delivery: {attempts:", "x-delivery: {atempts:")],
        f"{EVENT}/x-delivery/atempts",
        "atempts",
        "Did you mean 'attempts'?",
    ),
    (
        "wrong-extension",
        [("attempts: until-acknowledged", "attempts: {tres: 2, within_ms: 9}")],
        f"{EVENT}/x-delivery/attempts/tres",
        "tres",
        "Did you mean 'tries'?",
    ),
    (
        "wrong-extension",
        [("x-when: true", "x-when: {stauts: {const: 201}}")],
        f"{EVENT}/x-when/stauts",
        "stauts",
        "Did you mean 'status'?",
    ),
]
