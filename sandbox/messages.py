"""One message as the workspace keeps it, and as Slack shows it."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.manifest import APP_ID, BOT_ID, TEAM_ID


@dataclass
class Message:
    """A message. `text` is escaped as Slack keeps it; `reactions` {name: users in order}."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    thread_ts: str | None = None
    parent_user: str | None = None
    broadcast: bool = False
    metadata: dict[str, Any] | None = None
    files: list[dict[str, Any]] = field(default_factory=list)
    client_msg_id: str | None = None
    by_app: bool = False
    subtype: str | None = None
    edited: dict[str, str] | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    pinned: bool = False
    replies: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread below another message."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    def render(self, *, metadata: bool = False) -> dict[str, Any]:
        """The message object of conversations.history."""
        shown: dict[str, Any] = {"type": "message", "user": self.user, "ts": self.ts}
        shown |= {"text": self.text, "team": TEAM_ID}
        shown |= self._origin() | self._thread()
        for name in ("blocks", "attachments", "files", "edited"):
            if getattr(self, name):
                shown[name] = getattr(self, name)
        if self.reactions:
            shown["reactions"] = self.rendered_reactions()
        if self.pinned:
            shown["pinned_to"] = [self.channel]
        if metadata and self.metadata:
            shown["metadata"] = self.metadata
        return shown

    def rendered_reactions(self) -> list[dict[str, Any]]:
        """Reactions as {name, users, count}, in the order of their first use."""
        return [
            {"name": name, "users": list(users), "count": len(users)}
            for name, users in self.reactions.items()
        ]

    def _origin(self) -> dict[str, Any]:
        origin: dict[str, Any] = {}
        if self.by_app:
            origin = {"bot_id": BOT_ID, "app_id": APP_ID}
        if self.client_msg_id:
            origin["client_msg_id"] = self.client_msg_id
        subtype = self.subtype or ("thread_broadcast" if self.broadcast else None)
        return origin | ({"subtype": subtype} if subtype else {})

    def _thread(self) -> dict[str, Any]:
        if self.is_reply:
            return {"thread_ts": self.thread_ts, "parent_user_id": self.parent_user}
        if not self.replies:
            return {}
        users = list(dict.fromkeys(user for _, user in self.replies))
        return {
            "thread_ts": self.ts,
            "reply_count": len(self.replies),
            "reply_users_count": len(users),
            "latest_reply": self.replies[-1][0],
            "reply_users": users,
            "is_locked": False,
            "subscribed": False,
        }
