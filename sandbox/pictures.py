"""Pictures: which uploads are one, and which of them a block may show by `slack_file`.

Slack refuses others with `invalid slack file` and a pointer to the block
(github.com/slackapi/python-slack-sdk/issues/1797).
"""

from collections.abc import Iterator
from typing import Any

from sandbox.shapes import at
from sandbox.workspace import Workspace

_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


def picture_type(content: bytes | None) -> str | None:
    """The media type of a picture that Slack shows; None for whatever is none of these.

    What a file is called does not count: what is served as a picture must be one.
    """
    for signature, kind in _SIGNATURES.items():
        if (content or b"").startswith(signature):
            return kind
    return None


def picture_problems(
    workspace: Workspace, user: str, blocks: list[dict[str, Any]], path: str
) -> list[str]:
    """Problems of the `slack_file`s in blocks of known shape; empty where Slack would take them.

    Args:
        workspace: Whose files they must be.
        user: Who posts the blocks; the files must be theirs, or shared where they are.
        blocks: A message's or a view's.
        path: The blocks' JSON pointer.
    """
    return [
        at("invalid slack file", f"{place}/slack_file")
        for image, place in _images(blocks, path)
        if "slack_file" in image and not _may_show(workspace, user, image["slack_file"])
    ]


def _images(blocks: list[dict[str, Any]], path: str) -> Iterator[tuple[dict[str, Any], str]]:
    for index, block in enumerate(blocks):
        here = f"{path}/{index}"
        inside = [(block, here), (block.get("accessory", {}), f"{here}/accessory")]
        if block["type"] == "context":
            inside += [(e, f"{here}/elements/{n}") for n, e in enumerate(block["elements"])]
        yield from ((each, place) for each, place in inside if each.get("type") == "image")


def _may_show(workspace: Workspace, user: str, reference: dict[str, str]) -> bool:
    file = workspace.file(reference)
    if file is None or not file.shared or picture_type(file.content) is None:
        return False
    places = [workspace.channels[id_] for id_ in file.channels]
    return file.owner == user or any(user in channel.members for channel in places)
