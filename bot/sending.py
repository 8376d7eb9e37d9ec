"""The sender: performs the Slack calls that the store's transactions want (DESIGN.md, rule 6).

A post is tried once. After a crash or a broken connection its key is looked for in Slack's history
before it is posted again; everything else may be repeated without harm or is tried at most once.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

from slack_sdk.errors import SlackApiError

from bot import notices, rendering, rewriting
from bot.cards import Message
from bot.desk import Desk
from bot.slack import BROKEN, TIMEOUT_SECONDS, Trouble, pages, trouble
from bot.texts import say
from core.naming import Fate
from storage import batches, datasets, naming, outbox, posts, rewrites, samples, settlements
from storage.kinds import MESSAGES, OutboxKind
from storage.outbox import Errand
from storage.traces import permalink

log = logging.getLogger(__name__)

EVENT_TYPE = "winnow_post"
_IDLE_SECONDS = 0.25
_RETRY = timedelta(seconds=2)
_LONGEST_RETRY = timedelta(minutes=5)
_MOST_ATTEMPTS = 30
"""At growing distances: an outage of two hours loses nothing."""
_LOOK_BACK = timedelta(minutes=5)
_CALL = timedelta(seconds=TIMEOUT_SECONDS)
_POSTS = (*MESSAGES, OutboxKind.DIRECT)
_NO_THREAD = {"thread_not_found", "cannot_reply_to_message", "message_not_found"}
"""What Slack says when the message that began a thread was deleted."""


class Sender:
    """Takes one wanted call after the other; a pause that Slack asks for holds its kind back."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._resting: dict[OutboxKind, float] = {}
        self._perform: dict[OutboxKind, Callable[[Errand], None]] = {
            OutboxKind.CARD: self._card,
            OutboxKind.HEADER: self._header,
            OutboxKind.SEED: self._seed,
            OutboxKind.UPDATE: self._update,
            OutboxKind.TELL: self._tell,
            OutboxKind.DIRECT: self._direct,
            OutboxKind.THREAD: self._thread,
            OutboxKind.NAME: self._name,
            OutboxKind.WEEKLY: self._weekly,
            OutboxKind.UPLOAD: self._upload,
            OutboxKind.REWRITE: self._rewrite,
            OutboxKind.PROGRESS: self._progress,
        }

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop."""
        while not stop.is_set():
            try:
                busy = self.step()
            except Exception:  # the loop outlives a database that is away for a while
                log.exception("the sender stumbled")
                busy = False
            if not busy:
                self._desk.wake.wait(_IDLE_SECONDS)
                self._desk.wake.clear()

    def drain(
        self, *, kinds: Collection[OutboxKind] = tuple(OutboxKind), seconds: float = 120
    ) -> None:
        """Work until nothing (of some kinds) is wanted, or for so long."""
        until = time.monotonic() + seconds
        while outbox.waiting(self._desk.store, kinds=kinds) and time.monotonic() < until:
            if not self.step():
                time.sleep(_IDLE_SECONDS)

    def step(self) -> bool:
        """Perform one wanted call; false when none is due."""
        now = time.monotonic()
        resting = frozenset(kind for kind, until in self._resting.items() if until > now)
        errand = outbox.claim(self._desk.store, resting=resting)
        if errand is None:
            return False
        try:
            self._perform[errand.kind](errand)
        except BROKEN as error:
            self._failed(errand, trouble(error))
        except Exception as error:  # such as a database that is away when Slack has answered
            log.exception("%s could not be sent", errand.key)
            self._failed(errand, Trouble(f"{type(error).__name__}: {error}", unknown=True))
        return True

    def _failed(self, errand: Errand, why: Trouble) -> None:
        store = self._desk.store
        if why.wait is not None:
            kinds = _POSTS if errand.kind in _POSTS else (errand.kind,)
            until = time.monotonic() + why.wait.total_seconds()
            self._resting.update(dict.fromkeys(kinds, until))
            # It may be the look-up of an earlier attempt that was limited.
            unknown = errand.unknown
            outbox.put_back(store, errand, after=timedelta(0), unknown=unknown, why=why.error)
        elif why.unknown and errand.attempts < _MOST_ATTEMPTS:
            log.info("%s: %s, looking again", errand.key, why.error)
            after = min(_RETRY * 2 ** (errand.attempts - 1), _LONGEST_RETRY)
            outbox.put_back(store, errand, after=after, unknown=True, why=why.error)
        else:
            self._refused(errand, why)

    def _refused(self, errand: Errand, why: Trouble) -> None:
        log.warning("%s was refused by Slack: %s", errand.key, why.error)
        outbox.give_up(self._desk.store, errand, why.error)
        if errand.kind is OutboxKind.CARD and errand.sample_id is not None:
            batches.unposted(self._desk.store, errand.sample_id, why.error)
        if errand.kind is OutboxKind.UPDATE and why.error == "message_not_found" and errand.post_id:
            post = posts.get(self._desk.store, errand.post_id)
            now = self._desk.store.now()
            settlements.freeze(self._desk.store, post.channel, post.ts, "deleted", now)

    def _post(
        self, errand: Errand, channel: str, message: Message, *, thread_ts: str | None = None
    ) -> None:
        if errand.unknown and (found := self._find(errand, channel, thread_ts)):
            batches.posted(self._desk.store, errand, channel, found, thread_ts)
            return
        if not outbox.held(self._desk.store, errand, _CALL):
            return
        more: dict[str, Any] = {"thread_ts": thread_ts} if thread_ts else {}
        if thread_ts and errand.kind is OutboxKind.CARD:
            more["reply_broadcast"] = True
        answer = self._desk.client.chat_postMessage(
            channel=channel,
            text=message.text,
            blocks=message.blocks,
            metadata={"event_type": EVENT_TYPE, "event_payload": {"key": errand.key}},
            unfurl_links=False,
            unfurl_media=False,
            **more,
        )
        batches.posted(self._desk.store, errand, answer["channel"], answer["ts"], thread_ts)

    def _find(self, errand: Errand, channel: str, thread_ts: str | None) -> str | None:
        """The message with an errand's key, if Slack has it."""
        oldest = f"{(errand.at - _LOOK_BACK).timestamp():.6f}"
        where: dict[str, Any] = {
            "channel": channel,
            "include_all_metadata": True,
            "limit": 200,
            "oldest": oldest,
        }
        method = "conversations_replies" if thread_ts else "conversations_history"
        if thread_ts:
            where["ts"] = thread_ts
        for found in pages(self._desk.client, method, "messages", **where):
            payload = found.get("metadata", {}).get("event_payload", {})
            if payload.get("key") == errand.key:
                return str(found["ts"])
        return None

    def _channel(self, errand: Errand) -> str:
        return datasets.by_id(self._desk.store, errand.dataset_id or 0).channel_id or ""

    def _card(self, errand: Errand) -> None:
        message = rendering.card(self._desk, errand.sample_id or 0, errand.revision or 0)
        root = None
        if errand.key.endswith(":0") and errand.revision:
            roots = posts.of_sample(self._desk.store, errand.sample_id or 0)
            root = next((p.ts for p in reversed(roots) if p.thread_ts is None), None)
        channel = self._channel(errand)
        try:
            self._post(errand, channel, message, thread_ts=root)
        except SlackApiError as error:
            if root is None or trouble(error).error not in _NO_THREAD:
                raise
            self._post(errand, channel, message)

    def _header(self, errand: Errand) -> None:
        message = rendering.header(self._desk, errand.batch_id or 0, errand.dataset_id or 0)
        self._post(errand, self._channel(errand), message)

    def _thread(self, errand: Errand) -> None:
        roots = posts.of_sample(self._desk.store, errand.sample_id or 0)
        language = self._desk.language(errand.dataset_id or 0)
        message = Message(say(language, errand.args["text"]), [])
        self._post(errand, roots[0].channel, message, thread_ts=roots[0].ts)

    def _name(self, errand: Errand) -> None:
        """Name somebody in the thread, unless the vote is not needed any more."""
        store = self._desk.store
        asked = naming.asked(store, errand.key)
        cards = posts.of_sample(store, asked.sample)
        card = next(post for post in reversed(cards) if post.revision == asked.revision)
        thread_ts = card.thread_ts or card.ts
        if asked.fate is Fate.WAITS or (
            errand.unknown and self._find(errand, card.channel, thread_ts)
        ):
            message = rendering.name(self._desk, asked)
            self._post(errand, card.channel, message, thread_ts=thread_ts)
        else:
            outbox.done(store, errand)

    def _weekly(self, errand: Errand) -> None:
        message = Message(errand.args["text"], errand.args["blocks"])
        self._post(errand, self._channel(errand), message)

    def _progress(self, errand: Errand) -> None:
        message = rendering.progress(self._desk, errand.run_id or 0)
        self._post(errand, errand.args["channel"], message)

    def _direct(self, errand: Errand) -> None:
        channel = self._desk.client.conversations_open(users=errand.args["user"])["channel"]["id"]
        self._post(errand, channel, Message(self._words(errand), []))

    def _tell(self, errand: Errand) -> None:
        self._desk.client.chat_postEphemeral(
            channel=errand.args["channel"],
            user=errand.args["user"],
            thread_ts=errand.args.get("thread_ts"),
            text=self._words(errand),
        )
        outbox.done(self._desk.store, errand)

    def _rewrite(self, errand: Errand) -> None:
        wished = rewrites.get(self._desk.store, errand.args["rewrite"])
        message = rewriting.message(self._desk, wished) if wished else None
        if wished and message:
            self._desk.client.chat_postEphemeral(
                channel=wished.channel,
                user=wished.user,
                thread_ts=wished.thread_ts,
                text=message.text,
                blocks=message.blocks,
            )
        outbox.done(self._desk.store, errand)

    def _words(self, errand: Errand) -> str:
        args = {k: v for k, v in errand.args.items() if k not in {"user", "channel", "text"}}
        dataset = datasets.by_id(self._desk.store, errand.dataset_id or 0)
        link = None
        if sample := args.get("sample"):
            place = samples.show(self._desk.store, sample).place
            link = permalink(dataset.workspace_url, *place) if place else None
        lang = dataset.recipe.ui
        text = notices.words(lang, errand.args["text"], args, dataset=dataset, link=link)
        if errand.kind is OutboxKind.DIRECT:
            return say(lang, "to_curators", dataset=dataset.name, text=text)
        return text

    def _seed(self, errand: Errand) -> None:
        emoji = datasets.by_id(self._desk.store, errand.dataset_id or 0).recipe.review.emoji
        for verdict in ("approve", "reject"):
            try:
                self._desk.client.reactions_add(
                    channel=errand.args["channel"],
                    timestamp=errand.args["ts"],
                    name=emoji[verdict][0],
                )
            except SlackApiError as error:
                if error.response["error"] != "already_reacted":
                    raise
        outbox.done(self._desk.store, errand)

    def _update(self, errand: Errand) -> None:
        post = posts.get(self._desk.store, errand.post_id or 0)
        message = rendering.message(self._desk, post)
        self._desk.client.chat_update(
            channel=post.channel, ts=post.ts, text=message.text, blocks=message.blocks
        )
        outbox.done(self._desk.store, errand)
        if post.kind is OutboxKind.CARD and post.batch_id is not None:
            batches.touch(self._desk.store, post.batch_id)

    def _upload(self, errand: Errand) -> None:
        texts, paths = errand.args.get("files", {}), errand.args.get("paths", {})
        uploads = [
            *({"filename": name, "title": name, "content": text} for name, text in texts.items()),
            *({"filename": name, "title": name, "file": path} for name, path in paths.items()),
        ]
        more = {"thread_ts": errand.args["thread_ts"]} if errand.args.get("thread_ts") else {}
        self._desk.client.files_upload_v2(
            channel=errand.args["channel"],
            file_uploads=uploads,
            initial_comment=errand.args.get("comment"),
            **more,
        )
        outbox.done(self._desk.store, errand)
