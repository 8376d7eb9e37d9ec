"""Reviewing one by one: the modal that shows what still needs a person, sample after sample."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt import Ack, App
from slack_sdk.errors import SlackApiError

from bot import drafts, labels, review_views
from bot.desk import Desk
from bot.modals import View
from bot.texts import say
from bot.votes import numbers, press, refuse, role_of
from core.votes import Verdict
from storage import datasets, samples
from storage.datasets import Dataset
from storage.reviewing import NEEDING, dataset_of, look
from storage.samples import Shown
from storage.traces import permalink
from storage.votes import Heard

_VERDICTS = {
    "vote_approve": Verdict.APPROVE,
    "vote_reject": Verdict.REJECT,
    "skip": Verdict.SKIP,
}
_TOO_LATE = {"hash_conflict", "not_found"}
"""A second tap was faster, or the person closed the modal: nothing is left to show."""


@dataclass(frozen=True)
class Place:
    """Where a person reviews: a dataset, or one batch (its key) of it.

    `home` is the page of the Home that they came from, if they did.
    """

    dataset: int
    batch: int | None
    channel: str
    user: str
    home: int | None = None

    @property
    def data(self) -> dict[str, object]:
        """What a view keeps of it."""
        below = {} if self.home is None else {"home": self.home}
        return {"dataset": self.dataset, "batch": self.batch, "channel": self.channel, **below}


def register(app: App, desk: Desk) -> None:
    """Bind the modal's buttons, and those that open it.

    Some buttons are the card's. In the modal they do more, so they are looked for here first.
    """
    for action, verdict in _VERDICTS.items():
        app.action(action, matchers=[_inside])(_button(desk, verdict))

    @app.action("correct", matchers=[_inside])
    def on_correct(ack: Ack, body: dict[str, Any]) -> None:
        correct(desk, body)
        ack()

    @app.action("back")
    def on_back(ack: Ack, body: dict[str, Any]) -> None:
        show(desk, body, sample=int(body["actions"][0]["value"]))
        ack()

    @app.action("next", matchers=[_inside])
    def on_next(ack: Ack, body: dict[str, Any]) -> None:
        show(desk, body)
        ack()

    @app.action("full_text")
    def on_full_text(ack: Ack, body: dict[str, Any]) -> None:
        show_full_text(desk, body)
        ack()

    @app.action("one_by_one")
    def on_one_by_one(ack: Ack, body: dict[str, Any]) -> None:
        batch = int(body["actions"][0]["value"])
        open_next(desk, body, dataset_of(desk.store, batch), batch=batch)
        ack()


def _inside(body: dict[str, Any]) -> bool:
    return bool((body.get("view") or {}).get("callback_id") == "review")


def open_next(desk: Desk, body: dict[str, Any], dataset_id: int, *, batch: int) -> None:
    """Open the modal for whoever pressed a button on a message and may vote."""
    user = body["user"]["id"]
    if role_of(desk, dataset_id, user) is None:
        refuse(desk, dataset_id, body["container"]["channel_id"], user)
        return
    open_modal(desk, dataset_id, user, body["trigger_id"], batch=batch)


def open_modal(
    desk: Desk,
    dataset_id: int,
    user: str,
    trigger: str,
    *,
    batch: int | None = None,
    home: int | None = None,
) -> None:
    """Open the modal on the first sample that needs a person, in a dataset or one batch of it."""
    channel = datasets.by_id(desk.store, dataset_id).channel_id or ""
    place = Place(dataset_id, batch, channel, user, home)
    desk.client.views_open(trigger_id=trigger, view=view_of(desk, place))


def view_of(desk: Desk, place: Place, *, sample: int | None = None, note: str = "") -> View:
    """The modal as it must look now: the first sample that needs the person, unless told which."""
    dataset = datasets.by_id(desk.store, place.dataset)
    found = look(desk.store, place.dataset, place.user, batch=place.batch, sample=sample)
    version = found.shown.recipe if found.shown else dataset.number
    return review_views.review_view(
        found,
        lang=dataset.recipe.ui,
        dataset=dataset.name,
        lead=desk.store.recipe(dataset.id, version).review.lead,
        place=place.data,
        note=note,
    )


def show(desk: Desk, body: dict[str, Any], *, sample: int | None = None, note: str = "") -> None:
    """Replace what the modal shows by the next sample, or by a certain one."""
    view = body["view"]
    place, _ = _read(view, body["user"]["id"])
    shown = view_of(desk, place, sample=sample, note=note)
    _replace(desk, shown, view_id=view["id"], hash=view["hash"])


def _read(view: View, user: str) -> tuple[Place, dict[str, Any]]:
    """Where the person reviews, and what the modal showed: {sample, revision, state}."""
    meta = json.loads(view["private_metadata"])
    dataset, batch, channel = (meta.pop(key) for key in ("dataset", "batch", "channel"))
    return Place(dataset, batch, channel, user, meta.pop("home", None)), meta


def _replace(desk: Desk, view: View, **which: str) -> None:
    try:
        desk.client.views_update(view=view, **which)
    except SlackApiError as error:
        if error.response["error"] not in _TOO_LATE:
            raise


def _button(desk: Desk, verdict: Verdict) -> Callable[[Ack, dict[str, Any]], None]:
    def on_click(ack: Ack, body: dict[str, Any]) -> None:
        vote(desk, body, verdict)
        ack()

    return on_click


def vote(desk: Desk, body: dict[str, Any], verdict: Verdict) -> None:
    """Store a vote and show the next sample; say so when this one was not any more what it was."""
    view = body["view"]
    place, seen = _read(view, body["user"]["id"])
    before = samples.show(desk.store, seen["sample"])
    _, heard = press(desk, body, verdict, place.channel)
    if heard is Heard.NOT_COUNTED:
        name, lang = datasets.by_id(desk.store, place.dataset).name, desk.language(place.dataset)
        refused = review_views.refused_view(lang=lang, dataset=name, place=place.data)
        _replace(desk, refused, view_id=view["id"], hash=view["hash"])
    elif heard is Heard.SUPERSEDED:
        version = samples.show(desk.store, before.id).revision + 1
        note = say(desk.language(place.dataset), "changed_meanwhile", n=version)
        show(desk, body, sample=before.id, note=note)
    elif before.state.value != seen["state"] and before.state not in NEEDING:
        show(desk, body, note=_moved(desk, before))
    else:
        show(desk, body)


def _moved(desk: Desk, before: Shown) -> str:
    """What a sample had become when a vote came that was meant to help decide it."""
    dataset = datasets.by_id(desk.store, before.dataset_id)
    lang = dataset.recipe.ui
    return say(
        lang,
        "moved_meanwhile",
        sample=labels.reference(lang, before.id, _link(dataset, before)),
        state=labels.state(lang, before.state),
    )


def _link(dataset: Dataset, shown: Shown) -> str | None:
    return permalink(dataset.workspace_url, *shown.place) if shown.place else None


def correct(desk: Desk, body: dict[str, Any]) -> None:
    """Put the Correct form on top of the modal."""
    view = body["view"]
    place, _ = _read(view, body["user"]["id"])
    sample, _ = numbers(body["actions"][0]["value"])
    review = {"view": view["id"], **place.data}
    shown = samples.show(desk.store, sample)
    form = drafts.form(desk, shown, place.user, place.channel, review)
    desk.client.views_push(trigger_id=body["trigger_id"], view=form)


def go_on(
    desk: Desk, review: Mapping[str, Any], channel: str, user: str, revision: int | None
) -> None:
    """Show the next sample in the modal below a form that was saved as a revision.

    `review` is what the form kept of the modal: {view, dataset, batch, home?}.
    """
    place = Place(review["dataset"], review["batch"], channel, user, review.get("home"))
    note = ""
    if revision is not None:
        note = say(desk.language(place.dataset), "saved_as", n=revision + 1)
    _replace(desk, view_of(desk, place, note=note), view_id=review["view"])


def show_full_text(desk: Desk, body: dict[str, Any]) -> None:
    """Put the whole of a shortened sample on top of the modal."""
    shown = samples.show(desk.store, *numbers(body["actions"][0]["value"]))
    dataset = datasets.by_id(desk.store, shown.dataset_id)
    view = review_views.full_view(shown, lang=dataset.recipe.ui, link=_link(dataset, shown))
    desk.client.views_push(trigger_id=body["trigger_id"], view=view)
