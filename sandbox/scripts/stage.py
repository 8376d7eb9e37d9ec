"""Acting in the sandbox as its people: Slack's own client where it can, `/sandbox/…` elsewhere.

Nothing here waits a fixed time for something that can be seen: it looks until it is there.
"""

import html
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any, TypeVar

from slack_sdk import WebClient

from sandbox.manifest import BOT_USER_ID

APPROVE, REJECT = "white_check_mark", "x"
LOOK_SECONDS = 0.1
MOST_SECONDS = 30.0
NUDGE_SECONDS = 3.0
NUDGE_ADVANCE = 61  # the bot reads Slack again each minute of its clock
_PROGRESS = re.compile(r"(\d+)/(\d+)")

Json = dict[str, Any]
Found = TypeVar("Found")


class PlayFailed(Exception):  # noqa: N818  (its sentence is what is shown)
    """Something that the play waited for did not happen."""


class Stage:
    """One channel of a sandbox.

    Args:
        url: The sandbox's address, without a slash at its end.
        channel: The channel's name.
        tell: Takes each line of the transcript.
        nudges: Advance the sandbox's clock when something does not appear: an event may be lost,
            and then the bot finds out when it next reads Slack.
    """

    def __init__(
        self, url: str, channel: str, tell: Callable[[str], None], *, nudges: bool = False
    ) -> None:
        self._url = url
        self._tell = tell
        self._nudges = nudges
        self._nudged = time.monotonic()
        self._clients: dict[str, WebClient] = {}
        known = {each.get("name"): each["id"] for each in self.state()["channels"]}
        if channel not in known:
            raise PlayFailed(f"There is no channel #{channel} in the sandbox at {url}.")
        self.channel: str = known[channel]

    def tell(self, who: str, what: str) -> None:
        """Add a line to the transcript."""
        self._tell(f"{who:<5} {what}")

    # Looking ----------------------------------------------------------------------------------

    def state(self) -> Json:
        """`GET /sandbox/state`."""
        return self._asked("GET", "/sandbox/state")

    def history(self, handle: str) -> list[Json]:
        """The channel's messages as this person sees them, oldest first."""
        answer = self._client(handle).conversations_history(channel=self.channel, limit=200)
        return list(reversed(answer["messages"]))

    def wait(self, what: str, look: Callable[[Json], Found | None]) -> Found:
        """The first thing that `look` finds in the sandbox's state.

        Raises:
            PlayFailed: It did not appear within `MOST_SECONDS`.
        """
        begun = self._nudged = time.monotonic()
        while time.monotonic() < begun + MOST_SECONDS:
            found = look(self.state())
            if found:
                return found
            self.nudge(what)
            time.sleep(LOOK_SECONDS)
        raise PlayFailed(f"This did not happen within {MOST_SECONDS:.0f} s: {what}.")

    def nudge(self, what: str) -> None:
        """Where events may be lost: let a minute of the clock pass, every few seconds."""
        now = time.monotonic()
        if self._nudges and now > self._nudged + NUDGE_SECONDS:
            self._nudged = now
            self.act("clock", advance=NUDGE_ADVANCE)
            self.tell("", f"(a minute passes; still to come: {what})")

    def card_showing(self, texts: set[str], root: str | None = None) -> str:
        """Wait for the bot's message that shows these texts, its ✅ and ❌ included; its `ts`.

        Args:
            texts: Texts that must each be a section of the message.
            root: The message whose thread it stands in; None outside threads.
        """

        def look(state: Json) -> str | None:
            for message in state["messages"]:
                place = (message["channel"], message.get("thread_ts") or message["ts"])
                if (
                    place == (self.channel, root or message["ts"])
                    and texts <= set(sections(message))
                    and seeded(message)
                ):
                    return str(message["ts"])
            return None

        return self.wait("a card with its ✅ and ❌", look)

    def decided(self, number: int) -> None:
        """Wait until the header of the batch says that so many samples are decided."""

        def look(state: Json) -> bool:
            lines = [
                block["text"]["text"]
                for message in state["messages"]
                if message["channel"] == self.channel and message["user"] == BOT_USER_ID
                for block in message.get("blocks", [])
                if message["blocks"][0]["type"] == "header" and block["type"] == "section"
            ]
            shown = [_PROGRESS.search(line) for line in lines[:1]]
            return any(match and int(match[1]) >= number for match in shown)

        self.wait(f"{number} samples decided", look)

    # Acting -----------------------------------------------------------------------------------

    def act(self, verb: str, **body: Any) -> Json:  # noqa: ANN401  (any JSON)
        """`POST /sandbox/VERB`.

        Raises:
            PlayFailed: The sandbox refused it, with its sentence.
        """
        return self._asked("POST", f"/sandbox/{verb}", body)

    def react(self, handle: str, ts: str, emoji: str) -> None:
        """Put a reaction under a message."""
        self._client(handle).reactions_add(channel=self.channel, timestamp=ts, name=emoji)

    def take_back(self, handle: str, ts: str, emoji: str) -> None:
        """Take a reaction away."""
        self._client(handle).reactions_remove(channel=self.channel, timestamp=ts, name=emoji)

    def reply(self, handle: str, ts: str, text: str) -> str:
        """Write in a message's thread; the reply's `ts`."""
        answer = self._client(handle).chat_postMessage(
            channel=self.channel, thread_ts=ts, text=html.escape(text, quote=False)
        )
        return str(answer["ts"])

    def edit(self, handle: str, ts: str, text: str) -> None:
        """Change one's own message."""
        self._client(handle).chat_update(
            channel=self.channel, ts=ts, text=html.escape(text, quote=False)
        )

    def click(self, handle: str, ts: str, action_id: str, value: str | None = None) -> Json:
        """Press a button of a message; what the person gets to see."""
        more = {} if value is None else {"value": value}
        return self.act(
            "click", user=handle, channel=self.channel, ts=ts, action_id=action_id, **more
        )

    def submit(self, handle: str, view_id: str, values: dict[str, str]) -> None:
        """Fill in a modal and submit it.

        Raises:
            PlayFailed: The bot did not accept it; with what it said beside the fields.
        """
        answer = self.act("submit", user=handle, view_id=view_id, values=values)
        if errors := answer.get("errors"):
            raise PlayFailed(f"The bot refused what {handle} submitted: {errors}.")

    def command(self, handle: str, text: str) -> Json:
        """Type `/winnow …`; the answer as the person sees it."""
        answer = self.act(
            "command", user=handle, channel=self.channel, command="/winnow", text=text
        )
        ephemeral: Json = answer.get("ephemeral", {})
        return ephemeral

    def _client(self, handle: str) -> WebClient:
        if handle not in self._clients:
            self._clients[handle] = WebClient(f"xoxp-{handle}", base_url=f"{self._url}/api/")
        return self._clients[handle]

    def _asked(self, method: str, path: str, body: Json | None = None) -> Json:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            with error:
                why = json.loads(error.read() or b"{}").get("error", error.reason)
            raise PlayFailed(f"{method} {path}: {why}") from error


def sections(message: Json) -> list[str]:
    """The texts of a message's sections, in order."""
    return [
        block["text"]["text"]
        for block in message.get("blocks", [])
        if block["type"] == "section" and "text" in block
    ]


def seeded(message: Json) -> bool:
    """Whether the bot has put its ✅ and ❌ under a message."""
    own = {r["name"] for r in message.get("reactions", []) if BOT_USER_ID in r["users"]}
    return {APPROVE, REJECT} <= own
