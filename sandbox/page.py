"""The page at `/`: static files of `sandbox/web/`, which load nothing from outside."""

from pathlib import Path

from aiohttp import web

_FOLDER = Path(__file__).parent / "web"
_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


async def page(request: web.Request) -> web.Response:
    """The page itself; it reads its own address for what to show."""
    return _file(request, "index.html")


async def file(request: web.Request) -> web.Response:
    """GET /web/NAME: one of the page's files."""
    name = request.match_info["name"]
    if name not in {path.name for path in _FOLDER.iterdir() if path.suffix in _TYPES}:
        raise web.HTTPNotFound(text=f"The page has no file {name!r}.")
    return _file(request, name)


def _file(request: web.Request, name: str) -> web.Response:
    path = _FOLDER / name
    headers = {
        "Content-Security-Policy": _policy(request.host),
        "Cache-Control": "no-cache",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(
        body=path.read_bytes(), content_type=_TYPES[path.suffix], charset="utf-8", headers=headers
    )


def _policy(host: str) -> str:
    """Only the page's own files run; nothing that it shows can load or run anything.

    `host` is named for WebSockets too, since some browsers do not count them to 'self'.
    """
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        f" connect-src 'self' ws://{host}; form-action 'none'; base-uri 'none';"
        " frame-ancestors 'none'"
    )
