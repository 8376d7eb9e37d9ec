"""What a message is made of: text, blocks, attachments, metadata, checked as Slack checks them."""

from dataclasses import dataclass
from typing import Any

from sandbox import blocks as block_kit
from sandbox.contract import CONTRACT
from sandbox.door import Call, Malformed
from sandbox.inputs import with_ids
from sandbox.pictures import picture_problems
from sandbox.refusals import Refused
from sandbox.richtext import normalised
from sandbox.workspace import Channel
from sandbox.world import World

TEXT_CHARACTERS = 40_000
UPDATE_CHARACTERS = 4_000
MARKDOWN_CHARACTERS = 12_000
MOST_ATTACHMENTS = 100


@dataclass(frozen=True)
class Content:
    """Checked content; `metadata` None was not given, `{}` removes what there was."""

    text: str
    blocks: list[dict[str, Any]]
    attachments: list[dict[str, Any]]
    metadata: dict[str, Any] | None
    truncated: bool = False


def refuse(call: Call, *codes: str, messages: tuple[str, ...] = ()) -> Refused:
    """A refusal with the first of `codes` that Slack publishes for the method, else the last."""
    listed = CONTRACT[call.method]["errors"]
    return Refused(next((code for code in codes if code in listed), codes[-1]), *messages)


def require_membership(call: Call, channel: Channel) -> None:
    """The caller must be in the channel (posting to a public one may be granted by scope)."""
    if call.actor.id in channel.members:
        return
    public = call.by_app and "chat:write.public" in call.scopes and channel.kind == "channel"
    if not (public and call.method == "chat.postMessage"):
        raise refuse(call, "not_in_channel", "channel_not_found")


def content_of(world: World, call: Call) -> Content:
    """The content of a call, or the refusal Slack has for it."""
    if "as_user" in call.args:
        raise refuse(call, "as_user_not_supported", "invalid_arguments")
    blocks, attachments = _blocks(world, call), _attachments(call)
    text, truncated = _text(call)
    markdown = call.get("markdown_text", "")
    if markdown and (text or blocks):
        raise refuse(call, "markdown_text_conflict")
    if len(markdown) > MARKDOWN_CHARACTERS:
        raise refuse(call, "msg_too_long", "invalid_arguments")
    if not (text or markdown or blocks or attachments):
        raise refuse(call, "no_text")
    return Content(
        normalised(text or markdown), with_ids(blocks), attachments, _metadata(call), truncated
    )


def _text(call: Call) -> tuple[str, bool]:
    text = call.get("text", "")
    if call.method == "chat.update" and len(text) > UPDATE_CHARACTERS:
        raise refuse(call, "msg_too_long")
    if len(text) <= TEXT_CHARACTERS:
        return text, False
    if call.method != "chat.postMessage":
        raise refuse(call, "msg_too_long")
    return text[:TEXT_CHARACTERS], True  # Slack truncates and warns


def _blocks(world: World, call: Call) -> list[dict[str, Any]]:
    given = call.get("blocks")
    if given is None:
        return []
    if isinstance(given, Malformed) or not isinstance(given, list):
        raise refuse(call, "invalid_blocks_format", "invalid_blocks")
    problems = block_kit.message_problems(given) or picture_problems(
        world.workspace, call.actor.id, given, "/blocks"
    )
    if problems:
        raise refuse(call, "invalid_blocks", messages=tuple(f"[ERROR] {p}" for p in problems))
    if block_kit.characters(given) > block_kit.MESSAGE_CHARACTERS:
        raise refuse(call, "msg_blocks_too_long", "invalid_blocks")
    return given


def _attachments(call: Call) -> list[dict[str, Any]]:
    given = call.get("attachments")
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise refuse(call, "invalid_attachments", "invalid_arguments")
    if len(given) > MOST_ATTACHMENTS:
        raise refuse(call, "too_many_attachments")
    return given


def _metadata(call: Call) -> dict[str, Any] | None:
    given: dict[str, Any] | None = call.get("metadata")
    if given is None or given == {}:
        return given
    if not isinstance(given, dict) or not isinstance(given.get("event_type"), str):
        raise refuse(call, "invalid_metadata_format", "invalid_arguments")
    payload = given.get("event_payload")
    if set(given) != {"event_type", "event_payload"} or not isinstance(payload, dict):
        raise refuse(call, "invalid_metadata_format", "invalid_arguments")
    if not all(_flat(value) for value in payload.values()):
        raise refuse(call, "invalid_metadata_schema", "invalid_arguments")
    return given


def _flat(value: Any) -> bool:  # noqa: ANN401
    """Whether a metadata value is one that @slack/types allows: a scalar, or a flat object."""
    if isinstance(value, dict):
        return all(isinstance(each, str | int | float | bool) for each in value.values())
    if isinstance(value, list):
        return all(map(_flat, value))
    return isinstance(value, str | int | float | bool)
