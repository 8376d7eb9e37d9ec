"""files.*: the three steps of an upload (files v2)."""

import mimetypes
from pathlib import PurePosixPath
from typing import Any

from sandbox.door import Call, Malformed
from sandbox.manifest import TEAM_ID
from sandbox.messages import Message
from sandbox.methods.content import refuse, require_membership
from sandbox.refusals import Refused
from sandbox.richtext import normalised
from sandbox.workspace import Channel, StoredFile
from sandbox.world import World

MOST_CHANNELS = 100


def get_upload_url(world: World, call: Call) -> dict[str, Any]:
    """files.getUploadURLExternal."""
    if call.args["length"] < 1:
        raise Refused("invalid_arguments", "[ERROR] must be greater than 0 [json-pointer:/length]")
    id_ = f"F{len(world.workspace.files) + 1:05d}SANDBOX"
    created = int(world.clock.seconds())
    file = StoredFile(id_, call.actor.id, call.args["filename"], call.args["length"], created)
    world.workspace.files[id_] = file
    return {"upload_url": f"{world.address}/upload/v1/{id_}", "file_id": id_}


def complete_upload(world: World, call: Call) -> dict[str, Any]:
    """files.completeUploadExternal: shares the uploaded files in the named channels."""
    files = [_uploaded(world, call, entry) for entry in _entries(call)]
    named = [call.args["channel_id"]] if call.get("channel_id") else []
    named += [name for name in call.get("channels", "").split(",") if name]
    if len(named) > MOST_CHANNELS:
        raise refuse(call, "channels_limit_exceeded")
    channels = [world.workspace.channel(name, call.actor.id) for name in named]
    for channel in channels:
        require_membership(call, channel)
    for file in files:
        file.shared = True
        file.channels += [channel.id for channel in channels]
        file.thread_ts = call.get("thread_ts")
    for channel in channels:
        _share(world, call, channel, files)
    return {"files": [render(world, file) for file in files]}


def render(world: World, file: StoredFile) -> dict[str, Any]:
    """The file object of Slack's answers."""
    mimetype = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    address = f"{world.address}{file.path}"
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": mimetype,
        "filetype": PurePosixPath(file.name).suffix.lstrip(".") or "binary",
        "user": file.owner,
        "user_team": TEAM_ID,
        "size": file.length,
        "mode": "hosted",
        "is_external": False,
        "is_public": True,
        "url_private": address,
        "url_private_download": address,
        "channels": list(file.channels),
        "file_access": "visible",
    }


def _entries(call: Call) -> list[dict[str, Any]]:
    entries = call.args["files"]
    if isinstance(entries, Malformed) or not isinstance(entries, list) or not entries:
        raise Refused("invalid_arguments", "[ERROR] must be an array [json-pointer:/files]")
    for entry in entries:
        if not isinstance(entry, dict) or "id" not in entry:
            raise Refused("invalid_arguments", "[ERROR] missing required field: id")
        if set(entry) - {"id", "title", "highlight_type"}:
            raise Refused("invalid_arguments", "[ERROR] invalid additional property in files")
    return entries


def _uploaded(world: World, call: Call, entry: dict[str, Any]) -> StoredFile:
    file = world.workspace.files.get(entry["id"])
    if file is None or file.content is None or file.shared:
        raise refuse(call, "file_not_found")
    if file.owner != call.actor.id:
        raise refuse(call, "access_denied")
    file.title = entry.get("title", "")
    return file


def _share(world: World, call: Call, channel: Channel, files: list[StoredFile]) -> None:
    comment = normalised(call.get("initial_comment", ""))
    message = Message(channel.id, world.clock.stamp(), call.actor.id, comment)
    message.files = [render(world, file) for file in files]
    message.subtype, message.by_app = "file_share", call.by_app
    message.thread_ts = call.get("thread_ts")
    world.post(message)
