"""What an interaction hands to the app, and what comes back by it: triggers and response_urls."""

import asyncio
import itertools
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from sandbox.refusals import Refused

TRIGGER_SECONDS = 3.0
RESPONSE_URL_SECONDS = 30 * 60.0
RESPONSE_URL_USES = 5


@dataclass
class Outcome:
    """What the person who acted got to see of it; `client` is the window they acted in, if told.

    A Home is published anew at any time: it is what was seen only where no modal was.
    """

    user: str
    client: str = ""
    awaits_home: bool = False
    view_id: str | None = None
    home_id: str | None = None
    ephemerals: list[dict[str, Any]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def saw_view(self, view_id: str) -> None:
        """A modal was opened, pushed or updated."""
        self.view_id = view_id
        self.arrived.set()

    def saw_home(self, view_id: str) -> None:
        """A Home was published."""
        self.home_id = view_id
        if self.awaits_home:
            self.arrived.set()

    def saw_ephemeral(self, ephemeral: dict[str, Any]) -> None:
        """An ephemeral message was shown."""
        self.ephemerals.append(ephemeral)
        self.arrived.set()

    def answer(self) -> dict[str, Any]:
        """The answer of an acting verb: what there is of `view_id` and `ephemeral` (the last)."""
        seen = self.view_id or self.home_id
        answer: dict[str, Any] = {"view_id": seen} if seen else {}
        return answer | ({"ephemeral": self.ephemerals[-1]} if self.ephemerals else {})


@dataclass
class Trigger:
    """A trigger_id: it lives 3 s of real time and can be exchanged for one view."""

    id: str
    outcome: Outcome
    born: float
    in_view: str | None
    used: bool = False


@dataclass
class ResponseUrl:
    """A response_url: 5 uses within 30 minutes, bound to a user and a place."""

    id: str
    outcome: Outcome
    born: float
    channel: str
    message_ts: str | None
    thread_ts: str | None
    uses: int = 0

    def use(self) -> None:
        """Count one use; `Refused` when it is over."""
        if time.monotonic() - self.born > RESPONSE_URL_SECONDS:
            raise Refused("expired_url")
        if self.uses >= RESPONSE_URL_USES:
            raise Refused("used_url")
        self.uses += 1


class Desk:
    """Issues triggers and response_urls, and tells running interactions what was shown."""

    def __init__(self) -> None:
        self._triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self._open: list[Outcome] = []
        self._numbers = itertools.count(1)

    def begin(self, user: str, client: str = "") -> Outcome:
        """An interaction of this user begins, in this window of theirs."""
        outcome = Outcome(user, client)
        self._open.append(outcome)
        return outcome

    def end(self, outcome: Outcome) -> None:
        """It is answered; what comes later is found in the state."""
        self._open.remove(outcome)

    def running(self, user: str) -> list[Outcome]:
        """The interactions of this user that are not yet answered."""
        return [outcome for outcome in self._open if outcome.user == user]

    def trigger(self, outcome: Outcome, in_view: str | None = None) -> str:
        """A new trigger_id; `in_view` when the interaction happened inside a modal."""
        id_ = f"{next(self._numbers)}.{int(time.time())}.{secrets.token_hex(16)}"
        self._triggers[id_] = Trigger(id_, outcome, time.monotonic(), in_view)
        return id_

    def exchange(self, trigger_id: str) -> Trigger:
        """Use a trigger up; `Refused` when it is unknown, too old or already used."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if time.monotonic() - trigger.born > TRIGGER_SECONDS:
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger

    def response_url(
        self, outcome: Outcome, channel: str, message_ts: str | None, thread_ts: str | None
    ) -> str:
        """The secret part of a new response_url."""
        id_ = secrets.token_hex(12)
        self.response_urls[id_] = ResponseUrl(
            id_, outcome, time.monotonic(), channel, message_ts, thread_ts
        )
        return id_
