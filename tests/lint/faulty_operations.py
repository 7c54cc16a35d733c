"""Operations, answers, callers and deliveries with a mistake."""

from __future__ import annotations

from tests.lint.faulty import EVENT, PLACE, Row

_GET = "/paths/~1orders~1{id}/get"
_NONE = f"{_GET}/responses/404/x-given"
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


_NOTES = """\
/notes:
    post:
      operationId: note
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [orderId], properties: {orderId: {type: string, maxLength: 20}}}
      responses:
        '201': {description: Noted.}
        '400': {description: Refused., x-given: invalid-body}
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


def _with_state(said: str) -> list[tuple[str, str]]:
    return [("x-when: true\n", f"x-when: true\n              x-state: {{{said}}}\n")]


FAULTY_OPERATIONS: list[Row] = [
    (
        "state-of-nothing",
        _with_state("of: getOder, id: /id"),
        f"{EVENT}/x-state",
        "getOder",
        "'getOder' reads no object, which 'orderPlaced' is about",
    ),
    ("state-not-in-event", _with_state("id: /data/id"), f"{EVENT}/x-state", "/data/id", "which `id` names"),
    ("state-not-in-event", _with_state("id: /id, shows: /order"), f"{EVENT}/x-state", "/order", "which `shows` names"),
    ("version-without-order", _with_state("id: /id, version: /item"), f"{EVENT}/x-state", "/item", "format: date-time"),
    (
        "survives-without-state",
        [("identity: /id}", "identity: /id, survives: kill}")],
        EVENT,
        "post",
        '[target] keeps_state = "kill"',
    ),
    ("wrong-extension", _with_state("id: /id, of_write: true"), f"{EVENT}/x-state/of_write", "of_write", "coalesces"),
    (
        "wrong-extension",
        [("      operationId: getOrder\n", "      operationId: getOrder\n      x-consistency: eventual\n")],
        "/paths/~1orders~1{id}/get/x-consistency",
        "eventual",
        "own-writes",
    ),
    (
        "wrong-extension",
        [("      operationId: placeOrder\n", "      operationId: placeOrder\n      x-pages: {items: /items}\n")],
        "/paths/~1orders/post/x-pages",
        "x-pages",
        "x-pages on a GET",
    ),
    (
        "unusable",
        [(_JSON, f"          Application/JSON: {{}}\n{_JSON}")],
        f"{PLACE}/requestBody/content/application~1json",
        "application/json",
        "is declared twice",
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
    *(
        ("condition-never", [("'404': {description: There is none.}", f"'404': {{{rule}}}")], _NONE, words, told)
        for rule, words, told in (
            ("description: No., x-given: {family: not-found, for: di}", "for: di", "gives a value of 'di'"),
            ("description: No., x-given: conflict", "conflict", "it only reads"),
            ("description: No., x-given: [not-found, precondition-failed]", "precondition", "declares no precondition"),
        )
    ),
    (
        "condition-never",
        [("        '401'", "        '409': {description: No., x-given: wrong-state}\n        '401'")],
        f"{PLACE}/responses/409/x-given",
        "wrong-state",
        "no answer gives an id",
    ),
    (
        "condition-never",
        [("        '401'", "        '403': {description: No., x-given: {family: forbidden, for: di}}\n        '401'")],
        f"{PLACE}/responses/403/x-given",
        "forbidden",
        "no answer gives a value of 'di'",
    ),
    (
        "condition-never",
        [
            (
                "        '401'",
                "        '409': {description: No., x-given: {family: wrong-state, after: gotOrder}}\n        '401'",
            )
        ],
        f"{PLACE}/responses/409/x-given",
        "wrong-state",
        "Did you mean 'getOrder'?",
    ),
    (
        "nobody-forbidden",
        [("        '401'", "        '403': {description: No., x-given: forbidden}\n        '401'")],
        f"{PLACE}/responses/403/x-given",
        "forbidden",
        "Add `forbidden`",
    ),
    (
        "wrong-scheme",
        _with_scheme("token", "{type: apikey, in: header, name: X-Token}", "{token: []}"),
        "/components/securitySchemes/token/type",
        "token",
        "Did you mean 'apiKey'?",
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
        "link-of-whole-body",
        _with_link("{operationId: placeOrder, requestBody: $response.body}"),
        f"{PLACE}/responses/201/links/order/requestBody",
        "requestBody",
        "requestBody: {NAME: $response.body#/NAME}",
    ),
    (
        "member-without-link",
        [("/orders/{id}:", f"{_NOTES}  /orders/{{orderId}}:"), (_PARAMETER, _PARAMETER.replace("id,", "orderId,"))],
        "/paths/~1notes/post/requestBody",
        "requestBody:",
        "links: {it: {operationId: note, requestBody: {orderId: $response.body#/id}}} on the answer of placeOrder.",
    ),
    (
        "unmet-needs",
        [("      operationId: getOrder\n", "      operationId: getOrder\n      x-needs: {steps: [placeOder]}\n")],
        f"{_GET}/x-needs/steps/0",
        "placeOder",
        "Did you mean 'placeOrder'?",
    ),
    *(
        (
            rule,
            [("      operationId: getOrder\n", f"      operationId: getOrder\n      x-transitions: {said}\n")],
            f"{_GET}/x-transitions{at}",
            words,
            told,
        )
        for rule, said, at, words, told in (
            ("unread-state", "{from: [open], at: /state, others: 418}", "/others", "418", "declares no answer 418"),
            ("unread-state", "{from: [open], read: placeOrder}", "/read", "placeOrder", "reads an object"),
            ("unread-state", "{to: open, per: item, at: /state}", "/per", "item", "names no object by 'item'"),
            ("unread-state", "{from: [open]}", "", "x-transitions", "at: /status"),
            ("state-without-way", "{from: [open], at: /item}", "/from", "open", "Nothing leads to the state 'open'"),
            ("state-without-way", "{from: [true], at: /item}", "/from", "true", "Nothing leads to the state 'true'"),
        )
    ),
    *(
        (
            "unknown-registration",
            [("      operationId: getOrder\n", f"      operationId: getOrder\n      x-registers: {said}\n")],
            f"{_GET}/x-registers{at}",
            words,
            told,
        )
        for said, at, words, told in (
            ("{does: ends}", "", "x-registers", "no registration that another operation makes"),
            ("{does: ends, adress: $request.body#/url}", "/adress", "adress", "Did you mean 'address'?"),
            ("{does: changes, address: $request.body#/url}", "/address", "address", "has no request body"),
        )
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
