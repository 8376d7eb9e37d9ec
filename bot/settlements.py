"""Settlements: a curator decides what the votes left open, with a reason."""

import json
from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App

from bot import home, labels, modals
from bot.desk import Desk
from bot.texts import say
from bot.votes import numbers
from core.errors import WinnowError
from core.votes import State, Verdict
from storage import datasets, samples, settlements
from storage.settlements import Ruling
from storage.traces import permalink

_BUTTONS = {"settle_approve": Verdict.APPROVE, "settle_reject": Verdict.REJECT}


def register(app: App, desk: Desk) -> None:
    """Bind the buttons and the modal of settling."""
    for action, verdict in _BUTTONS.items():
        app.action(action)(_button(desk, verdict))

    @app.view("settle")
    def on_settle(ack: Ack, body: dict[str, Any]) -> None:
        settle(desk, ack, body)
        desk.wake.set()


def _button(desk: Desk, verdict: Verdict) -> Callable[[Ack, dict[str, Any]], None]:
    def on_click(ack: Ack, body: dict[str, Any]) -> None:
        sample, revision = numbers(body["actions"][0]["value"])
        shown = samples.show(desk.store, sample, revision)
        dataset = datasets.by_id(desk.store, shown.dataset_id)
        view = modals.settle_view(
            shown,
            lang=dataset.recipe.ui,
            verdict=verdict,
            # In a Home there is none; what came of it is told where the samples are.
            channel=body["container"].get("channel_id") or dataset.channel_id or "",
            link=permalink(dataset.workspace_url, *shown.place) if shown.place else None,
            home=home.page_of(body),
        )
        desk.client.views_open(trigger_id=body["trigger_id"], view=view)
        ack()

    return on_click


def settle(desk: Desk, ack: Ack, body: dict[str, Any]) -> None:
    """Write a settlement; what stands against it is shown beside the reason."""
    view = body["view"]
    meta = json.loads(view["private_metadata"])
    ruling = Ruling(
        key=f"modal:{view['id']}:{meta['sample']}:{meta['revision']}",
        sample=meta["sample"],
        revision=meta["revision"],
        user=body["user"]["id"],
        verdict=Verdict(meta["verdict"]) if meta["verdict"] else None,
        reason=view["state"]["values"]["reason"]["reason"]["value"] or "",
        channel=meta["channel"],
        at=desk.store.now(),
    )
    try:
        state = settlements.settle(desk.store, ruling)
    except WinnowError as error:
        ack(response_action="errors", errors={"reason": str(error)})
        return
    ack()
    if "home" in meta:
        home.publish(desk, ruling.user, first=meta["home"])
    else:
        _confirm(desk, ruling, state)


def _confirm(desk: Desk, ruling: Ruling, state: State) -> None:
    language = desk.language(samples.show(desk.store, ruling.sample).dataset_id)
    sentence = say(
        language,
        "settled",
        sample=labels.reference(language, ruling.sample),
        decision=labels.state(language, state),
    )
    desk.tell(ruling.channel, ruling.user, sentence)
