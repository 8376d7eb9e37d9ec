"""Answers that break on their way to the client; they were written, and are charged."""

import json
from collections.abc import Mapping

from aiohttp import web

from sandbox.wire import HEADERS


async def half_of(
    request: web.Request, body: object, headers: Mapping[str, str], *, cut: bool
) -> web.StreamResponse:
    """Answer with the first half of a JSON body, which is no JSON.

    Args:
        request: What is answered.
        body: The whole answer.
        headers: Its headers.
        cut: Whether the whole is announced, and the connection closed in the middle of it.
    """
    whole = json.dumps(body).encode()
    half = whole[: len(whole) // 2]
    response = web.StreamResponse(headers={**HEADERS, **headers})
    response.content_type = "application/json"
    response.content_length = len(whole if cut else half)
    await response.prepare(request)
    await response.write(half)
    if cut and request.transport is not None:
        request.transport.close()
    return response
