"""What the page shows, as items: facts of the world beside HTML that is rendered already.

An item is {key, kind, …}, the same for the same state of the world. `sandbox.live` sends those that
changed, each to whom may see it.
"""

import codecs
import itertools
import mimetypes
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from sandbox import emoji
from sandbox.memory import Memory
from sandbox.messages import Message
from sandbox.people import Person
from sandbox.pictures import picture_type
from sandbox.rendering import Names, blocks_html, text_html, view_html
from sandbox.rendering.glyphs import glyph
from sandbox.unread import Unread
from sandbox.views import View
from sandbox.workspace import Channel, Ephemeral, StoredFile
from sandbox.world import World

Item = dict[str, Any]
PREVIEW_CHARACTERS = 2_000
_MOST_BYTES = 4  # of a character in UTF-8
_PICKER = [{"name": name, "glyph": emoji.CHARACTER_OF[name]} for name in emoji.PICKED]
# Slack's older way of adding to a message; the page shows that it cannot show it.
_ATTACHMENT = {"type": "attachment"}


class Items:
    """The items of one workspace; rendered HTML is kept as long as what it is made of."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._space = world.workspace
        self._unread = Unread(world.workspace)
        self._html: Memory[str] = Memory()
        self._names = Names()

    def begin(self) -> None:
        """Before the items are asked for anew: forget what is gone, and look up the names.

        HTML that is kept misses no name: people and channels come with the workspace, and a block
        can show only a file that was there before it.
        """
        self._html.sweep()
        self._unread.begin()
        space = self._space
        self._names = Names(
            people={person.id: person.real_name for person in space.people.values()},
            channels={channel.id: channel.name for channel in space.channels.values()},
            usergroups={group.id: group.handle for group in space.usergroups},
            files={file.id: file.path for file in space.files.values()},
        )

    def people(self) -> Iterator[Item]:
        """Everyone, for everyone."""
        for person in self._space.people.values():
            yield {
                "key": f"person/{person.id}",
                "kind": "person",
                "id": person.id,
                "name": person.handle,
                "real_name": person.real_name,
                "title": person.title,
                "is_bot": person.is_bot,
                "is_restricted": person.is_restricted,
                "is_stranger": person.is_stranger,
                "deleted": person.deleted,
            }

    def messages(self, channel: Channel) -> Iterator[Item]:
        """The messages of a channel, for its members."""
        for message in self._space.messages[channel.id].values():
            key = f"message/{message.channel}/{message.ts}"
            made_of = (message.text, message.blocks, message.attachments)
            yield {
                "key": key,
                "kind": "message",
                "channel": message.channel,
                "ts": message.ts,
                "user": message.user,
                "html": self._html.get(key, made_of, partial(self._body, *made_of)),
                "text": message.text,
                "reactions": [_reaction(*each) for each in message.reactions.items()],
                "is_reply": message.is_reply,
                "broadcast": message.broadcast,
                "edited": message.edited is not None,
                "tombstone": message.subtype == "tombstone",
                "files": [_file(self._space.files[each["id"]]) for each in message.files],
                **_thread(message),
            }

    def own(self, person: Person) -> Iterator[Item]:
        """What this person sees and others do not, or otherwise."""
        yield self._workspace(person)
        for channel in self._space.channels.values():
            if person.id in channel.members:
                yield self._channel(channel, person)
        for ephemeral in self._space.ephemerals:
            if ephemeral.user == person.id:
                yield self._ephemeral(ephemeral)
        for (user, _), stack in self._world.views.stacks.items():
            if user == person.id:
                yield from map(self._modal, stack, itertools.count())
        home = self._world.views.homes.get(person.id)
        if home is not None:
            yield {"key": "home", "kind": "home", "id": home.id, "html": self._form(home)}

    def _workspace(self, person: Person) -> Item:
        world, app = self._world, self._world.app
        return {
            "key": "workspace",
            "kind": "workspace",
            "me": {"id": person.id, "name": person.handle, "real_name": person.real_name},
            "app": {"id": world.bot.app_id, "name": world.bot.real_name, "user_id": world.bot.id},
            "ahead": world.clock.ahead,
            "emoji": _PICKER,
            "commands": list(app.command_menu),
            "shortcuts": list(app.shortcuts or ()),
            "connections": world.hub.connections,
            "held": list(world.faults.held),
            "playing": {"pace": world.pace} if world.pace else None,
            "faults": [fault.kind for fault in world.faults.waiting],
        }

    def _channel(self, channel: Channel, person: Person) -> Item:
        others = [member for member in channel.members if member != person.id]
        partner = (others or channel.members)[0] if channel.partner else None
        last_read = self._world.marks.last_read(person.id, channel.id)
        unread, mentions = self._unread.count(channel, person.id, last_read)
        return {
            "key": f"channel/{channel.id}",
            "kind": "channel",
            "id": channel.id,
            "name": self._space.people[partner].handle if partner else channel.name,
            "is_im": partner is not None,
            "partner": partner,
            "is_private": channel.is_private,
            "is_archived": channel.is_archived,
            "members": list(channel.members),
            "unread": unread,
            "mentions": mentions,
            "last_read": last_read,
        }

    def _ephemeral(self, ephemeral: Ephemeral) -> Item:
        key = f"ephemeral/{ephemeral.channel}/{ephemeral.ts}"
        made_of = (ephemeral.text, ephemeral.blocks)
        item = {
            "key": key,
            "kind": "ephemeral",
            "channel": ephemeral.channel,
            "ts": ephemeral.ts,
            "html": self._html.get(key, made_of, partial(self._body, *made_of)),
        }
        return item | ({"thread_ts": ephemeral.thread_ts} if ephemeral.thread_ts else {})

    def _modal(self, view: View, depth: int) -> Item:
        submit, close = view.content.get("submit"), view.content.get("close")
        return {
            "key": f"view/{view.id}",
            "kind": "view",
            "id": view.id,
            "client": view.client,
            "title": view.content["title"]["text"],
            "submit": submit["text"] if submit else None,
            "close": close["text"] if close else ("Cancel" if submit else "Close"),
            "html": self._form(view),
            "hash": view.hash,
            "depth": depth,
            "callback_id": view.content.get("callback_id", ""),
        }

    def _body(
        self,
        text: str,
        blocks: list[dict[str, Any]],
        attachments: Sequence[dict[str, Any]] = (),
    ) -> str:
        shown = [*blocks, *(_ATTACHMENT for _ in attachments)]
        return str(blocks_html(shown, self._names) if shown else text_html(text, self._names))

    def _form(self, view: View) -> str:
        made_of = (view.content, repr(view.typed))
        return self._html.get(
            view.id, made_of, lambda: str(view_html(view.content, view.typed, self._names))
        )


def _reaction(name: str, users: list[str]) -> Item:
    character = glyph(f":{name}:") or f":{name}:"
    return {"name": name, "glyph": character, "count": len(users), "users": list(users)}


def _thread(message: Message) -> Item:
    if message.is_reply:
        return {"thread_ts": message.thread_ts, "reply_count": 0, "reply_users": []}
    if not message.replies:
        return {"reply_count": 0, "reply_users": []}
    return {
        "thread_ts": message.ts,
        "reply_count": len(message.replies),
        "reply_users": list(dict.fromkeys(user for _, user in message.replies)),
        "latest_reply": message.replies[-1][0],
    }


def _file(file: StoredFile) -> Item:
    kind = picture_type(file.content)
    guessed = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": kind or guessed,
        "size": file.length,
        "url": file.path,
        "preview": None if kind else preview(file.content or b""),
        "is_image": kind is not None,
    }


def preview(content: bytes) -> str | None:
    """The first characters of a text file; None where the bytes are no text."""
    head = content[: PREVIEW_CHARACTERS * _MOST_BYTES]
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head, final=head == content)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text[:PREVIEW_CHARACTERS]
