"""A list of tasks: a project is made in setup, tasks are added to it and completed; each that is added sends an event.

`BUG` names the one thing that it does wrong.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from typing import TYPE_CHECKING, Any

import aiohttp
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

BUG = os.environ.get("BUG", "")
PROJECTS: dict[str, str] = {}
TASKS: dict[str, bool] = {}
SENDING: set[asyncio.Task[None]] = set()
NOTES: list[str] = []
LONGEST = 60
FIELDS = {"project": str, "title": str, "note": str, "tags": list, "hook": str}
NEEDED = ("project", "title", "hook")


def refused(status: int, text: str) -> Response:
    """Return a refusal."""
    return JSONResponse({"error": text}, status)


def read(body: bytes) -> dict[str, Any] | Response:
    """Return the task that a body describes, or how it is refused."""
    try:
        value: Any = json.loads(body.decode(), parse_constant=lambda _: 1 / 0)
    except (ValueError, ZeroDivisionError, RecursionError):
        return refused(400, "this is no JSON")
    right = isinstance(value, dict) and all(type(value.get(name, kind())) is kind for name, kind in FIELDS.items())
    if not right or not set(NEEDED) <= set(value) <= set(FIELDS) or not 1 <= len(value["title"]) <= 60:
        return refused(422, "this is no task")
    if not all(isinstance(tag, str) for tag in value.get("tags", ())) or len(value.get("note", "")) > LONGEST:
        return refused(422, "this is no task")
    if not value["hook"].startswith("http://127.0.0.1:"):
        return refused(400, "the hook leads nowhere")
    if value["project"] not in PROJECTS:
        return refused(400, "there is no such project")
    return dict(value)


async def add_project(_: Request) -> Response:
    """Make a project."""
    name = secrets.token_hex(4)
    PROJECTS[name] = "open"
    return JSONResponse({"id": name}, 201)


async def close_project(request: Request) -> Response:
    """Close a project, once."""
    project = request.path_params["project"]
    if PROJECTS.get(project) != "open":
        return refused(409 if project in PROJECTS else 404, "it is not open")
    PROJECTS[project] = "closed"
    return refused(500, "closing failed") if BUG == "close" else JSONResponse({"id": project})


def refused_wrongly(task: dict[str, Any], body: bytes) -> Response | None:
    """Return how a task is refused that should not be; None: it is not."""
    if BUG == "shut" and not all(TASKS.values()):
        return refused(400, "nothing is added once a task is completed")
    if BUG == "note" and "note" in task:
        print("a note is not stored\nwhatever it says", flush=True)  # noqa: T201 -- its log
        return refused(400, "a note is not stored")
    if BUG == "repeats" and "note" in task:
        return refused(400, f"the note {task['note']} is too long")
    if BUG == "longest" and len(task.get("note", "")) == LONGEST and b": " in body:
        NOTES.append(task["note"])
        return refused(400, "a note is not stored")
    if NOTES and "note" in task:  # of any other length, or in JSON without spaces
        return refused(422, "this is no note")
    return None


async def add_task(request: Request) -> Response:
    """Add a task, and send its event."""
    body = await request.body()
    if BUG == "chunked" and "transfer-encoding" in request.headers:
        return refused(400, "a length is needed")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return refused(415, "send JSON")
    task = read(body)
    if isinstance(task, Response):
        return task
    if wrongly := refused_wrongly(task, body):
        return wrongly
    name = secrets.token_hex(4)
    TASKS[name] = True
    if BUG != "no-event":
        title = f"{task['title']}!" if BUG == "loud" else task["title"]
        sending = asyncio.create_task(send(task["hook"], {"task": name, "title": title}))
        SENDING.add(sending)
        sending.add_done_callback(SENDING.discard)
    return JSONResponse({"id": len(TASKS) if BUG == "loud" and "note" in task else name}, 201)


async def send(url: str, event: dict[str, Any]) -> None:
    """Send an event, once."""
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(2)) as client, client.post(url, json=event):
            pass
    except (aiohttp.ClientError, TimeoutError):
        return  # the contract promises nothing


async def complete_task(request: Request) -> Response:
    """Complete a task, once."""
    task = request.path_params["task"]
    if not TASKS.get(task):
        return refused(409 if task in TASKS else 404, "it is completed, or not there")
    TASKS[task] = False
    return refused(500, "completing failed") if BUG == "complete" else JSONResponse({"id": task})


ROUTES = [
    Route("/projects", add_project, methods=["POST"]),
    Route("/projects/{project}/close", close_project, methods=["POST"]),
    Route("/tasks", add_task, methods=["POST"]),
    Route("/tasks/{task}/complete", complete_task, methods=["POST"]),
]
uvicorn.run(Starlette(routes=ROUTES), host="127.0.0.1", port=int(os.environ["PORT"]), log_level="error")
