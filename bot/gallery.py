"""The pictures of progress that are in Slack: one for each dataset, kept in memory, renewed late.

Nobody waits for a picture and nobody is told of its trouble: a Home has the same numbers as text.
"""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from slack_sdk import WebClient

from bot import pictures
from bot.excerpts import clip
from bot.slack import BROKEN, trouble
from bot.texts import Lang, say
from storage.growth import Growth

log = logging.getLogger(__name__)

RENEWED_AFTER = timedelta(minutes=10)
"""A busy team decides something every minute, and each picture is a file that stays in Slack."""
_MOST = 2_000
"""Characters of an image's alternative text and of its title (slack_sdk.models)."""


@dataclass(frozen=True)
class Hung:
    """A picture that was uploaded: Slack's id of the file, and what stands beside it in words.

    `title` says what the bars' numbers stand for, where names could not be drawn; else it is "".
    """

    file: str
    alt: str
    title: str


@dataclass
class _Place:
    hung: Hung | None = None
    growth: Growth | None = None
    tried_at: datetime | None = None
    waiting: dict[str, int] = field(default_factory=dict)


class Gallery:
    """What is hung, by dataset.

    `pauses` are the seconds between showings of a new picture: Slack works on an upload for a
    while, and refuses a view that shows it before.
    """

    def __init__(self, pauses: tuple[float, ...] = (1, 2, 4)) -> None:
        self.pauses = pauses
        self._lock = threading.Lock()
        self._places: dict[int, _Place] = {}

    def hung(self, dataset_id: int) -> Hung | None:
        """The last picture of a dataset, which may be some minutes old."""
        with self._lock:
            return self._place(dataset_id).hung

    def await_new(
        self, dataset_id: int, growth: Growth, user: str, first: int, now: datetime
    ) -> bool:
        """Someone looks at a dataset; true when the caller is to `renew` its picture.

        They wait for it with the page they are on, as those who come while it is being made.
        """
        with self._lock:
            place = self._place(dataset_id)
            if place.waiting:
                place.waiting[user] = first
                return False
            lately = place.tried_at is not None and now - place.tried_at < RENEWED_AFTER
            if lately or place.growth == growth:
                return False
            place.tried_at, place.waiting = now, {user: first}
            return True

    def renew(
        self, client: WebClient, dataset_id: int, growth: Growth, lang: Lang
    ) -> Mapping[str, int]:
        """Draw and upload; returns who waits for it, nobody when it came to nothing."""
        hung = None
        try:
            hung = _upload(client, growth, lang)
        except BROKEN as error:
            log.info("a picture was not uploaded: %s", trouble(error).error)
        finally:
            with self._lock:
                place = self._place(dataset_id)
                waiting, place.waiting = place.waiting, {}
                if hung is not None:
                    place.hung, place.growth = hung, growth
        return waiting if hung is not None else {}

    def take_down(self, dataset_id: int, *, older_than: datetime | None = None) -> None:
        """Slack does not show it; a new one is tried in its time.

        With `older_than`, one that was tried since stays: Slack may still be working on it.
        """
        with self._lock:
            place = self._place(dataset_id)
            if older_than is None or place.tried_at is None or place.tried_at < older_than:
                place.hung = place.growth = None

    def _place(self, dataset_id: int) -> _Place:
        return self._places.setdefault(dataset_id, _Place())


def _upload(client: WebClient, growth: Growth, lang: Lang) -> Hung:
    picture = pictures.draw(growth, lang)
    alt = described(growth, lang)
    answer = client.files_upload_v2(
        file=picture.png, filename="progress.png", title=say(lang, "picture_title"), alt_txt=alt
    )
    names = [f"{number} {name}" for number, name in enumerate(picture.numbered, 1)]
    return Hung(str(answer["file"]["id"]), alt, clip(" · ".join(names), _MOST))


def described(growth: Growth, lang: Lang) -> str:
    """The picture's numbers in words, for who cannot see it."""
    parts = [say(lang, "picture_alt", approved=growth.approved, target=growth.target)]
    if len(growth.categories) > 1:
        parts += [f"{one.name} {one.approved}/{one.wanted}" for one in growth.categories]
    return clip(" · ".join(parts), _MOST)
