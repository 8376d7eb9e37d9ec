"""Reading Slack again: what it shows now is the truth about reactions and replies (rule 2).

At start, at intervals and before each export. A reading is an observation at the time of its
request; only the difference to the store is appended.
"""

import logging
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from slack_sdk.errors import SlackApiError

from bot import replies as threads
from bot.desk import Desk
from bot.slack import BROKEN, pages, trouble
from storage import comments, datasets, posts, settlements, votes
from storage import corrections as store_corrections
from storage.datasets import Dataset
from storage.posts import Posted

log = logging.getLogger(__name__)

_DECIDED_FOR = timedelta(days=30)
"""Cards of decided samples are read as long: a vote may be taken back after the decision."""


def run(desk: Desk, *, threads: bool = False) -> int:
    """Read every dataset's channel; returns the number of vote events appended.

    `threads`: read the thread of every open card, not only of those whose reply count changed.
    """
    every = datasets.every(desk.store)
    return sum(read_dataset(desk, dataset, threads=threads) for dataset in every)


def read_dataset(desk: Desk, dataset: Dataset, *, threads: bool = False) -> int:
    """Read the messages of one dataset; what cannot be read is unknown and left alone."""
    since = desk.store.now() - _DECIDED_FOR
    wanted = sorted(posts.read_again(desk.store, dataset.id, since), key=lambda p: p.channel)
    appended = 0
    for channel, cards in groupby(wanted, key=lambda post: post.channel):
        try:
            appended += _read_channel(desk, channel, list(cards), threads=threads)
        except BROKEN as error:
            log.warning("%s: %s could not be read: %s", dataset.name, channel, _word(error))
    desk.wake.set()
    return appended


def _word(error: Exception) -> str:
    return trouble(error).error


def _read_channel(desk: Desk, channel: str, cards: list[Posted], *, threads: bool) -> int:
    at = desk.store.now()
    held = _held(desk, channel)
    for cause in ("archived", "bot_removed"):
        settlements.freeze_channel(desk.store, channel, cause, at, lift=cause != held)
    if held:
        return 0
    at = desk.store.now()
    shown = _messages(desk, channel, min(card.ts for card in cards))
    appended = 0
    for card in cards:
        message = shown.get(card.ts)
        if message is None or message.get("subtype") == "tombstone":
            settlements.freeze(desk.store, channel, card.ts, "deleted", at)
            continue
        try:
            appended += _read_message(desk, card, message, at, threads=threads)
        except BROKEN as error:
            log.warning("%s in %s could not be read: %s", card.ts, channel, _word(error))
    return appended


def _held(desk: Desk, channel: str) -> str | None:
    """Why a channel cannot be read or written, as far as Slack says so."""
    try:
        found = desk.client.conversations_info(channel=channel)["channel"]
    except SlackApiError as error:
        if _word(error) == "channel_not_found":  # a private one from which the bot was removed
            return "bot_removed"
        raise
    if found.get("is_archived"):
        return "archived"
    return None if found.get("is_member") else "bot_removed"


def _messages(desk: Desk, channel: str, oldest: str) -> dict[str, dict[str, Any]]:
    found = pages(
        desk.client,
        "conversations_history",
        "messages",
        channel=channel,
        oldest=oldest,
        inclusive=True,
        limit=200,
    )
    return {message["ts"]: message for message in found}


def _read_message(
    desk: Desk, post: Posted, message: dict[str, Any], at: datetime, *, threads: bool
) -> int:
    seen = _reactions(desk, post, message)
    strangers = {user for user, _ in seen} - set(datasets.people(desk.store, post.dataset_id))
    if strangers:
        desk.rosters.refresh(force=False)
    appended = votes.reading(desk.store, post.channel, post.ts, seen, at)
    replies = int(message.get("reply_count", 0))
    if post.thread_ts is None and replies and (threads or replies != post.replies):
        _read_thread(desk, post)
        posts.note_replies(desk.store, post.id, replies)
    return appended


def _reactions(desk: Desk, post: Posted, message: dict[str, Any]) -> frozenset[tuple[str, str]]:
    listed = message.get("reactions") or []
    if any(reaction["count"] > len(reaction["users"]) for reaction in listed):
        answer = desk.client.reactions_get(channel=post.channel, timestamp=post.ts, full=True)
        listed = answer["message"].get("reactions") or []
    return frozenset(
        (user, reaction["name"])
        for reaction in listed
        for user in reaction["users"]
        if user != desk.user_id
    )


def _read_thread(desk: Desk, post: Posted) -> None:
    """Hear the replies, edits and deletions that no event told of."""
    # Before the thread is asked for: what is made while it is read is not missing from it.
    made = store_corrections.made_in(desk.store, post.sample_id or 0, post.channel)
    replies = pages(
        desk.client,
        "conversations_replies",
        "messages",
        channel=post.channel,
        ts=post.ts,
        limit=200,
    )
    people = [r for r in replies if r["ts"] != post.ts and threads.is_said(r)]
    keys = {threads.reply_key(post.channel, reply): reply for reply in people}
    known = comments.heard(desk.store, list(keys))
    for key, reply in keys.items():
        if key not in known:
            threads.hear_reply(desk, post.channel, {"thread_ts": post.ts, **reply})
    left = {reply["ts"] for reply in replies}
    for ts, author in made:
        if ts not in left:
            store_corrections.withdraw(desk.store, post.channel, ts, author, desk.store.now())
