"""The state of the workspace: people, channels, messages, ephemerals, files."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from sandbox.manifest import BOT_USER_ID, TEAM_ID, Installed
from sandbox.messages import Message
from sandbox.people import DEFAULT_PEOPLE, Person, Usergroup, person_of, the_bot
from sandbox.refusals import BadRequest, Refused

DEFAULT_CHANNELS: tuple[dict[str, Any], ...] = (
    {"name": "dermatology-zh"},
    {"name": "general-zh"},
    {"name": "support-en"},
    {"name": "random", "bot": False},
)


@dataclass
class Channel:
    """A channel or a direct message (`partner` is the other side of a direct message)."""

    id: str
    name: str
    members: list[str]
    created: int
    is_private: bool = False
    is_archived: bool = False
    partner: str | None = None

    @property
    def kind(self) -> str:
        """Slack's `channel_type` of events: channel, group or im."""
        if self.partner:
            return "im"
        return "group" if self.is_private else "channel"

    def render(self, viewer: str) -> dict[str, Any]:
        """The object of conversations.info."""
        shown: dict[str, Any] = {"id": self.id, "created": self.created}
        shown |= {"is_archived": self.is_archived, "context_team_id": TEAM_ID}
        if self.partner:
            other = next((m for m in self.members if m != viewer), self.partner)
            return shown | {"is_im": True, "user": other, "is_open": True}
        empty = {"value": "", "creator": "", "last_set": 0}
        return shown | {
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not self.is_private,
            "is_group": self.is_private,
            "is_im": False,
            "is_mpim": False,
            "is_private": self.is_private,
            "is_general": False,
            "is_shared": False,
            "is_org_shared": False,
            "is_ext_shared": False,
            "is_member": viewer in self.members,
            "creator": self.members[0] if self.members else "",
            "topic": empty,
            "purpose": dict(empty),
            "previous_names": [],
            "num_members": len(self.members),
        }


@dataclass
class Ephemeral:
    """A message that only `user` sees; it has no history and no reactions."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[dict[str, Any]]
    thread_ts: str | None = None

    def render(self) -> dict[str, Any]:
        """The ephemeral as `/sandbox/state` and the acting verbs show it."""
        shown = {"channel": self.channel, "ts": self.ts, "user": self.user}
        shown |= {"text": self.text, "blocks": self.blocks}  # type: ignore[dict-item]
        return shown | ({"thread_ts": self.thread_ts} if self.thread_ts else {})


@dataclass
class StoredFile:
    """A file under upload (`content` None) or uploaded; `shared` once it was completed."""

    id: str
    owner: str
    name: str
    length: int
    created: int
    title: str = ""
    content: bytes | None = None
    shared: bool = False
    channels: list[str] = field(default_factory=list)
    thread_ts: str | None = None

    @property
    def path(self) -> str:
        """Where its bytes are served, on the sandbox's own address.

        A browser would take `.` and `..` for folders.
        """
        name = quote(self.name, safe="") if self.name.strip(".") else "file"
        return f"/files/{self.id}/{name}"


def _free(id_: str, taken: Mapping[str, object]) -> str:
    """The id, with a number where another name has already led to it (a-b and ab)."""
    number = 1
    while id_ in taken or len(id_) < len("C0X"):
        number += 1
        id_ = f"{id_}{number}"
    return id_


class Workspace:
    """All that Slack would keep. Methods raise `Refused` with the code Slack answers."""

    def __init__(
        self,
        app: Installed,
        now: int,
        people: list[dict[str, Any]] | None = None,
        channels: list[dict[str, Any]] | None = None,
    ) -> None:
        self._now = now
        self.people: dict[str, Person] = {BOT_USER_ID: the_bot(app.name)}
        for definition in DEFAULT_PEOPLE if people is None else people:
            self.add_person(definition)
        self.channels: dict[str, Channel] = {}
        for definition in DEFAULT_CHANNELS if channels is None else channels:
            self.add_channel(definition)
        self.messages: dict[str, dict[str, Message]] = {id_: {} for id_ in self.channels}
        self.ephemerals: list[Ephemeral] = []
        self.files: dict[str, StoredFile] = {}
        doctors = [p.id for p in self.people.values() if p.handle in {"ana", "ben", "chen"}]
        self.usergroups = [Usergroup("S0DOCTORS", "doctors", "Doctors", doctors)]

    def add_person(self, definition: dict[str, Any]) -> None:
        """Add someone; `BadRequest` where the definition is no person."""
        try:
            person = person_of(definition)
        except (TypeError, KeyError) as error:
            raise BadRequest(
                f"people: {definition!r} is no person ({error}); give name, and real_name, title,"
                " is_restricted, is_stranger, is_bot or deleted where they matter."
            ) from error
        person.id = _free(person.id, self.people)
        self.people[person.id] = person

    def add_channel(self, definition: dict[str, Any]) -> None:
        """Add {name, members?, is_private?, is_archived?, bot?}; members default to everyone."""
        known = {"name", "members", "is_private", "is_archived", "bot"}
        if "name" not in definition or set(definition) - known:
            raise BadRequest(f"channels: {definition!r} must have name and may have {known}.")
        handles = definition.get("members")
        everyone = [p for p in self.people if p != BOT_USER_ID]
        members = everyone if handles is None else [self.person(h).id for h in handles]
        if definition.get("bot", True) and BOT_USER_ID not in members:
            members = [*members, BOT_USER_ID]
        name = str(definition["name"]).lstrip("#")
        id_ = _free("C0" + re.sub(r"[^A-Z0-9]", "", name.upper()), self.channels)
        channel = Channel(id_, name, list(members), self._now)
        channel.is_private = bool(definition.get("is_private"))
        channel.is_archived = bool(definition.get("is_archived"))
        self.channels[id_] = channel

    # Looking up -----------------------------------------------------------------------------

    def person(self, reference: object) -> Person:
        """Who has this id or handle; `BadRequest` when nobody has (for `/sandbox/...`)."""
        text = str(reference).lstrip("@").lower()
        for person in self.people.values():
            if text in (person.id.lower(), person.handle):
                return person
        raise BadRequest(f"user: nobody is called {reference!r}; GET /sandbox/state lists users.")

    def place(self, reference: object) -> Channel:
        """The channel with this id or name; `BadRequest` when there is none (`/sandbox/...`)."""
        text = str(reference).lstrip("#")
        for channel in self.channels.values():
            if text in (channel.id, channel.name):
                return channel
        raise BadRequest(f"channel: there is no {reference!r}; GET /sandbox/state lists channels.")

    def channel(self, reference: str, viewer: str) -> Channel:
        """The channel with this id, as far as `viewer` may know of it (else channel_not_found)."""
        channel = self.channels.get(reference)
        if channel is None or (channel.kind != "channel" and viewer not in channel.members):
            raise Refused("channel_not_found")
        return channel

    def message(self, channel: Channel, ts: str) -> Message:
        """The message, or message_not_found."""
        found = self.messages[channel.id].get(ts)
        if found is None:
            raise Refused("message_not_found")
        return found

    def file(self, reference: Mapping[str, str]) -> StoredFile | None:
        """The file of a `slack_file`: by `id`, or by its address `url` (not by both)."""
        if len(reference) != 1:
            return None
        id_, path = reference.get("id"), urlsplit(reference.get("url", "")).path
        found = (file for file in self.files.values() if id_ == file.id or path == file.path)
        return next(found, None)

    def direct(self, one: str, other: str) -> Channel:
        """The direct message between the two, opened where it is not yet."""
        members = sorted({one, other})
        id_ = "D0" + "".join(member.removeprefix("U0") for member in members)
        if id_ not in self.channels:
            self.channels[id_] = Channel(id_, id_.lower(), members, self._now, partner=other)
            self.messages[id_] = {}
        return self.channels[id_]

    # Changing -------------------------------------------------------------------------------

    def add(self, message: Message) -> None:
        """Store a message, and count it in its thread."""
        self.messages[message.channel][message.ts] = message
        parent = self.messages[message.channel].get(message.thread_ts or "")
        if parent is not None and message.is_reply:
            message.parent_user = parent.user
            parent.replies.append((message.ts, message.user))

    def remove(self, message: Message) -> bool:
        """Delete a message; True where a tombstone stays because it has replies."""
        if message.replies:
            message.subtype, message.user = "tombstone", "USLACKBOT"
            message.text, message.blocks, message.metadata = "This message was deleted.", [], None
            message.reactions, message.files, message.by_app = {}, [], False
            return True
        del self.messages[message.channel][message.ts]
        parent = self.messages[message.channel].get(message.thread_ts or "")
        if parent is not None:
            parent.replies.remove((message.ts, message.user))
        return False
