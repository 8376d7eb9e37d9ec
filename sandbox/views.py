"""Modals and App Homes: each person's stack of modals, each person's Home, hashes and state."""

import itertools
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from sandbox.inputs import State, state_of, with_ids
from sandbox.manifest import APP_ID, BOT_ID, TEAM_ID
from sandbox.refusals import Refused

MOST_STACKED = 3


@dataclass
class View:
    """A view as it stands; `content` is what the app gave, `typed` what the person did.

    A modal belongs to the window (`client`) in which it was opened; "" is every one of the user's.
    """

    id: str
    user: str
    content: dict[str, Any]
    hash: str
    root: str
    previous: str | None = None
    client: str = ""
    typed: State = field(default_factory=dict)

    @property
    def is_home(self) -> bool:
        """Whether it is an App Home, not a modal."""
        return bool(self.content["type"] == "home")

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """Its blocks, with ids."""
        return list(self.content["blocks"])

    def state(self) -> State:
        """`state.values` as Slack sends them."""
        return state_of(self.blocks, self.typed)

    def render(self) -> dict[str, Any]:
        """The view object of answers and interactions."""
        shown: dict[str, Any] = {"private_metadata": "", "callback_id": "", "external_id": ""}
        shown |= self.content
        for name in ("title", "submit", "close"):
            shown.setdefault(name, None)
        for name in ("clear_on_close", "notify_on_close", "submit_disabled"):
            shown.setdefault(name, False)
        return shown | {
            "id": self.id,
            "team_id": TEAM_ID,
            "state": {"values": self.state()},
            "hash": self.hash,
            "root_view_id": self.root,
            "previous_view_id": self.previous,
            "app_id": APP_ID,
            "app_installed_team_id": TEAM_ID,
            "bot_id": BOT_ID,
        }


class Views:
    """Every open modal and every published Home."""

    def __init__(self) -> None:
        self.stacks: dict[tuple[str, str], list[View]] = {}  # by user and client
        self.homes: dict[str, View] = {}
        self._numbers = itertools.count(1)

    def all(self) -> list[View]:
        """Every view that someone could see."""
        return [*itertools.chain(*self.stacks.values()), *self.homes.values()]

    def find(self, id_: str | None = None, external_id: str | None = None) -> View:
        """The view with this id or external_id, else `not_found`."""
        for view in self.all():
            if id_ == view.id or (external_id and view.content.get("external_id") == external_id):
                return view
        raise Refused("not_found")

    def open(self, user: str, content: dict[str, Any], client: str = "") -> View:
        """Show a first modal; what was open before in this window is gone, as in Slack."""
        self.stacks[user, client] = []
        view = self._new(user, content, client)
        self.stacks[user, client] = [view]
        return view

    def push(self, below: View, content: dict[str, Any]) -> View:
        """Put a modal on the stack that a modal is in, or `push_limit_reached`."""
        stack = self.stacks[below.user, below.client]
        if len(stack) >= MOST_STACKED:
            raise Refused("push_limit_reached")
        view = self._new(below.user, content, below.client)
        view.root, view.previous = stack[0].root, stack[-1].id
        stack.append(view)
        return view

    def publish(self, user: str, content: dict[str, Any], hash_: str | None) -> View:
        """Show a Home; `hash_conflict` where `hash_` is given and old."""
        current = self.homes.get(user)
        if current is None:
            self.homes[user] = self._new(user, content)
            return self.homes[user]
        return self.update(current, content, hash_)

    def update(self, view: View, content: dict[str, Any], hash_: str | None) -> View:
        """Replace a view's content; typed input stays where block_id and action_id do."""
        if hash_ is not None and hash_ != view.hash:
            raise Refused("hash_conflict")
        self._check_external_id(content, view)
        view.content = _filled(content)
        view.hash = _hash()
        return view

    def close(self, view: View, *, all_of_them: bool = False) -> None:
        """Close a modal and those above it, or the whole stack."""
        stack = self.stacks[view.user, view.client]
        del stack[0 if all_of_them else stack.index(view) :]

    def _new(self, user: str, content: dict[str, Any], client: str = "") -> View:
        self._check_external_id(content)
        id_ = f"V{next(self._numbers):04d}{secrets.token_hex(3).upper()}"
        return View(id_, user, _filled(content), _hash(), id_, client=client)

    def _check_external_id(self, content: dict[str, Any], but: View | None = None) -> None:
        wanted = content.get("external_id")
        if wanted and any(v.content.get("external_id") == wanted for v in self.all() if v != but):
            raise Refused("duplicate_external_id")


def _filled(content: dict[str, Any]) -> dict[str, Any]:
    return {**content, "blocks": with_ids(content["blocks"])}


def _hash() -> str:
    return f"{int(time.time())}.{secrets.token_hex(4)}"
