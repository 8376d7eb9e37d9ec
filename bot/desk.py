"""What every listener and job is given: the store, Slack, and how to say things."""

import logging
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from slack_sdk import WebClient

from bot.blocks import Message
from bot.gallery import Gallery
from bot.roster import Rosters
from bot.slack import BROKEN, trouble
from bot.texts import Lang, say
from core.errors import CorrectionError, WinnowError
from storage import datasets
from storage.engine import Store

log = logging.getLogger(__name__)


@dataclass
class Desk:
    """One running bot; `wake` rouses the sender, `runs` (of generation) are worked on here."""

    store: Store
    client: WebClient
    user_id: str
    rosters: Rosters
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    wake: threading.Event = field(default_factory=threading.Event)
    gallery: Gallery = field(default_factory=Gallery)
    runs: set[int] = field(default_factory=set)
    slow: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(max_workers=2, thread_name_prefix="slow")
    )

    def language(self, dataset_id: int) -> Lang:
        """The language of a dataset's cards and answers."""
        return datasets.by_id(self.store, dataset_id).recipe.ui

    def language_in(self, channel: str) -> Lang:
        """The language of a channel's first dataset; English where there is none."""
        here = datasets.in_channel(self.store, channel)
        return here[0].recipe.ui if here else "en"

    def tell(self, channel: str, user: str, text: str, thread_ts: str | None = None) -> None:
        """Answer one person where they are; failing, the log has it."""
        self.show(channel, user, Message(text, []), thread_ts)

    def show(self, channel: str, user: str, message: Message, thread_ts: str | None = None) -> None:
        """The same with blocks."""
        try:
            self.client.chat_postEphemeral(
                channel=channel,
                user=user,
                text=message.text,
                blocks=message.blocks or None,
                thread_ts=thread_ts,
            )
        except BROKEN as error:
            log.warning("an answer to %s was not shown: %s", user, trouble(error).error)

    def sentence(self, language: Lang, error: Exception) -> str:
        """What a person reads of an error, not escaped: a sentence, or an id that is in the log."""
        if isinstance(error, CorrectionError):
            return say(language, error.text, **error.values)
        if isinstance(error, WinnowError):
            return str(error)
        number = uuid4().hex[:8]
        log.error("unexpected, id %s", number, exc_info=error)
        return say(language, "unexpected", id=number)

    def later(self, work: Callable[[], None]) -> None:
        """Do something slow outside the listener; what goes wrong is logged."""

        def run() -> None:
            try:
                work()
            except Exception:  # a thread pool would swallow it
                log.exception("background work failed")
            self.wake.set()

        self.slow.submit(run)


def instant(ts: str) -> datetime:
    """The time that one of Slack's time stamps stands for, exact to the microsecond."""
    seconds, _, fraction = ts.partition(".")
    micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
    return datetime.fromtimestamp(int(seconds), UTC).replace(microsecond=micros)
