"""What every answer of the local teacher endpoint has in common, and how its requests are read."""

import itertools
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from sandbox.dialects import Declined, Dialect

HEADERS = {"x-winnow-sandbox": "prepared"}
WRONG_KEYS = ("", "wrong")

Handler = Callable[[web.Request], Awaitable[web.Response]]
_numbers = itertools.count(1)


def answered(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """A JSON body, marked as prepared."""
    return web.json_response(body, status=status, headers={**HEADERS, **(headers or {})})


def spoken(dialect: Dialect, handler: Handler) -> Handler:
    """The handler for who has a good key; what it declines is told in the provider's words."""

    async def handle(request: web.Request) -> web.Response:
        request_id = f"req_sandbox_bulk_{next(_numbers):06d}"
        headers = {dialect.request_id_header: request_id}
        try:
            if dialect.key(request.headers) in WRONG_KEYS:
                raise Declined("401")
            answer = await handler(request)
        except Declined as declined:
            status, body = dialect.error(declined, request_id)
            return answered(body, status, headers)
        answer.headers.update(headers)
        return answer

    return handle


async def object_of(request: web.Request, most: int) -> dict[str, Any]:
    """The JSON object that a request of at most `most` bytes brings, whatever aiohttp's own limit.

    Raises:
        Declined: it is none, or longer.
    """
    if (request.content_length or 0) > most:
        raise Declined("413")
    content = bytearray()
    async for piece in request.content.iter_any():
        content += piece
        if len(content) > most:
            raise Declined("413")
    try:
        body = json.loads(content)
    except ValueError as error:
        raise Declined("400", f"The body is no JSON: {error}") from error
    if not isinstance(body, dict):
        raise Declined("400", "The body must be a JSON object.")
    return body
