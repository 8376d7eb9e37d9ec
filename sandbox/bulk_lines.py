"""The JSON lines of OpenAI's batches: a file of requests is read, a file of results written."""

import json
from collections.abc import Sequence
from typing import Any

from sandbox.bulks import Bulk, Result, Task

ENDPOINT = "/v1/chat/completions"
MOST_REQUESTS = 50_000
_UNASKED = {
    "expired": {
        "code": "batch_expired",
        "message": "This request could not be executed before the completion window expired.",
    },
    "canceled": {
        "code": "batch_cancelled",
        "message": "This request was not executed because the batch was cancelled.",
    },
}

Json = dict[str, Any]


def tasks_of(content: bytes) -> tuple[list[Task], list[Json]]:
    """The lines of a batch's file, and what is wrong with them."""
    lines = content.splitlines()
    if not lines:
        return [], [problem("empty_file", "The batch must contain at least one request.")]
    if len(lines) > MOST_REQUESTS:
        message = f"The batch may have at most {MOST_REQUESTS} requests; it has {len(lines)}."
        return [], [problem("maximum_requests_exceeded", message)]
    tasks: list[Task] = []
    errors: list[Json] = []
    seen: set[str] = set()
    model = None
    for number, line in enumerate(lines, 1):
        task, wrong = _task(line, seen, model)
        if task is None:
            errors.append({**wrong, "line": number})
        else:
            tasks.append(task)
            seen.add(task.custom_id)
            model = model or task.body.get("model")
    return tasks, errors


def _task(line: bytes, seen: set[str], model: object) -> tuple[Task | None, Json]:
    """One line, or what is wrong with it."""
    try:
        raw = json.loads(line)
    except ValueError:
        raw = None
    if not isinstance(raw, dict):
        return None, problem("invalid_json_line", "This line is not parseable as valid JSON.")
    name, body = raw.get("custom_id"), raw.get("body")
    if not isinstance(name, str) or not name or not isinstance(body, dict):
        message = "Missing required parameter: 'custom_id' or 'body'."
        return None, problem("missing_required_parameter", message)
    if name in seen:
        message = f"The custom_id '{name}' must be unique for each request in a batch."
        return None, problem("duplicate_custom_id", message)
    if raw.get("method") != "POST" or raw.get("url") != ENDPOINT:
        message = f"The method must be POST and the URL that of the batch, {ENDPOINT}."
        return None, problem("invalid_url", message)
    if model is not None and body.get("model") != model:
        message = f"The model '{body.get('model')}' does not match the other requests: '{model}'."
        return None, problem("mismatched_model", message)
    return Task(name, body), {}


def problem(code: str, message: str) -> Json:
    """One entry of a failed batch's errors."""
    return {"code": code, "message": message, "param": None, "line": None}


def lines_of(bulk: Bulk, results: Sequence[Result]) -> bytes:
    """The file that tells these results."""
    told = (_line(bulk, result) for result in results)
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in told).encode()


def _line(bulk: Bulk, result: Result) -> Json:
    error = _UNASKED.get(result.outcome)
    response = {
        "status_code": result.status,
        "request_id": f"req_{bulk.id}_{result.custom_id}",
        "body": result.body,
    }
    return {
        "id": f"batch_req_{bulk.id}_{result.custom_id}",
        "custom_id": result.custom_id,
        "response": None if error else response,
        "error": error,
    }
