"""The page at `/`: a plain view of the workspace, one static file without outside resources."""

from importlib import resources

from aiohttp import web

# Only the page's own inline code and its own origin: nothing it shows can load or run anything.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline';"
    " connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)


async def page(_request: web.Request) -> web.Response:
    """Serve the page."""
    html = resources.files("sandbox").joinpath("page.html").read_text(encoding="utf-8")
    return web.Response(
        text=html, content_type="text/html", headers={"Content-Security-Policy": POLICY}
    )
