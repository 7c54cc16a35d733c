"""A contract without a mistake, as text: what `bothends lint` says of it is nothing."""

from __future__ import annotations

SPEC = """\
openapi: 3.1.0
info: {title: Orders, version: '1'}
paths:
  /orders:
    post:
      operationId: placeOrder
      security: [{key: []}]
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: '#/components/schemas/NewOrder'}
            example: {item: pen, amount: 2, url: 'http://shop.invalid/hook'}
      responses:
        '201':
          description: Placed.
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Order'}
              example: {id: '1', item: pen}
        '400': {description: Refused., x-given: invalid-body}
        '401': {description: Nobody., x-given: signed-out}
      callbacks:
        orderPlaced:
          '{$request.body#/url}':
            post:
              x-when: true
              x-delivery: {attempts: until-acknowledged, identity: /id}
              requestBody:
                content:
                  application/json:
                    schema: {$ref: '#/components/schemas/OrderPlaced'}
              responses:
                '200': {description: Taken.}
  /orders/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string, maxLength: 20}}
    get:
      operationId: getOrder
      responses:
        '200':
          description: The order.
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Order'}
        '404': {description: There is none.}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
  schemas:
    NewOrder:
      type: object
      required: [item, url]
      additionalProperties: false
      properties:
        item: {type: string, maxLength: 20}
        amount: {type: integer, minimum: 1, maximum: 9}
        note: {type: string, maxLength: 20}
        url: {type: string, format: uri}
    Order:
      type: object
      required: [id, item]
      properties:
        id: {type: string}
        item: {type: string}
        tags: {type: array, items: {type: string}}
    OrderPlaced:
      type: object
      required: [id, kind, item]
      additionalProperties: false
      properties:
        id: {type: string, x-from: 'answer.body#/id'}
        kind: {const: order.placed}
        item: {type: string, x-from: 'request.body#/item'}
"""

SETTINGS = """\
spec = "openapi.yaml"
operations = ["*"]

[world.sessions.key]
kind = "static"
callers = [{headers = {X-Key = "one"}}, {headers = {X-Key = "two"}}]

[world.ingest]
kind = "webhook"
"""
