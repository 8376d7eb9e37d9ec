"""What both providers' requests have in common, once they are read, and how tokens are counted."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

BYTES_PER_TOKEN = 4
_LIVES = {"5m": 300.0, "1h": 3600.0}

Json = dict[str, Any]


class Declined(Exception):  # noqa: N818
    """The endpoint answers with an error of the provider's.

    Attributes:
        kind: A key of both error tables in `sandbox.dialects`.
        details: The message; empty for the provider's usual one.
        retry_after: Seconds for the header of that name; None for no header.
    """

    def __init__(self, kind: str, details: str = "", retry_after: float | None = None) -> None:
        super().__init__(kind, details)
        self.kind = kind
        self.details = details
        self.retry_after = retry_after


@dataclass(frozen=True)
class Block:
    """A piece of a prompt; `role` is schema, system, user or assistant.

    `keep` is for how many seconds `cache_control` wants what ends here to be cached; 0 for no wish.
    """

    role: str
    text: str
    keep: float = 0.0


@dataclass(frozen=True)
class Question:
    """What both dialects ask; `limit` is in tokens. The schema is the first of the blocks."""

    model: str
    blocks: tuple[Block, ...]
    schema: Json | None
    limit: int | None

    @cached_property
    def text(self) -> str:
        """All that is billed as input."""
        return "\n".join(block.text for block in self.blocks)

    @cached_property
    def tokens(self) -> int:
        """How many tokens that is."""
        return tokens(self.text)


def tokens(text: str) -> int:
    """Four bytes of UTF-8 make a token, rounded up: near enough for English and for Chinese."""
    return -(-len(encoded(text)) // BYTES_PER_TOKEN)


def cut(text: str, limit: int) -> str:
    """As much of a text as `limit` tokens hold."""
    return text.encode()[: limit * BYTES_PER_TOKEN].decode(errors="ignore")


def encoded(text: str) -> bytes:
    """A text in UTF-8; JSON may bring half a surrogate."""
    return text.encode(errors="surrogatepass")


def inside(body: Json, *path: str) -> Json:
    """The object at a path of a body; empty where none is."""
    node: Any = body
    for step in path:
        node = node.get(step) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else {}


def question_of(body: Json, form: Json, schema: Json, limit: object) -> Question:
    """Read a request; `form` is its wish for a format, if it has one.

    Raises:
        Declined: it breaks a rule that both providers have.
    """
    model, messages = body.get("model"), body.get("messages")
    if not isinstance(model, str):
        raise Declined("400", "model: a string is required.")
    if not isinstance(messages, list) or not messages:
        raise Declined("400", "messages: at least one message is required.")
    if body.get("stream"):
        raise Declined("400", "stream: the sandbox's teacher does not stream.")
    if limit is not None and (not isinstance(limit, int) or limit < 1):
        raise Declined("400", "The limit of output tokens must be a positive whole number.")
    wanted = schema if form.get("type") == "json_schema" else None
    blocks = [Block("schema", json.dumps(wanted, ensure_ascii=False))] if wanted else []
    blocks += _blocks("system", body.get("system"))
    for message in messages:
        if isinstance(message, dict):
            blocks += _blocks(str(message.get("role")), message.get("content"))
    if blocks and "cache_control" in body:
        blocks[-1] = replace(blocks[-1], keep=_keep(body))
    return Question(model, tuple(blocks), wanted, limit)


def _blocks(role: str, content: object) -> Iterator[Block]:
    """The texts of a message: one string, or a list of blocks; what is empty or no text is not."""
    pieces = [{"text": content}] if isinstance(content, str) else content
    for piece in pieces if isinstance(pieces, list) else ():
        if isinstance(piece, dict) and isinstance(piece.get("text"), str) and piece["text"]:
            yield Block(role, piece["text"], _keep(piece))


def _keep(piece: Mapping[str, Any]) -> float:
    control = piece.get("cache_control")
    if control is None:
        return 0.0
    life = control.get("ttl", "5m") if isinstance(control, dict) else None
    if life not in _LIVES or control.get("type") != "ephemeral":
        raise Declined("400", "cache_control: type must be ephemeral, and ttl 5m or 1h")
    return _LIVES[life]
