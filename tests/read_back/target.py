"""Takes orders and gives them back. `BUG` names what it makes of an order that has something rare.

`huge`: an order of more than 500 has a status that there is not. `chair`: one of a chair has lost its item. `null`: a
note that is null is read as a number. `whole`: an order with all members is read without its quantity. `list`: a list
that has a gift in it has a text for its quantity.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

BUG = os.environ.get("BUG", "")
ORDERS: dict[str, dict[str, Any]] = {}
ITEMS = {"lamp", "table", "chair"}


def is_right(sent: Any) -> bool:
    """Return whether a body is an order."""
    if not isinstance(sent, dict) or not {"item", "quantity"} <= sent.keys() <= {"item", "quantity", "note", "gift"}:
        return False
    quantity, note = sent["quantity"], sent.get("note")
    whole = isinstance(quantity, int | float) and not isinstance(quantity, bool) and quantity == int(quantity)
    short = note is None or (isinstance(note, str) and 1 <= len(note) <= 20)
    return (
        sent["item"] in ITEMS and whole and 1 <= quantity <= 1000 and short and isinstance(sent.get("gift", True), bool)
    )


async def add(request: Request) -> Response:
    """Take an order."""
    try:
        sent = json.loads((await request.body()).decode())
        right = is_right(sent)
    except (ValueError, TypeError, OverflowError, RecursionError):
        right = False
    if not right:
        return JSONResponse({"error": "refused"}, 422)
    number = str(len(ORDERS) + 1)
    ORDERS[number] = {"id": number, "status": "new", **sent, "quantity": int(sent["quantity"])}
    return JSONResponse({"id": number}, 201)


def shown(order: dict[str, Any]) -> dict[str, Any]:
    """Return an order as it is read."""
    changed = dict(order)
    if BUG == "huge" and order["quantity"] > 500:
        changed["status"] = "huge"
    if BUG == "chair" and order["item"] == "chair":
        del changed["item"]
    if BUG == "null" and order.get("note", "") is None:
        changed["note"] = 0
    if BUG == "whole" and {"note", "gift"} <= order.keys():
        del changed["quantity"]
    return changed


async def read(request: Request) -> Response:
    """Return an order."""
    order = ORDERS.get(request.path_params["order"])
    return JSONResponse({"error": "none"}, 404) if order is None else JSONResponse(shown(order))


async def listed(_: Request) -> Response:
    """Return the last orders."""
    last = [dict(order) for order in list(ORDERS.values())[-100:]]
    for order in last:
        if BUG == "list" and order.get("gift"):
            order["quantity"] = "many"
    return JSONResponse(last)


ROUTES = [
    Route("/orders", add, methods=["POST"]),
    Route("/orders", listed, methods=["GET"]),
    Route("/orders/{order}", read, methods=["GET"]),
]
if __name__ == "__main__":
    uvicorn.run(Starlette(routes=ROUTES), host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
