"""Invoices, and an event to the one who asked: FastAPI's tutorial on OpenAPI callbacks with the sending written out.

`python app.py` serves it on 127.0.0.1, at `PORT`. FastAPI makes the document, `/openapi.json`, from this file.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING, Annotated, Any, Literal

import httpx
import uvicorn
from fastapi import APIRouter, FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

RECEIVER_SECONDS = int(os.environ.get("RECEIVER_MS", "5000")) / 1000
DRAIN_SECONDS = 30


class Invoice(BaseModel):
    """An invoice, as a request has it."""

    # Strict: else the text "12.50" passes for a number that the document asks for.
    model_config = ConfigDict(strict=True, extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=40, pattern="^[A-Za-z0-9_-]+$")]
    customer: Annotated[str, Field(min_length=1, max_length=80)]
    total: Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
    title: Annotated[str | None, Field(max_length=80)] = None


class InvoiceEvent(BaseModel):
    """What the receiver gets."""

    model_config = ConfigDict(extra="forbid")

    customer: str
    total: float


class Received(BaseModel):
    """What the receiver says to it."""

    ok: Literal[True]


class Accepted(BaseModel):
    """What the caller gets."""

    id: str


class Problem(BaseModel):
    """What a caller gets whose invoice was not accepted."""

    detail: str


events = APIRouter()


@events.post("{$callback_url}/invoices/{$request.body.id}")
def invoice_accepted(body: InvoiceEvent) -> Received:
    """Describe the event: nobody calls this, and FastAPI makes the document from it."""
    raise NotImplementedError


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the client before the first request, and close it after the last."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    # No proxy of the environment, and no redirect: the event goes where the caller says, or nowhere.
    async with httpx.AsyncClient(timeout=RECEIVER_SECONDS, limits=limits, trust_env=False) as client:
        app.state.client = client
        yield


app = FastAPI(title="Invoices", lifespan=lifespan)


@app.exception_handler(RequestValidationError)
async def invalid(_request: Request, error: Exception) -> JSONResponse:
    """Say what is wrong with a request; FastAPI's own answer repeats values, and some of them JSON can't say."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 -- for the type checker: it is registered for these
    detail = [{"loc": list(each["loc"]), "msg": each["msg"], "type": each["type"]} for each in error.errors()]
    return JSONResponse({"detail": detail}, 422)


@app.middleware("http")
async def one_framing(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Refuse a request with two lengths: another server may see a second request in it (RFC 9112 section 6.1)."""
    if "content-length" in request.headers and "transfer-encoding" in request.headers:
        return JSONResponse({"detail": "The request has two lengths."}, 400, headers={"Connection": "close"})
    return await call_next(request)


@app.post(
    "/invoices/",
    callbacks=events.routes,
    responses={
        400: {"model": Problem, "description": "The request can't be read."},
        502: {"model": Problem, "description": "The receiver did not take the event."},
    },
)
async def accept_invoice(
    request: Request, invoice: Invoice, callback_url: Annotated[HttpUrl | None, Query()] = None
) -> Accepted:
    """Accept an invoice, once its event is acknowledged."""
    if callback_url is not None:
        await send(request.app.state.client, f"{str(callback_url).rstrip('/')}/invoices/{invoice.id}", invoice)
    return Accepted(id=invoice.id)


async def send(client: httpx.AsyncClient, url: str, invoice: Invoice) -> None:
    """Send the event of an invoice.

    Raises:
        HTTPException: The receiver did not take it.
    """
    event = InvoiceEvent(customer=invoice.customer, total=invoice.total)
    try:
        async with asyncio.timeout(RECEIVER_SECONDS):
            answer = await client.post(url, json=event.model_dump())
        answer.raise_for_status()
        Received.model_validate_json(answer.content)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValidationError):
        raise HTTPException(502, "The receiver did not take the event.") from None


def main() -> None:
    """Serve until SIGTERM, then finish what is in flight."""
    settings: dict[str, Any] = {"http": "h11", "access_log": False, "log_level": "warning"}
    port = int(os.environ.get("PORT", "8000"))
    uvicorn.run(app, host="127.0.0.1", port=port, timeout_graceful_shutdown=DRAIN_SECONDS, **settings)


if __name__ == "__main__":
    main()
