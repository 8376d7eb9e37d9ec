"""Who may speak to the sandbox: this machine only, and no web page but its own.

Its tokens are published, so whatever page a browser happens to show must not reach it: not by
fetch, form or image, not by WebSocket, not by a DNS name that was rebound to 127.0.0.1.
"""

import ipaddress
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.page import page

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def own_pages_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a foreign Host, Origin or Sec-Fetch-Site with 403.

    Clients that are no browser send neither of the last two. A link elsewhere may lead to the page,
    and to nothing else.
    """
    if not _is_loopback(request.host):
        return _refused("The sandbox answers on 127.0.0.1 and localhost only.")
    origin = request.headers.get("Origin")
    if origin is not None and origin.lower() != f"{request.scheme}://{request.host}".lower():
        return _refused("Only the sandbox's own page may do that: this Origin is another.")
    if _from_elsewhere(request) and not _leads_to_page(request):
        return _refused("Only the sandbox's own page may do that: this request is another's.")
    return await handler(request)


def _refused(sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=403)


def _is_loopback(host: str) -> bool:
    name, _, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    if not name:
        name, port = port, ""
    if port and not port.isdecimal():
        return False
    name = name.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _from_elsewhere(request: web.Request) -> bool:
    """Whether a browser says that another page asks; another port of localhost is `same-site`."""
    return request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}


def _leads_to_page(request: web.Request) -> bool:
    """Whether the request only opens the page."""
    return request.method == "GET" and request.match_info.handler is page
