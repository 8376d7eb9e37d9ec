"""Who may vote: handles, user groups and channels of a recipe, resolved to Slack ids.

`reviewers: channel` is every full member in it; guests, people of other workspaces and bots vote
only when they are named, bots never (SURFACE.md).
"""

import logging
import threading
import time
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack import pages, trouble
from core.errors import UsageError, WinnowError
from storage import datasets
from storage.datasets import Dataset
from storage.engine import Store
from storage.kinds import Role

log = logging.getLogger(__name__)
_REFRESH_SECONDS = 10.0
"""A stranger's votes make the roster be read again, but not more often than this."""


class Directory:
    """The workspace's people and channels, read once and used for all datasets."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        listed = pages(client, "users_list", "members", limit=200)
        self.people = {user["id"]: user for user in listed}
        self._channels: dict[str, str] | None = None
        self._members: dict[str, set[str]] = {}

    def channel(self, name: str) -> str:
        """The id of `#name` or an id; the bot must be in it.

        Raises:
            UsageError: there is no such channel, or the bot is not in it.
        """
        if name.startswith("#"):
            known = self._named()
            if name[1:] not in known:
                raise UsageError(
                    f"channel: there is no channel {name} that the bot can see.",
                    "Create it, then type there: /invite @Winnow (a private channel needs it).",
                )
            name = known[name[1:]]
        try:
            found = self._client.conversations_info(channel=name)["channel"]
        except SlackApiError as error:
            if trouble(error).passing:
                raise
            raise UsageError(
                f"channel: Slack does not show {name} to the bot ({error.response['error']}).",
                "Check the id, or invite the bot to the channel.",
            ) from error
        if not found.get("is_member"):
            raise UsageError(
                f"channel: the bot is not in #{found.get('name', name)}.",
                "Type there: /invite @Winnow",
            )
        if found.get("is_archived"):
            raise UsageError(f"channel: #{found.get('name', name)} is archived.", "Unarchive it.")
        return str(name)

    def _named(self) -> dict[str, str]:
        if self._channels is None:
            listed = pages(
                self._client,
                "conversations_list",
                "channels",
                types="public_channel,private_channel",
                limit=200,
            )
            self._channels = {channel["name"]: channel["id"] for channel in listed}
        return self._channels

    def ids(self, named: str) -> set[str]:
        """The people that an id, `@handle` or `@usergroup` names, without bots and who left.

        Raises:
            UsageError: nobody is called so.
        """
        if named in self.people:
            return self._who_work_here({named})
        handle = named.lstrip("@").lower()
        found = {i for i, user in self.people.items() if user.get("name", "").lower() == handle}
        found = found or self._group(handle)
        if not found:
            raise UsageError(
                f"reviewers, curators: nobody in this workspace is called {named}.",
                "Use a Slack id, an @handle or an @usergroup.",
            )
        return self._who_work_here(found)

    def _group(self, handle: str) -> set[str]:
        try:
            groups = self._client.usergroups_list(include_users=True)["usergroups"]
        except SlackApiError as error:
            if error.response["error"] == "plan_upgrade_required":
                return set()
            raise
        return {u for g in groups if g["handle"].lower() == handle for u in g.get("users", [])}

    def _who_work_here(self, ids: set[str]) -> set[str]:
        known = {user: self.people.get(user, {}) for user in ids}
        return {i for i, user in known.items() if not _is_bot(user) and not user.get("deleted")}

    def members(self, channel: str) -> set[str]:
        """Everybody who is in a channel."""
        if channel not in self._members:
            listed = pages(
                self._client, "conversations_members", "members", channel=channel, limit=200
            )
            self._members[channel] = {str(user) for user in listed}
        return self._members[channel]

    def full_members(self, channel: str) -> set[str]:
        """The full members of the workspace who are in a channel."""
        return {user for user in self.members(channel) if _is_full(self.people.get(user, {}))}


def _is_bot(user: dict[str, Any]) -> bool:
    return bool(user.get("is_bot") or user.get("id") == "USLACKBOT")


def _is_full(user: dict[str, Any]) -> bool:
    outside = ("is_restricted", "is_ultra_restricted", "is_stranger", "deleted")
    return bool(user) and not _is_bot(user) and not any(user.get(mark) for mark in outside)


def people_of(directory: Directory, dataset: Dataset, channel: str) -> dict[str, Role]:
    """Who may vote on a dataset, and who is a curator."""
    recipe = dataset.recipe
    named = (recipe.reviewers,) if isinstance(recipe.reviewers, str) else recipe.reviewers
    reviewers: set[str] = set()
    for name in named:
        reviewers |= directory.full_members(channel) if name == "channel" else directory.ids(name)
    curators = {user for name in recipe.curators for user in directory.ids(name)}
    return dict.fromkeys(reviewers, Role.REVIEWER) | dict.fromkeys(curators, Role.CURATOR)


def resolve(client: WebClient, store: Store, dataset: Dataset, directory: Directory) -> Dataset:
    """Look a dataset's channel and people up in Slack and store their ids."""
    channel = directory.channel(dataset.recipe.channel)
    people = people_of(directory, dataset, channel)
    absent = people.keys() - directory.members(channel)
    url = client.auth_test()["url"]
    datasets.place(store, dataset.id, channel, people, str(url), absent=absent)
    return datasets.by_id(store, dataset.id)


class Rosters:
    """Keeps the stored rosters fresh."""

    def __init__(self, client: WebClient, store: Store) -> None:
        self._client = client
        self._store = store
        self._lock = threading.Lock()
        self._read = float("-inf")

    def refresh(self, *, force: bool = True) -> list[str]:
        """Resolve every dataset; returns a sentence for each that cannot be.

        Unless `force`, nothing happens within ten seconds of the last time.
        """
        with self._lock:
            if not force and time.monotonic() - self._read < _REFRESH_SECONDS:
                return []
            directory = Directory(self._client)
            problems = []
            for dataset in datasets.every(self._store):
                try:
                    resolve(self._client, self._store, dataset, directory)
                except WinnowError as error:
                    problems.append(f"{dataset.name}: {error}")
                    log.warning("%s", problems[-1])
            self._read = time.monotonic()
            return problems
