"""Expenses: a service on FastAPI with strict models, uploads, conditional requests, pages and signed webhooks.

`python app.py` serves it on 127.0.0.1, at `PORT`. FastAPI makes the document, `/openapi.json`, from this file. It knows
nothing of bothends.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import os
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal

import httpx
import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Form, Header, HTTPException, Path, Query, Request, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field, HttpUrl

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

TOKENS = dict(pair.split(":") for pair in os.environ.get("TOKENS", "alice:token-of-alice,bob:token-of-bob").split(","))
SECRET = base64.b64decode(os.environ.get("WEBHOOK_SECRET", "whsec_c2VjcmV0LW9mLWV4cGVuc2Vz").removeprefix("whsec_"))
RECEIVER_SECONDS = float(os.environ.get("RECEIVER_MS", "2000")) / 1000
PAUSES = (0.2, 0.5, *(1.0 for _ in range(60)))
"""Seconds between the attempts at an event."""

DRAIN_SECONDS = 30
PAGE = 20


class Strict(BaseModel):
    """What is read as it is written: the text "12" is no number, and what nobody knows is refused."""

    model_config = ConfigDict(strict=True, extra="forbid")


class NewExpense(Strict):
    """An expense, as a request has it."""

    title: Annotated[str, Field(min_length=1, max_length=80)]
    amount: Annotated[int, Field(ge=1, le=1_000_000, description="In cents.")]
    currency: Literal["EUR", "USD", "CHF"]
    note: Annotated[str | None, Field(max_length=200)] = None
    tags: Annotated[list[Annotated[str, Field(min_length=1, max_length=20)]], Field(max_length=5)] = []


class FiledExpense(NewExpense):
    """An expense that is filed, and where to tell of it."""

    callback_url: HttpUrl | None = None


class Receipt(Strict):
    """A file that shows an expense."""

    kind: Literal["photo", "scan"]
    size: int
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Expense(NewExpense):
    """An expense, as it is kept."""

    id: str
    status: Literal["small", "large"]
    receipt: Receipt | None = None


class Page(Strict):
    """Some of a caller's expenses."""

    items: list[Expense]
    next: Annotated[int | None, Field(description="The cursor of the next page.")] = None


class ExpenseFiled(Strict):
    """What the receiver gets."""

    type: Literal["expense.filed"]
    expense: str
    owner: str
    title: str
    amount: int


class Problem(Strict):
    """What a caller gets whose request was refused."""

    detail: str


@dataclass
class Kept:
    """An expense in the store.

    Attributes:
        owner: Whose it is.
        expense: What is kept.
        version: Counts its changes.
    """

    owner: str
    expense: Expense
    version: int = 1

    @property
    def etag(self) -> str:
        """The entity tag of this version (RFC 9110, section 8.8.3)."""
        return f'"{self.expense.id}-{self.version}"'


@dataclass
class Store:
    """All expenses, and the events that are being sent."""

    expenses: dict[str, Kept] = field(default_factory=dict)
    sending: set[asyncio.Task[None]] = field(default_factory=set)


# Who asks, and what for.

store = Store()
bearer = HTTPBearer(auto_error=False)


def caller(shown: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> str:
    """Return who asks."""
    known = () if shown is None else (name for name, token in TOKENS.items() if same(token, shown.credentials))
    name = next(iter(known), None)
    if name is None:
        raise HTTPException(401, "No valid token.", {"WWW-Authenticate": "Bearer"})
    return name


def same(token: str, shown: str) -> bool:
    """Return whether two tokens are the same, in a time that does not tell."""
    return hmac.compare_digest(token.encode(), shown.encode("utf-8", "surrogateescape"))


Caller = Annotated[str, Depends(caller)]


def kept(owner: Caller, expense_id: Annotated[str, Path()]) -> Kept:
    """Return an expense of the caller's."""
    found = store.expenses.get(expense_id)
    if found is None or found.owner != owner:
        raise HTTPException(404, "There is no such expense.")
    return found


Own = Annotated[Kept, Depends(kept)]
Tags = Annotated[str | None, Header(max_length=200)]
Known = Annotated[str | None, Header(max_length=200, examples=["*"])]


def names(tags: str | None, expense: Kept) -> bool:
    """Return whether a list of entity tags names the version of an expense."""
    each = [tag.strip().removeprefix("W/") for tag in (tags or "").split(",")]
    return expense.etag in each or each == ["*"]


def check_match(if_match: str | None, expense: Kept) -> None:
    """Refuse a change of a version that is no longer there."""
    if if_match is not None and not names(if_match, expense):
        raise HTTPException(412, "The expense has changed.")


# Events, signed as Standard Webhooks has it.

events = APIRouter()


@events.post("{$request.body#/callback_url}", status_code=204)
def expense_filed(_body: ExpenseFiled) -> None:
    """Describe the event: nobody calls this, and FastAPI makes the document from it."""
    raise NotImplementedError


def signed(identity: str, body: bytes) -> dict[str, str]:
    """Return the headers of an attempt."""
    now = str(int(time.time()))
    content = f"{identity}.{now}.".encode() + body
    signature = base64.b64encode(hmac.digest(SECRET, content, "sha256")).decode()
    return {"webhook-id": identity, "webhook-timestamp": now, "webhook-signature": f"v1,{signature}"}


async def send(client: httpx.AsyncClient, url: str, event: ExpenseFiled) -> None:
    """Send an event until it is acknowledged."""
    identity = f"msg_{uuid.uuid4().hex}"
    body = event.model_dump_json().encode()
    for pause in PAUSES:
        headers = {"content-type": "application/json", **signed(identity, body)}
        wait = pause
        with contextlib.suppress(httpx.HTTPError, httpx.InvalidURL, TimeoutError):
            async with asyncio.timeout(RECEIVER_SECONDS):
                answer = await client.post(url, content=body, headers=headers)
            if answer.is_success or answer.status_code == httpx.codes.GONE:
                return
            asked = answer.headers.get("retry-after", "")
            wait = max(pause, float(asked)) if asked.isdigit() else pause
        await asyncio.sleep(wait)


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the client before the first request, and close it when the last event is acknowledged or given up."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(timeout=RECEIVER_SECONDS, limits=limits, trust_env=False) as client:
        app.state.client = client
        yield
        if store.sending:
            _, lost = await asyncio.wait(store.sending, timeout=DRAIN_SECONDS)
            for task in lost:
                task.cancel()


# What is asked for.

app = FastAPI(title="Expenses", lifespan=lifespan)
signed_in: dict[int | str, dict[str, Any]] = {401: {"model": Problem, "description": "Nobody knows who asks."}}
of_one = signed_in | {404: {"model": Problem, "description": "The caller has no such expense."}}
changing = of_one | {412: {"model": Problem, "description": "The expense has changed."}}
with_body: dict[int | str, dict[str, Any]] = {400: {"model": Problem, "description": "The body can't be read."}}


@app.exception_handler(RequestValidationError)
async def invalid(_request: Request, error: Exception) -> JSONResponse:
    """Say what is wrong with a request; FastAPI's own answer repeats values, and some of them JSON can't say."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 -- for the type checker: it is registered for these
    detail = [{"loc": list(each["loc"]), "msg": each["msg"], "type": each["type"]} for each in error.errors()]
    return JSONResponse(json.loads(json.dumps({"detail": detail}).encode()), 422)


@app.middleware("http")
async def one_framing(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Refuse a request with two lengths: another server may see a second request in it (RFC 9112 section 6.1)."""
    if "content-length" in request.headers and "transfer-encoding" in request.headers:
        return JSONResponse({"detail": "The request has two lengths."}, 400, headers={"Connection": "close"})
    return await call_next(request)


@app.post("/expenses", status_code=201, callbacks=events.routes, responses=signed_in | with_body)
async def file_expense(request: Request, response: Response, owner: Caller, new: FiledExpense) -> Expense:
    """File an expense, and tell the caller's receiver of it after the answer."""
    found = made(f"exp_{uuid.uuid4().hex}", new)
    store.expenses[found.id] = added = Kept(owner, found)
    response.headers["ETag"], response.headers["Location"] = added.etag, f"/expenses/{found.id}"
    if new.callback_url is not None:
        told = ExpenseFiled(type="expense.filed", expense=found.id, owner=owner, title=new.title, amount=new.amount)
        task = asyncio.create_task(send(request.app.state.client, str(new.callback_url), told))
        store.sending.add(task)
        task.add_done_callback(store.sending.discard)
    return found


def made(identity: str, new: NewExpense, receipt: Receipt | None = None) -> Expense:
    """Return an expense as it is kept."""
    told = new.model_dump(include=set(NewExpense.model_fields))
    status: Literal["small", "large"] = "large" if new.amount >= 50_000 else "small"
    return Expense(id=identity, status=status, receipt=receipt, **told)


@app.get("/expenses", responses=signed_in)
async def list_expenses(
    owner: Caller,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
    cursor: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0,
) -> Page:
    """Return a page of the caller's expenses."""
    own = [each.expense for each in store.expenses.values() if each.owner == owner]
    after = cursor + limit
    return Page(items=own[cursor:after], next=after if after < len(own) else None)


@app.get("/expenses/{expense_id}", response_model=Expense, responses=of_one | {304: {"description": "Not modified."}})
async def get_expense(response: Response, expense: Own, if_none_match: Known = None) -> Any:
    """Return an expense, unless the caller has it."""
    if if_none_match is not None and names(if_none_match, expense):
        return Response(status_code=304, headers={"ETag": expense.etag})
    response.headers["ETag"] = expense.etag
    return expense.expense


@app.put("/expenses/{expense_id}", responses=changing | with_body)
async def change_expense(response: Response, expense: Own, new: NewExpense, if_match: Tags = None) -> Expense:
    """Change an expense."""
    check_match(if_match, expense)
    expense.expense = made(expense.expense.id, new, expense.expense.receipt)
    expense.version += 1
    response.headers["ETag"] = expense.etag
    return expense.expense


@app.put("/expenses/{expense_id}/receipt", responses=changing | with_body)
async def attach_receipt(
    response: Response,
    expense: Own,
    file: UploadFile,
    kind: Annotated[Literal["photo", "scan"], Form()],
    if_match: Tags = None,
) -> Receipt:
    """Attach a file."""
    check_match(if_match, expense)
    content = await file.read()
    receipt = Receipt(kind=kind, size=len(content), sha256=hashlib.sha256(content).hexdigest())
    expense.expense = expense.expense.model_copy(update={"receipt": receipt})
    expense.version += 1
    response.headers["ETag"] = expense.etag
    return receipt


@app.delete("/expenses/{expense_id}", status_code=204, responses=changing)
async def withdraw_expense(expense: Own, if_match: Tags = None) -> None:
    """Withdraw an expense."""
    check_match(if_match, expense)
    del store.expenses[expense.expense.id]


def main() -> None:
    """Serve until SIGTERM, then finish what is in flight."""
    settings: dict[str, Any] = {"http": "h11", "access_log": False, "log_level": "warning"}
    port = int(os.environ.get("PORT", "8000"))
    uvicorn.run(app, host="127.0.0.1", port=port, timeout_graceful_shutdown=DRAIN_SECONDS, **settings)


if __name__ == "__main__":
    main()
