"""Operations, answers, callers and deliveries with a mistake."""

from __future__ import annotations

from tests.lint.faulty import CONST, EVENT, OLD, PLACE, Row

_GET = "/paths/~1orders~1{id}/get"
_PARAMETER = "      - {name: id, in: path, required: true, schema: {type: string, maxLength: 20}}\n"
_PLACED = "          description: Placed.\n"
_LISTED = "    key: {type: apiKey, in: header, name: X-Key}\n"
_DELIVERY = "x-delivery: {attempts: until-acknowledged, identity: /id}"
_IDENTIFIED = "      required: [id, kind, item]\n"
_JSON = "          application/json:\n            schema: {$ref: '#/components/schemas/NewOrder'}\n"


_SAME = """\
  /orders/{number}:
    delete:
      operationId: cancel
      parameters: [{name: number, in: path, required: true, schema: {type: boolean}}]
      responses: {'204': {description: Gone.}}
"""


def _with_parameter(line: str) -> list[tuple[str, str]]:
    return [(_PARAMETER, f"{_PARAMETER}      - {line}\n")]


def _with_scheme(name: str, scheme: str, demand: str) -> list[tuple[str, str]]:
    return [
        (_LISTED, f"{_LISTED}    {name}: {scheme}\n"),
        ("security: [{key: []}]", f"security: [{{key: []}}, {demand}]"),
    ]


def _with_link(link: str) -> list[tuple[str, str]]:
    return [(_PLACED, f"{_PLACED}          links: {{order: {link}}}\n")]


FAULTY_OPERATIONS: list[Row] = [
    (
        "unused-path-parameter",
        _with_parameter("{name: idd, in: path, required: true, schema: {type: boolean}}"),
        "/paths/~1orders~1{id}/parameters/1",
        "idd",
        "Did you mean 'id'?",
    ),
    (
        "optional-path-parameter",
        [("in: path, required: true", "in: path")],
        "/paths/~1orders~1{id}/parameters/0",
        "name: id",
        "Add required: true",
    ),
    (
        "parameter-twice",
        _with_parameter("{name: id, in: path, required: true, schema: {type: boolean}}"),
        "/paths/~1orders~1{id}/parameters/1",
        "boolean",
        "'id' is declared twice",
    ),
    (
        "ignored-parameter",
        _with_parameter("{name: authorization, in: header, schema: {type: string, maxLength: 9}}"),
        "/paths/~1orders~1{id}/parameters/1",
        "authorization",
        "Use `security`",
    ),
    (
        "beside-part-reference",
        [
            *_with_parameter("{$ref: '#/components/parameters/size', required: true}"),
            ("components:\n", "components:\n  parameters: {size: {name: size, in: query, schema: {type: boolean}}}\n"),
        ],
        "/paths/~1orders~1{id}/parameters/1/required",
        "size",
        "ignored beside a $ref",
    ),
    (
        "same-path",
        [
            (
                "components:\n",
                f"{_SAME}components:\n",
            )
        ],
        "/paths/~1orders~1{number}",
        "{number}",
        "same path as /orders/{id}",
    ),
    (
        "content-of-no-content",
        [("'404': {description: There is none.}", "'204': {description: None., content: {text/plain: {}}}")],
        f"{_GET}/responses/204/content",
        "204",
        "15.3.5",
    ),
    (
        "ignored-header",
        [(_PLACED, f"{_PLACED}          headers: {{content-type: {{schema: {{type: string}}}}}}\n")],
        f"{PLACE}/responses/201/headers/content-type",
        "content-type",
        "is ignored",
    ),
    (
        "media-type-twice",
        [(_JSON, f"          Application/JSON: {{}}\n{_JSON}")],
        f"{PLACE}/requestBody/content/application~1json",
        "application/json",
        "Remove one of them",
    ),
    (
        "example-and-examples",
        [(_JSON, f"{_JSON}            examples: {{}}\n")],
        f"{PLACE}/requestBody/content/application~1json/examples",
        "examples",
        "exclude each other",
    ),
    (
        "ignored-encoding",
        [(_JSON, f"{_JSON}            encoding: {{item: {{contentType: text/plain}}}}\n")],
        f"{PLACE}/requestBody/content/application~1json/encoding",
        "encoding",
        "means nothing",
    ),
    (
        "encoding-of-nothing",
        [
            (
                _JSON,
                _JSON.replace("application/json", "multipart/form-data")
                + "            encoding: {itm: {contentType: text/plain}}\n",
            )
        ],
        f"{PLACE}/requestBody/content/multipart~1form-data/encoding/itm",
        "itm",
        "Did you mean 'item'?",
    ),
    (
        "body-of-no-json",
        [(_JSON, "          application/json:\n            schema: {type: string, format: binary}\n")],
        f"{PLACE}/requestBody/content/application~1json/schema",
        "binary",
        "application/octet-stream",
    ),
    (
        "link-to-nothing",
        _with_link("{operationId: getOder}"),
        f"{PLACE}/responses/201/links/order/operationId",
        "getOder",
        "Did you mean 'getOrder'?",
    ),
    (
        "link-to-nothing",
        _with_link("{operationRef: '#/paths/~1order/get'}"),
        f"{PLACE}/responses/201/links/order/operationRef",
        "~1order",
        "leads nowhere",
    ),
    (
        "link-parameter",
        _with_link("{operationId: getOrder, parameters: {idd: $response.body#/id}}"),
        f"{PLACE}/responses/201/links/order/parameters/idd",
        "idd",
        "Did you mean 'id'?",
    ),
    (
        "link-expression",
        _with_link("{operationId: getOrder, parameters: {id: $response.body.id}}"),
        f"{PLACE}/responses/201/links/order/parameters/id",
        "$response.body.id",
        "$response.body#/id",
    ),
    (
        "condition-never",
        [("      security: [{key: []}]\n", "")],
        f"{PLACE}/responses/401/x-given",
        "401",
        "it asks for no credential",
    ),
    (
        "condition-never",
        [("'404': {description: There is none.}", "'400': {description: Wrong., x-given: malformed-body}")],
        f"{_GET}/responses/400/x-given",
        "malformed-body",
        "it takes no body",
    ),
    (
        "nobody-forbidden",
        [("        '401'", "        '403': {description: No., x-given: forbidden}\n        '401'")],
        f"{PLACE}/responses/403/x-given",
        "forbidden",
        "Add `forbidden`",
    ),
    (
        "unregistered-scheme",
        _with_scheme("token", "{type: http, scheme: apikey}", "{token: []}"),
        "/components/securitySchemes/token/scheme",
        "apikey",
        "the type apiKey",
    ),
    (
        "wrong-scheme",
        _with_scheme("token", "{type: apikey, in: header, name: X-Token}", "{token: []}"),
        "/components/securitySchemes/token/type",
        "token",
        "Did you mean 'apiKey'?",
    ),
    (
        "scopes-of-none",
        [OLD, CONST, ("security: [{key: []}]", "security: [{key: [read]}]")],
        f"{PLACE}/security/0/key",
        "read",
        "has no scopes",
    ),
    (
        "unknown-scope",
        _with_scheme(
            "sso",
            "{type: oauth2, flows: {clientCredentials: {tokenUrl: 'http://sso.invalid', scopes: {orders: All.}}}}",
            "{sso: [order]}",
        ),
        f"{PLACE}/security/1/sso/0",
        "sso",
        "Did you mean 'orders'?",
    ),
    (
        "server-variable",
        [("paths:\n", "servers: [{url: 'http://{region}.shop.invalid'}]\npaths:\n")],
        "/servers/0/url",
        "region",
        "Add variables: {region",
    ),
    (
        "event-elsewhere",
        [("'{$request.body#/url}'", "'http://shop.invalid/hook'")],
        f"{PLACE}/callbacks/orderPlaced/http:~1~1shop.invalid~1hook/post",
        "post:",
        'stands_for = "http://shop.invalid/hook"',
    ),
    ("identity-of-nothing", [("identity: /id", "identity: /number")], EVENT, "post:", "No event of 'orderPlaced' has"),
    ("identity-optional", [(_IDENTIFIED, "      required: [kind, item]\n")], EVENT, "post:", "Add the member"),
    (
        "list-of-events",
        [
            (
                "schema: {$ref: '#/components/schemas/OrderPlaced'}",
                "schema: {type: array, items: {$ref: '#/components/schemas/OrderPlaced'}}",
            )
        ],
        EVENT,
        "post:",
        "x-delivery: {events: each}",
    ),
    (
        "acknowledged-by-none",
        [("x-when: true", "x-when: false"), (_DELIVERY, "x-delivery: acknowledged")],
        EVENT,
        "post:",
        "Change x-when",
    ),
    (
        "one-attempt-again",
        [(_DELIVERY, "x-delivery: {attempts: once, retry_within_ms: 500}")],
        EVENT,
        "post:",
        "Remove retry_within_ms",
    ),
    (
        "unknown-webhook",
        [("      operationId: placeOrder\n", "      operationId: placeOrder\n      x-sends: [later]\n")],
        f"{PLACE}/x-sends/0",
        "later",
        "the spec does not declare",
    ),
    (
        "source-of-another-type",
        [("item: {type: string, x-from: 'request.body#/item'}", "item: {type: integer, x-from: 'request.body#/item'}")],
        "/components/schemas/OrderPlaced/properties/item/x-from",
        "item:",
        "of the type string",
    ),
    (
        "unusable",
        [("            post:\n              x-when", "            x-post:\n              x-when")],
        f"{PLACE}/callbacks/orderPlaced/{{$request.body#~1url}}",
        "request.body",
        "has no operation",
    ),
    (
        "callback-key",
        [("{$request.body#/url}", "{$request.body#/url")],
        f"{PLACE}/callbacks/orderPlaced/{{$request.body#~1url",
        "request.body",
        "unmatched brace",
    ),
]
