"""response_url: five uses in half an hour, ephemeral unless told otherwise; and uploads."""

import json
from typing import Any
from urllib.parse import quote

from aiohttp import web

from sandbox import blocks as block_kit
from sandbox.desk import ResponseUrl
from sandbox.inputs import with_ids
from sandbox.manifest import BOT_USER_ID
from sandbox.messages import Message
from sandbox.methods.chat import show_ephemeral
from sandbox.pictures import picture_problems, picture_type
from sandbox.refusals import Refused
from sandbox.richtext import normalised
from sandbox.web_api import WORLD
from sandbox.workspace import Ephemeral
from sandbox.world import World

KNOWN = frozenset(
    {
        "attachments",
        "blocks",
        "delete_original",
        "metadata",
        "mrkdwn",
        "replace_original",
        "response_type",
        "text",
        "thread_ts",
        "unfurl_links",
        "unfurl_media",
    }
)


async def respond(request: web.Request) -> web.Response:
    """Answer one use of a response_url; Slack answers `ok` as text, refusals as JSON."""
    world = request.app[WORLD]
    url = world.desk.response_urls.get(request.match_info["id"])
    try:
        if url is None:
            raise Refused("expired_url")
        body = json.loads(await request.text())
        url.use()
        show(world, url, body)
    except (Refused, json.JSONDecodeError) as refusal:
        code = refusal.code if isinstance(refusal, Refused) else "invalid_payload"
        world.journal.append("response", user=url and url.outcome.user, body=None, answer=code)
        return web.json_response({"ok": False, "error": code}, status=404)
    world.journal.append("response", user=url.outcome.user, body=body, answer="ok")
    return web.Response(text="ok")


def show(world: World, url: ResponseUrl, body: dict[str, Any]) -> None:
    """Show a response, as an acknowledgement or a response_url carries it.

    Raises:
        Refused: It is not one that Slack would take.
    """
    text, blocks = _checked(world, body)
    original = _original(world, url)
    if body.get("delete_original"):
        return _delete(world, original)
    if body.get("replace_original") and original is not None:
        return _replace(world, url, original, text, blocks)
    stamp = world.clock.stamp()
    if body.get("response_type") == "in_channel":
        message = Message(url.channel, stamp, BOT_USER_ID, text, blocks, by_app=True)
        message.thread_ts = body.get("thread_ts")
        return world.post(message)
    ephemeral = Ephemeral(url.channel, stamp, url.outcome.user, text, blocks)
    ephemeral.thread_ts = body.get("thread_ts") or url.thread_ts
    show_ephemeral(world, ephemeral)
    return _also(url, ephemeral)


def _checked(world: World, body: Any) -> tuple[str, list[dict[str, Any]]]:  # noqa: ANN401
    if not isinstance(body, dict) or set(body) - KNOWN:
        raise Refused("invalid_payload")
    blocks = body.get("blocks") or []
    if block_kit.message_problems(blocks) or picture_problems(
        world.workspace, BOT_USER_ID, blocks, "/blocks"
    ):
        raise Refused("invalid_blocks")
    if not (body.get("text") or blocks or body.get("delete_original")):
        raise Refused("no_text")
    return normalised(body.get("text") or ""), with_ids(blocks)


def _original(world: World, url: ResponseUrl) -> Message | Ephemeral | None:
    if url.message_ts is None:
        return None
    for ephemeral in world.workspace.ephemerals:
        if ephemeral.ts == url.message_ts:
            return ephemeral
    return world.workspace.messages[url.channel].get(url.message_ts)


def _delete(world: World, original: Message | Ephemeral | None) -> None:
    if isinstance(original, Ephemeral):
        world.workspace.ephemerals.remove(original)
    elif original is not None:
        world.delete(original)


def _replace(
    world: World,
    url: ResponseUrl,
    original: Message | Ephemeral,
    text: str,
    blocks: list[dict[str, Any]],
) -> None:
    before = dict(original.render())
    original.text, original.blocks = text, blocks
    if isinstance(original, Message):
        original.edited = {"user": BOT_USER_ID, "ts": world.clock.stamp()}
        world.events.changed(world.workspace.channels[url.channel], before, original)
    else:
        _also(url, original)


def _also(url: ResponseUrl, ephemeral: Ephemeral) -> None:
    """Tell the interaction that the url came from, unless it heard already."""
    shown = ephemeral.render()
    if shown not in url.outcome.ephemerals:
        url.outcome.saw_ephemeral(shown)


async def upload(request: web.Request) -> web.Response:
    """Take the bytes of files.getUploadURLExternal; as many as were announced."""
    world = request.app[WORLD]
    file = world.workspace.files.get(request.match_info["id"])
    if file is None or file.content is not None:
        return web.Response(status=404, text="unknown upload")
    content = await _content(request)
    if len(content) != file.length:
        return web.Response(status=400, text=f"expected {file.length} bytes, got {len(content)}")
    file.content = content
    return web.Response(text=f"OK - {len(content)}")


async def _content(request: web.Request) -> bytes:
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    for part in (await request.post()).values():
        if isinstance(part, web.FileField):
            return part.file.read()
    return b""


async def download(request: web.Request) -> web.Response:
    """An uploaded file's bytes: a picture as such, all else as an attachment, never as a page."""
    file = request.app[WORLD].workspace.files.get(request.match_info["id"])
    if file is None or file.content is None:
        raise web.HTTPNotFound(text="There is no such file.")
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
    kind = picture_type(file.content)
    if kind is None:
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
    return web.Response(
        body=file.content, content_type=kind or "application/octet-stream", headers=headers
    )
