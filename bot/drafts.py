"""Drafts: the Correct form keeps what is typed into it, key by key, until it is saved."""

import json
import re
from collections.abc import Mapping
from typing import Any

from slack_bolt import Ack, App

from bot import modals
from bot.desk import Desk, instant
from bot.modals import Unsaved, View
from core.records import fields
from storage import drafts, samples
from storage.drafts import Typed
from storage.samples import Shown


def register(app: App, desk: Desk) -> None:
    """Bind typing into the form, and starting over."""

    @app.action(re.compile(".*"), matchers=[_types])
    def on_typing(ack: Ack, body: dict[str, Any]) -> None:
        keep(desk, body)
        ack()

    @app.action("start_over")
    def on_start_over(ack: Ack, body: dict[str, Any]) -> None:
        start_over(desk, body)
        ack()


def _types(body: dict[str, Any]) -> bool:
    """Whether somebody typed into the form; its action_ids are the names of fields."""
    in_form = (body.get("view") or {}).get("callback_id") == "correct"
    return bool(in_form and body["actions"][0]["type"] == "plain_text_input")


def form(
    desk: Desk, shown: Shown, user: str, channel: str, review: Mapping[str, object] | None = None
) -> View:
    """The Correct form of a current revision, with what the person typed into it before."""
    return modals.correct_view(
        shown,
        lang=desk.language(shown.dataset_id),
        channel=channel,
        unsaved=unsaved(desk, shown, user),
        review=review,
    )


def unsaved(desk: Desk, shown: Shown, user: str) -> Unsaved:
    """A person's drafts of a sample as the form of its current revision can take them.

    What they typed on an older revision goes into the inputs of the fields that read the same now,
    unless the form of this one was typed into since: it held that already.
    """
    kept = drafts.of(desk.store, user, shown.id)
    here = kept.pop(shown.revision, None)
    texts, lost = dict(here or {}), {}
    now = fields(shown.record)
    for revision, typed in kept.items():
        was = samples.show(desk.store, shown.id, revision).record
        for name, text in modals.whole(typed, was).items():
            if fields(was)[name] != now[name]:
                lost[name] = text
            elif here is None:
                inputs = modals.inputs_of(was, name)
                texts |= {block: typed[block] for block in inputs if block in typed}
    return Unsaved(texts, {name: text for name, text in lost.items() if text != now[name]})


def key_of(view: View) -> str:
    """The key under which a submitted form is accepted, once."""
    meta = json.loads(view["private_metadata"])
    return f"modal:{view['id']}:{meta['sample']}:{meta['revision']}"


def keep(desk: Desk, body: dict[str, Any]) -> None:
    """Store what the form holds after a keystroke."""
    view = body["view"]
    meta = json.loads(view["private_metadata"])
    record = samples.show(desk.store, meta["sample"], meta["revision"]).record
    typed = Typed(
        form=key_of(view),
        user=body["user"]["id"],
        sample=meta["sample"],
        revision=meta["revision"],
        texts=modals.typed_from(view["state"]["values"], record),
        at=instant(body["actions"][0]["action_ts"]),
    )
    drafts.keep(desk.store, typed)


def start_over(desk: Desk, body: dict[str, Any]) -> None:
    """Forget what was typed and show the form anew, on the revision that is current now."""
    view, user = body["view"], body["user"]["id"]
    meta = json.loads(view["private_metadata"])
    shown = samples.show(desk.store, meta["sample"])
    at = instant(body["actions"][0]["action_ts"])
    nothing = Typed(key_of(view), user, shown.id, shown.revision, {}, at)
    drafts.keep(desk.store, nothing, anew=True)
    fresh = modals.correct_view(
        shown,
        lang=desk.language(shown.dataset_id),
        channel=meta["channel"],
        review=meta.get("review"),
        afresh=True,
    )
    desk.client.views_update(view_id=view["id"], hash=view["hash"], view=fresh)
