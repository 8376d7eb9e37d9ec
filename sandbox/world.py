"""Everything one sandbox is made of, wired together."""

import secrets
from typing import Any

from sandbox.bell import Bell
from sandbox.clock import Clock
from sandbox.delivery import Delivery
from sandbox.desk import Desk
from sandbox.events import Events
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.manifest import BOT_USER_ID, Installed
from sandbox.marks import Marks
from sandbox.messages import Message
from sandbox.people import Person
from sandbox.rates import Rates
from sandbox.refusals import BadRequest
from sandbox.richtext import EVERYONE, composed, escaped, mentioning
from sandbox.signed import SignedHttp
from sandbox.sockets import Hub
from sandbox.views import Views
from sandbox.workspace import Channel, Workspace


class World:
    """One local Slack.

    Attributes:
        address: Set once it listens, without a slash at its end.
        pace: Seconds between two acts of the scripted reviewers; None while they rest.
    """

    def __init__(
        self, app: Installed, *, rate_limits: bool = True, events_url: str | None = None
    ) -> None:
        self.app = app
        self.address = ""
        self.clock = Clock()
        self.bell = Bell()
        self.hub = Hub(self.bell.ring)
        self.faults = Faults(self.bell.ring)
        self._begin(rate_limits, events_url, None, None)

    def reset(self, body: dict[str, Any]) -> None:
        """Begin anew: state, log, faults; connections, clock and app stay.

        Args:
            body: people?, channels?, events_url?, rate_limits? as SURFACE.md has them.
        """
        known = {"people": list, "channels": list, "events_url": str, "rate_limits": bool}
        for name, value in body.items():
            if name not in known:
                raise BadRequest(f"reset: {name!r} is unknown; known are {', '.join(known)}.")
            if not isinstance(value, known[name]):
                raise BadRequest(f"reset: {name} must be a {known[name].__name__}.")
        people, channels = body.get("people"), body.get("channels")
        Workspace(self.app, 0, people, channels)  # refuses what it cannot take before all is lost
        self.delivery.drop_all()
        self.faults.release()
        self.faults.waiting.clear()
        limits = body.get("rate_limits", self.rates.enabled)
        self._begin(limits, body.get("events_url"), people, channels)

    def _begin(
        self,
        rate_limits: bool,
        events_url: str | None,
        people: list[dict[str, Any]] | None,
        channels: list[dict[str, Any]] | None,
    ) -> None:
        self.pace: float | None = None
        self.journal = Journal(self.clock, self.bell.ring)
        self.rates = Rates(rate_limits)
        self.desk = Desk()
        self.views = Views()
        self.marks = Marks()
        self.workspace = Workspace(self.app, int(self.clock.seconds()), people, channels)
        carrier = SignedHttp(events_url) if events_url else self.hub
        self.delivery = Delivery(self.journal, self.faults, carrier)
        self.events = Events(self.app, self.clock, self.delivery.send)

    @property
    def bot(self) -> Person:
        """The bot user of the app."""
        return self.workspace.people[BOT_USER_ID]

    def post(self, message: Message) -> None:
        """Store a message and tell the app."""
        self.workspace.add(message)
        self.events.posted(self.workspace, self.workspace.channels[message.channel], message)

    def say(
        self, person: Person, channel: Channel, raw: str, thread_ts: str | None, broadcast: bool
    ) -> Message:
        """A person types raw text into Slack's composer and sends it."""
        message = self.typed(person, channel, self._mentioning(raw))
        message.thread_ts, message.broadcast = thread_ts, broadcast
        self.post(message)
        return message

    def edit(self, message: Message, raw: str) -> None:
        """Its author types other raw text into a message."""
        before = message.render()
        message.text, message.blocks = composed(self._mentioning(raw))
        message.edited = {"user": message.user, "ts": self.clock.stamp()}
        self.events.changed(self.workspace.channels[message.channel], before, message)

    def delete(self, message: Message) -> None:
        """Delete a message, or leave a tombstone where it has replies; the app is told which."""
        channel, before = self.workspace.channels[message.channel], message.render()
        if self.workspace.remove(message):
            self.events.changed(channel, before, message)
        else:
            self.events.deleted(channel, before)

    def _mentioning(self, raw: str) -> str:
        handles = {word: f"!{word}" for word in EVERYONE}
        handles |= {p.handle: f"@{p.id}" for p in self.workspace.people.values()}
        handles |= {g.handle: f"!subteam^{g.id}" for g in self.workspace.usergroups}
        return mentioning(escaped(raw), handles)

    def typed(self, person: Person, channel: Channel, text: str) -> Message:
        """A person's message as Slack's client makes it: with rich text and a client_msg_id."""
        stored, blocks = composed(text)
        message = Message(channel.id, self.clock.stamp(), person.id, stored, blocks)
        blocks[0]["block_id"] = secrets.token_urlsafe(4)
        message.client_msg_id = secrets.token_hex(16)
        return message

    def permalink(self, message: Message) -> str:
        """The address of a message."""
        link = f"{self.address}/archives/{message.channel}/p{message.ts.replace('.', '')}"
        if message.is_reply:
            link += f"?thread_ts={message.thread_ts}&cid={message.channel}"
        return link
