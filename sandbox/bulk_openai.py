"""OpenAI's Files and Batches on the wire, as openai 3.x sends and reads them.

A bulk is a file of lines; its answers are one file, its failures another. What is wrong with the
lines shows only once the batch is looked at: it begins as `validating` and has then `failed`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import BodyPartReader, web

from sandbox.bulk_lines import ENDPOINT, lines_of, problem, tasks_of
from sandbox.bulks import WINDOW, Bulk, Bulks, Result, limit_of, page_of
from sandbox.dialects import NOTICE, Declined
from sandbox.wire import HEADERS, answered, object_of, spoken

FILES, BATCHES = "/openai/v1/files", "/openai/v1/batches"
MOST_BYTES = 200 * 1024 * 1024
MOST_LISTED = 100
_MOST_BODY = 1024 * 1024  # of a request that only names a file

Json = dict[str, Any]


@dataclass(frozen=True)
class File:
    """A file of the account's; `purpose` is batch or batch_output."""

    id: str
    name: str
    purpose: str
    content: bytes
    at: datetime


@dataclass
class Order:
    """A batch: the bulk, and what only this provider keeps of it."""

    bulk: Bulk
    source: File
    metadata: dict[str, str]
    errors: list[Json] = field(default_factory=list)
    output: File | None = None
    failures: File | None = None


def add_routes(app: web.Application, bulks: Bulks, *, most_bytes: int = MOST_BYTES) -> None:
    """Mount FILES (POST, GET …/ID, …/ID/content) and BATCHES (POST, GET, …/ID, …/ID/cancel)."""
    batches = _Batches(bulks, most_bytes)
    router, dialect = app.router, bulks.dialect
    router.add_post(FILES, spoken(dialect, batches.upload))
    router.add_get(f"{FILES}/{{id}}", spoken(dialect, batches.file))
    router.add_get(f"{FILES}/{{id}}/content", spoken(dialect, batches.content))
    router.add_post(BATCHES, spoken(dialect, batches.create))
    router.add_get(BATCHES, spoken(dialect, batches.list))
    router.add_get(f"{BATCHES}/{{id}}", spoken(dialect, batches.retrieve))
    router.add_post(f"{BATCHES}/{{id}}/cancel", spoken(dialect, batches.cancel))


class _Batches:
    def __init__(self, bulks: Bulks, most_bytes: int) -> None:
        self._bulks = bulks
        self._most_bytes = most_bytes
        self._files: dict[str, File] = {}
        self._orders: dict[str, Order] = {}

    async def upload(self, request: web.Request) -> web.Response:
        if (request.content_length or 0) > self._most_bytes:
            raise Declined("413", "The file is larger than 200 MB, the most a batch may have.")
        form = await _form(request)
        name, content = form.get("file", ("", b""))
        purpose = form.get("purpose", ("", b""))[1].decode(errors="replace")
        if "file" not in form:
            raise Declined("400", "'file' is a required property")
        if purpose != "batch":
            raise Declined("400", f"'{purpose}' is not one of ['batch'] - 'purpose'")
        if not name.endswith(".jsonl"):
            raise Declined("400", "Invalid file format for Batch API. Must be .jsonl")
        return answered(_file(self._keep(name, purpose, content)))

    async def file(self, request: web.Request) -> web.Response:
        return answered(_file(self._found(request.match_info["id"])))

    async def content(self, request: web.Request) -> web.Response:
        content = self._found(request.match_info["id"]).content
        return web.Response(body=content, content_type="application/octet-stream", headers=HEADERS)

    async def create(self, request: web.Request) -> web.Response:
        body = await object_of(request, _MOST_BODY)
        metadata = _metadata(body.get("metadata"))
        if body.get("endpoint") != ENDPOINT:
            raise Declined(
                "400",
                f"Invalid value: '{body.get('endpoint')}'. Supported values are: '{ENDPOINT}'.",
            )
        if body.get("completion_window") != "24h":
            raise Declined(
                "400",
                f"Invalid value: '{body.get('completion_window')}'. Supported values are: '24h'.",
            )
        source = self._found(str(body.get("input_file_id")))
        if source.purpose != "batch":
            raise Declined("400", f"The file {source.id} must have the purpose 'batch'.")
        tasks, errors = tasks_of(source.content)
        bulk = self._bulks.begin(tuple([] if errors else tasks), request.headers.copy())
        if bulk.plan.whole == "failed":
            errors.append(problem("token_limit_exceeded", "Enqueued token limit reached."))
        order = self._orders[bulk.id] = Order(bulk, source, metadata, errors)
        return answered(_batch(order))

    async def retrieve(self, request: web.Request) -> web.Response:
        order = self._order(request)
        if order.errors:
            order.bulk.looks += 1
        else:
            self._bulks.look(order.bulk)
        self._write(order)
        return answered(_batch(order))

    async def cancel(self, request: web.Request) -> web.Response:
        order = self._order(request)
        self._bulks.cancel(order.bulk)
        return answered(_batch(order))

    async def list(self, request: web.Request) -> web.Response:
        limit = limit_of(request.query, MOST_LISTED)
        page, more = page_of(self._bulks.listed(), limit, request.query.get("after"))
        return answered(
            {
                "object": "list",
                "data": [_batch(self._orders[bulk.id]) for bulk in page],
                "first_id": page[0].id if page else None,
                "last_id": page[-1].id if page else None,
                "has_more": more,
            }
        )

    def _order(self, request: web.Request) -> Order:
        return self._orders[self._bulks.find(request.match_info["id"]).id]

    def _found(self, name: str) -> File:
        if name not in self._files:
            raise Declined("missing", f"No such File object: {name}")
        return self._files[name]

    def _keep(self, name: str, purpose: str, content: bytes) -> File:
        number = len(self._files) + 1
        file = File(f"file-sandbox-{number:06d}", name, purpose, content, self._bulks.now())
        self._files[file.id] = file
        return file

    def _write(self, order: Order) -> None:
        """Put the results of a bulk that has ended into its two files; one without lines is none.

        Only what was answered with a success goes to the output.
        """
        if not order.bulk.results or order.output or order.failures:
            return
        good = [result for result in order.bulk.results if result.outcome == "succeeded"]
        bad = [result for result in order.bulk.results if result.outcome != "succeeded"]
        name = f"{order.bulk.id}_%s.jsonl"
        if good:
            order.output = self._keep(name % "output", "batch_output", lines_of(order.bulk, good))
        if bad:
            order.failures = self._keep(name % "error", "batch_output", lines_of(order.bulk, bad))


async def _form(request: web.Request) -> dict[str, tuple[str, bytes]]:
    """The parts of a form by name, each with its file's name and its content."""
    if not request.content_type.startswith("multipart/"):
        raise Declined("400", "The request must be multipart/form-data.")
    form = {}
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.name:
            form[part.name] = (part.filename or "", bytes(await part.read(decode=True)))
    return form


def _metadata(raw: object) -> dict[str, str]:
    if not isinstance(raw, dict | None) or len(raw or ()) > 16:
        raise Declined("400", "metadata: must be an object of at most 16 pairs.")
    for name, text in (raw or {}).items():
        if not isinstance(text, str) or len(name) > 64 or len(text) > 512:
            raise Declined("400", "metadata: keys of 64 characters and strings of 512 at most.")
    return raw or {}


def _file(file: File) -> Json:
    return {
        "id": file.id,
        "object": "file",
        "bytes": len(file.content),
        "created_at": _stamp(file.at),
        "filename": file.name,
        "purpose": file.purpose,
        "status": "processed",
        "status_details": None,
        "winnow_sandbox": NOTICE,
    }


def _status(order: Order) -> str:
    bulk = order.bulk
    if not bulk.looks and not bulk.cancelled:
        return "validating"
    if order.errors:
        return "failed"
    if not bulk.ended:
        return "cancelling" if bulk.cancelled else "in_progress"
    if bulk.cancelled:
        return "cancelled"
    return "expired" if bulk.counts["expired"] else "completed"


def _batch(order: Order) -> Json:
    bulk, status = order.bulk, _status(order)
    ended = {name: _stamp(bulk.ended) for name in (f"{status}_at",) if bulk.ended}
    times = dict.fromkeys(("completed_at", "expired_at", "cancelled_at")) | ended
    good = bulk.counts["succeeded"]
    return {
        "id": bulk.id,
        "object": "batch",
        "endpoint": ENDPOINT,
        "model": bulk.tasks[0].body.get("model") if bulk.tasks else None,
        "errors": {"object": "list", "data": order.errors} if status == "failed" else None,
        "input_file_id": order.source.id,
        "completion_window": "24h",
        "status": status,
        "output_file_id": order.output and order.output.id,
        "error_file_id": order.failures and order.failures.id,
        "created_at": _stamp(bulk.begun),
        "in_progress_at": _stamp(bulk.begun) if bulk.looks and not order.errors else None,
        "expires_at": _stamp(bulk.begun + WINDOW),
        "finalizing_at": _stamp(bulk.ended),
        "failed_at": _stamp(bulk.begun) if status == "failed" else None,
        "cancelling_at": _stamp(bulk.cancelled),
        **times,
        "request_counts": {
            "total": 0 if order.errors else len(bulk.tasks),
            "completed": good,
            "failed": len(bulk.results) - good,
        },
        "metadata": order.metadata or None,
        "usage": _usage(bulk.results),
        "winnow_sandbox": NOTICE,
    }


def _stamp(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _usage(results: Sequence[Result]) -> Json:
    used = [result.body["usage"] for result in results if result.outcome == "succeeded"]
    inputs = sum(usage["prompt_tokens"] for usage in used)
    outputs = sum(usage["completion_tokens"] for usage in used)
    return {
        "input_tokens": inputs,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": outputs,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": inputs + outputs,
    }
