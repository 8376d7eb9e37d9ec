"""The App Home: published when a person opens it, and again after what they do there."""

import json
import logging
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from slack_bolt import Ack, App

from bot import homepage, reviewing, standing
from bot.desk import Desk
from bot.excerpts import reading_seconds
from bot.gallery import RENEWED_AFTER
from bot.homepage import MOST, PAGE, Page, Part
from bot.slack import BROKEN, Trouble, trouble
from bot.votes import role_of
from core.votes import State
from storage import datasets, growth
from storage import home as homes
from storage.datasets import Dataset
from storage.growth import WEEK
from storage.kinds import Role
from storage.reviewing import waiting_for
from storage.samples import Shown
from storage.traces import permalink

log = logging.getLogger(__name__)
_READ = 30
"""Samples from which the time that one takes is told."""


def register(app: App, desk: Desk) -> None:
    """Bind the opening of the Home, the buttons in it, and the end of reviewing from there."""

    @app.event("app_home_opened")
    def on_opened(body: dict[str, Any]) -> None:
        event = body["event"]
        if event.get("tab") == "home":
            publish(desk, event["user"])

    @app.action("next", matchers=[_inside])
    def on_next(ack: Ack, body: dict[str, Any]) -> None:
        open_next(desk, body)
        ack()

    @app.view_closed("review")
    def on_reviewed(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        place = json.loads(body["view"]["private_metadata"])
        publish(desk, body["user"]["id"], first=place["home"])

    @app.action("home_page_back")
    @app.action("home_page_forward")
    def on_turn(ack: Ack, body: dict[str, Any]) -> None:
        publish(desk, body["user"]["id"], first=int(body["actions"][0]["value"]))
        ack()


def open_next(desk: Desk, body: dict[str, Any]) -> None:
    """Begin to review from a Home; who may not any more sees that it is not theirs now."""
    dataset, user = int(body["actions"][0]["value"]), body["user"]["id"]
    if role_of(desk, dataset, user) is None:
        publish(desk, user)
    else:
        reviewing.open_modal(desk, dataset, user, body["trigger_id"], home=page_of(body))


def _inside(body: dict[str, Any]) -> bool:
    return page_of(body) is not None


def page_of(body: dict[str, Any]) -> int | None:
    """The page of the Home in which something was clicked; None when it was elsewhere."""
    view = body.get("view") or {}
    return int(view["private_metadata"] or 0) if view.get("type") == "home" else None


def publish(desk: Desk, user: str, *, first: int = 0) -> None:
    """Show a person their Home as it is now; a new picture follows by itself.

    `first` is the first sample to settle on the page, from 0.
    """
    page = gather(desk, user, first)
    if page is None:
        _publish_to_stranger(desk, user)
        desk.later(partial(_look_again, desk, user))
        return
    now = desk.store.now()
    if not _shown(desk, user, page):
        _show(desk, user, homepage.view(page, pictures=False))
        for part in page.parts:
            desk.gallery.take_down(part.id, older_than=now - RENEWED_AFTER)
    for part in page.parts:
        if desk.gallery.await_new(part.id, part.growth, user, page.first, now):
            desk.later(partial(_hang, desk, part))


def _shown(desk: Desk, user: str, page: Page) -> bool:
    """Publish with the pictures there are; false when Slack refuses the Home because of one."""
    illustrated = any(part.hung for part in page.parts)
    why = _show(desk, user, homepage.view(page, pictures=True), quietly=illustrated)
    return why is None or why.passing or not illustrated


def _show(desk: Desk, user: str, view: homepage.View, *, quietly: bool = False) -> Trouble | None:
    """Publish a view; what is in the way goes to the log, `quietly` where it is expected."""
    try:
        desk.client.views_publish(user_id=user, view=view)
    except BROKEN as error:
        why = trouble(error)
        level = logging.INFO if quietly and not why.passing else logging.WARNING
        log.log(level, "the Home of %s was not published: %s", user, why.error)
        return why
    return None


def _hang(desk: Desk, part: Part) -> None:
    """Renew a dataset's picture, and show it to those who wait for it."""
    waiting = dict(desk.gallery.renew(desk.client, part.id, part.growth, part.lang))
    for pause in (0, *desk.gallery.pauses):
        time.sleep(pause)
        for user, first in list(waiting.items()):
            page = gather(desk, user, first)
            if page is None or _shown(desk, user, page):
                del waiting[user]
        if not waiting:
            return
    desk.gallery.take_down(part.id)


def _publish_to_stranger(desk: Desk, user: str) -> None:
    every = datasets.every(desk.store)
    lang = every[0].recipe.ui if every else "en"
    _show(desk, user, homepage.stranger(lang, homes.curators(desk.store)))


def _look_again(desk: Desk, user: str) -> None:
    """Who reviews nothing may have been invited since Slack was last asked."""
    desk.rosters.refresh(force=False)
    if homes.roles(desk.store, user):
        publish(desk, user)


def gather(desk: Desk, user: str, first: int) -> Page | None:
    """All that a person's Home shows, what needs them most first; None for who reviews nothing."""
    roles = homes.roles(desk.store, user)
    every = [dataset for dataset in datasets.every(desk.store) if dataset.id in roles]
    if not every:
        return None
    needed = {dataset.id: waiting_for(desk.store, dataset.id, user) for dataset in every}
    mine = sorted(every, key=lambda dataset: (-needed[dataset.id], dataset.name))[:MOST]
    curated = [dataset for dataset in mine if roles[dataset.id] is Role.CURATOR]
    waiting = {dataset.id: homes.to_settle(desk.store, dataset.id) for dataset in curated}
    in_order = [number for dataset in mine for number in waiting.get(dataset.id, ())]
    first = max(0, min(first, (len(in_order) - 1) // PAGE * PAGE))
    page = homes.shown(desk.store, in_order[first : first + PAGE])
    parts = [_part(desk, user, one, needed[one.id], waiting.get(one.id), page) for one in mine]
    return Page(parts, first, more=len(every) - len(mine))


def _part(
    desk: Desk,
    user: str,
    dataset: Dataset,
    waiting: int,
    to_settle: Mapping[int, State] | None,
    page: list[Shown],
) -> Part:
    url = dataset.workspace_url
    return Part(
        id=dataset.id,
        name=dataset.name,
        lang=dataset.recipe.ui,
        waiting=waiting,
        minutes=_minutes(desk, dataset.id, waiting) if waiting else 0,
        next_batch=standing.next_batch(desk, dataset),
        paused=dataset.paused,
        growth=growth.growth(desk.store, dataset),
        hung=desk.gallery.hung(dataset.id),
        mine=homes.mine(desk.store, dataset.id, user, desk.store.now() - WEEK),
        awaiting=None if to_settle is None else len(to_settle),
        contested=State.CONTESTED in (to_settle or {}).values(),
        page=[
            (one, permalink(url, *one.place) if one.place else None)
            for one in page
            if one.dataset_id == dataset.id
        ],
    )


def _minutes(desk: Desk, dataset_id: int, waiting: int) -> int:
    """About how long so many samples take, by those that are read now."""
    records = homes.waiting_records(desk.store, dataset_id, most=_READ)
    seconds = sum(reading_seconds(record) for record in records) / max(1, len(records))
    return max(1, round(waiting * seconds / 60))
