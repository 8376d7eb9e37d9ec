"""Anthropic's Message Batches on the wire, as anthropic 2.x sends and reads them.

Limits and words after its published API reference; the size of `custom_id` is what its server
says (anthropic-sdk-python, issue 984).
"""

import json
import re
from datetime import datetime
from typing import Any

from aiohttp import web

from sandbox.bulks import WINDOW, Bulk, Bulks, Result, Task, limit_of, page_of
from sandbox.dialects import NOTICE, Declined
from sandbox.wire import HEADERS, answered, object_of, spoken

PATH = "/anthropic/v1/messages/batches"
MOST_REQUESTS = 100_000
MOST_BYTES = 256 * 1024 * 1024
MOST_LISTED = 1_000
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_LINES = "application/x-jsonl"

Json = dict[str, Any]


def add_routes(app: web.Application, bulks: Bulks, *, most_bytes: int = MOST_BYTES) -> None:
    """Mount PATH: POST and GET, GET …/ID, GET …/ID/results, POST …/ID/cancel."""
    batches = _Batches(bulks, most_bytes)
    router, dialect = app.router, bulks.dialect
    router.add_post(PATH, spoken(dialect, batches.create))
    router.add_get(PATH, spoken(dialect, batches.list))
    router.add_get(f"{PATH}/{{id}}", spoken(dialect, batches.retrieve))
    router.add_get(f"{PATH}/{{id}}/results", spoken(dialect, batches.results))
    router.add_post(f"{PATH}/{{id}}/cancel", spoken(dialect, batches.cancel))


class _Batches:
    def __init__(self, bulks: Bulks, most_bytes: int) -> None:
        self._bulks = bulks
        self._most_bytes = most_bytes

    async def create(self, request: web.Request) -> web.Response:
        if "anthropic-version" not in request.headers:
            raise Declined("400", "anthropic-version: header is required")
        body = await object_of(request, self._most_bytes)
        bulk = self._bulks.begin(_tasks(body.get("requests")), request.headers.copy())
        return answered(_batch(bulk, request))

    async def retrieve(self, request: web.Request) -> web.Response:
        bulk = self._bulks.find(request.match_info["id"])
        self._bulks.look(bulk)
        return answered(_batch(bulk, request))

    async def cancel(self, request: web.Request) -> web.Response:
        bulk = self._bulks.find(request.match_info["id"])
        self._bulks.cancel(bulk)
        return answered(_batch(bulk, request))

    async def results(self, request: web.Request) -> web.Response:
        bulk = self._bulks.find(request.match_info["id"])
        if bulk.ended is None:
            raise Declined("missing", f"{bulk.id} has no results yet; it is still in progress.")
        lines = (json.dumps(_line(result), ensure_ascii=False) for result in bulk.results)
        text = "".join(f"{line}\n" for line in lines)
        return web.Response(text=text, content_type=_LINES, headers=HEADERS)

    async def list(self, request: web.Request) -> web.Response:
        """Newest first; `before_id` counts from the other end."""
        query, every = request.query, self._bulks.listed()
        limit = limit_of(query, MOST_LISTED)
        if "before_id" in query:
            page, more = page_of(every[::-1], limit, query["before_id"])
            page = page[::-1]
        else:
            page, more = page_of(every, limit, query.get("after_id"))
        return answered(
            {
                "data": [_batch(bulk, request) for bulk in page],
                "has_more": more,
                "first_id": page[0].id if page else None,
                "last_id": page[-1].id if page else None,
            }
        )


def _tasks(requests: object) -> tuple[Task, ...]:
    """Read [{custom_id, params}, …]; what `params` hold is looked at when they are asked."""
    if not isinstance(requests, list):
        raise Declined("400", "requests: Field required")
    if not requests:
        raise Declined("400", "requests: List should have at least 1 item after validation, not 0")
    if len(requests) > MOST_REQUESTS:
        raise Declined(
            "400",
            f"requests: List should have at most {MOST_REQUESTS} items after validation,"
            f" not {len(requests)}",
        )
    tasks = tuple(_task(place, raw) for place, raw in enumerate(requests))
    seen: set[str] = set()
    for place, task in enumerate(tasks):
        if task.custom_id in seen:
            raise Declined("400", f"requests.{place}.custom_id: Must be unique: {task.custom_id}")
        seen.add(task.custom_id)
    return tasks


def _task(place: int, raw: object) -> Task:
    given = raw if isinstance(raw, dict) else {}
    name, params = given.get("custom_id"), given.get("params")
    if not isinstance(name, str):
        raise Declined("400", f"requests.{place}.custom_id: Field required")
    if len(name) > 64:
        raise Declined(
            "400", f"requests.{place}.custom_id: String should have at most 64 characters"
        )
    if not _ID.fullmatch(name):
        raise Declined(
            "400",
            f"requests.{place}.custom_id: String should match pattern '^[a-zA-Z0-9_-]{{1,64}}$'",
        )
    if not isinstance(params, dict):
        raise Declined("400", f"requests.{place}.params: Field required")
    return Task(name, params)


def _batch(bulk: Bulk, request: web.Request) -> Json:
    status = "ended" if bulk.ended else "canceling" if bulk.cancelled else "in_progress"
    address = f"{request.scheme}://{request.host}{PATH}/{bulk.id}/results"
    counts = {name: bulk.counts[name] for name in ("succeeded", "errored", "canceled", "expired")}
    return {
        "id": bulk.id,
        "type": "message_batch",
        "processing_status": status,
        "request_counts": {"processing": 0 if bulk.ended else len(bulk.tasks), **counts},
        "created_at": _stamp(bulk.begun),
        "expires_at": _stamp(bulk.begun + WINDOW),
        "ended_at": _stamp(bulk.ended),
        "cancel_initiated_at": _stamp(bulk.cancelled),
        "archived_at": None,
        "results_url": address if bulk.ended else None,
        "winnow_sandbox": NOTICE,
    }


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def _line(result: Result) -> Json:
    told: Json = {"type": result.outcome}
    if result.outcome == "succeeded":
        usage = {**result.body["usage"], "service_tier": "batch"}
        told["message"] = {**result.body, "usage": usage}
    elif result.outcome == "errored":
        told["error"] = result.body
    return {"custom_id": result.custom_id, "result": told}
