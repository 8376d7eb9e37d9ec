"""Scripted reviewers inside the sandbox: at a chosen pace, one person after the other does one act.

They know the banks (`sandbox.banks`), and so which samples are flawed: good ones they approve,
flawed ones they correct in the thread or reject, as the bank's entry says. What they do depends on
the seed and on what they find in the channels alone; they do it by the same calls as everyone.
"""

import asyncio
import random
from dataclasses import dataclass
from typing import Any

from sandbox import acting, banks
from sandbox.banks import Entry
from sandbox.door import PERSON_TOKEN, Request
from sandbox.inputs import elements
from sandbox.manifest import BOT_USER_ID
from sandbox.messages import Message
from sandbox.people import Person
from sandbox.refusals import BadRequest
from sandbox.web_api import perform
from sandbox.workspace import Channel
from sandbox.world import World

APPROVE, REJECT = "white_check_mark", "x"
LEAST_SECONDS, MOST_SECONDS = 0.05, 3600.0
_LEAD, _MOST_VOTES = 2, 5  # of the policy net-2: what has them is decided, or a curator's
_AT_ONCE = 3  # cards that are under review at the same time
_DOUBT = 0.1  # how often a text that is in no bank is rejected
_BUTTON = "correct"  # each card that takes votes has it


@dataclass(frozen=True)
class Act:
    """What one person does with one card: a vote, or a correction of it typed in its thread."""

    person: Person
    card: Message
    vote: str
    correction: str = ""


class Play:
    """What the reviewers do next, from one start to the stop.

    Args:
        world: The sandbox.
        seed: Draws who acts where, and what the banks do not say.
        channel: Where they act; None where the app is.
        but: Who does not take part, since a person plays them.
    """

    def __init__(
        self, world: World, seed: int, channel: Channel | None, but: Person | None
    ) -> None:
        self._world = world
        self._space = world.workspace
        self._draw = random.Random(f"playing/{seed}")  # noqa: S311  (a play, no secret)
        self._channel = channel
        self._but = but
        self._corrected: set[str] = set()
        self._authors: dict[str, str] = {}  # who corrected something in the thread of this ts

    async def run(self, pace: float) -> None:
        """Act every `pace` seconds until cancelled, or until the world begins anew."""
        while True:
            await asyncio.sleep(pace)
            if self._world.workspace is not self._space:
                return
            act = self.next_act()
            if act is not None:
                await self.perform(act)

    def next_act(self) -> Act | None:
        """One act on one of the oldest cards that are open; None while there is nothing to do."""
        places = [(card, able) for card in self._cards() if (able := self._able(card))]
        if not places:
            return None
        card, able = self._draw.choice(places[:_AT_ONCE])
        return self._act(self._draw.choice(able), card)

    def _cards(self) -> list[Message]:
        found = [
            message
            for channel in self._channels()
            for message in self._space.messages[channel.id].values()
            if message.ts not in self._corrected and self._is_open(message)
        ]
        return sorted(found, key=lambda message: message.ts)

    def _channels(self) -> list[Channel]:
        there = [c for c in self._space.channels.values() if BOT_USER_ID in c.members]
        wanted = [c for c in there if c.kind != "im"] if self._channel is None else [self._channel]
        return [channel for channel in wanted if not channel.is_archived]

    def _is_open(self, message: Message) -> bool:
        """Whether it is a card with its ✅ and ❌ that is undecided, as far as one can see."""
        votes = [message.reactions.get(name, []) for name in (APPROVE, REJECT)]
        if not all(BOT_USER_ID in users for users in votes):
            return False
        up, down = (sum(_may_vote(self._space.people[u]) for u in users) for users in votes)
        decided = abs(up - down) >= _LEAD or up + down >= _MOST_VOTES
        return not decided and any(e["action_id"] == _BUTTON for _, e in elements(message.blocks))

    def _able(self, card: Message) -> list[Person]:
        """Who may vote on the card and has not, nor written what it shows."""
        members = sorted(self._space.channels[card.channel].members)
        people = [p for p in map(self._space.people.__getitem__, members) if _may_vote(p)]
        done = {user for name in (APPROVE, REJECT) for user in card.reactions[name]}
        done.add(self._authors.get(card.thread_ts or card.ts, ""))
        return [p for p in people if p.id not in done and p is not self._but]

    def _act(self, person: Person, card: Message) -> Act:
        texts = _texts(card)
        for entry in (entry for name in banks.names() for entry in banks.load(name)):
            if entry.record and entry.texts() <= texts:
                return _answer(person, card, entry)
            if entry.mend and entry.texts(mended=True) <= texts:
                return Act(person, card, APPROVE)
        return Act(person, card, REJECT if self._draw.random() < _DOUBT else APPROVE)

    async def perform(self, act: Act) -> None:
        """Do it, by the calls that everybody uses."""
        card, handle = act.card, act.person.handle
        if act.correction:
            thread = card.thread_ts or card.ts
            self._corrected.add(card.ts)
            self._authors[thread] = act.person.id
            body = {"user": handle, "channel": card.channel, "text": act.correction}
            await acting.act(self._world, "type", body | {"thread_ts": thread})
            self._world.bell.ring()
        else:
            raw = {"channel": card.channel, "timestamp": card.ts, "name": act.vote}
            perform(self._world, "reactions.add", Request(PERSON_TOKEN + handle, raw, is_json=True))


class Playing:
    """The scripted reviewers of a sandbox; they rest until they are started."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._seed = seed
        self._task: asyncio.Task[None] | None = None

    async def control(self, body: dict[str, Any]) -> dict[str, Any]:
        """POST /sandbox/play: {pace, channel?, user?} begins anew, {stop: true} stops."""
        play = None if body == {"stop": True} else self._asked(body)
        self.stop()
        if play is not None:
            self._world.pace = body["pace"]
            self._task = asyncio.get_running_loop().create_task(play.run(body["pace"]))
        return {}

    def stop(self) -> None:
        """Rest."""
        self._world.pace = None
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _asked(self, body: dict[str, Any]) -> Play:
        pace, space = body.get("pace"), self._world.workspace
        if set(body) - {"pace", "channel", "user"} or isinstance(pace, bool):
            raise BadRequest("play: give {pace: seconds an act, channel?, user?} or {stop: true}.")
        if not isinstance(pace, int | float) or not LEAST_SECONDS <= pace <= MOST_SECONDS:
            raise BadRequest(f"play: pace must be {LEAST_SECONDS:g} to {MOST_SECONDS:g} seconds.")
        channel = space.place(body["channel"]) if body.get("channel") else None
        but = space.person(body["user"]) if body.get("user") else None
        return Play(self._world, self._seed, channel, but)


def _may_vote(person: Person) -> bool:
    outsider = person.is_bot or person.is_restricted or person.is_stranger
    return not (outsider or person.deleted)


def _answer(person: Person, card: Message, entry: Entry) -> Act:
    """What is right for a text as the bank has it."""
    for field, text in entry.mend.items():
        return Act(person, card, REJECT, banks.typed(field, text))
    return Act(person, card, REJECT if entry.flaw else APPROVE)


def _texts(card: Message) -> set[str]:
    return {
        block["text"]["text"]
        for block in card.blocks
        if block["type"] == "section" and "text" in block
    }
